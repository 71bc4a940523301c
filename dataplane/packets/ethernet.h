/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethernet.h - where things are in an Ethernet frame (IEEE 802.3-2022 section 3.2), its VLAN tags
 * (IEEE 802.1Q-2022 section 9), and what LLC (IEEE 802.2) can hide.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_ETHERNET_H
#define DVS_ETHERNET_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_ETHERNET_HEADER  14 /* bytes, without tags */
#define DVS_ETHERNET_TYPE_AT 12 /* of the length/type field, or of the first tag */

#define DVS_LLC_SNAP	     0xaa
#define DVS_LLC_SNAP_BYTES   8
#define DVS_LLC_IP	     0x06
#define DVS_LLC_ARP	     0x98

#define DVS_IPV4_ETHERTYPE   0x0800
#define DVS_ARP_ETHERTYPE    0x0806
#define DVS_IPV6_ETHERTYPE   0x86dd

#define DVS_TAG_BYTES	     4
#define DVS_TAGS_MAX	     2	    /* that are looked through */
#define DVS_TPID_CUSTOMER    0x8100 /* table 9-1 */
#define DVS_TPID_SERVICE     0x88a8

#define DVS_LENGTH_MAX	     1500   /* of 802.3; what is above is a type, */
#define DVS_ETHERTYPE_MIN    0x0600 /* or, below this, neither */

/* Does a tag begin with this? */
static inline bool dvs_is_tag(uint16_t type)
{
	return type == DVS_TPID_CUSTOMER || type == DVS_TPID_SERVICE;
}

/*
 * What an 802.3 frame with LLC carries, length bytes of it: is it IP, ARP or a tag, by SNAP (RFC
 * 1042) or by LLC's own addresses of these? Some hosts take that for the same as an EtherType, and
 * nobody has need of it: it serves to hide from filters (CVE-2021-27854).
 */
static inline bool dvs_llc_hides_packet(const uint8_t *llc, uint32_t length)
{
	uint16_t type;

	if (length < 3)
		return false;
	if ((llc[0] & 0xfe) == DVS_LLC_IP || (llc[0] & 0xfe) == DVS_LLC_ARP)
		return true;
	if ((llc[0] & 0xfe) != DVS_LLC_SNAP || length < DVS_LLC_SNAP_BYTES)
		return false;
	type = (uint16_t)(llc[6] << 8 | llc[7]);
	return type == DVS_IPV4_ETHERTYPE || type == DVS_ARP_ETHERTYPE ||
	       type == DVS_IPV6_ETHERTYPE || dvs_is_tag(type);
}

#endif
