/* SPDX-License-Identifier: BSD-3-Clause */
/* Who asks for members in a segment: the switch's own queries, and election among queriers. */
#include "igmp.h"
#include "inject.h"
#include "mld.h"
#include "snooping.h"
#include "switch_private.h"

#define NANOSECONDS_MS	   UINT64_C(1000000)
#define ROBUSTNESS	   2 /* RFC 3376 section 8.1 */
#define INTERVAL_S	   125
#define RESPONSE_MS	   10000
#define LAST_MEMBER_MS	   1000
#define INTERVAL_LONGEST_S 31744u /* that a query can announce */
#define LATE_MS		   500	  /* between a report and the control thread */

uint64_t dvs_snooping_now_ms(const struct dvs_switch *sw)
{
	return dvs_clock_now_ns(sw->clock) / NANOSECONDS_MS;
}

static uint32_t or_default(uint32_t value, uint32_t usual)
{
	return value != 0 ? value : usual;
}

static uint32_t own_interval_ms(const struct dvs_snooper *snooper)
{
	return or_default(snooper->config.mcast_interval_s, INTERVAL_S) * 1000;
}

static uint32_t own_response_ms(const struct dvs_snooper *snooper)
{
	return or_default(snooper->config.mcast_response_ms, RESPONSE_MS);
}

uint32_t dvs_snooping_last_member_ms(const struct dvs_snooper *snooper)
{
	return or_default(snooper->config.mcast_last_member_ms, LAST_MEMBER_MS);
}

uint64_t dvs_querier_membership_ms(const struct dvs_querier *querier)
{
	return (uint64_t)querier->robustness * querier->interval_ms + querier->response_ms;
}

uint64_t dvs_querier_router_ms(const struct dvs_querier *querier)
{
	return (uint64_t)querier->robustness * querier->interval_ms + querier->response_ms / 2;
}

/* ---- queries ---- */

/* An address made of the MAC (RFC 4291 appendix A). */
static struct dvs_ip make_link_local(const uint8_t *mac)
{
	return (struct dvs_ip){{0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
				0xfe, mac[3], mac[4], mac[5]}};
}

struct dvs_ip dvs_querier_source(const struct dvs_switch *sw, const struct dvs_snooper *snooper,
				 enum dvs_group_family family)
{
	if (family == DVS_GROUP_V4)
		return dvs_ip_is_unspecified(&snooper->config.mcast_querier_ip)
			       ? dvs_ip_from4(0)
			       : snooper->config.mcast_querier_ip;
	return dvs_ip_is_unspecified(&snooper->config.mcast_querier_ip6)
		       ? make_link_local(sw->snooping->mac)
		       : snooper->config.mcast_querier_ip6;
}

void dvs_querier_ask(struct dvs_switch *sw, const struct dvs_snooper *snooper,
		     enum dvs_group_family family, const struct dvs_ip *group, uint16_t port)
{
	const struct dvs_segment *config = &snooper->config;
	uint8_t frame[DVS_QUERY_MAX];
	struct dvs_query query = {
		.mac = sw->snooping->mac,
		.robustness = ROBUSTNESS,
		.response_ms = group != NULL ? dvs_snooping_last_member_ms(snooper)
					     : own_response_ms(snooper),
		.interval_s = own_interval_ms(snooper) / 1000,
	};
	uint32_t length;

	query.source = dvs_querier_source(sw, snooper, family);
	if (group != NULL)
		query.group = *group;
	if (family == DVS_GROUP_V4) {
		/* As another snooping switch, when it is not the querier. */
		if (!dvs_querier_is_own(&snooper->queriers[family]))
			query.source = dvs_ip_from4(0);
		query.version = config->mcast_igmp == DVS_IGMP_V2 ? 2 : 3;
		length = dvs_igmp_write_query(&query, frame);
	} else {
		query.version = config->mcast_mld == DVS_MLD_V1 ? 1 : 2;
		length = dvs_mld_write_query(&query, frame);
	}
	/* One that finds no room is lost like one on a wire: there are others. */
	dvs_inject(sw, snooper->id, port, frame, length);
}

/* ---- election ---- */

static void use_own_times(struct dvs_snooper *snooper, struct dvs_querier *querier)
{
	querier->robustness = ROBUSTNESS;
	querier->interval_ms = own_interval_ms(snooper);
	querier->response_ms = own_response_ms(snooper);
}

static void become_querier(struct dvs_snooper *snooper, struct dvs_querier *querier,
			   uint64_t now_ms)
{
	use_own_times(snooper, querier);
	querier->next_ms = now_ms;
	querier->startups_left = ROBUSTNESS - 1;
}

