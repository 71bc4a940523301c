/* SPDX-License-Identifier: BSD-3-Clause */
/* A DHCP message for IPv6: leases are prefixes as tables want them. */
#include "packet.h"

#include <errno.h>

#include "dhcp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_dhcp6 dhcp;
	int ret;

	if (!packet_make(&packet, data, size))
		return 0;
	ret = dvs_dhcp6_parse(packet.data, packet.length, &dhcp);
	MUST(ret == 0 || ret == -EBADMSG);
	if (ret == 0) {
		MUST(dhcp.type != 0 && dhcp.n_leases <= DVS_DHCP6_LEASES_MAX);
		MUST(!dhcp.is_relay || dhcp.n_leases == 0);
		for (unsigned int i = 0; i < dhcp.n_leases; i++)
			MUST(!dvs_prefix_is_none(&dhcp.leases[i].prefix) &&
			     !dvs_ip_is_group(&dhcp.leases[i].prefix.ip));
	}
	free(packet.data);
	return 0;
}
