/* SPDX-License-Identifier: BSD-3-Clause */
/* A DHCP message for IPv4: what it points at is in its options field. */
#include "packet.h"

#include <errno.h>

#include "dhcp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_dhcp4 dhcp;
	int ret;

	if (!packet_make(&packet, data, size))
		return 0;
	ret = dvs_dhcp4_parse(packet.data, packet.length, &dhcp);
	MUST(ret == 0 || ret == -EBADMSG);
	if (ret == 0) {
		MUST(dhcp.end >= DVS_DHCP4_FIXED && dhcp.end < packet.length);
		MUST(packet.data[dhcp.end] == 255);
		MUST(dhcp.agent_info == 0 ||
		     (dhcp.agent_info >= DVS_DHCP4_FIXED &&
		      dhcp.agent_info + dhcp.agent_info_length <= dhcp.end &&
		      packet.data[dhcp.agent_info] == DVS_DHCP4_AGENT_INFO));
	}
	free(packet.data);
	return 0;
}
