/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pace.h - when each frame of a stream is meant to be sent: an absolute schedule.
 *
 * The time of frame k does not depend on when frame k - 1 was really sent, nor on how fast the
 * receiver takes frames: a sender that was held up sends what is overdue at once, and the waiting
 * shows up as latency. A schedule that starts from "now" after each frame would hide it
 * (coordinated omission).
 *
 * Times are TSC ticks with 24 bits of fraction: the rate is right within 10^-9 at 100 ticks a
 * frame. A gap of 2^39 ticks, minutes, is the longest.
 *
 * Threads: belongs to the thread that sends.
 */
#ifndef DVS_GEN_PACE_H
#define DVS_GEN_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_PACE_FRACTION 24u

struct dvs_pace {
	uint64_t next;	   /* time of the next frame */
	uint64_t fraction; /* of a tick */
	uint64_t end;	   /* frames meant for this time or later are not sent */
};

/* Ticks as a gap; false when it is too long or too short (less than 1/1000 tick). */
bool dvs_pace_gap(double ticks, uint64_t *ret_gap);

static inline void dvs_pace_start(struct dvs_pace *pace, uint64_t start, uint64_t end)
{
	*pace = (struct dvs_pace){.next = start, .end = end};
}

static inline bool dvs_pace_is_over(const struct dvs_pace *pace)
{
	return pace->next >= pace->end;
}

static inline bool dvs_pace_is_due(const struct dvs_pace *pace, uint64_t now)
{
	return pace->next <= now && pace->next < pace->end;
}

/* The next frame is a gap after this one. */
static inline void dvs_pace_advance(struct dvs_pace *pace, uint64_t gap)
{
	uint64_t sum = pace->fraction + gap;

	pace->next += sum >> DVS_PACE_FRACTION;
	pace->fraction = sum & ((UINT64_C(1) << DVS_PACE_FRACTION) - 1);
}

#endif
