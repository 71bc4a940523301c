/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ipv6.h - the IPv6 header and the chain of extension headers behind it (RFC 8200).
 *
 * The chain ends at the first header that is none: TCP, UDP, ICMPv6, something encrypted. Hosts
 * must not send a first fragment that does not have the whole chain and the upper header (RFC 7112
 * section 5), and a guard must not pass one (RFC 7113 section 3), else what it looks for could be
 * in the next fragment: such a packet is malformed here.
 *
 * Fragments are told, never put together. A later fragment can be told apart only by the protocol
 * that its fragment header names; where that is one more extension header, has_hidden says that
 * nobody knows what it carries.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_IPV6_H
#define DVS_IPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "ethernet.h"
#include "ip.h"

#define DVS_IPV6_HEADER	     40
#define DVS_IPV6_CHAIN_MAX   8 /* extension headers of one packet */
#define DVS_PROTOCOL_ICMPV6  58
#define DVS_PROTOCOL_NOTHING 59 /* no next header */

struct dvs_ipv6 {
	struct dvs_ip src, dst;
	uint32_t upper;	  /* bytes from the IPv6 header to the upper one */
	uint32_t payload; /* bytes from there on, by the packet's own length */
	uint32_t offset;  /* in bytes, of a fragment; 0 for the first one and for others */
	uint8_t protocol; /* of the upper header */
	uint8_t hop_limit;
	bool has_fragment_header; /* also alone, of a packet that is whole (RFC 6946) */
	bool is_fragment;	  /* more fragments follow, or offset is not 0 */
	bool has_hidden; /* a later fragment in a chain that goes on behind the fragment header */
};

/*
 * data: what follows the Ethernet header and tags. length: bytes that can be read; total: bytes
 * that the frame has there, of which the rest is elsewhere.
 *
 * -EBADMSG: another version, a length that is longer than the frame (jumbograms too), hop-by-hop
 * options that are not the first, a second fragment header, more than DVS_IPV6_CHAIN_MAX headers,
 * a chain that ends within a header, fragments that end behind 65535 or are empty, a first
 * fragment without 8 bytes of upper header.
 * -E2BIG: the chain goes on behind what can be read, so more has to be made readable.
 */
int dvs_ipv6_parse(const uint8_t *data, uint32_t length, uint32_t total, struct dvs_ipv6 *ret_ip);

#endif
