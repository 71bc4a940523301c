/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip.h - IP addresses and prefixes of both families in one form: parse, print, classify, match.
 *
 * An address is 16 bytes in network order. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section
 * 2.5.5.2, ::ffff:a.b.c.d), so that tables need one kind of key and one compare. A prefix counts
 * its bits in the 128, so that 10.0.0.0/24 has 120 of them.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_IP_H
#define DVS_IP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DVS_IP_LEN	    16
#define DVS_IP4_BITS	    96 /* of a mapped address, before those of IPv4 */
#define DVS_IP_TEXT_LEN	    46 /* any address and its NUL */
#define DVS_PREFIX_TEXT_LEN 50 /* any prefix and its NUL */

struct dvs_ip {
	uint8_t bytes[DVS_IP_LEN];
};

/* All zero: none. Bits of the address behind the length are zero. */
struct dvs_prefix {
	struct dvs_ip ip;
	uint8_t length; /* in bits of ip: 128 is one address */
	uint8_t pad[3];
};

/* "10.0.0.5", "2001:db8::5"; 0 or -EINVAL. ::ffff:10.0.0.5 is 10.0.0.5. */
int dvs_ip_parse(const char *text, struct dvs_ip *ret_ip);

/* As RFC 5952 has it; returns buf. */
const char *dvs_ip_print(const struct dvs_ip *ip, char buf[DVS_IP_TEXT_LEN]);

/*
 * An address, or an address, '/' and a number of bits, 0 to 32 or 0 to 128. -EINVAL, also when bits
 * behind the length are set, so that each prefix has one text.
 */
int dvs_prefix_parse(const char *text, struct dvs_prefix *ret_prefix);

/* A single address without length, none as ""; returns buf. */
const char *dvs_prefix_print(const struct dvs_prefix *prefix, char buf[DVS_PREFIX_TEXT_LEN]);

/* Length in range, no bit behind it, IPv4 not cut within its 96 leading bits; or none. */
bool dvs_prefix_is_valid(const struct dvs_prefix *prefix);

/* address: host order, as a number. */
struct dvs_ip dvs_ip_from4(uint32_t address);

static inline bool dvs_ip_is_equal(const struct dvs_ip *a, const struct dvs_ip *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool dvs_ip_is_v4(const struct dvs_ip *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

/* Only meaningful for dvs_ip_is_v4: host order. */
static inline uint32_t dvs_ip_to4(const struct dvs_ip *ip)
{
	return (uint32_t)ip->bytes[12] << 24 | (uint32_t)ip->bytes[13] << 16 |
	       (uint32_t)ip->bytes[14] << 8 | ip->bytes[15];
}

/* 0.0.0.0 or :: */
static inline bool dvs_ip_is_unspecified(const struct dvs_ip *ip)
{
	static const uint8_t zero[DVS_IP_LEN];

	return memcmp(ip->bytes, zero, DVS_IP_LEN) == 0 ||
	       (dvs_ip_is_v4(ip) && dvs_ip_to4(ip) == 0);
}

/* fe80::/10 (RFC 4291 section 2.5.6) */
static inline bool dvs_ip_is_link_local6(const struct dvs_ip *ip)
{
	return ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

/* ff00::/8, 224.0.0.0/4, and 255.255.255.255. */
bool dvs_ip_is_group(const struct dvs_ip *ip);

/* The first two of these (RFC 4291 section 2.7, RFC 5771). */
bool dvs_ip_is_multicast(const struct dvs_ip *ip);

/*
 * A multicast group that goes to members only? Not 224.0.0.0/24, nor IPv6 of link-local scope or
 * less: what hosts and routers have to get even if nobody says so (RFC 4541 sections 2.1.2 and 3).
 */
bool dvs_ip_is_snooped(const struct dvs_ip *ip);

static inline bool dvs_prefix_is_none(const struct dvs_prefix *prefix)
{
	return prefix->length == 0;
}

/* False for none. */
bool dvs_prefix_has(const struct dvs_prefix *prefix, const struct dvs_ip *ip);

/* Is there an address in both? */
bool dvs_prefix_overlaps(const struct dvs_prefix *a, const struct dvs_prefix *b);

#endif
