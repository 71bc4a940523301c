/* SPDX-License-Identifier: BSD-3-Clause */
#include "arp.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"

#define HARDWARE_ETHERNET 1
#define HARDWARE_IEEE802  6 /* hosts take it for Ethernet */
#define PROTOCOL_IPV4	  0x0800

int dvs_arp_parse(const uint8_t *data, uint32_t length, struct dvs_arp *ret_arp)
{
	static const uint8_t zero[6];
	uint16_t hardware;

	if (length < DVS_ARP_LENGTH)
		return -EBADMSG;
	hardware = dvs_load16(data);
	if ((hardware != HARDWARE_ETHERNET && hardware != HARDWARE_IEEE802) ||
	    dvs_load16(data + 2) != PROTOCOL_IPV4 || data[4] != 6 || data[5] != 4 ||
	    dvs_load16(data + 6) == 0)
		return -EBADMSG;
	if ((data[8] & 1) != 0 || memcmp(data + 8, zero, 6) == 0)
		return -EBADMSG;
	ret_arp->operation = dvs_load16(data + 6);
	memcpy(ret_arp->sender_mac, data + 8, 6);
	ret_arp->sender_ip = dvs_load32(data + 14);
	memcpy(ret_arp->target_mac, data + 18, 6);
	ret_arp->target_ip = dvs_load32(data + 24);
	return 0;
}
