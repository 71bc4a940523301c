/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * histogram.h - how often which value came, log-linear: percentiles within 0.8 % from 1 to 2^40.
 *
 * Values below 256 have a bucket each. Above, every power of two is cut into 128 buckets, so that a
 * bucket is never wider than 1/128 of its value (the layout of HdrHistogram). Values of 2^40 and
 * more fall into the last bucket; the exact largest value is kept apart.
 *
 * Units are the caller's; dvs-gen counts TSC ticks.
 *
 * Threads: one writer; others may copy it with dvs_histogram_add_to while it is written.
 */
#ifndef DVS_GEN_HISTOGRAM_H
#define DVS_GEN_HISTOGRAM_H

#include <stdint.h>

#include "counter.h"

#define DVS_HISTOGRAM_BITS    7u  /* of precision */
#define DVS_HISTOGRAM_LARGEST 40u /* bits of the largest value that is told apart */
#define DVS_HISTOGRAM_BUCKETS                                                                      \
	((DVS_HISTOGRAM_LARGEST - DVS_HISTOGRAM_BITS + 1u) << DVS_HISTOGRAM_BITS)

struct dvs_histogram {
	/* worker: write, others: read */
	uint64_t max;
	uint64_t sum;
	uint64_t counts[DVS_HISTOGRAM_BUCKETS];
};

static inline uint32_t dvs_histogram_bucket(uint64_t value)
{
	uint32_t shift;

	if (value < (1u << (DVS_HISTOGRAM_BITS + 1)))
		return (uint32_t)value;
	shift = 63u - (uint32_t)__builtin_clzll(value) - DVS_HISTOGRAM_BITS;
	if (shift >= DVS_HISTOGRAM_LARGEST - DVS_HISTOGRAM_BITS)
		return DVS_HISTOGRAM_BUCKETS - 1;
	return (shift << DVS_HISTOGRAM_BITS) + (uint32_t)(value >> shift);
}

static inline void dvs_histogram_record(struct dvs_histogram *histogram, uint64_t value)
{
	dvs_counter_add(&histogram->counts[dvs_histogram_bucket(value)], 1);
	dvs_counter_add(&histogram->sum, value);
	if (value > histogram->max)
		dvs_counter_set(&histogram->max, value);
}

/* The largest value of a bucket. */
uint64_t dvs_histogram_upper(uint32_t bucket);

/* Adds what is in `from` to `to`; `from` may be written meanwhile. */
void dvs_histogram_add_to(const struct dvs_histogram *from, struct dvs_histogram *to);

/* later - earlier, where later is a newer copy of the same histogram; max is the largest bucket's.
 */
void dvs_histogram_subtract(struct dvs_histogram *later, const struct dvs_histogram *earlier);

/* How many values are in it. */
uint64_t dvs_histogram_count(const struct dvs_histogram *histogram);

/*
 * The smallest bucket's upper value that at least this share (0 to 1) of the values do not exceed,
 * never above the largest value; 0 without values.
 */
uint64_t dvs_histogram_quantile(const struct dvs_histogram *histogram, double share);

/* Upper value of the smallest bucket in use; 0 without values. */
uint64_t dvs_histogram_min(const struct dvs_histogram *histogram);

double dvs_histogram_mean(const struct dvs_histogram *histogram);

#endif
