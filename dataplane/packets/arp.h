/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arp.h - ARP for IPv4 over Ethernet (RFC 826, RFC 5227).
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_ARP_H
#define DVS_ARP_H

#include <stdbool.h>
#include <stdint.h>

#include "ethernet.h"

#define DVS_ARP_LENGTH 28 /* Ethernet pads what is shorter than 46 */

enum dvs_arp_operation {
	DVS_ARP_REQUEST = 1,
	DVS_ARP_REPLY = 2,
};

struct dvs_arp {
	uint16_t operation; /* any number: reverse and inverse ARP have theirs */
	uint8_t sender_mac[6], target_mac[6];
	uint32_t sender_ip, target_ip; /* host order */
};

/*
 * data: what follows the Ethernet header and tags, length bytes of it. -EBADMSG: shorter than a
 * message, addresses of other kinds or lengths than Ethernet (1, or 6 of IEEE 802 networks) and
 * IPv4, operation 0, a sender's MAC that is zero, multicast or broadcast.
 */
int dvs_arp_parse(const uint8_t *data, uint32_t length, struct dvs_arp *ret_arp);

/* Does somebody ask whether the target address is in use, without claiming it (RFC 5227 section
 * 1.1)? */
static inline bool dvs_arp_is_probe(const struct dvs_arp *arp)
{
	return arp->operation == DVS_ARP_REQUEST && arp->sender_ip == 0;
}

/* "This is mine": sender and target are the same; also called gratuitous ARP, as request or reply.
 */
static inline bool dvs_arp_is_announcement(const struct dvs_arp *arp)
{
	return arp->sender_ip == arp->target_ip && arp->sender_ip != 0;
}

#endif
