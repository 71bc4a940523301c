/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethernet.h - where things are in an Ethernet frame (IEEE 802.3-2022 section 3.2), and its VLAN
 * tags (IEEE 802.1Q-2022 section 9).
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_ETHERNET_H
#define DVS_ETHERNET_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_ETHERNET_HEADER  14 /* bytes, without tags */
#define DVS_ETHERNET_TYPE_AT 12 /* of the length/type field, or of the first tag */

#define DVS_TAG_BYTES	     4
#define DVS_TPID_CUSTOMER    0x8100 /* table 9-1 */
#define DVS_TPID_SERVICE     0x88a8

/* Does a tag begin with this? */
static inline bool dvs_is_tag(uint16_t type)
{
	return type == DVS_TPID_CUSTOMER || type == DVS_TPID_SERVICE;
}

#endif
