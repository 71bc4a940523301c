/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter_twin.h - the slow, obviously right twin of a meter (meter.h): a bucket with so many tokens
 * in exact fractions, refilled at each frame.
 *
 * Threads: one.
 */
#ifndef DVS_METER_TWIN_H
#define DVS_METER_TWIN_H

#include <stdbool.h>
#include <stdint.h>

/* Tokens are units (packets or bits) times hz: what a rate gives in a cycle is its number. */
struct meter_twin {
	uint64_t number; /* a second */
	uint64_t hz;
	bool counts_bits;
	__int128_t tokens, depth; /* tokens < 0: a frame that was more than the bucket */
	uint64_t last;
};

void meter_twin_init(struct meter_twin *twin, uint64_t rate, uint64_t hz, uint64_t now);
bool meter_twin_take(struct meter_twin *twin, uint64_t now, uint32_t length);

#endif
