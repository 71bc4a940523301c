/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter_twin.h"

#include "meter.h"
#include "rate.h"

void meter_twin_init(struct meter_twin *twin, uint64_t rate, uint64_t hz, uint64_t now)
{
	twin->number = dvs_rate_number(rate);
	twin->hz = hz;
	twin->counts_bits = !dvs_rate_is_pps(rate);
	twin->depth = (__int128_t)twin->number * hz * DVS_METER_BURST_MS / 1000;
	twin->tokens = twin->depth;
	twin->last = now;
}

bool meter_twin_take(struct meter_twin *twin, uint64_t now, uint32_t length)
{
	__int128_t cost = (__int128_t)(twin->counts_bits ? length * 8 : 1) * twin->hz;

	twin->tokens += (__int128_t)twin->number * (now - twin->last);
	if (twin->tokens > twin->depth)
		twin->tokens = twin->depth;
	twin->last = now;
	if (twin->tokens < cost && twin->tokens < twin->depth)
		return false;
	twin->tokens -= cost;
	return true;
}
