/* SPDX-License-Identifier: BSD-3-Clause */
#include "marker_twin.h"

static __int128_t tokens_of(const struct marker_twin *twin, uint64_t bytes)
{
	return (__int128_t)bytes * 8 * twin->hz;
}

void marker_twin_init(struct marker_twin *twin, const struct dvs_marker_config *config, uint64_t hz,
		      uint64_t now)
{
	twin->config = *config;
	twin->hz = hz;
	twin->last = now;
	twin->c = twin->c_full = tokens_of(twin, config->committed_burst);
	twin->e = twin->e_full = tokens_of(twin, config->excess_burst);
}

static void fill(__int128_t *bucket, __int128_t full, __int128_t *tokens)
{
	__int128_t room = full - *bucket, part = *tokens < room ? *tokens : room;

	*bucket += part;
	*tokens -= part;
}

static void fill_both(struct marker_twin *twin, uint64_t now)
{
	__int128_t tokens = (__int128_t)twin->config.committed_bps * (now - twin->last);

	fill(&twin->c, twin->c_full, &tokens);
	if (twin->config.peak_bps != 0)
		tokens = (__int128_t)twin->config.peak_bps * (now - twin->last);
	fill(&twin->e, twin->e_full, &tokens);
	twin->last = now;
}

static enum dvs_color take_single(struct marker_twin *twin, __int128_t needed, __int128_t paid,
				  enum dvs_color before)
{
	if (before == DVS_GREEN && twin->c - needed >= 0) {
		twin->c -= paid;
		return DVS_GREEN;
	}
	if ((before == DVS_GREEN || before == DVS_YELLOW) && twin->e - needed >= 0) {
		twin->e -= paid;
		return DVS_YELLOW;
	}
	return DVS_RED;
}

static enum dvs_color take_two(struct marker_twin *twin, __int128_t needed, __int128_t paid,
			       enum dvs_color before)
{
	if (before == DVS_RED || twin->e - needed < 0)
		return DVS_RED;
	twin->e -= paid;
	if (before == DVS_YELLOW || twin->c - needed < 0)
		return DVS_YELLOW;
	twin->c -= paid;
	return DVS_GREEN;
}

enum dvs_color marker_twin_take(struct marker_twin *twin, uint64_t now, uint32_t first,
				uint32_t bytes, enum dvs_color before)
{
	__int128_t needed = tokens_of(twin, first), paid = tokens_of(twin, bytes);

	fill_both(twin, now);
	if (!twin->config.is_color_aware)
		before = DVS_GREEN;
	if (twin->config.peak_bps != 0)
		return take_two(twin, needed, paid, before);
	return take_single(twin, needed, paid, before);
}
