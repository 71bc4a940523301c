/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet_maker.h - frames as hosts send them, for tests of guards: Ethernet, IPv4, IPv6, ARP, ND,
 * DHCP, with right checksums. MACs are 02:00:00:00:00:NN, NN 0xff is broadcast.
 *
 * A frame is begun, then gets its parts in order, then is ended, which fills in lengths and sums:
 *
 *	packet_begin(&p, 0xff, 1, 0x0800);
 *	packet_ipv4(&p, 0, UINT32_MAX, 17);
 *	packet_udp(&p, 68, 67);
 *	packet_dhcp4(&p, 1, 1, 0x1234);
 *	packet_end(&p);
 *
 * Threads: the test's.
 */
#ifndef DVS_TEST_PACKET_MAKER_H
#define DVS_TEST_PACKET_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

struct packet {
	uint32_t length;
	uint32_t l3, upper; /* 0: none */
	uint8_t protocol;
	uint8_t bytes[2048];
};

void packet_begin(struct packet *packet, uint8_t dst, uint8_t src, uint16_t ethertype);
/* The same to any MAC. */
void packet_begin_to(struct packet *packet, const uint8_t dst[6], uint8_t src, uint16_t ethertype);
void packet_put(struct packet *packet, const void *bytes, size_t n);
void packet_ipv4(struct packet *packet, uint32_t src, uint32_t dst, uint8_t protocol);
void packet_ipv6(struct packet *packet, const char *src, const char *dst, uint8_t protocol,
		 uint8_t hop_limit);
void packet_udp(struct packet *packet, uint16_t src, uint16_t dst);
/* Up to the cookie; options follow. chaddr is the client's MAC by number. */
void packet_dhcp4(struct packet *packet, uint8_t operation, uint8_t chaddr, uint32_t xid,
		  uint32_t yiaddr);
void packet_end(struct packet *packet);

/* Whole frames. */
void packet_arp(struct packet *packet, uint8_t dst, uint8_t src, uint16_t operation,
		uint8_t sender_mac, uint32_t sender_ip, uint32_t target_ip);
/* ICMPv6 135 or 136 with an option for the MAC, 0: without. flags: of 136. */
void packet_nd(struct packet *packet, uint8_t dst, uint8_t src, uint8_t type, const char *src_ip,
	       const char *dst_ip, const char *target, uint8_t option_mac, uint8_t flags);

/* The IPv4 header's and, when there is one, the upper checksum are right. */
int packet_is_sound(const uint8_t *frame, uint32_t length);

#endif
