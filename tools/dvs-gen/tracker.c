/* SPDX-License-Identifier: BSD-3-Clause */
#include "tracker.h"

#include <string.h>

/* In all numbers before 0 count as come: nothing is lost when they fall out. */
void dvs_tracker_init(struct dvs_tracker *tracker)
{
	memset(tracker, 0, sizeof(*tracker));
	memset(tracker->bits, 0xff, sizeof(tracker->bits));
}

static uint64_t *word_of(struct dvs_tracker *tracker, uint64_t number)
{
	return &tracker->bits[number / 64 % (DVS_TRACKER_WINDOW / 64)];
}

static bool has_come(struct dvs_tracker *tracker, uint64_t number)
{
	return *word_of(tracker, number) >> (number % 64) & 1;
}

static void set_come(struct dvs_tracker *tracker, uint64_t number, bool come)
{
	uint64_t bit = UINT64_C(1) << (number % 64);

	if (come)
		*word_of(tracker, number) |= bit;
	else
		*word_of(tracker, number) &= ~bit;
}

/* Bits that are 0 in the whole window. */
static uint64_t count_missing(const struct dvs_tracker *tracker)
{
	uint64_t missing = 0;

	for (unsigned int i = 0; i < DVS_TRACKER_WINDOW / 64; i++)
		missing += 64u - (unsigned int)__builtin_popcountll(tracker->bits[i]);
	return missing;
}

/* Moves the window to end before number; what is new in it has not come. */
static void move_to(struct dvs_tracker *tracker, uint64_t number)
{
	uint64_t lost = 0;

	if (number - tracker->next >= DVS_TRACKER_WINDOW) {
		/* Everything falls out, and so do numbers that never were in it. */
		lost = count_missing(tracker) + (number - tracker->next - DVS_TRACKER_WINDOW);
		memset(tracker->bits, 0, sizeof(tracker->bits));
	} else {
		for (uint64_t i = tracker->next; i < number; i++) {
			lost += !has_come(tracker, i);
			set_come(tracker, i, false);
		}
	}
	dvs_counter_set(&tracker->next, number);
	dvs_counter_add(&tracker->lost, lost);
}

static bool receive_old(struct dvs_tracker *tracker, uint64_t number)
{
	uint64_t distance = tracker->next - 1 - number;

	if (distance >= DVS_TRACKER_WINDOW) {
		dvs_counter_add(&tracker->late, 1);
		return false;
	}
	if (has_come(tracker, number)) {
		dvs_counter_add(&tracker->duplicates, 1);
		return false;
	}
	set_come(tracker, number, true);
	dvs_counter_add(&tracker->received, 1);
	dvs_counter_add(&tracker->reordered, 1);
	if (distance > tracker->distance_max)
		dvs_counter_set(&tracker->distance_max, distance);
	return true;
}

bool dvs_tracker_receive_other(struct dvs_tracker *tracker, uint32_t sequence)
{
	int32_t step = (int32_t)(sequence - (uint32_t)tracker->next);
	uint64_t number = tracker->next + (uint64_t)(int64_t)step;

	if (step < 0) {
		/* Before the first number of all: no frame of this trial. */
		if ((uint64_t) - (int64_t)step > tracker->next) {
			dvs_counter_add(&tracker->late, 1);
			return false;
		}
		return receive_old(tracker, number);
	}
	move_to(tracker, number + 1);
	set_come(tracker, number, true);
	dvs_counter_add(&tracker->received, 1);
	return true;
}

void dvs_tracker_finish(struct dvs_tracker *tracker, uint64_t sent)
{
	dvs_counter_set(&tracker->lost, sent > tracker->received ? sent - tracker->received : 0);
}