static bool is_lower(const struct dvs_ip *a, const struct dvs_ip *b)
{
	return memcmp(a->bytes, b->bytes, DVS_IP_LEN) < 0;
}

/* Would the switch win against that querier? */
static bool outranks(const struct dvs_switch *sw, const struct dvs_snooper *snooper,
		     enum dvs_group_family family, const struct dvs_ip *other)
{
	struct dvs_ip own = dvs_querier_source(sw, snooper, family);

	return snooper->config.mcast_querier && !dvs_ip_is_unspecified(&own) &&
	       !is_lower(other, &own);
}

void dvs_querier_update(struct dvs_switch *sw, struct dvs_snooper *snooper,
			enum dvs_group_family family)
{
	struct dvs_querier *querier = &snooper->queriers[family];
	uint64_t now_ms = dvs_snooping_now_ms(sw);

	if (querier->other_until_ms != 0 && !outranks(sw, snooper, family, &querier->other_ip))
		return; /* what it says counts; its end is seen by the tick */
	querier->other_until_ms = 0;
	if (!snooper->config.mcast_querier) {
		use_own_times(snooper, querier);
		querier->next_ms = querier->prune_ms = DVS_SNOOPING_NEVER;
	} else if (!dvs_querier_is_own(querier)) {
		become_querier(snooper, querier, now_ms);
	} else {
		use_own_times(snooper, querier);
		if (querier->next_ms > now_ms + querier->interval_ms)
			querier->next_ms = now_ms + querier->interval_ms;
	}
}

/* Somebody asks: with the last answer it is known who is a member. */
static void expect_answers(struct dvs_querier *querier, uint64_t now_ms)
{
	if (querier->prune_ms == DVS_SNOOPING_NEVER)
		querier->prune_ms = now_ms + querier->response_ms + LATE_MS;
}

static void ask_all(struct dvs_switch *sw, struct dvs_snooper *snooper,
		    enum dvs_group_family family, uint64_t now_ms)
{
	struct dvs_querier *querier = &snooper->queriers[family];
	uint32_t wait_ms = querier->interval_ms;

	dvs_querier_ask(sw, snooper, family, NULL, DVS_PORT_FLOOD);
	expect_answers(querier, now_ms);
	if (querier->startups_left != 0) { /* RFC 3376 section 8.6 */
		querier->startups_left--;
		wait_ms /= 4;
	}
	querier->next_ms = now_ms + wait_ms;
}

void dvs_querier_tick(struct dvs_switch *sw, struct dvs_snooper *snooper,
		      enum dvs_group_family family, uint64_t now_ms)
{
	struct dvs_querier *querier = &snooper->queriers[family];

	if (querier->other_until_ms != 0 && now_ms >= querier->other_until_ms) {
		querier->other_until_ms = 0;
		dvs_querier_update(sw, snooper, family);
	}
	if (dvs_querier_is_own(querier) && now_ms >= querier->next_ms)
		ask_all(sw, snooper, family, now_ms);
	dvs_groups_set_pruned(sw->snooping->groups, snooper->id, family,
			      now_ms >= querier->prune_ms);
}

/* Does the one that was heard go before who is the querier now? */
static bool is_elected(const struct dvs_switch *sw, const struct dvs_snooper *snooper,
		       enum dvs_group_family family, const struct dvs_ip *ip)
{
	const struct dvs_querier *querier = &snooper->queriers[family];

	if (querier->other_until_ms != 0)
		return !is_lower(&querier->other_ip, ip);
	return !outranks(sw, snooper, family, ip);
}

static uint32_t more(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void dvs_querier_hear(struct dvs_switch *sw, struct dvs_snooper *snooper,
		      enum dvs_group_family family, const struct dvs_membership *query,
		      uint16_t port, uint64_t now_ms)
{
	struct dvs_querier *querier = &snooper->queriers[family];
	uint32_t interval_s =
		query->interval_s < INTERVAL_LONGEST_S ? query->interval_s : INTERVAL_LONGEST_S;

	if (!is_elected(sw, snooper, family, &query->source))
		return;
	querier->next_ms = DVS_SNOOPING_NEVER;
	querier->robustness = (uint8_t)more(query->robustness, ROBUSTNESS);
	querier->interval_ms = more(interval_s * 1000, own_interval_ms(snooper));
	querier->response_ms = more(query->response_ms, own_response_ms(snooper));
	querier->other_until_ms = now_ms + dvs_querier_router_ms(querier);
	querier->other_ip = query->source;
	querier->other_port = port;
	querier->other_version = query->version;
	expect_answers(querier, now_ms);
}
