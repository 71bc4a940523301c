/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dataplane/packets: for each protocol a good message, then every kind of bad one, made from it by
 * one change. Each message is in memory of just its size, so that the address sanitizer sees a
 * parser that reads behind it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp.h"
#include "array.h"
#include "bytes.h"
#include "dhcp4.h"
#include "dhcp6.h"
#include "ipv4.h"
#include "nd.h"

/* One byte of a good message replaced, or the message cut. */
struct change {
	const char *what;
	uint16_t at;
	uint8_t byte;
	uint16_t length; /* 0: all */
};

static uint8_t message[1024];
static uint32_t n_message;

static void put(const void *data, uint32_t n)
{
	memcpy(message + n_message, data, n);
	n_message += n;
}

#define PUT(...)                                                                                   \
	do {                                                                                       \
		const uint8_t bytes_[] = {__VA_ARGS__};                                            \
		put(bytes_, sizeof(bytes_));                                                       \
	} while (0)

static void put_zero(uint32_t n)
{
	memset(message + n_message, 0, n);
	n_message += n;
}

/* What parse says of the first n bytes of the message after the change. */
static int parse_changed(const struct change *change, uint32_t n,
			 int (*parse)(const uint8_t *data, uint32_t length))
{
	uint32_t length = change->length != 0 ? change->length : n;
	uint8_t *data = malloc(length);
	int ret;

	memcpy(data, message, length);
	if (change->at < length && change->length == 0)
		data[change->at] = change->byte;
	ret = parse(data, length);
	free(data);
	return ret;
}

static void expect_all(const struct change *changes, size_t n,
		       int (*parse)(const uint8_t *data, uint32_t length), int expected)
{
	const struct change none = {"nothing", UINT16_MAX, 0, 0};

	assert_int_equal(parse_changed(&none, n_message, parse), 0);
	for (size_t i = 0; i < n; i++) {
		int ret = parse_changed(&changes[i], n_message, parse);

		if (ret != expected)
			fail_msg("%s: %d", changes[i].what, ret);
	}
}

/* Cut anywhere it is refused. */
static void expect_cuts(int (*parse)(const uint8_t *data, uint32_t length))
{
	for (uint32_t cut = 1; cut < n_message; cut++) {
		const struct change shorter = {"cut", 0, 0, (uint16_t)cut};

		assert_true(parse_changed(&shorter, n_message, parse) < 0);
	}
}

/* ---- ARP ---- */

static struct dvs_arp arp;

static int parse_arp(const uint8_t *data, uint32_t length)
{
	return dvs_arp_parse(data, length, &arp);
}

static void arp_messages(void **state)
{
	static const struct change bad[] = {
		{"hardware type", 1, 2, 0},   {"protocol", 2, 9, 0},
		{"hardware length", 4, 8, 0}, {"protocol length", 5, 16, 0},
		{"operation 0", 7, 0, 0},     {"sender multicast", 8, 0x53, 0},
	};

	(void)state;
	n_message = 0;
	PUT(0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0,
	    2);
	expect_all(bad, COUNT_OF(bad), parse_arp, -EBADMSG);
	expect_cuts(parse_arp);
	assert_int_equal(parse_arp(message, n_message), 0);
	assert_int_equal(arp.operation, DVS_ARP_REQUEST);
	assert_int_equal(arp.sender_ip, 0x0a000001);
	assert_int_equal(arp.target_ip, 0x0a000002);
	assert_false(dvs_arp_is_probe(&arp));
	assert_false(dvs_arp_is_announcement(&arp));
	message[1] = 6;
	assert_int_equal(parse_arp(message, n_message), 0);
	memset(message + 14, 0, 4);
	parse_arp(message, n_message);
	assert_true(dvs_arp_is_probe(&arp));
	memcpy(message + 14, message + 24, 4);
	parse_arp(message, n_message);
	assert_true(dvs_arp_is_announcement(&arp));
	memset(message + 8, 0, 6);
	assert_int_equal(parse_arp(message, n_message), -EBADMSG);
}

/* ---- IPv4 and UDP ---- */

static struct dvs_ipv4 ip4;

static int parse_ipv4(const uint8_t *data, uint32_t length)
{
	return dvs_ipv4_parse(data, length, length, &ip4);
}

