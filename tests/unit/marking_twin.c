/* SPDX-License-Identifier: BSD-3-Clause */
#include "marking_twin.h"

#include <string.h>

static unsigned int word(const uint8_t *at)
{
	return at[0] * 256u + at[1];
}

void marking_twin_init(struct marking_twin *twin, const struct dvs_policy *policy, uint64_t hz)
{
	struct dvs_marker_config config = {
		.committed_bps = policy->marker_rate,
		.peak_bps = policy->marker == DVS_MARKER_TWO_RATES ? policy->marker_peak : 0,
		.committed_burst = policy->marker_burst,
		.excess_burst = policy->marker_excess,
		.is_color_aware = policy->marker_aware,
	};

	memset(twin, 0, sizeof(*twin));
	twin->policy = *policy;
	if (policy->marker != DVS_MARKER_OFF)
		dvs_marker_rates_init(&twin->rates, &config, hz);
}

/* Where the network header is: behind up to two tags. */
static uint32_t find_l3(const uint8_t *frame)
{
	uint32_t at = 12;

	while (at < 20 && (word(frame + at) == 0x8100 || word(frame + at) == 0x88a8))
		at += 4;
	return at + 2;
}

/* 4, 6, or 0 for what cannot be marked. */
static unsigned int version_of(const uint8_t *frame, uint32_t l3, uint32_t length)
{
	const uint8_t *ip = frame + l3;

	if (word(ip - 2) == 0x0800 && length >= l3 + 20 && ip[0] >= 0x45 && ip[0] <= 0x4f)
		return 4;
	if (word(ip - 2) == 0x86dd && length >= l3 + 40 && ip[0] >= 0x60 && ip[0] <= 0x6f)
		return 6;
	return 0;
}

static unsigned int dscp_of(const uint8_t *ip, unsigned int version)
{
	return version == 4 ? ip[1] / 4u : (word(ip) & 0x0fff) >> 6;
}

/* The header's sum stays what it was, modulo 65535, whether that was right or not. */
static void set_dscp(uint8_t *ip, unsigned int version, unsigned int dscp)
{
	unsigned int before = word(ip), sum;

	if (version == 6) {
		unsigned int after = (before & 0xf03fu) | dscp << 6;

		ip[0] = (uint8_t)(after / 256);
		ip[1] = (uint8_t)after;
		return;
	}
	ip[1] = (uint8_t)((ip[1] & 3) | dscp * 4);
	sum = (word(ip + 10) + before + 65535 - word(ip)) % 65535;
	ip[10] = (uint8_t)(sum / 256);
	ip[11] = (uint8_t)sum;
}

static unsigned int class_of(const struct dvs_policy *policy, const uint8_t *frame, uint32_t l3,
			     unsigned int version)
{
	if (policy->trust == DVS_TRUST_PCP && l3 != 14) {
		unsigned int pcp = frame[14] / 32u;

		return policy->class_of_pcp[pcp] != 0 ? policy->class_of_pcp[pcp] - 1u : pcp;
	}
	if (policy->trust == DVS_TRUST_DSCP && version != 0) {
		unsigned int dscp = dscp_of(frame + l3, version);

		return policy->class_of_dscp[dscp] != 0 ? policy->class_of_dscp[dscp] - 1u
							: dscp / 8;
	}
	return policy->default_class;
}

/* AF11 is 10, AF12 12, AF13 14, AF21 18 ... AF43 38. */
static unsigned int precedence_of(unsigned int dscp)
{
	for (unsigned int class = 1; class <= 4; class ++)
		for (unsigned int precedence = 1; precedence <= 3; precedence++)
			if (dscp == 8 * class + 2 * precedence)
				return precedence;
	return 0;
}

bool marking_twin_run(struct marking_twin *twin, uint64_t now, uint8_t *frame, uint32_t length,
		      unsigned int *ret_class)
{
	const struct dvs_policy *policy = &twin->policy;
	uint32_t l3 = find_l3(frame);
	unsigned int version = version_of(frame, l3, length), was, dscp;

	*ret_class = class_of(policy, frame, l3, version);
	if (version == 0)
		return true;
	was = dscp = dscp_of(frame + l3, version);
	if (policy->mark_dscp[*ret_class] != 0)
		dscp = policy->mark_dscp[*ret_class] - 1u;
	if (policy->marker != DVS_MARKER_OFF) {
		const uint8_t actions[] = {DVS_COLOR_MARK, policy->marker_yellow,
					   policy->marker_red};
		unsigned int precedence = precedence_of(was);
		enum dvs_color color =
			dvs_marker_take(&twin->marker, &twin->rates, now, length - l3, length - l3,
					precedence == 3	  ? DVS_RED
					: precedence == 2 ? DVS_YELLOW
							  : DVS_GREEN);

		twin->colors[color]++;
		twin->dropped += actions[color] == DVS_COLOR_DROP;
		if (actions[color] == DVS_COLOR_DROP)
			return false;
		if (actions[color] == DVS_COLOR_MARK && precedence_of(dscp) != 0)
			dscp = dscp / 8 * 8 + 2 * ((unsigned int)color + 1);
	}
	twin->marked += dscp != was;
	if (dscp != was)
		set_dscp(frame + l3, version, dscp);
	return true;
}
