/* SPDX-License-Identifier: BSD-3-Clause */
/* An IPv6 packet with a Neighbor Discovery message: what is accepted obeys RFC 4861. */
#include "packet.h"

#include <errno.h>

#include "nd.h"

static void check(const struct packet *packet, const struct dvs_ipv6 *ip)
{
	struct dvs_nd nd;
	int ret = dvs_nd_parse(packet->data + ip->upper, packet->length - ip->upper, ip, &nd);

	MUST(ret == 0 || ret == -EBADMSG || ret == -E2BIG || ret == -ENOMSG);
	MUST(ret != -E2BIG || packet->length < packet->total);
	if (ret != 0)
		return;
	MUST(dvs_nd_is_type(nd.type) && ip->hop_limit == 255 && !ip->has_fragment_header);
	MUST(!dvs_ip_is_group(&nd.target));
	MUST(!dvs_nd_is_dad(&nd, ip) || !nd.has_source_mac);
	MUST(!nd.has_source_mac || (nd.source_mac[0] & 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_ipv6 ip;

	if (!packet_make(&packet, data, size))
		return 0;
	if (dvs_ipv6_parse(packet.data, packet.length, packet.total, &ip) == 0 && ip.offset == 0 &&
	    ip.protocol == DVS_PROTOCOL_ICMPV6)
		check(&packet, &ip);
	free(packet.data);
	return 0;
}