/* 24 bytes of header, 16 of payload. */
static void make_ipv4(uint16_t fragment, uint8_t protocol)
{
	n_message = 0;
	PUT(0x46, 0, 0, 40, 0, 7, (uint8_t)(fragment >> 8), (uint8_t)fragment, 64, protocol, 0, 0,
	    10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0);
	PUT(0, 68, 0, 67, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
}

static void ipv4_packets(void **state)
{
	static const struct change bad[] = {
		{"version 6", 0, 0x66, 0},
		{"header below 20", 0, 0x44, 0},
		{"header behind the end", 0, 0x4b, 0},
		{"longer than the frame", 3, 41, 0},
		{"shorter than its header", 3, 23, 0},
		{"more, not a multiple of 8", 6, 0x20, 39},
	};

	(void)state;
	make_ipv4(0, 17);
	expect_all(bad, COUNT_OF(bad), parse_ipv4, -EBADMSG);
	expect_cuts(parse_ipv4);
	assert_int_equal(parse_ipv4(message, n_message), 0);
	assert_int_equal(ip4.header_length, 24);
	assert_int_equal(ip4.payload, 16);
	assert_int_equal(ip4.src, 0x0a000001);
	assert_false(ip4.is_fragment);
	assert_int_equal(dvs_ipv4_parse(message, 24, 40, &ip4), 0); /* the rest is elsewhere */
	assert_int_equal(dvs_ipv4_parse(message, 23, 40, &ip4), -EBADMSG);
}

static void ipv4_fragments(void **state)
{
	(void)state;
	make_ipv4(0x2000, 17);
	assert_int_equal(parse_ipv4(message, n_message), 0);
	assert_true(ip4.is_fragment);
	assert_int_equal(ip4.offset, 0);
	message[3] = 24 + 12; /* more follow, but not a multiple of 8 */
	assert_int_equal(parse_ipv4(message, n_message), -EBADMSG);
	make_ipv4(1, 17); /* as near as it can be: behind UDP's header, never over it */
	assert_int_equal(parse_ipv4(message, n_message), 0);
	assert_int_equal(ip4.offset, DVS_UDP_HEADER);
	message[3] = 24; /* empty */
	assert_int_equal(parse_ipv4(message, n_message), -EBADMSG);
	make_ipv4(0x1fff, 17); /* ends behind 65535 */
	assert_int_equal(parse_ipv4(message, n_message), -EBADMSG);
	make_ipv4(0x2000, 6); /* tiny: the second one could write over the flags */
	message[3] = 24;
	assert_int_equal(parse_ipv4(message, n_message), -EBADMSG);
	make_ipv4(0x2000, 17);
	message[3] = 24 + 0;
	assert_int_equal(parse_ipv4(message, n_message), -EBADMSG);
}

static void udp_headers(void **state)
{
	struct dvs_udp udp;

	(void)state;
	make_ipv4(0, 17);
	assert_int_equal(dvs_udp_parse(message + 24, 16, 16, false, &udp), 0);
	assert_int_equal(udp.src_port, 68);
	assert_int_equal(udp.payload, 8);
	assert_int_equal(dvs_udp_parse(message + 24, 7, 16, false, &udp), -EBADMSG);
	assert_int_equal(dvs_udp_parse(message + 24, 16, 7, false, &udp), -EBADMSG);
	assert_int_equal(dvs_udp_parse(message + 24, 16, 15, false, &udp), -EBADMSG);
	assert_int_equal(dvs_udp_parse(message + 24, 16, 15, true, &udp), 0);
	message[24 + 5] = 7;
	assert_int_equal(dvs_udp_parse(message + 24, 16, 16, true, &udp), -EBADMSG);
}

/* ---- IPv6 ---- */

static struct dvs_ipv6 ip6;

static int parse_ipv6(const uint8_t *data, uint32_t length)
{
	return dvs_ipv6_parse(data, length, length, &ip6);
}

/* From fe80::1 to ff02::1:ff00:2. */
static void begin_ipv6(uint8_t next)
{
	n_message = 0;
	PUT(0x60, 0, 0, 0, 0, 0, next, 255);
	PUT(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	PUT(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 2);
}

static void end_ipv6(void)
{
	dvs_store16(message + 4, (uint16_t)(n_message - DVS_IPV6_HEADER));
}

static void ipv6_chain(void **state)
{
	static const struct change bad[] = {
		{"version 4", 0, 0x40, 0},
		{"longer than the frame", 5, 200, 0},
		{"an option header that lies", 41, 20, 0},
		{"hop-by-hop behind another", 40, 0, 0},
		{"authentication that lies", 57, 20, 0},
		{"a length that cuts the chain", 5, 20, 0},
	};

	(void)state;
	begin_ipv6(0);
	PUT(60, 0, 1, 4, 0, 0, 0, 0);		  /* hop-by-hop */
	PUT(51, 0, 1, 4, 0, 0, 0, 0);		  /* destination options */
	PUT(17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); /* authentication, 12 bytes */
	PUT(0, 68, 0, 67, 0, 8, 0, 0);
	end_ipv6();
	assert_int_equal(parse_ipv6(message, n_message), 0);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (parse_changed(&bad[i], n_message, parse_ipv6) != -EBADMSG)
			fail_msg("%s", bad[i].what);
	assert_int_equal(ip6.upper, 40 + 8 + 8 + 12);
	assert_int_equal(ip6.payload, 8);
	assert_int_equal(ip6.protocol, 17);
	for (uint32_t n = 0; n < n_message; n++)
		assert_int_equal(dvs_ipv6_parse(message, n, n_message, &ip6),
				 n < DVS_IPV6_HEADER ? -EBADMSG
				 : n < ip6.upper     ? -E2BIG
						     : 0);
}

static void ipv6_chain_has_a_limit(void **state)
{
	(void)state;
	begin_ipv6(60);
	for (unsigned int i = 0; i < DVS_IPV6_CHAIN_MAX; i++)
		PUT((uint8_t)(i + 1 < DVS_IPV6_CHAIN_MAX ? 60 : 59), 0, 0, 0, 0, 0, 0, 0);
	end_ipv6();
	assert_int_equal(parse_ipv6(message, n_message), 0);
	message[n_message - 8] = 60;
	PUT(59, 0, 0, 0, 0, 0, 0, 0);
	end_ipv6();
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
}

static void ipv6_fragments(void **state)
{
	(void)state;
	begin_ipv6(44);
	PUT(60, 0, 0, 1, 0, 0, 0, 9); /* first one */
	PUT(17, 0, 0, 0, 0, 0, 0, 0);
	PUT(0, 68, 0, 67, 0, 8, 0, 0);
	end_ipv6();
	assert_int_equal(parse_ipv6(message, n_message), 0);
	assert_true(ip6.is_fragment && ip6.has_fragment_header && !ip6.has_hidden);
	assert_int_equal(ip6.protocol, 17);
	message[5] = 8 + 8; /* RFC 7112: the upper header is in the next one */
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
	end_ipv6();
	message[43] = 9; /* a later one: over what was judged? nobody knows */
	assert_int_equal(parse_ipv6(message, n_message), 0);
	assert_true(ip6.has_hidden);
	assert_int_equal(ip6.offset, 8);
	message[40] = 17; /* now it is known */
	assert_int_equal(parse_ipv6(message, n_message), 0);
	assert_false(ip6.has_hidden);
	message[42] = 0xff; /* ends behind 65535 */
	message[43] = 0xf8;
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
	message[42] = message[43] = 0; /* of a packet that is whole */
	assert_int_equal(parse_ipv6(message, n_message), 0);
	assert_true(ip6.has_fragment_header && !ip6.is_fragment);
	message[40] = 44; /* a second fragment header */
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
	message[40] = 17;
	message[43] = 1;
	message[5] = 8 + 15; /* more follow, but not a multiple of 8 */
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
	message[5] = 8; /* empty */
	assert_int_equal(parse_ipv6(message, n_message), -EBADMSG);
}

/* ---- ND ---- */

static struct dvs_nd nd;

static int parse_nd(const uint8_t *data, uint32_t length)
{
	if (dvs_ipv6_parse(data, length, length, &ip6) < 0)
		return -EBADMSG;
	return dvs_nd_parse(data + ip6.upper, length - ip6.upper, &ip6, &nd);
}

static void put_mac_option(uint8_t type)
{
	PUT(type, 1, 0x52, 0x54, 0, 0, 0, 1);
}

static void make_ns(void)
{
	begin_ipv6(DVS_PROTOCOL_ICMPV6);
	PUT(135, 0, 0, 0, 0, 0, 0, 0);
	PUT(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
	put_mac_option(1);
	PUT(14, 1, 1, 2, 3, 4, 5, 6); /* nonce */
	end_ipv6();
}

static void nd_solicitations(void **state)
{
	static const struct change bad[] = {
		{"hop limit", 7, 254, 0},
		{"code", 41, 1, 0},
		{"target multicast", 48, 0xff, 0},
		{"option length 0", 65, 0, 0},
		{"option length lies", 65, 3, 0},
		{"second option length 0", 73, 0, 0},
		{"MAC option of 16 bytes", 65, 2, 0},
		{"MAC option multicast", 66, 0x53, 0},
		{"source MAC twice", 72, 1, 0},
		{"source multicast", 8, 0xff, 0},
		{"shorter than NS", 5, 20, 0},
		{"redirect, shorter than that", 40, 137, 39},
	};

	(void)state;
	make_ns();
	expect_all(bad, COUNT_OF(bad), parse_nd, -EBADMSG);
	expect_cuts(parse_nd);
	assert_int_equal(parse_nd(message, n_message), 0);
	assert_int_equal(nd.type, DVS_ND_NEIGHBOR_SOLICITATION);
	assert_true(nd.has_source_mac && !nd.has_target_mac);
	assert_int_equal(nd.target.bytes[15], 2);
	assert_false(dvs_nd_is_dad(&nd, &ip6));
	assert_true(dvs_nd_is_solicited_node(&ip6.dst, &nd.target));
	memset(message + 8, 0, 16); /* DAD may not have a source MAC */
	assert_int_equal(parse_nd(message, n_message), -EBADMSG);
	message[64] = 14;
	assert_int_equal(parse_nd(message, n_message), 0);
	assert_true(dvs_nd_is_dad(&nd, &ip6));
	message[35] = 2; /* DAD goes to a solicited-node group */
	assert_int_equal(parse_nd(message, n_message), -EBADMSG);
	message[40] = 128;
	assert_int_equal(parse_nd(message, n_message), -ENOMSG);
}

static void nd_is_not_fragmented(void **state)
{
	(void)state;
	make_ns();
	memmove(message + 48, message + 40, n_message - 40);
	n_message += 8;
	message[6] = 44;
	memcpy(message + 40, (uint8_t[8]){DVS_PROTOCOL_ICMPV6}, 8);
	end_ipv6();
	assert_int_equal(parse_nd(message, n_message), -EBADMSG);
}

static void nd_longer_than_what_can_be_read(void **state)
{
	(void)state;
	make_ns();
	assert_int_equal(dvs_ipv6_parse(message, 60, n_message, &ip6), 0);
	assert_int_equal(dvs_nd_parse(message + 40, 20, &ip6, &nd), -E2BIG);
	assert_int_equal(dvs_nd_parse(message + 40, 0, &ip6, &nd), -E2BIG);
}

static void nd_advertisements(void **state)
{
	(void)state;
	make_ns();
	message[40] = 136;
	message[44] = 0x20;
	message[64] = 2;
	assert_int_equal(parse_nd(message, n_message), 0);
	assert_true(nd.is_override && !nd.is_solicited && nd.has_target_mac);
	message[44] = 0x40; /* solicited, but to a group */
	assert_int_equal(parse_nd(message, n_message), -EBADMSG);
	message[24] = 0xfe;
	message[25] = 0x80;
	assert_int_equal(parse_nd(message, n_message), 0);
	message[40] = 134; /* RA: from a link-local address only */
	message[56] = 14;
	message[57] = 1;
	assert_int_equal(parse_nd(message, n_message), 0);
	message[8] = 0x20;
	assert_int_equal(parse_nd(message, n_message), -EBADMSG);
}

/* ---- DHCP for IPv4 ---- */

static struct dvs_dhcp4 dhcp4;

static int parse_dhcp4(const uint8_t *data, uint32_t length)
{
	return dvs_dhcp4_parse(data, length, &dhcp4);
}

static void make_dhcp4(uint8_t operation)
{
	n_message = 0;
	PUT(operation, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80, 0, 0, 0, 0, 0, 10, 0, 0, 5);
	PUT(0, 0, 0, 0, 0, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 1);
	put_zero(236 - 34);
	PUT(0x63, 0x82, 0x53, 0x63);
}

static void dhcp4_messages(void **state)
{
	static const struct change bad[] = {
		{"operation", 0, 3, 0},
		{"hardware type", 1, 6, 0},
		{"hardware length", 2, 16, 0},
		{"client MAC multicast", 28, 1, 0},
		{"cookie", 236, 0, 0},
		{"type of two bytes", 241, 2, 0},
		{"option length lies", 250, 200, 0},
		{"lease of 3 bytes", 244, 3, 0},
		{"no end", 264, 0, 0},
		{"type twice", 243, 53, 0},
		{"lease twice", 249, 51, 0},
	};

	(void)state;
	make_dhcp4(2);
	PUT(53, 1, 5);			 /* 240: ACK */
	PUT(51, 4, 0, 0, 0x0e, 0x10);	 /* 243 */
	PUT(54, 4, 10, 0, 0, 1);	 /* 249 */
	PUT(0, 0);			 /* 255 */
	PUT(82, 5, 1, 3, 'a', 'b', 'c'); /* 257 */
	PUT(255);
	expect_all(bad, COUNT_OF(bad), parse_dhcp4, -EBADMSG);
	expect_cuts(parse_dhcp4);
	assert_int_equal(parse_dhcp4(message, n_message), 0);
	assert_int_equal(dhcp4.type, DVS_DHCP4_ACK);
	assert_int_equal(dhcp4.lease_s, 3600);
	assert_int_equal(dhcp4.server_id, 0x0a000001);
	assert_int_equal(dhcp4.yiaddr, 0x0a000005);
	assert_int_equal(dhcp4.agent_info, 257);
	assert_int_equal(dhcp4.agent_info_length, 7);
	assert_int_equal(dhcp4.end, 264);
}

static void dhcp4_overload(void **state)
{
	(void)state;
	make_dhcp4(2);
	PUT(52, 1, 3, 255);
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG); /* neither field has an end */
	message[44] = message[108] = 255;
	assert_int_equal(parse_dhcp4(message, n_message), 0);
	memcpy(message + 44, (uint8_t[]){53, 1, 2, 255}, 4);
	assert_int_equal(parse_dhcp4(message, n_message), 0);
	assert_int_equal(dhcp4.type, DVS_DHCP4_OFFER);
	memcpy(message + 44, (uint8_t[]){52, 1, 3, 255}, 4); /* it points back */
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
	memcpy(message + 44, (uint8_t[]){82, 1, 3, 255}, 4);
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
	memset(message + 44, 53, 63);
	message[45] = 62; /* up to the field's end, and then no End */
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
	message[45] = 63; /* into the next field */
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
	message[44] = 255;
	message[242] = 4; /* no such overload */
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
	message[242] = 0;
	assert_int_equal(parse_dhcp4(message, n_message), -EBADMSG);
}

/* ---- DHCP for IPv6 ---- */

static struct dvs_dhcp6 dhcp6;

static int parse_dhcp6(const uint8_t *data, uint32_t length)
{
	return dvs_dhcp6_parse(data, length, &dhcp6);
}

static void put_address(uint8_t last, uint32_t preferred, uint32_t valid)
{
	uint8_t lifetimes[8];

	dvs_store32(lifetimes, preferred);
	dvs_store32(lifetimes + 4, valid);
	PUT(0, 5, 0, 24, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
	put(lifetimes, 8);
}

static void dhcp6_reply(void **state)
{
	static const struct change bad[] = {
		{"type 0", 0, 0, 0},
		{"identifier that lies", 7, 200, 0},
		{"association that lies", 15, 255, 0},
		{"address that lies", 31, 25, 0},
		{"address too short", 31, 23, 0},
		{"identifier twice", 61, 1, 0},
		{"address multicast", 32, 0xff, 0},
	};
	static const uint16_t cuts[] = {1, 3, 5, 11, 13, 27, 29, 55, 57, 59, 61, 65};

	(void)state;
	n_message = 0;
	PUT(7, 0, 0, 9);				      /* reply */
	PUT(0, 1, 0, 4, 1, 2, 3, 4);			      /* 4: client */
	PUT(0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0); /* 12: association */
	put_address(5, 100, 200);			      /* 28 */
	n_message = 56;
	message[15] = 40;
	PUT(0, 0, 0, 0); /* of an unknown option 0 */
	PUT(0, 2, 0, 2, 7, 7);
	expect_all(bad, COUNT_OF(bad), parse_dhcp6, -EBADMSG);
	for (size_t i = 0; i < COUNT_OF(cuts); i++)
		assert_int_equal(parse_changed(&(struct change){"cut", 0, 0, cuts[i]}, n_message,
					       parse_dhcp6),
				 -EBADMSG);
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.type, DVS_DHCP6_REPLY);
	assert_int_equal(dhcp6.xid, 9);
	assert_true(dhcp6.has_client_id && dhcp6.has_server_id);
	assert_int_equal(dhcp6.n_leases, 1);
	assert_int_equal(dhcp6.leases[0].valid_s, 200);
	assert_int_equal(dhcp6.leases[0].prefix.length, 128);
	assert_int_equal(dhcp6.leases[0].prefix.ip.bytes[15], 5);
}

static void dhcp6_leases_that_do_not_count(void **state)
{
	(void)state;
	n_message = 0;
	PUT(7, 0, 0, 9);
	PUT(0, 3, 0, 46, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
	put_address(5, 300, 200); /* preferred for longer than valid */
	PUT(0, 13, 0, 2, 0, 0);
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.n_leases, 0);
	message[42] = 0;
	message[43] = 1;
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.n_leases, 1);
	message[n_message - 1] = 2; /* the association failed */
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.n_leases, 0);
}

