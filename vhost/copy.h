/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * copy.h - short copies between memory of guests and of ours, inline.
 *
 * A call of memcpy, and its choice by length, cost more than the copy of a small frame. Here a
 * length is covered by two moves of fixed size that overlap in the middle.
 */
#ifndef DVS_VHOST_COPY_H
#define DVS_VHOST_COPY_H

#include <stdint.h>
#include <string.h>

struct copy_16 {
	uint8_t bytes[16];
};
struct copy_32 {
	uint8_t bytes[32];
};
struct copy_64 {
	uint8_t bytes[64];
};

/* The two moves, first and last, of a length from the size of one move to two. */
#define COPY_ENDS(type, to, from, n)                                                               \
	do {                                                                                       \
		type first_, last_;                                                                \
		memcpy(&first_, from, sizeof(first_));                                             \
		memcpy(&last_, (from) + (n) - sizeof(last_), sizeof(last_));                       \
		memcpy(to, &first_, sizeof(first_));                                               \
		memcpy((to) + (n) - sizeof(last_), &last_, sizeof(last_));                         \
	} while (0)

/* Copies n <= 128 bytes; reads and writes no others. */
static inline __attribute__((always_inline)) void copy_small(uint8_t *to, const uint8_t *from,
							     uint32_t n)
{
	if (n >= 64)
		COPY_ENDS(struct copy_64, to, from, n);
	else if (n >= 32)
		COPY_ENDS(struct copy_32, to, from, n);
	else if (n >= 16)
		COPY_ENDS(struct copy_16, to, from, n);
	else if (n >= 8)
		COPY_ENDS(uint64_t, to, from, n);
	else
		for (uint32_t i = 0; i < n; i++)
			to[i] = from[i];
}

#endif
