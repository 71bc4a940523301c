/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include "rate.h"

#define LONGEST	    (UINT64_C(1) << 17) /* bytes of a frame */
#define DEBT_BYTES  (UINT64_C(1) << 26) /* of batches of large frames, as what they become */
#define DEBT_FRAMES (UINT64_C(1) << 19)
#define MS_PER_S    1000
#define ROUNDING    20 /* bits: by a part of so many, _reserve sees fewer units than there are */

typedef unsigned __int128 u128;

static uint64_t cost_of(const struct dvs_meter_rate *rate, uint64_t units)
{
	return (uint64_t)((u128)units * rate->mult >> rate->shift);
}

/* Time for a unit, and its inverse, with as many bits of fraction as there is room for. */
static void set_mult(struct dvs_meter_rate *rate, uint64_t number, uint64_t tsc_hz)
{
	uint64_t unit = rate->counts_bytes ? 8 : 1;
	u128 time = ((u128)tsc_hz * unit << DVS_METER_FRACTION_BITS) << 32, per;

	rate->shift = 32;
	time = (time + number / 2) / number;
	while (time > UINT64_MAX) {
		time >>= 1;
		rate->shift--;
	}
	rate->mult = (uint64_t)time;
	per = (((u128)1 << 64) << rate->shift) / time;
	rate->per = per > UINT64_MAX ? UINT64_MAX : (uint64_t)per;
}

/* False: there is no limit. */
static bool init(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t tsc_hz)
{
	*rate = (struct dvs_meter_rate){0};
	if (per_second == DVS_RATE_OFF)
		return false;
	rate->counts_bytes = !dvs_rate_is_pps(per_second);
	set_mult(rate, dvs_rate_number(per_second), tsc_hz);
	return true;
}

/* A second more: other workers' clocks, and batches, are some time ahead or behind. */
static void set_ahead(struct dvs_meter_rate *rate, uint64_t units, uint64_t tsc_hz)
{
	rate->ahead = rate->depth + cost_of(rate, units) + (tsc_hz << DVS_METER_FRACTION_BITS);
}

void dvs_meter_rate_init(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t tsc_hz)
{
	if (!init(rate, per_second, tsc_hz))
		return;
	rate->depth = (tsc_hz * DVS_METER_BURST_MS / MS_PER_S) << DVS_METER_FRACTION_BITS;
	set_ahead(rate, rate->counts_bytes ? LONGEST : 1, tsc_hz);
}

void dvs_meter_rate_init_burst(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t burst,
			       uint64_t tsc_hz)
{
	if (!init(rate, per_second, tsc_hz))
		return;
	rate->depth = cost_of(rate, burst);
	rate->depth += (rate->depth >> ROUNDING) + 1; /* so that all of a full one is seen */
	set_ahead(rate, rate->counts_bytes ? DEBT_BYTES : DEBT_FRAMES, tsc_hz);
}

/* Time until the bucket is full. */
static uint64_t used_of(const struct dvs_meter_rate *rate, uint64_t full_at, uint64_t now)
{
	uint64_t used = full_at - now;

	return used > rate->ahead ? 0 : used; /* full since some time */
}

bool dvs_meter_take_units(struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			  uint64_t now_tsc, uint64_t units)
{
	uint64_t now = now_tsc << DVS_METER_FRACTION_BITS;
	uint64_t cost = cost_of(rate, units);
	uint64_t full_at = __atomic_load_n(&meter->full_at, __ATOMIC_RELAXED);

	for (;;) {
		uint64_t used = used_of(rate, full_at, now);

		if (used != 0 && used + cost > rate->depth)
			return false;
		if (__atomic_compare_exchange_n(&meter->full_at, &full_at, now + used + cost, true,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	}
}

bool dvs_meter_take(struct dvs_meter *meter, const struct dvs_meter_rate *rate, uint64_t now_tsc,
		    uint32_t length)
{
	return dvs_meter_take_units(meter, rate, now_tsc, rate->counts_bytes ? length : 1);
}

uint64_t dvs_meter_reserve(struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			   uint64_t now_tsc, uint64_t most)
{
	uint64_t now = now_tsc << DVS_METER_FRACTION_BITS;
	uint64_t full_at = __atomic_load_n(&meter->full_at, __ATOMIC_RELAXED);

	for (;;) {
		uint64_t used = used_of(rate, full_at, now), units;

		if (used >= rate->depth)
			return 0;
		units = (uint64_t)((u128)(rate->depth - used) * rate->per >> 64);
		if (units > most)
			units = most;
		if (units == 0)
			return 0;
		if (__atomic_compare_exchange_n(&meter->full_at, &full_at,
						now + used + cost_of(rate, units), true,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return units;
	}
}

void dvs_meter_settle(struct dvs_meter *meter, const struct dvs_meter_rate *rate, uint64_t reserved,
		      uint64_t used)
{
	if (used != reserved)
		__atomic_fetch_add(&meter->full_at, cost_of(rate, used) - cost_of(rate, reserved),
				   __ATOMIC_RELAXED);
}

uint64_t dvs_meter_when(const struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			uint64_t now_tsc, uint64_t units)
{
	uint64_t full_at = __atomic_load_n(&meter->full_at, __ATOMIC_RELAXED);
	uint64_t used = used_of(rate, full_at, now_tsc << DVS_METER_FRACTION_BITS);
	uint64_t cost = cost_of(rate, units);
	uint64_t enough;

	cost += cost >> ROUNDING;
	enough = cost < rate->depth ? rate->depth - cost : 0; /* what may be used then */
	if (used <= enough)
		return now_tsc;
	return now_tsc + ((used - enough) >> DVS_METER_FRACTION_BITS) + 2;
}
