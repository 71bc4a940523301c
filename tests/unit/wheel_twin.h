/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wheel_twin.h - the slow, obviously right twin of a timing wheel (wheel.h): a list of times that
 * is looked through.
 *
 * Threads: one.
 */
#ifndef DVS_WHEEL_TWIN_H
#define DVS_WHEEL_TWIN_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_TWIN_ENTRIES 10000

struct wheel_twin {
	uint8_t tick_shift;
	bool is_in[WHEEL_TWIN_ENTRIES];
	uint64_t at[WHEEL_TWIN_ENTRIES];
};

/* Is the entry in, and has its time come at `now`, which is rounded down to a tick? */
bool wheel_twin_is_due(const struct wheel_twin *twin, unsigned int entry, uint64_t now);

/* The earliest time at which one of the entries expires. UINT64_MAX: none is in. */
uint64_t wheel_twin_next(const struct wheel_twin *twin);

#endif
