/* SPDX-License-Identifier: BSD-3-Clause */
/* An IPv4 packet: lengths and offsets that are accepted lie within the frame; then UDP in it. */
#include "packet.h"

#include <errno.h>

#include "ipv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_ipv4 ip;
	struct dvs_udp udp;

	if (!packet_make(&packet, data, size))
		return 0;
	if (dvs_ipv4_parse(packet.data, packet.length, packet.total, &ip) == 0) {
		MUST(ip.header_length >= DVS_IPV4_HEADER && ip.header_length <= packet.length);
		MUST(ip.header_length + ip.payload <= packet.total);
		MUST(ip.offset + ip.payload <= 65535);
		MUST(ip.is_fragment || ip.offset == 0);
		if (ip.offset == 0 &&
		    dvs_udp_parse(packet.data + ip.header_length, packet.length - ip.header_length,
				  ip.payload, ip.is_fragment, &udp) == 0)
			MUST(udp.payload + DVS_UDP_HEADER <= ip.payload);
	}
	free(packet.data);
	return 0;
}
