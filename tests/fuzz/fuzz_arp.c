/* SPDX-License-Identifier: BSD-3-Clause */
/* An ARP message: what is accepted is ARP for IPv4 over Ethernet from a unicast MAC. */
#include "packet.h"

#include <errno.h>

#include "arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet;
	struct dvs_arp arp;
	int ret;

	if (!packet_make(&packet, data, size))
		return 0;
	ret = dvs_arp_parse(packet.data, packet.length, &arp);
	MUST(ret == 0 || ret == -EBADMSG);
	if (ret == 0) {
		MUST(packet.length >= DVS_ARP_LENGTH && arp.operation != 0);
		MUST((arp.sender_mac[0] & 1) == 0);
		MUST(!dvs_arp_is_probe(&arp) || !dvs_arp_is_announcement(&arp));
	}
	free(packet.data);
	return 0;
}
