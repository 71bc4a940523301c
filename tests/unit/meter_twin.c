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

void meter_twin_init_burst(struct meter_twin *twin, uint64_t rate, uint64_t burst, uint64_t hz,
			   uint64_t now)
{
	meter_twin_init(twin, rate, hz, now);
	twin->depth = (__int128_t)burst * (twin->counts_bits ? 8 : 1) * hz;
	twin->tokens = twin->depth;
}

static void refill(struct meter_twin *twin, uint64_t now)
{
	twin->tokens += (__int128_t)twin->number * (now - twin->last);
	if (twin->tokens > twin->depth)
		twin->tokens = twin->depth;
	twin->last = now;
}

uint64_t meter_twin_reserve(struct meter_twin *twin, uint64_t now, uint64_t most)
{
	__int128_t unit = (__int128_t)(twin->counts_bits ? 8 : 1) * twin->hz, units;

	refill(twin, now);
	if (twin->tokens < unit)
		return 0;
	units = twin->tokens / unit;
	if (units > most)
		units = most;
	twin->tokens -= units * unit;
	return (uint64_t)units;
}

void meter_twin_settle(struct meter_twin *twin, uint64_t reserved, uint64_t used)
{
	__int128_t unit = (__int128_t)(twin->counts_bits ? 8 : 1) * twin->hz;

	twin->tokens += ((__int128_t)reserved - used) * unit;
}

bool meter_twin_take(struct meter_twin *twin, uint64_t now, uint32_t length)
{
	__int128_t cost = (__int128_t)(twin->counts_bits ? length * 8 : 1) * twin->hz;

	refill(twin, now);
	if (twin->tokens < cost && twin->tokens < twin->depth)
		return false;
	twin->tokens -= cost;
	return true;
}
