/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nd.h - Neighbor Discovery for IPv6 (RFC 4861): solicitations, advertisements, redirects.
 *
 * A message that hosts must ignore is malformed here: hop limit other than 255, in fragments (RFC
 * 6980), options of length 0. So is one with two options for the same address, as hosts differ in
 * which of them they believe.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_ND_H
#define DVS_ND_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"
#include "ipv6.h"

enum dvs_nd_type {
	DVS_ND_ROUTER_SOLICITATION = 133,
	DVS_ND_ROUTER_ADVERTISEMENT = 134,
	DVS_ND_NEIGHBOR_SOLICITATION = 135,
	DVS_ND_NEIGHBOR_ADVERTISEMENT = 136,
	DVS_ND_REDIRECT = 137,
};

#define DVS_ND_NS_LENGTH 24 /* of NS and NA without options */

struct dvs_nd {
	uint8_t type; /* enum dvs_nd_type */
	bool has_source_mac, has_target_mac;
	bool is_router, is_solicited, is_override; /* NA: its flags */
	uint8_t source_mac[6], target_mac[6];	   /* options 1 and 2 */
	struct dvs_ip target;			   /* NS, NA, redirect */
};

/* Is this upper header one of the five? Needs its first byte. */
static inline bool dvs_nd_is_type(uint8_t type)
{
	return type >= DVS_ND_ROUTER_SOLICITATION && type <= DVS_ND_REDIRECT;
}

/*
 * data: the ICMPv6 message, length bytes that can be read, of ip->payload; ip is what
 * dvs_ipv6_parse said of the packet, which is ICMPv6.
 *
 * -ENOMSG: another ICMPv6 message. -E2BIG: it goes on behind what can be read. -EBADMSG: what RFC
 * 4861 sections 6.1.1, 6.1.2, 7.1.1, 7.1.2 and 8.1 say is to be discarded (but for the checksum),
 * a fragment header, link-layer address options of another length than Ethernet's, or twice, or
 * that are no unicast address.
 */
int dvs_nd_parse(const uint8_t *data, uint32_t length, const struct dvs_ipv6 *ip,
		 struct dvs_nd *ret_nd);

/* Does somebody ask whether the target is in use, without claiming it (RFC 4862 section 5.4)? */
static inline bool dvs_nd_is_dad(const struct dvs_nd *nd, const struct dvs_ipv6 *ip)
{
	return nd->type == DVS_ND_NEIGHBOR_SOLICITATION && dvs_ip_is_unspecified(&ip->src);
}

/* ff02::1:ff00:0/104 and the target's last 24 bits (RFC 4291 section 2.7.1). */
bool dvs_nd_is_solicited_node(const struct dvs_ip *ip, const struct dvs_ip *target);

#endif
