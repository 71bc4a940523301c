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

/* With a bucket of so many units, bytes or packets; and tokens that are taken before frames. */
void meter_twin_init_burst(struct meter_twin *twin, uint64_t rate, uint64_t burst, uint64_t hz,
			   uint64_t now);
uint64_t meter_twin_reserve(struct meter_twin *twin, uint64_t now, uint64_t most);
void meter_twin_settle(struct meter_twin *twin, uint64_t reserved, uint64_t used);

#endif
