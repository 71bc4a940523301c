/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include "rate.h"

#define UNITS_MAX (UINT64_C(8) << 17) /* of a frame: the bits of 128 KiB */
#define MS_PER_S  1000

/*
 * Time for one unit with as many bits of fraction as leave room for a frame: units * mult has to
 * stay below 2^64.
 */
static void set_mult(struct dvs_meter_rate *rate, uint64_t number, uint64_t tsc_hz)
{
	uint64_t units = rate->counts_bits ? UNITS_MAX : 1;
	__uint128_t time = ((__uint128_t)tsc_hz << DVS_METER_FRACTION_BITS) << 32;

	rate->shift = 32;
	time = (time + number / 2) / number;
	while (time > UINT64_MAX / units) {
		time >>= 1;
		rate->shift--;
	}
	rate->mult = (uint64_t)time;
}

void dvs_meter_rate_init(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t tsc_hz)
{
	uint64_t largest;

	*rate = (struct dvs_meter_rate){0};
	if (per_second == DVS_RATE_OFF)
		return;
	rate->counts_bits = !dvs_rate_is_pps(per_second);
	set_mult(rate, dvs_rate_number(per_second), tsc_hz);
	rate->depth = (tsc_hz * DVS_METER_BURST_MS / MS_PER_S) << DVS_METER_FRACTION_BITS;
	largest = ((rate->counts_bits ? UNITS_MAX : 1) * rate->mult) >> rate->shift;
	/* A second more: other workers' clocks, and batches, are some time ahead or behind. */
	rate->ahead = rate->depth + largest + (tsc_hz << DVS_METER_FRACTION_BITS);
}

bool dvs_meter_take(struct dvs_meter *meter, const struct dvs_meter_rate *rate, uint64_t now_tsc,
		    uint32_t length)
{
	uint64_t now = now_tsc << DVS_METER_FRACTION_BITS;
	uint64_t units = rate->counts_bits ? (uint64_t)length * 8 : 1;
	uint64_t cost = units * rate->mult >> rate->shift;
	uint64_t full_at = __atomic_load_n(&meter->full_at, __ATOMIC_RELAXED);

	for (;;) {
		uint64_t used = full_at - now;

		if (used > rate->ahead) /* full since some time */
			used = 0;
		if (used != 0 && used + cost > rate->depth)
			return false;
		if (__atomic_compare_exchange_n(&meter->full_at, &full_at, now + used + cost, true,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	}
}
