/* SPDX-License-Identifier: BSD-3-Clause */
#include "stamp.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#define VLAN_BYTES  4u
#define IPV4_MIN    20u
#define IPV6_BYTES  40u
#define UDP_BYTES   8u
#define TCP_MIN	    20u
#define VXLAN_BYTES 8u
#define TAGS_MAX    2
#define DEPTH_MAX   2 /* outer and inner frame */

struct cursor {
	const uint8_t *frame;
	uint32_t length;
	uint32_t at;
};

static bool has(const struct cursor *c, uint32_t bytes)
{
	return c->length - c->at >= bytes;
}

static uint16_t read_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Over the MACs, tags and type; 0 when the frame ends before. */
static uint16_t skip_ethernet(struct cursor *c)
{
	uint16_t type;

	if (!has(c, sizeof(struct ether_header)))
		return 0;
	type = read_be16(c->frame + c->at + 12);
	c->at += (uint32_t)sizeof(struct ether_header);
	for (unsigned int i = 0; i < TAGS_MAX && (type == ETHERTYPE_VLAN || type == 0x88a8); i++) {
		if (!has(c, VLAN_BYTES))
			return 0;
		type = read_be16(c->frame + c->at + 2);
		c->at += VLAN_BYTES;
	}
	return type;
}

/* Over the IP header; the protocol, or -1. */
static int skip_ip(struct cursor *c, uint16_t type)
{
	const uint8_t *ip = c->frame + c->at;

	if (type == ETHERTYPE_IP && has(c, IPV4_MIN)) {
		uint32_t bytes = (ip[0] & 15u) * 4;

		if (bytes < IPV4_MIN || !has(c, bytes))
			return -1;
		c->at += bytes;
		return ip[9];
	}
	if (type == ETHERTYPE_IPV6 && has(c, IPV6_BYTES)) {
		c->at += IPV6_BYTES;
		return ip[6];
	}
	return -1;
}

/* Over the UDP or TCP header; the destination port, or -1. */
static int skip_l4(struct cursor *c, int protocol)
{
	const uint8_t *l4 = c->frame + c->at;
	uint32_t bytes = UDP_BYTES;

	if (protocol == IPPROTO_TCP) {
		if (!has(c, TCP_MIN))
			return -1;
		bytes = (l4[12] >> 4) * 4u;
		if (bytes < TCP_MIN)
			return -1;
	} else if (protocol != IPPROTO_UDP) {
		return -1;
	}
	if (!has(c, bytes))
		return -1;
	c->at += bytes;
	return protocol == IPPROTO_UDP ? read_be16(l4 + 2) : 0;
}

int dvs_stamp_locate(const uint8_t *frame, uint32_t length)
{
	struct cursor c = {.frame = frame, .length = length};

	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		int protocol = skip_ip(&c, skip_ethernet(&c));
		int port = skip_l4(&c, protocol);

		if (port < 0)
			return -1;
		if (port != DVS_VXLAN_PORT)
			break;
		if (!has(&c, VXLAN_BYTES))
			return -1;
		c.at += VXLAN_BYTES;
	}
	return has(&c, DVS_STAMP_BYTES) ? (int)c.at : -1;
}
