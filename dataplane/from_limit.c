/* SPDX-License-Identifier: BSD-3-Clause */
#include "from_limit.h"

#include <string.h>

#include "charge.h"
#include "ethernet.h"
#include "rate.h"

#define US_PER_S 1000000
#define MOST	 (UINT64_C(1) << 23) /* reserved at once: more than a batch is, mostly */

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Units that a rate lets through in so many us. */
static uint64_t units_in(uint64_t rate, uint64_t us)
{
	uint64_t a_second = dvs_rate_number(rate) / (dvs_rate_is_pps(rate) ? 1 : 8);

	return (uint64_t)((unsigned __int128)a_second * us / US_PER_S);
}

static void init_bucket(struct dvs_from_bucket *bucket, uint64_t rate, uint64_t burst,
			uint64_t tsc_hz)
{
	if (rate == DVS_RATE_OFF)
		return;
	dvs_meter_rate_init_burst(&bucket->rate, rate, burst, tsc_hz);
	bucket->slice = larger(units_in(rate, DVS_FROM_SLICE_US), 1);
	if (bucket->slice > burst)
		bucket->slice = burst;
}

/* rates are all zero, padding included, as they are compared. */
static void init_rates(struct dvs_from_rates *rates, const struct dvs_policy *policy,
		       uint64_t tsc_hz)
{
	bool polices = policy->from_mode == DVS_FROM_POLICE;
	uint64_t frame = policy->mtu + DVS_ETHERNET_HEADER;
	uint64_t us = polices ? DVS_FROM_POLICE_US : DVS_FROM_BURST_US;
	uint64_t burst = policy->from_burst;

	if (policy->rate_counts == DVS_RATE_COUNTS_WIRE)
		frame += DVS_CHARGE_WIRE;
	if (burst == 0)
		burst = larger(units_in(policy->from_rate, us), 2 * frame);
	rates->counts = policy->rate_counts;
	rates->mode = policy->from_mode;
	init_bucket(&rates->average, policy->from_rate, larger(burst, frame), tsc_hz);
	init_bucket(&rates->peak, policy->from_peak,
		    larger(units_in(policy->from_peak, 2 * DVS_FROM_SLICE_US), frame), tsc_hz);
	init_bucket(&rates->packets, policy->from_pps, larger(units_in(policy->from_pps, us), 1),
		    tsc_hz);
}

static bool is_on(const struct dvs_from_bucket *bucket)
{
	return dvs_meter_is_on(&bucket->rate);
}

struct dvs_from_limit *dvs_from_limit_choose(struct dvs_from_limit limits[2],
					     const struct dvs_policy *policy,
					     const struct dvs_from_limit *in_use, uint64_t now_tsc,
					     uint64_t tsc_hz)
{
	struct dvs_from_limit *limit = &limits[in_use == &limits[0] ? 1 : 0];
	struct dvs_from_rates rates;

	if (!dvs_from_limit_is_wanted(policy))
		return NULL;
	memset(&rates, 0, sizeof(rates));
	init_rates(&rates, policy, tsc_hz);
	if (in_use != NULL && memcmp(&in_use->rates, &rates, sizeof(rates)) == 0)
		return &limits[in_use - limits];
	memcpy(&limit->rates, &rates, sizeof(rates));
	limit->average = limit->peak = limit->packets = (struct dvs_meter){0};
	if (in_use != NULL) {
		dvs_meter_empty(&limit->average, &limit->rates.average.rate, now_tsc);
		dvs_meter_empty(&limit->peak, &limit->rates.peak.rate, now_tsc);
		dvs_meter_empty(&limit->packets, &limit->rates.packets.rate, now_tsc);
	}
	return limit;
}

/* No limit is as much as anybody wants. */
static uint64_t reserve(struct dvs_meter *meter, const struct dvs_from_bucket *bucket,
			uint64_t now_tsc)
{
	return is_on(bucket) ? dvs_meter_reserve(meter, &bucket->rate, now_tsc, MOST) : UINT64_MAX;
}

static void settle(struct dvs_meter *meter, const struct dvs_from_bucket *bucket, uint64_t reserved,
		   uint64_t used)
{
	if (is_on(bucket))
		dvs_meter_settle(meter, &bucket->rate, reserved, used);
}

bool dvs_from_limit_reserve(struct dvs_from_limit *limit, uint64_t now_tsc, struct dvs_batch *batch)
{
	const struct dvs_from_rates *rates = &limit->rates;
	uint64_t average = reserve(&limit->average, &rates->average, now_tsc);
	uint64_t peak = average != 0 ? reserve(&limit->peak, &rates->peak, now_tsc) : 0;
	uint64_t packets = peak != 0 ? reserve(&limit->packets, &rates->packets, now_tsc) : 0;
	uint64_t least = average < peak ? average : peak;

	if (packets == 0) {
		settle(&limit->average, &rates->average, average, 0);
		settle(&limit->peak, &rates->peak, peak, 0);
		return false;
	}
	dvs_charge_begin(batch, rates->counts, least, packets);
	settle(&limit->average, &rates->average, average, least);
	settle(&limit->peak, &rates->peak, peak, least);
	return true;
}

bool dvs_from_limit_settle(struct dvs_from_limit *limit, const struct dvs_batch *batch)
{
	const struct dvs_from_rates *rates = &limit->rates;

	settle(&limit->average, &rates->average, batch->byte_limit, batch->bytes);
	settle(&limit->peak, &rates->peak, batch->byte_limit, batch->bytes);
	settle(&limit->packets, &rates->packets, batch->frame_limit, batch->frames);
	return batch->bytes >= batch->byte_limit || batch->frames >= batch->frame_limit;
}

static uint64_t when(const struct dvs_meter *meter, const struct dvs_from_bucket *bucket,
		     uint64_t now_tsc)
{
	return is_on(bucket) ? dvs_meter_when(meter, &bucket->rate, now_tsc, bucket->slice)
			     : now_tsc;
}

uint64_t dvs_from_limit_when(const struct dvs_from_limit *limit, uint64_t now_tsc)
{
	const struct dvs_from_rates *rates = &limit->rates;

	return larger(larger(when(&limit->average, &rates->average, now_tsc),
			     when(&limit->peak, &rates->peak, now_tsc)),
		      when(&limit->packets, &rates->packets, now_tsc));
}

static bool take(struct dvs_meter *meter, const struct dvs_from_bucket *bucket, uint64_t now_tsc,
		 uint32_t units)
{
	return !is_on(bucket) || dvs_meter_take_units(meter, &bucket->rate, now_tsc, units);
}

bool dvs_from_limit_take(struct dvs_from_limit *limit, uint64_t now_tsc, uint32_t bytes,
			 uint32_t packets)
{
	const struct dvs_from_rates *rates = &limit->rates;

	if (!take(&limit->average, &rates->average, now_tsc, bytes))
		return false;
	if (!take(&limit->peak, &rates->peak, now_tsc, bytes)) {
		settle(&limit->average, &rates->average, bytes, 0);
		return false;
	}
	if (!take(&limit->packets, &rates->packets, now_tsc, packets)) {
		settle(&limit->average, &rates->average, bytes, 0);
		settle(&limit->peak, &rates->peak, bytes, 0);
		return false;
	}
	return true;
}
