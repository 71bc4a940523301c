/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ecn.h - explicit congestion notification (RFC 3168): a packet is marked instead of dropped.
 *
 * Threads: pure functions on the caller's bytes.
 */
#ifndef DVS_ECN_H
#define DVS_ECN_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "ipv4.h"
#include "ipv6.h"

#define DVS_ECN_MASK 3 /* of the traffic class; 0: its sender does not know ECN */

/* IPv4's type of service changed from old to new: RFC 1624 section 3, equation 3. */
static inline void dvs_ecn_fix_checksum(uint8_t *ip, uint8_t old_tos)
{
	uint32_t first = (uint32_t)ip[0] << 8;
	uint32_t sum = (uint16_t)~dvs_load16(ip + 10);

	sum += (uint16_t) ~(first | old_tos);
	sum += first | ip[1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	dvs_store16(ip + 10, (uint16_t)~sum);
}

/*
 * Sets "congestion experienced" in the packet of an EtherType at ip, of which length bytes are
 * there and may be written to. False: it is not such a packet, or its sender does not know ECN.
 */
static inline bool dvs_ecn_mark(uint8_t *ip, uint32_t length, uint16_t ethertype)
{
	uint8_t old_tos;

	if (ethertype == DVS_IPV4_ETHERTYPE && length >= DVS_IPV4_HEADER && ip[0] >> 4 == 4) {
		old_tos = ip[1];
		if ((old_tos & DVS_ECN_MASK) == 0)
			return false;
		ip[1] |= DVS_ECN_MASK;
		dvs_ecn_fix_checksum(ip, old_tos);
		return true;
	}
	if (ethertype == DVS_IPV6_ETHERTYPE && length >= DVS_IPV6_HEADER && ip[0] >> 4 == 6) {
		if ((ip[1] >> 4 & DVS_ECN_MASK) == 0)
			return false;
		ip[1] |= DVS_ECN_MASK << 4;
		return true;
	}
	return false;
}

#endif
