/* SPDX-License-Identifier: BSD-3-Clause */
#include "marker.h"

#include "meter.h"

/* A packet: what the bucket must have for it, and what it pays, as time. */
struct cost {
	uint64_t needed, paid;
};

/* As many bits of fraction as leave room for the longest frame below 2^64. */
static void init_bucket(struct dvs_marker_bucket *bucket, uint64_t bps, uint64_t burst,
			uint64_t tsc_hz)
{
	__uint128_t time = ((__uint128_t)tsc_hz * 8 << DVS_METER_FRACTION_BITS) << 32;

	bucket->shift = 32;
	time = (time + bps / 2) / bps;
	while (time > UINT64_MAX / DVS_MARKER_BYTES_MAX) {
		time >>= 1;
		bucket->shift--;
	}
	bucket->mult = (uint64_t)time;
	bucket->depth = (uint64_t)((__uint128_t)burst * bucket->mult >> bucket->shift);
	/* A second more: other workers' clocks, and batches, are some time ahead or behind. */
	bucket->ahead = bucket->depth + (DVS_MARKER_BYTES_MAX * bucket->mult >> bucket->shift) +
			(tsc_hz << DVS_METER_FRACTION_BITS);
}

void dvs_marker_rates_init(struct dvs_marker_rates *rates, const struct dvs_marker_config *config,
			   uint64_t tsc_hz)
{
	*rates = (struct dvs_marker_rates){
		.has_peak = config->peak_bps != 0,
		.is_color_aware = config->is_color_aware,
	};
	init_bucket(&rates->committed, config->committed_bps, config->committed_burst, tsc_hz);
	if (rates->has_peak) {
		init_bucket(&rates->outer, config->peak_bps, config->excess_burst, tsc_hz);
		return;
	}
	init_bucket(&rates->outer, config->committed_bps,
		    config->committed_burst + config->excess_burst, tsc_hz);
	rates->excess = rates->outer.depth - rates->committed.depth;
}

/* Time until the bucket is full, by when it will be; what is too far ahead is in the past. */
static inline uint64_t used(const struct dvs_marker_bucket *bucket, uint64_t full_at, uint64_t now)
{
	uint64_t left = full_at - now;

	return left > bucket->ahead ? 0 : left;
}

static inline struct cost cost_of(const struct dvs_marker_bucket *bucket, uint32_t first,
				  uint32_t bytes)
{
	return (struct cost){first * bucket->mult >> bucket->shift,
			     bytes * bucket->mult >> bucket->shift};
}

static inline bool replace(uint64_t *full_at, uint64_t *seen, uint64_t by)
{
	return __atomic_compare_exchange_n(full_at, seen, by, true, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

/* Takes, if there is enough. */
static bool take(uint64_t *full_at, const struct dvs_marker_bucket *bucket, uint64_t now,
		 struct cost cost)
{
	uint64_t seen = __atomic_load_n(full_at, __ATOMIC_RELAXED), in_use;

	do {
		in_use = used(bucket, seen, now);
		if (in_use + cost.needed > bucket->depth)
			return false;
	} while (!replace(full_at, &seen, now + in_use + cost.paid));
	return true;
}

/* Takes in any case. */
static void charge(uint64_t *full_at, const struct dvs_marker_bucket *bucket, uint64_t now,
		   struct cost cost)
{
	uint64_t seen = __atomic_load_n(full_at, __ATOMIC_RELAXED);

	while (!replace(full_at, &seen, now + used(bucket, seen, now) + cost.paid))
		;
}

/* Takes from E, if there is enough. */
static bool take_excess(struct dvs_marker *marker, const struct dvs_marker_rates *rates,
			uint64_t now, struct cost cost)
{
	uint64_t seen = __atomic_load_n(&marker->outer_full_at, __ATOMIC_RELAXED), of_both;

	do {
		uint64_t committed = __atomic_load_n(&marker->committed_full_at, __ATOMIC_RELAXED);
		uint64_t of_c = used(&rates->committed, committed, now);

		of_both = used(&rates->outer, seen, now);
		if ((of_both > of_c ? of_both - of_c : 0) + cost.needed > rates->excess)
			return false;
	} while (!replace(&marker->outer_full_at, &seen, now + of_both + cost.paid));
	return true;
}

static enum dvs_color take_single(struct dvs_marker *marker, const struct dvs_marker_rates *rates,
				  uint64_t now, struct cost cost, enum dvs_color before)
{
	if (before == DVS_GREEN && take(&marker->committed_full_at, &rates->committed, now, cost)) {
		charge(&marker->outer_full_at, &rates->outer, now, cost);
		return DVS_GREEN;
	}
	if (before != DVS_RED && take_excess(marker, rates, now, cost))
		return DVS_YELLOW;
	return DVS_RED;
}

enum dvs_color dvs_marker_take(struct dvs_marker *marker, const struct dvs_marker_rates *rates,
			       uint64_t now_tsc, uint32_t first, uint32_t bytes,
			       enum dvs_color before)
{
	uint64_t now = now_tsc << DVS_METER_FRACTION_BITS;
	struct cost committed = cost_of(&rates->committed, first, bytes);

	if (!rates->is_color_aware)
		before = DVS_GREEN;
	if (!rates->has_peak)
		return take_single(marker, rates, now, committed, before);
	if (before == DVS_RED ||
	    !take(&marker->outer_full_at, &rates->outer, now, cost_of(&rates->outer, first, bytes)))
		return DVS_RED;
	if (before == DVS_YELLOW ||
	    !take(&marker->committed_full_at, &rates->committed, now, committed))
		return DVS_YELLOW;
	return DVS_GREEN;
}
