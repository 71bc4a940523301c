/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bytes.h - numbers in network order at any address, and a view of bytes that is never left.
 * Compilers make one load or store with swapped bytes of each of these.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_BYTES_H
#define DVS_BYTES_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t dvs_load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t dvs_load32(const uint8_t *p)
{
	return (uint32_t)dvs_load16(p) << 16 | dvs_load16(p + 2);
}

static inline uint64_t dvs_load64(const uint8_t *p)
{
	return (uint64_t)dvs_load32(p) << 32 | dvs_load32(p + 4);
}

/* A MAC address, for one. */
static inline uint64_t dvs_load48(const uint8_t *p)
{
	return (uint64_t)dvs_load16(p) << 32 | dvs_load32(p + 2);
}

static inline void dvs_store16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void dvs_store32(uint8_t *p, uint32_t value)
{
	dvs_store16(p, (uint16_t)(value >> 16));
	dvs_store16(p + 2, (uint16_t)value);
}

/* Bytes that are still to be read. */
struct dvs_bytes {
	const uint8_t *at;
	uint32_t left;
};

/* The next n bytes, which the view moves over; NULL when there are fewer, and it stays. */
static inline const uint8_t *dvs_bytes_take(struct dvs_bytes *bytes, uint32_t n)
{
	const uint8_t *at = bytes->at;

	if (n > bytes->left)
		return 0;
	bytes->at += n;
	bytes->left -= n;
	return at;
}

/* The next n bytes as a view of their own; false when there are fewer. */
static inline bool dvs_bytes_split(struct dvs_bytes *bytes, uint32_t n, struct dvs_bytes *ret_part)
{
	const uint8_t *at = dvs_bytes_take(bytes, n);

	if (at == 0)
		return false;
	ret_part->at = at;
	ret_part->left = n;
	return true;
}

#endif
