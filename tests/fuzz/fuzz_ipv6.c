/* SPDX-License-Identifier: BSD-3-Clause */
/* An IPv6 packet: a chain that is accepted ends within what can be read and within the packet. */
#include "packet.h"

#include <errno.h>

#include "ipv6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_ipv6 ip;
	int ret;

	if (!packet_make(&packet, data, size))
		return 0;
	ret = dvs_ipv6_parse(packet.data, packet.length, packet.total, &ip);
	MUST(ret == 0 || ret == -EBADMSG || ret == -E2BIG);
	MUST(ret != -E2BIG || packet.length < packet.total);
	if (ret == 0) {
		MUST(ip.upper >= DVS_IPV6_HEADER && ip.upper <= packet.length);
		MUST(ip.upper + ip.payload <= packet.total);
		MUST(ip.offset + ip.payload <= 65535 && ip.offset % 8 == 0);
		MUST(!ip.is_fragment || ip.has_fragment_header);
		MUST(!ip.has_hidden || ip.offset != 0);
	}
	free(packet.data);
	return 0;
}
