/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ipv4.h - the IPv4 header (RFC 791), and what is behind it in UDP's case.
 *
 * Fragments are told, never put together. That later fragments cannot change what the first one
 * was judged by is a property of lengths: a fragment begins at a multiple of 8, and a first
 * fragment must have the whole of UDP's 8 bytes, so none can lie over them (RFC 1858, RFC 3128).
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_IPV4_H
#define DVS_IPV4_H

#include <stdbool.h>
#include <stdint.h>

#include "ethernet.h"

#define DVS_IPV4_HEADER	 20 /* without options */
#define DVS_UDP_HEADER	 8
#define DVS_PROTOCOL_TCP 6
#define DVS_PROTOCOL_UDP 17

struct dvs_ipv4 {
	uint32_t src, dst;	/* host order */
	uint32_t header_length; /* with options, 20 to 60 */
	uint32_t payload;	/* bytes behind the header by the packet's own length */
	uint32_t offset;	/* in bytes, of a fragment; 0 for the first one and for others */
	bool is_fragment;	/* more fragments follow, or offset is not 0 */
	uint8_t protocol;
};

struct dvs_udp {
	uint16_t src_port, dst_port;
	uint32_t payload; /* by UDP's own length; 0 for fragments, whose length is not known */
};

/*
 * data: what follows the Ethernet header and tags. length: bytes that can be read; total: bytes
 * that the frame has there, of which the rest is elsewhere. -EBADMSG: another version, a header or
 * total length that is too short or longer than the frame, fragments that end behind 65535 or are
 * empty, a first fragment of TCP or UDP that has less than 8 bytes.
 */
int dvs_ipv4_parse(const uint8_t *data, uint32_t length, uint32_t total, struct dvs_ipv4 *ret_ip);

/*
 * data: what follows the IP header, length bytes that can be read, payload bytes by IP. -EBADMSG:
 * shorter than the header, or UDP's length is less than that or more than IP's. is_first: of
 * several fragments, whose length cannot be judged.
 */
int dvs_udp_parse(const uint8_t *data, uint32_t length, uint32_t payload, bool is_first,
		  struct dvs_udp *ret_udp);

#endif
