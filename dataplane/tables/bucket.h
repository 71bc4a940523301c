/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bucket.h - a token bucket of one thread: how much may go now, and when more may.
 *
 * As in a meter (meter.h) its state is one number, the time at which the bucket will be full again:
 * what goes through moves that on by the time that the rate takes for it. Nothing is refilled, and
 * an idle bucket costs nothing.
 *
 * Something goes when the bucket is not empty, however much it is: the bucket is in debt then, and
 * nothing goes until the rate has paid for it. So in any time t at most rate * t + depth and one
 * frame go through, and in the long run exactly the rate.
 *
 * Who finds the bucket empty waits until it has more than a little in it (`resume`), so that at
 * high rates not each frame is waited for by itself; at low ones that is less than a frame.
 *
 * Time is in TSC cycles with DVS_BUCKET_FRACTION_BITS bits of fraction, which wraps after about a
 * year; what is further ahead than a bucket can be is in the past.
 *
 * Threads: a bucket belongs to its holder.
 *
 *	struct dvs_bucket bucket;
 *
 *	dvs_bucket_init(&bucket, bytes_a_second, depth_in_bytes, tsc_hz);
 *	if (dvs_bucket_has(&bucket, now))
 *		dvs_bucket_take(&bucket, now, length);
 *	else
 *		wait until dvs_bucket_ready(&bucket, now)
 */
#ifndef DVS_BUCKET_H
#define DVS_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_BUCKET_FRACTION_BITS 8
#define DVS_BUCKET_UNITS_MAX	 (UINT64_C(1) << 20) /* taken at once */
#define DVS_BUCKET_RESUME_US	 20		     /* of tokens, when it was empty */

/* All zero: no limit. */
struct dvs_bucket {
	uint64_t mult;	  /* time of a unit << shift; 0: no limit */
	uint64_t depth;	  /* as time */
	uint64_t resume;  /* as time; what is left to fill when it has enough again */
	uint64_t ahead;	  /* full_at is never further ahead than this */
	uint64_t full_at; /* as time */
	uint8_t shift;
};

/* Full. per_second: units, 1 to 10^12, or 0: no limit. depth: units, 1 to 2^40. tsc_hz: 1 MHz to 10
 * GHz. */
void dvs_bucket_init(struct dvs_bucket *bucket, uint64_t per_second, uint64_t depth,
		     uint64_t tsc_hz);

/* The bucket takes over how empty another one was, of another rate: at most quite empty. */
void dvs_bucket_inherit(struct dvs_bucket *bucket, const struct dvs_bucket *from, uint64_t now);

static inline bool dvs_bucket_is_on(const struct dvs_bucket *bucket)
{
	return bucket->mult != 0;
}

/* Time that it is away from full. */
static inline uint64_t dvs_bucket_used(const struct dvs_bucket *bucket, uint64_t now)
{
	uint64_t used = bucket->full_at - (now << DVS_BUCKET_FRACTION_BITS);

	return used > bucket->ahead ? 0 : used;
}

/* Not empty at time now, in cycles, or without limit. */
static inline bool dvs_bucket_has(const struct dvs_bucket *bucket, uint64_t now)
{
	return !dvs_bucket_is_on(bucket) || dvs_bucket_used(bucket, now) < bucket->depth;
}

/* It is on, and empty: the time in cycles, after now, at which it has enough again. */
static inline uint64_t dvs_bucket_ready(const struct dvs_bucket *bucket, uint64_t now)
{
	uint64_t used = dvs_bucket_used(bucket, now);

	return now + 1 +
	       (used > bucket->resume ? (used - bucket->resume) >> DVS_BUCKET_FRACTION_BITS : 0);
}

/* Takes at most DVS_BUCKET_UNITS_MAX units, whether they are there or not. */
static inline void dvs_bucket_take(struct dvs_bucket *bucket, uint64_t now, uint64_t units)
{
	if (dvs_bucket_is_on(bucket))
		bucket->full_at = (now << DVS_BUCKET_FRACTION_BITS) + dvs_bucket_used(bucket, now) +
				  (units * bucket->mult >> bucket->shift);
}

/* The same, but that gets it no further into debt than the bucket is deep. */
static inline void dvs_bucket_take_bounded(struct dvs_bucket *bucket, uint64_t now, uint64_t units)
{
	uint64_t before, most;

	if (!dvs_bucket_is_on(bucket))
		return;
	before = dvs_bucket_used(bucket, now);
	most = before > 2 * bucket->depth ? before : 2 * bucket->depth;
	dvs_bucket_take(bucket, now, units);
	if (dvs_bucket_used(bucket, now) > most)
		bucket->full_at = (now << DVS_BUCKET_FRACTION_BITS) + most;
}

#endif
