/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * checksum.h - the Internet checksum (RFC 1071) over bytes that are in one place.
 *
 *	sum = dvs_checksum_add(0, header, length);
 *	is_good = dvs_checksum_end(sum) == 0;	(the checksum field is among the bytes)
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_CHECKSUM_H
#define DVS_CHECKSUM_H

#include <stdint.h>

#include "bytes.h"

/* Adds up to 64 KiB; only the last bytes of a sum may be of an odd number. */
static inline uint32_t dvs_checksum_add(uint32_t sum, const uint8_t *bytes, uint32_t length)
{
	uint32_t i;

	for (i = 0; i + 1 < length; i += 2)
		sum += dvs_load16(bytes + i);
	if (i < length)
		sum += (uint32_t)bytes[i] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

/* What goes into the field; 0 when the field was among the bytes and is right. */
static inline uint16_t dvs_checksum_end(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The beginning of the sum over an IPv6 packet's payload (RFC 8200 section 8.1). addresses: its
 * source and destination, 32 bytes. */
static inline uint32_t dvs_checksum_ipv6(const uint8_t *addresses, uint32_t length,
					 uint8_t protocol)
{
	return dvs_checksum_add((length >> 16) + (length & 0xffff) + protocol, addresses, 32);
}

#endif
