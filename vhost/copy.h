/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * copy.h - short copies between memory of guests and of ours, inline, by the widest vectors of the
 * CPU that the including file is compiled for.
 *
 * A call of memcpy, and its choice by length, cost more than the copy of a small frame. Here a
 * length is covered by two moves of fixed size that overlap in the middle.
 */
#ifndef DVS_VHOST_COPY_H
#define DVS_VHOST_COPY_H

#include <stdint.h>

typedef uint64_t copy_8 __attribute__((aligned(1), may_alias));
typedef uint64_t copy_16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t copy_32 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint64_t copy_64 __attribute__((vector_size(64), aligned(1), may_alias));

#define COPY_INLINE static inline __attribute__((always_inline)) void

COPY_INLINE move_8(uint8_t *to, const uint8_t *from)
{
	*(copy_8 *)to = *(const copy_8 *)from;
}

COPY_INLINE move_16(uint8_t *to, const uint8_t *from)
{
	*(copy_16 *)to = *(const copy_16 *)from;
}

COPY_INLINE move_32(uint8_t *to, const uint8_t *from)
{
#ifdef __AVX2__
	*(copy_32 *)to = *(const copy_32 *)from;
#else
	move_16(to, from);
	move_16(to + 16, from + 16);
#endif
}

COPY_INLINE move_64(uint8_t *to, const uint8_t *from)
{
#ifdef __AVX512F__
	*(copy_64 *)to = *(const copy_64 *)from;
#else
	move_32(to, from);
	move_32(to + 32, from + 32);
#endif
}

/* Copies n <= 128 bytes; reads and writes no others. */
COPY_INLINE copy_small(uint8_t *to, const uint8_t *from, uint32_t n)
{
	if (n >= 64) {
		move_64(to, from);
		if (n > 64)
			move_64(to + n - 64, from + n - 64);
	} else if (n >= 32) {
		move_32(to, from);
		move_32(to + n - 32, from + n - 32);
	} else if (n >= 16) {
		move_16(to, from);
		move_16(to + n - 16, from + n - 16);
	} else if (n >= 8) {
		move_8(to, from);
		move_8(to + n - 8, from + n - 8);
	} else {
		for (uint32_t i = 0; i < n; i++)
			to[i] = from[i];
	}
}

#endif
