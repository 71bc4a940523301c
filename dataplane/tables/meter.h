/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter.h - token buckets: how much of some kind of traffic a second, and no more.
 *
 * A meter is one number, the time at which its bucket will be full again: each frame that is let
 * through moves it on by the time that the rate allows for the frame (the virtual scheduling form
 * of ITU-T I.371 annex A). So nothing has to be refilled, an idle meter costs nothing, and several
 * workers can share one by a compare-and-swap: queues of a port that are served by different
 * workers keep to the rate in sum.
 *
 * A bucket holds what the rate lets through in DVS_METER_BURST_MS. A frame goes when there is
 * enough left for all of it, or when the bucket is full: a frame that is more than the whole bucket
 * goes too, and is paid for by the time after it. So a rate of one frame a second lets one through
 * each second. Frames that are refused cost nothing.
 *
 * Where frames can be left where they are until there are tokens for them, tokens are taken before
 * frames (dvs_meter_reserve): as many as there are, for a batch whose size is not known yet. What
 *it turns out to be is settled afterwards (dvs_meter_settle), and who got none is told when there
 *will be some (dvs_meter_when). A batch goes on while it has tokens left, so its last frame may be
 *longer than what was left of them. The bucket is in debt then, and nobody gets any until that is
 *paid. So in any time t at most rate * t and a bucket goes through, and one frame of each who
 *takes. These buckets are as deep as the caller says (dvs_meter_rate_init_burst).
 *
 * Time is in TSC cycles with DVS_METER_FRACTION_BITS bits of fraction, which wraps after about a
 * year. What is further ahead than a bucket can be is taken to be in the past, so a meter that
 * slept through half a wrap, or whose rate was changed, is merely full. Error of a rate: below
 * 0.5 % at 1 Gpps and at 1 Tbps, where a frame is a few cycles; far less elsewhere.
 *
 * What the rate says (struct dvs_meter_rate) is constant and part of the configuration; the meter
 * itself (struct dvs_meter) lives on when the rate changes.
 *
 * Threads: dvs_meter_take: any, on shared meters; dvs_meter_reset: any while no worker takes.
 *
 *	struct dvs_meter_rate rate;
 *	struct dvs_meter meter = {0};
 *
 *	dvs_meter_rate_init(&rate, rate_of_the_field, tsc_hz);
 *	if (dvs_meter_is_on(&rate) && !dvs_meter_take(&meter, &rate, rte_rdtsc(), length))
 *		drop
 */
#ifndef DVS_METER_H
#define DVS_METER_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_METER_BURST_MS	100
#define DVS_METER_FRACTION_BITS 8

struct dvs_meter {
	uint64_t full_at; /* atomic; time in the unit above */
};

/* All zero: no limit. */
struct dvs_meter_rate {
	uint64_t mult;	/* time for a unit << shift; 0: off */
	uint64_t per;	/* units in a time << 64, rounded down */
	uint64_t depth; /* of the bucket, as time */
	uint64_t ahead; /* no full_at is further ahead than this */
	uint8_t shift;
	uint8_t counts_bytes; /* a unit is a byte, else a frame */
};

/* rate: as in rate.h, within its limits; tsc_hz: 1 MHz to 10 GHz. */
void dvs_meter_rate_init(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t tsc_hz);

/* The same with a bucket of burst units: bytes of a rate in bits, frames of one in packets. Rate:
 * off or at least 100 bits a second; burst: what the rate gives in an hour, at most. */
void dvs_meter_rate_init_burst(struct dvs_meter_rate *rate, uint64_t per_second, uint64_t burst,
			       uint64_t tsc_hz);

static inline bool dvs_meter_is_on(const struct dvs_meter_rate *rate)
{
	return rate->mult != 0;
}

/* A full bucket. */
static inline void dvs_meter_reset(struct dvs_meter *meter)
{
	__atomic_store_n(&meter->full_at, 0, __ATOMIC_RELAXED);
}

/* An empty one; nothing where the rate is off. */
static inline void dvs_meter_empty(struct dvs_meter *meter, const struct dvs_meter_rate *rate,
				   uint64_t now_tsc)
{
	__atomic_store_n(&meter->full_at, (now_tsc << DVS_METER_FRACTION_BITS) + rate->depth,
			 __ATOMIC_RELAXED);
}

/* May a frame of length bytes (at most 128 KiB) go at time now_tsc, in cycles? The rate is on. */
bool dvs_meter_take(struct dvs_meter *meter, const struct dvs_meter_rate *rate, uint64_t now_tsc,
		    uint32_t length);

/* The same for a frame that is so many units, where a frame can be more than one. */
bool dvs_meter_take_units(struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			  uint64_t now_tsc, uint64_t units);

/* Takes the units that there are, at most `most`; returns how many, 0 when there are none. */
uint64_t dvs_meter_reserve(struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			   uint64_t now_tsc, uint64_t most);

/* Of units that were reserved, or taken, others were used: fewer come back, more become a debt. */
void dvs_meter_settle(struct dvs_meter *meter, const struct dvs_meter_rate *rate, uint64_t reserved,
		      uint64_t used);

/* The time in cycles at which there will be so many units if nobody takes any, or now_tsc. More
 * than the bucket holds: when it is full. */
uint64_t dvs_meter_when(const struct dvs_meter *meter, const struct dvs_meter_rate *rate,
			uint64_t now_tsc, uint64_t units);

#endif
