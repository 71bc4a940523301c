/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stamp.h - 14 bytes in the payload of every generated frame, by which the receiver knows it.
 *
 *	 0      2       4         8             14
 *	+------+-------+---------+--------------+
 *	| run  | stream| sequence| time (TSC)   |   in the byte order of the machine
 *	+------+-------+---------+--------------+
 *
 * `run` is drawn anew for every trial: late frames of an earlier trial, and other traffic, are not
 * taken for ours. `sequence` counts the frames of a stream and wraps. `time` is when the frame was
 * *meant* to be sent, not when it was: waiting for the sender counts as latency.
 *
 * It fits a 64-byte frame of UDP over IPv4 (18 bytes of payload) and stands right after the L4
 * header. On the way a frame may gain or lose a VLAN tag or a VXLAN encapsulation, which moves it:
 * dvs_stamp_locate finds it by reading the headers.
 *
 * Threads: pure functions. Sender and receiver run on one machine with synchronous TSCs.
 */
#ifndef DVS_GEN_STAMP_H
#define DVS_GEN_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DVS_STAMP_BYTES	    14u
#define DVS_STAMP_TIME_MASK ((UINT64_C(1) << 48) - 1)
#define DVS_VXLAN_PORT	    4789 /* RFC 7348 section 5 */

struct dvs_stamp {
	uint16_t run;
	uint16_t stream;
	uint32_t sequence;
	uint64_t time; /* 48 bits */
};

static inline void dvs_stamp_write(uint8_t *at, const struct dvs_stamp *stamp)
{
	uint64_t head =
		(uint64_t)stamp->sequence << 32 | (uint64_t)stamp->stream << 16 | stamp->run;
	uint32_t low = (uint32_t)stamp->time;
	uint16_t high = (uint16_t)(stamp->time >> 32);

	memcpy(at, &head, 8);
	memcpy(at + 8, &low, 4);
	memcpy(at + 12, &high, 2);
}

static inline void dvs_stamp_read(const uint8_t *at, struct dvs_stamp *ret_stamp)
{
	uint64_t head;
	uint32_t low;
	uint16_t high;

	memcpy(&head, at, 8);
	memcpy(&low, at + 8, 4);
	memcpy(&high, at + 12, 2);
	ret_stamp->run = (uint16_t)head;
	ret_stamp->stream = (uint16_t)(head >> 16);
	ret_stamp->sequence = (uint32_t)(head >> 32);
	ret_stamp->time = (uint64_t)high << 32 | low;
}

/* Ticks since the stamp's time; 0 for a time that is in the future. */
static inline uint64_t dvs_stamp_age(const struct dvs_stamp *stamp, uint64_t now)
{
	uint64_t age = (now - stamp->time) & DVS_STAMP_TIME_MASK;

	return age > DVS_STAMP_TIME_MASK / 2 ? 0 : age;
}

/*
 * Offset of the payload of UDP or TCP in a frame of length bytes, through up to two VLAN tags, IPv4
 * or IPv6 without extension headers, and one VXLAN encapsulation; -1 when there is none or when
 * less than DVS_STAMP_BYTES follow.
 */
int dvs_stamp_locate(const uint8_t *frame, uint32_t length);

#endif
