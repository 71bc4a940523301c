/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_frame.h - large TCP frames as a guest would hand them over for segmentation, and an
 * independent judge of what came of them: byte loops over flat memory, offsets known from how the
 * frame was built, nothing shared with the code under test.
 *
 * Threads: one.
 */
#ifndef DVS_TEST_TCP_FRAME_H
#define DVS_TEST_TCP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "offload.h"

#define TCP_FRAME_MAX 66000

/* What to build. */
struct tcp_frame_plan {
	bool has_vlan;
	bool is_v6;
	bool has_routing;	  /* IPv6: a routing header with the last destination */
	bool has_zero_length;	  /* the IP header leaves its length to the segmenter */
	unsigned int extra_ip;	  /* IPv4: bytes of options, up to 40, a multiple of 4;
				     IPv6: bytes of a destination options header, a multiple of 8 */
	unsigned int tcp_options; /* bytes, up to 40, a multiple of 4 */
	uint8_t flags;
	uint16_t id;
	uint32_t sequence;
	uint32_t payload;
	uint16_t gso_size;
};

struct tcp_frame {
	struct tcp_frame_plan plan;
	uint32_t l3, l4, headers, length;
	uint8_t bytes[TCP_FRAME_MAX];
	struct dvs_offload offload;
};

/* Payload and addresses come from a fixed pseudo-random sequence. */
void tcp_frame_build(struct tcp_frame *frame, const struct tcp_frame_plan *plan);

/* The Internet checksum's sum (RFC 1071) of bytes[0..n-1], folded, not complemented, starting at a
 * sum that is already there. */
uint16_t slow_sum(const uint8_t *bytes, size_t n, uint64_t start);

/* Is this the index-th of the segments that the frame must become? NULL, or what is wrong. */
const char *tcp_frame_judge(const struct tcp_frame *frame, unsigned int index,
			    const uint8_t *segment, uint32_t length);

#endif
