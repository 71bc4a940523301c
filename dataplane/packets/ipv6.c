/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipv6.h"

#include <errno.h>

#include "bytes.h"

#define HOP_BY_HOP	0
#define ROUTING		43
#define FRAGMENT	44
#define AUTHENTICATION	51
#define DESTINATION	60
#define MOBILITY	135
#define HIP		139
#define SHIM6		140
#define FRAGMENT_HEADER 8
#define UPPER_MIN	8 /* of a first fragment: all of UDP, the type of ICMPv6 */
#define LONGEST		65535u

/* RFC 7045 section 4's list, without the encrypted one, which ends a chain. */
static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case HOP_BY_HOP:
	case ROUTING:
	case FRAGMENT:
	case AUTHENTICATION:
	case DESTINATION:
	case MOBILITY:
	case HIP:
	case SHIM6:
		return true;
	default:
		return false;
	}
}

static uint32_t extension_length(uint8_t protocol, uint8_t field)
{
	if (protocol == FRAGMENT)
		return FRAGMENT_HEADER;
	if (protocol == AUTHENTICATION) /* RFC 4302 section 2.2 */
		return (field + 2u) * 4;
	return (field + 1u) * 8;
}

/* The fragment header, which is wholly there; all of the packet that is before it was walked. */
static int parse_fragment(const uint8_t *header, struct dvs_ipv6 *ip)
{
	uint16_t field = dvs_load16(header + 2);
	bool has_more = (field & 1) != 0;

	if (ip->has_fragment_header)
		return -EBADMSG;
	ip->has_fragment_header = true;
	ip->offset = field & 0xfff8u;
	ip->is_fragment = has_more || ip->offset != 0;
	if (!ip->is_fragment)
		return 0;
	if (ip->payload == 0 || (has_more && ip->payload % 8 != 0) ||
	    ip->offset + ip->payload > LONGEST)
		return -EBADMSG;
	return 0;
}

/* One extension header at ip->upper. */
static int step(const uint8_t *data, uint32_t length, struct dvs_ipv6 *ip)
{
	const uint8_t *header = data + ip->upper;
	uint32_t size;

	if (ip->payload < 8)
		return -EBADMSG;
	if (ip->upper + 8 > length)
		return -E2BIG;
	size = extension_length(ip->protocol, header[1]);
	if (size > ip->payload)
		return -EBADMSG;
	if (ip->upper + size > length)
		return -E2BIG;
	ip->upper += size;
	ip->payload -= size;
	if (ip->protocol == FRAGMENT) {
		int ret = parse_fragment(header, ip);

		if (ret < 0)
			return ret;
	}
	ip->protocol = header[0];
	return 0;
}

static int walk(const uint8_t *data, uint32_t length, struct dvs_ipv6 *ip)
{
	for (unsigned int n = 0; is_extension(ip->protocol); n++) {
		int ret;

		if (ip->offset != 0) { /* what follows is no header */
			ip->has_hidden = true;
			return 0;
		}
		if (n == DVS_IPV6_CHAIN_MAX || (ip->protocol == HOP_BY_HOP && n != 0))
			return -EBADMSG;
		ret = step(data, length, ip);
		if (ret < 0)
			return ret;
	}
	if (ip->is_fragment && ip->offset == 0 && ip->payload < UPPER_MIN &&
	    ip->protocol != DVS_PROTOCOL_NOTHING)
		return -EBADMSG;
	return 0;
}

int dvs_ipv6_parse(const uint8_t *data, uint32_t length, uint32_t total, struct dvs_ipv6 *ret_ip)
{
	struct dvs_ipv6 ip = {.upper = DVS_IPV6_HEADER};
	int ret;

	if (length < DVS_IPV6_HEADER || total < length || data[0] >> 4 != 6)
		return -EBADMSG;
	ip.payload = dvs_load16(data + 4);
	if (ip.payload > total - DVS_IPV6_HEADER)
		return -EBADMSG;
	ip.protocol = data[6];
	ip.hop_limit = data[7];
	memcpy(ip.src.bytes, data + 8, DVS_IP_LEN);
	memcpy(ip.dst.bytes, data + 24, DVS_IP_LEN);
	ret = walk(data, length, &ip);
	if (ret == 0)
		*ret_ip = ip;
	return ret;
}
