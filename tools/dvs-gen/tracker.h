/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tracker.h - which sequence numbers of a stream arrived: exact loss, duplicates, reordering.
 *
 * A window of the last DVS_TRACKER_WINDOW numbers, one bit each, ends at the highest number seen:
 *
 *	   lost for good     |<------ window ------>|
 *	-----0---0-----------|11111101110111111111111|-> not seen yet
 *	                       ^ may still come       ^ highest
 *
 * - The next number, or one beyond it, moves the window. Numbers that fall out of it without having
 *   come are lost.
 * - A number in the window that has not come is one that was overtaken: reordered (RFC 4737 section
 *   3.3: smaller than the next expected). One that has come is a duplicate.
 * - A number behind the window is `late`: it came, but whether for the first time nobody knows any
 *   more. Counts are exact as long as `late` is 0.
 *
 * At any time: received = frames that came for the first time; lost = numbers that fell out without
 * having come. At the end, dvs_tracker_finish tells the tracker how many were sent, and lost =
 * sent - received exactly.
 *
 * Numbers are 32 bits and wrap; a step back or forth of less than 2^31 is understood.
 *
 * Threads: one writer; others may read the counters (dvs_counter_read).
 */
#ifndef DVS_GEN_TRACKER_H
#define DVS_GEN_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "counter.h"

#define DVS_TRACKER_WINDOW 16384u /* a power of two */

struct dvs_tracker {
	/* worker: write, others: read */
	uint64_t next; /* one above the highest number seen */
	uint64_t received;
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
	uint64_t late;
	uint64_t distance_max; /* of a reordered frame: numbers by which it was overtaken */
	uint64_t bits[DVS_TRACKER_WINDOW / 64];
};

/* Nothing has come, number 0 is expected. */
void dvs_tracker_init(struct dvs_tracker *tracker);

/* All but the common case; use dvs_tracker_receive. */
bool dvs_tracker_receive_other(struct dvs_tracker *tracker, uint32_t sequence);

/* A frame came; true when it is the first with this number (a late one is taken for a second). */
static inline bool dvs_tracker_receive(struct dvs_tracker *tracker, uint32_t sequence)
{
	uint64_t next = tracker->next;
	uint64_t *word = &tracker->bits[next / 64 % (DVS_TRACKER_WINDOW / 64)];
	uint64_t bit = UINT64_C(1) << (next % 64);

	/* In order, and the number that falls out of the window had come. */
	if (sequence == (uint32_t)next && (*word & bit) != 0) {
		dvs_counter_set(&tracker->next, next + 1);
		dvs_counter_add(&tracker->received, 1);
		return true;
	}
	return dvs_tracker_receive_other(tracker, sequence);
}

/* Nothing more will come, and `sent` frames were sent: lost becomes exact. */
void dvs_tracker_finish(struct dvs_tracker *tracker, uint64_t sent);

#endif
