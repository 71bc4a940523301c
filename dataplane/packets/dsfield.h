/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dsfield.h - the octet of an IP packet that says how it is to be treated: the DS field's codepoint
 * (DSCP, RFC 2474 section 3) in the upper six bits, ECN (RFC 3168 section 5) in the lower two. IPv4
 * has it as its TOS, IPv6 as its traffic class.
 *
 * Every fragment has it. Neither the transport's checksum nor IPsec's covers it; IPv4's header
 * checksum is corrected by what has changed (RFC 1624), so one that was wrong stays wrong.
 *
 * Threads: pure functions on the caller's bytes.
 */
#ifndef DVS_DSFIELD_H
#define DVS_DSFIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "ipv4.h"
#include "ipv6.h"

#define DVS_DSCP_SHIFT 2
#define DVS_DSCP_MAX   63
#define DVS_ECN_MASK   3 /* 0: the sender does not know ECN */

/* ip: what follows the Ethernet header and tags, length bytes that can be read. False: neither IPv4
 * nor IPv6, or a header that is cut or malformed. */
static inline bool dvs_dsfield_get(const uint8_t *ip, uint32_t length, uint16_t ethertype,
				   uint8_t *ret_field)
{
	if (ethertype == DVS_IPV4_ETHERTYPE) {
		if (length < DVS_IPV4_HEADER || ip[0] >> 4 != 4 ||
		    (ip[0] & 0xf) * 4 < DVS_IPV4_HEADER)
			return false;
		*ret_field = ip[1];
		return true;
	}
	if (ethertype != DVS_IPV6_ETHERTYPE || length < DVS_IPV6_HEADER || ip[0] >> 4 != 6)
		return false;
	*ret_field = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
	return true;
}

/* HC' = ~(~HC + ~m + m'), RFC 1624 equation 3, where m is the word that changes. */
static inline void dvs_dsfield_set4(uint8_t *ip, uint8_t field)
{
	uint32_t sum = (uint16_t)~dvs_load16(ip + 10) + (uint32_t)(uint16_t)~dvs_load16(ip);

	ip[1] = field;
	sum += dvs_load16(ip);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	dvs_store16(ip + 10, (uint16_t)~sum);
}

/* Of a packet that dvs_dsfield_get has read. */
static inline void dvs_dsfield_set(uint8_t *ip, uint16_t ethertype, uint8_t field)
{
	if (ethertype == DVS_IPV4_ETHERTYPE) {
		dvs_dsfield_set4(ip, field);
		return;
	}
	ip[0] = (uint8_t)((ip[0] & 0xf0) | field >> 4);
	ip[1] = (uint8_t)(field << 4 | (ip[1] & 0xf));
}

/*
 * Marks a packet instead of dropping it: "congestion experienced" (RFC 3168 section 5). length
 * bytes of it may be written to. False: it is not IP, or its sender does not know ECN.
 */
static inline bool dvs_ecn_mark(uint8_t *ip, uint32_t length, uint16_t ethertype)
{
	uint8_t field;

	if (!dvs_dsfield_get(ip, length, ethertype, &field) || (field & DVS_ECN_MASK) == 0)
		return false;
	dvs_dsfield_set(ip, ethertype, field | DVS_ECN_MASK);
	return true;
}

/*
 * Assured forwarding (RFC 2597 section 6): classes 1 to 4, each with drop precedences 1 to 3, of
 * which AFxy is the codepoint 8x + 2y. 0: the codepoint is none of these.
 */
static inline unsigned int dvs_dscp_af_precedence(unsigned int dscp)
{
	unsigned int class = dscp >> 3;

	return class >= 1 && class <= 4 && (dscp & 1) == 0 ? dscp >> 1 & 3 : 0;
}

/* The same class with another drop precedence. */
static inline unsigned int dvs_dscp_af_with(unsigned int dscp, unsigned int precedence)
{
	return (dscp & 0x38u) | precedence << 1;
}

#endif
