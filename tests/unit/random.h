/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * random.h - pseudo-random numbers (xorshift64) that are the same in each run.
 *
 * Threads: a state belongs to its holder.
 */
#ifndef DVS_TEST_RANDOM_H
#define DVS_TEST_RANDOM_H

#include <stdint.h>

#define RANDOM_SEED UINT64_C(0x9e3779b97f4a7c15) /* any number but 0 */

/* 0 to limit - 1. */
static inline uint32_t random_from(uint64_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)((*state >> 32) % limit);
}

/* The same from a state of the file that includes this. */
static uint64_t random_state __attribute__((unused)) = RANDOM_SEED;

static inline uint32_t random_below(uint32_t limit)
{
	return random_from(&random_state, limit);
}

#endif
