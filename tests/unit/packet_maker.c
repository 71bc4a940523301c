/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet_maker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"

#define ICMPV6 58
#define UDP    17

static void put_mac(struct packet *packet, uint8_t number)
{
	uint8_t mac[6] = {2, 0, 0, 0, 0, number};

	if (number == 0xff)
		memset(mac, 0xff, sizeof(mac));
	packet_put(packet, mac, sizeof(mac));
}

void packet_put(struct packet *packet, const void *bytes, size_t n)
{
	assert(packet->length + n <= sizeof(packet->bytes));
	memcpy(packet->bytes + packet->length, bytes, n);
	packet->length += (uint32_t)n;
}

static void put16(struct packet *packet, uint16_t value)
{
	uint8_t bytes[2];

	dvs_store16(bytes, value);
	packet_put(packet, bytes, 2);
}

static void put32(struct packet *packet, uint32_t value)
{
	uint8_t bytes[4];

	dvs_store32(bytes, value);
	packet_put(packet, bytes, 4);
}

static void put_zero(struct packet *packet, size_t n)
{
	static const uint8_t zero[256];

	packet_put(packet, zero, n);
}

void packet_begin_to(struct packet *packet, const uint8_t dst[6], uint8_t src, uint16_t ethertype)
{
	memset(packet, 0, sizeof(*packet));
	packet_put(packet, dst, 6);
	put_mac(packet, src);
	put16(packet, ethertype);
}

void packet_begin(struct packet *packet, uint8_t dst, uint8_t src, uint16_t ethertype)
{
	uint8_t mac[6] = {2, 0, 0, 0, 0, dst};

	if (dst == 0xff)
		memset(mac, 0xff, sizeof(mac));
	packet_begin_to(packet, mac, src, ethertype);
}

void packet_ipv4(struct packet *packet, uint32_t src, uint32_t dst, uint8_t protocol)
{
	packet->l3 = packet->length;
	packet->protocol = protocol;
	packet_put(packet, "\x45\0\0\0\0\0\0\0\x40", 9);
	packet_put(packet, &protocol, 1);
	put16(packet, 0);
	put32(packet, src);
	put32(packet, dst);
	packet->upper = packet->length;
}

static void put_ip6(struct packet *packet, const char *text)
{
	struct dvs_ip ip;

	if (dvs_ip_parse(text, &ip) < 0)
		abort();
	packet_put(packet, ip.bytes, DVS_IP_LEN);
}

void packet_ipv6(struct packet *packet, const char *src, const char *dst, uint8_t protocol,
		 uint8_t hop_limit)
{
	packet->l3 = packet->length;
	packet->protocol = protocol;
	put32(packet, 0x60000000);
	put16(packet, 0);
	packet_put(packet, &protocol, 1);
	packet_put(packet, &hop_limit, 1);
	put_ip6(packet, src);
	put_ip6(packet, dst);
	packet->upper = packet->length;
}

void packet_udp(struct packet *packet, uint16_t src, uint16_t dst)
{
	put16(packet, src);
	put16(packet, dst);
	put32(packet, 0);
}

void packet_dhcp4(struct packet *packet, uint8_t operation, uint8_t chaddr, uint32_t xid,
		  uint32_t yiaddr)
{
	packet_put(packet, &operation, 1);
	packet_put(packet, "\1\6\0", 3);
	put32(packet, xid);
	put_zero(packet, 8);
	put32(packet, yiaddr);
	put_zero(packet, 8);
	put_mac(packet, chaddr);
	put_zero(packet, 10 + 192);
	put32(packet, 0x63825363);
}

static uint32_t pseudo_sum(const uint8_t *ip, uint32_t length, uint8_t protocol)
{
	if (ip[0] >> 4 == 6)
		return dvs_checksum_ipv6(ip + 8, length, protocol);
	return dvs_checksum_add(length + protocol, ip + 12, 8);
}

/* Where the upper checksum is; 0: none that we know. */
static uint32_t sum_at(uint8_t protocol)
{
	return protocol == UDP ? 6 : protocol == ICMPV6 ? 2 : 0;
}

void packet_end(struct packet *packet)
{
	uint8_t *ip = packet->bytes + packet->l3, *upper = packet->bytes + packet->upper;
	uint32_t length = packet->length - packet->upper, at = sum_at(packet->protocol);

	if (packet->upper == 0)
		return;
	if (packet->protocol == UDP)
		dvs_store16(upper + 4, (uint16_t)length);
	if (at != 0) {
		uint32_t sum = pseudo_sum(ip, length, packet->protocol);

		dvs_store16(upper + at, 0);
		dvs_store16(upper + at, dvs_checksum_end(dvs_checksum_add(sum, upper, length)));
	}
	if (ip[0] >> 4 == 6) {
		dvs_store16(ip + 4, (uint16_t)(packet->length - packet->l3 - 40));
		return;
	}
	dvs_store16(ip + 2, (uint16_t)(packet->length - packet->l3));
	dvs_store16(ip + 10, 0);
	dvs_store16(ip + 10, dvs_checksum_end(dvs_checksum_add(0, ip, 20)));
}

void packet_arp(struct packet *packet, uint8_t dst, uint8_t src, uint16_t operation,
		uint8_t sender_mac, uint32_t sender_ip, uint32_t target_ip)
{
	packet_begin(packet, dst, src, 0x0806);
	packet_put(packet, "\0\1\x08\0\6\4", 6);
	put16(packet, operation);
	put_mac(packet, sender_mac);
	put32(packet, sender_ip);
	put_zero(packet, 6);
	put32(packet, target_ip);
	put_zero(packet, 18);
}

void packet_nd(struct packet *packet, uint8_t dst, uint8_t src, uint8_t type, const char *src_ip,
	       const char *dst_ip, const char *target, uint8_t option_mac, uint8_t flags)
{
	struct dvs_ip to;
	uint8_t group[6] = {0x33, 0x33};

	if (dvs_ip_parse(dst_ip, &to) < 0)
		abort();
	memcpy(group + 2, to.bytes + 12, 4);
	if (to.bytes[0] == 0xff)
		packet_begin_to(packet, group, src, 0x86dd);
	else
		packet_begin(packet, dst, src, 0x86dd);
	packet_ipv6(packet, src_ip, dst_ip, ICMPV6, 255);
	packet_put(packet, &type, 1);
	put_zero(packet, 3);
	packet_put(packet, &flags, 1);
	put_zero(packet, 3);
	put_ip6(packet, target);
	if (option_mac != 0) {
		packet_put(packet, type == 136 ? "\2\1" : "\1\1", 2);
		put_mac(packet, option_mac);
	}
	packet_end(packet);
}

int packet_is_sound(const uint8_t *frame, uint32_t length)
{
	const uint8_t *ip = frame + 14;
	uint32_t upper, n, at;
	uint8_t protocol;

	if (ip[0] >> 4 == 4) {
		upper = (ip[0] & 15u) * 4;
		n = dvs_load16(ip + 2) - upper;
		protocol = ip[9];
		if (dvs_checksum_end(dvs_checksum_add(0, ip, upper)) != 0)
			return 0;
	} else {
		upper = 40;
		n = dvs_load16(ip + 4);
		protocol = ip[6];
	}
	if (14 + upper + n > length || (protocol == UDP && dvs_load16(ip + upper + 4) != n))
		return 0;
	at = sum_at(protocol);
	if (at == 0 || (protocol == UDP && dvs_load16(ip + upper + at) == 0))
		return 1;
	return dvs_checksum_end(dvs_checksum_add(pseudo_sum(ip, n, protocol), ip + upper, n)) == 0;
}