static void dhcp6_prefixes(void **state)
{
	(void)state;
	n_message = 0;
	PUT(7, 0, 0, 9);
	PUT(0, 25, 0, 41, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0, 26, 0, 25, 0, 0, 0, 1, 0, 0, 0, 2, 46);
	PUT(0x20, 1, 0x0d, 0xb8, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.n_leases, 1);
	assert_int_equal(dhcp6.leases[0].prefix.length, 46);
	assert_int_equal(dhcp6.leases[0].prefix.ip.bytes[5], 0xfc);
	assert_int_equal(dhcp6.leases[0].prefix.ip.bytes[15], 0);
	message[32] = 129;
	assert_int_equal(parse_dhcp6(message, n_message), -EBADMSG);
	message[32] = 0;
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_int_equal(dhcp6.n_leases, 0);
}

static void dhcp6_limits(void **state)
{
	(void)state;
	n_message = 0;
	PUT(7, 0, 0, 9);
	PUT(0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
	for (uint8_t i = 0; i <= DVS_DHCP6_LEASES_MAX; i++) {
		put_address(i, 1, 2);
		dvs_store16(message + 6, (uint16_t)(n_message - 8));
		assert_int_equal(parse_dhcp6(message, n_message),
				 i < DVS_DHCP6_LEASES_MAX ? 0 : -EBADMSG);
	}
	message[0] = DVS_DHCP6_RELAY_FORWARD; /* not looked into */
	assert_int_equal(parse_dhcp6(message, n_message), 0);
	assert_true(dhcp6.is_relay);
	assert_int_equal(dhcp6.n_leases, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_messages),
		cmocka_unit_test(ipv4_packets),
		cmocka_unit_test(ipv4_fragments),
		cmocka_unit_test(udp_headers),
		cmocka_unit_test(ipv6_chain),
		cmocka_unit_test(ipv6_chain_has_a_limit),
		cmocka_unit_test(ipv6_fragments),
		cmocka_unit_test(nd_solicitations),
		cmocka_unit_test(nd_is_not_fragmented),
		cmocka_unit_test(nd_longer_than_what_can_be_read),
		cmocka_unit_test(nd_advertisements),
		cmocka_unit_test(dhcp4_messages),
		cmocka_unit_test(dhcp4_overload),
		cmocka_unit_test(dhcp6_reply),
		cmocka_unit_test(dhcp6_leases_that_do_not_count),
		cmocka_unit_test(dhcp6_prefixes),
		cmocka_unit_test(dhcp6_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
