/* SPDX-License-Identifier: BSD-3-Clause */
#include "ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define BITS (DVS_IP_LEN * 8)

struct dvs_ip dvs_ip_from4(uint32_t address)
{
	struct dvs_ip ip = {.bytes = {[10] = 0xff, [11] = 0xff}};

	for (unsigned int i = 0; i < 4; i++)
		ip.bytes[12 + i] = (uint8_t)(address >> (24 - 8 * i));
	return ip;
}

int dvs_ip_parse(const char *text, struct dvs_ip *ret_ip)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ret_ip = dvs_ip_from4(ntohl(v4.s_addr));
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return -EINVAL;
	memcpy(ret_ip->bytes, v6.s6_addr, DVS_IP_LEN);
	return 0;
}

const char *dvs_ip_print(const struct dvs_ip *ip, char buf[DVS_IP_TEXT_LEN])
{
	buf[0] = '\0';
	if (dvs_ip_is_v4(ip))
		inet_ntop(AF_INET, ip->bytes + 12, buf, DVS_IP_TEXT_LEN);
	else
		inet_ntop(AF_INET6, ip->bytes, buf, DVS_IP_TEXT_LEN);
	return buf;
}

/* One to three digits, without a sign or leading zeros; -EINVAL. */
static int parse_length(const char *text, unsigned int most)
{
	size_t n = strspn(text, "0123456789");
	unsigned long length;

	if (n == 0 || n > 3 || text[n] != '\0' || (n > 1 && text[0] == '0'))
		return -EINVAL;
	length = strtoul(text, NULL, 10);
	return length <= most ? (int)length : -EINVAL;
}

int dvs_prefix_parse(const char *text, struct dvs_prefix *ret_prefix)
{
	struct dvs_prefix prefix = {.length = BITS};
	const char *slash = strchr(text, '/');
	char address[DVS_IP_TEXT_LEN];
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	int length, lead;

	if (n >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, n);
	address[n] = '\0';
	if (dvs_ip_parse(address, &prefix.ip) < 0)
		return -EINVAL;
	lead = dvs_ip_is_v4(&prefix.ip) ? DVS_IP4_BITS : 0;
	if (slash != NULL) {
		length = parse_length(slash + 1, (unsigned int)(BITS - lead));
		if (length < 0)
			return length;
		prefix.length = (uint8_t)(lead + length);
	}
	if (!dvs_prefix_is_valid(&prefix))
		return -EINVAL;
	*ret_prefix = prefix;
	return 0;
}

const char *dvs_prefix_print(const struct dvs_prefix *prefix, char buf[DVS_PREFIX_TEXT_LEN])
{
	unsigned int lead = dvs_ip_is_v4(&prefix->ip) ? DVS_IP4_BITS : 0;
	char address[DVS_IP_TEXT_LEN];

	buf[0] = '\0';
	if (dvs_prefix_is_none(prefix))
		return buf;
	dvs_ip_print(&prefix->ip, address);
	if (prefix->length == BITS)
		snprintf(buf, DVS_PREFIX_TEXT_LEN, "%s", address);
	else
		snprintf(buf, DVS_PREFIX_TEXT_LEN, "%s/%u", address,
			 (prefix->length - lead) & (BITS - 1u));
	return buf;
}

/* The two have the same first bits. */
static bool is_same(const struct dvs_ip *a, const struct dvs_ip *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

bool dvs_prefix_is_valid(const struct dvs_prefix *prefix)
{
	static const struct dvs_ip zero;
	unsigned int whole = prefix->length / 8u, rest = prefix->length % 8u;

	if (prefix->length > BITS || (dvs_ip_is_v4(&prefix->ip) && prefix->length < DVS_IP4_BITS))
		return false;
	if (rest != 0 && (uint8_t)(prefix->ip.bytes[whole++] << rest) != 0)
		return false;
	return memcmp(prefix->ip.bytes + whole, zero.bytes, DVS_IP_LEN - whole) == 0;
}

bool dvs_ip_is_group(const struct dvs_ip *ip)
{
	if (dvs_ip_is_v4(ip))
		return (ip->bytes[12] & 0xf0) == 0xe0 || dvs_ip_to4(ip) == UINT32_MAX;
	return ip->bytes[0] == 0xff;
}

bool dvs_prefix_has(const struct dvs_prefix *prefix, const struct dvs_ip *ip)
{
	return !dvs_prefix_is_none(prefix) && is_same(&prefix->ip, ip, prefix->length);
}

bool dvs_prefix_overlaps(const struct dvs_prefix *a, const struct dvs_prefix *b)
{
	unsigned int bits = a->length < b->length ? a->length : b->length;

	return bits != 0 && is_same(&a->ip, &b->ip, bits);
}

bool dvs_ip_is_multicast(const struct dvs_ip *ip)
{
	return dvs_ip_is_v4(ip) ? (ip->bytes[12] & 0xf0) == 0xe0 : ip->bytes[0] == 0xff;
}

bool dvs_ip_is_snooped(const struct dvs_ip *ip)
{
	if (!dvs_ip_is_multicast(ip))
		return false;
	if (dvs_ip_is_v4(ip))
		return dvs_ip_to4(ip) >> 8 != 0xe00000;
	return (ip->bytes[1] & 0x0f) > 2;
}
