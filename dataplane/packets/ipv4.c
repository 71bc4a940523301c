/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipv4.h"

#include <errno.h>

#include "bytes.h"

#define MORE_FRAGMENTS 0x2000
#define OFFSET_BITS    0x1fff
#define LONGEST	       65535u
#define TINY_FRAGMENT  8 /* RFC 1858: a first fragment has more of TCP and all of UDP */

/* Where the fragment is in its packet, and whether it can be there. */
static int parse_fragment(uint16_t field, struct dvs_ipv4 *ip)
{
	bool has_more = (field & MORE_FRAGMENTS) != 0;

	ip->offset = (field & OFFSET_BITS) * 8u;
	ip->is_fragment = has_more || ip->offset != 0;
	if (!ip->is_fragment)
		return 0;
	if (ip->payload == 0 || (has_more && ip->payload % 8 != 0) ||
	    ip->offset + ip->payload + ip->header_length > LONGEST)
		return -EBADMSG;
	if (ip->offset == 0 && ip->payload < TINY_FRAGMENT &&
	    (ip->protocol == DVS_PROTOCOL_TCP || ip->protocol == DVS_PROTOCOL_UDP))
		return -EBADMSG;
	return 0;
}

int dvs_ipv4_parse(const uint8_t *data, uint32_t length, uint32_t total, struct dvs_ipv4 *ret_ip)
{
	struct dvs_ipv4 ip;
	uint32_t packet;
	int ret;

	if (length < DVS_IPV4_HEADER || data[0] >> 4 != 4)
		return -EBADMSG;
	ip.header_length = (data[0] & 15u) * 4;
	packet = dvs_load16(data + 2);
	if (ip.header_length < DVS_IPV4_HEADER || ip.header_length > length ||
	    packet < ip.header_length || packet > total)
		return -EBADMSG;
	ip.payload = packet - ip.header_length;
	ip.protocol = data[9];
	ip.src = dvs_load32(data + 12);
	ip.dst = dvs_load32(data + 16);
	ret = parse_fragment(dvs_load16(data + 6), &ip);
	if (ret == 0)
		*ret_ip = ip;
	return ret;
}

int dvs_udp_parse(const uint8_t *data, uint32_t length, uint32_t payload, bool is_first,
		  struct dvs_udp *ret_udp)
{
	uint32_t datagram;

	if (length < DVS_UDP_HEADER || payload < DVS_UDP_HEADER)
		return -EBADMSG;
	datagram = dvs_load16(data + 4);
	if (datagram < DVS_UDP_HEADER || (!is_first && datagram > payload))
		return -EBADMSG;
	ret_udp->src_port = dvs_load16(data);
	ret_udp->dst_port = dvs_load16(data + 2);
	ret_udp->payload = is_first ? 0 : datagram - DVS_UDP_HEADER;
	return 0;
}
