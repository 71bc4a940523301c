/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * from_limit.h - how much the VM behind a port may send: its rates, and the buckets that they fill.
 *
 * Three buckets of meter.h, each of which may be off: the average rate with the burst as its depth,
 * the peak rate with a depth of a frame, and packets a second. What is not policed is shaped
 * (shape.h): tokens are reserved before frames are taken from the guest, so that nobody is to drop
 * or to store anything.
 *
 * A bucket of rates that are shaped is looked at again when it holds a slice, DVS_FROM_SLICE_US of
 * its rate, not at each byte. It is deep enough that a worker which comes so late, and later,
 * misses nothing; only the burst that a user sets may be less.
 *
 * The constants and the state of one setting are one object, of which a port has two: when rates
 * change, workers go over from one to the other with the new snapshot. The new one begins empty, so
 * that no change gives away a burst, and a debt of a slow rate does not hold up a fast one.
 *
 * Threads: _choose: control; the rest: any worker, on limits of its snapshot.
 */
#ifndef DVS_FROM_LIMIT_H
#define DVS_FROM_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "meter.h"
#include "objects.h"
#include "rate.h"

#define DVS_FROM_SLICE_US  100
#define DVS_FROM_BURST_US  1000	  /* of the rate, where no burst is set, and of packets */
#define DVS_FROM_POLICE_US 100000 /* the same of rates that are policed: TCP sends in bursts */

struct dvs_from_bucket {
	struct dvs_meter_rate rate;
	uint64_t slice; /* bytes or packets */
};

struct dvs_from_rates {
	struct dvs_from_bucket average, peak, packets;
	uint8_t counts; /* enum dvs_rate_counts */
	uint8_t mode;	/* enum dvs_from_mode */
};

struct dvs_from_limit {
	struct dvs_from_rates rates;		 /* constant while a snapshot has it */
	struct dvs_meter average, peak, packets; /* workers */
};

static inline bool dvs_from_limit_is_wanted(const struct dvs_policy *policy)
{
	return (policy->from_rate | policy->from_peak | policy->from_pps) != DVS_RATE_OFF;
}

/*
 * The limit of a port's policy, or NULL when it wants none: one of the port's two, of which in_use
 * is in the snapshot that workers have, or NULL. It is set up unless it is what is in use.
 */
struct dvs_from_limit *dvs_from_limit_choose(struct dvs_from_limit limits[2],
					     const struct dvs_policy *policy,
					     const struct dvs_from_limit *in_use, uint64_t now_tsc,
					     uint64_t tsc_hz);

static inline bool dvs_from_limit_shapes(const struct dvs_from_limit *limit)
{
	return limit != NULL && limit->rates.mode == DVS_FROM_SHAPE;
}

static inline bool dvs_from_limit_polices(const struct dvs_from_limit *limit)
{
	return limit != NULL && limit->rates.mode == DVS_FROM_POLICE;
}

/* Reserves what there is and limits the batch to it, which is empty. False: there is nothing now.
 */
bool dvs_from_limit_reserve(struct dvs_from_limit *limit, uint64_t now_tsc,
			    struct dvs_batch *batch);

/* The batch holds what was taken: the rest is given back. True: it has taken all that it might. */
bool dvs_from_limit_settle(struct dvs_from_limit *limit, const struct dvs_batch *batch);

/* The time in cycles when it is worth while to ask again; now_tsc, if now. */
uint64_t dvs_from_limit_when(const struct dvs_from_limit *limit, uint64_t now_tsc);

/* May a frame go at once that costs so much (charge.h)? If not, it has taken nothing. */
bool dvs_from_limit_take(struct dvs_from_limit *limit, uint64_t now_tsc, uint32_t bytes,
			 uint32_t packets);

#endif
