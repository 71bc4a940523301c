/* SPDX-License-Identifier: BSD-3-Clause */
/* IGMP and MLD messages: what good ones say, each kind of bad one, and queries that are written. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "array.h"
#include "bytes.h"
#include "checksum.h"
#include "igmp.h"
#include "mld.h"

#define IP4 24 /* with router alert */
#define IP6 48 /* with hop-by-hop header */

/* A packet, from the IP header on. */
struct packet {
	bool is_v6;
	uint32_t header, length;
	uint8_t data[2048];
};

static struct dvs_ip ip(const char *text)
{
	struct dvs_ip ret = {{0}};

	assert_int_equal(dvs_ip_parse(text, &ret), 0);
	return ret;
}

/* Lengths and checksums as they should be for what is there. */
static void seal(struct packet *packet)
{
	uint32_t payload = packet->length - packet->header, sum = 0;
	uint8_t *data = packet->data, *message = data + packet->header;

	if (packet->is_v6) {
		dvs_store16(data + 4, (uint16_t)(packet->length - 40));
		sum = dvs_checksum_ipv6(data + 8, payload, 58);
	} else {
		dvs_store16(data + 2, (uint16_t)packet->length);
		dvs_store16(data + 10, 0);
		dvs_store16(data + 10, dvs_checksum_end(dvs_checksum_add(0, data, packet->header)));
	}
	dvs_store16(message + 2, 0);
	dvs_store16(message + 2, dvs_checksum_end(dvs_checksum_add(sum, message, payload)));
}

static struct packet igmp(const char *dst, const void *message, uint32_t length)
{
	static const uint8_t header[IP4] = {0x46, 0, 0, 0, 0, 0, 0x40, 0, 1,	2, 0, 0,
					    10,	  0, 0, 7, 0, 0, 0,    0, 0x94, 4, 0, 0};
	struct packet packet = {.header = IP4, .length = IP4 + length};

	memcpy(packet.data, header, IP4);
	dvs_store32(packet.data + 16, dvs_ip_to4((struct dvs_ip[]){ip(dst)}));
	memcpy(packet.data + IP4, message, length);
	seal(&packet);
	return packet;
}

static struct packet mld(const char *dst, const void *message, uint32_t length)
{
	static const uint8_t header[IP6] = {
		0x60, 0, 0, 0, 0, 0, 0, 1, 0xfe, 0x80, [23] = 7, [40] = 58, 0, 5, 2, 0, 0, 1, 0};
	struct packet packet = {.is_v6 = true, .header = IP6, .length = IP6 + length};
	struct dvs_ip to = ip(dst);

	memcpy(packet.data, header, IP6);
	memcpy(packet.data + 24, to.bytes, 16);
	memcpy(packet.data + IP6, message, length);
	seal(&packet);
	return packet;
}

/* In memory of exactly that size, so that a sanitizer sees what is read beyond it. */
static int parse(const struct packet *packet, struct dvs_membership *message)
{
	uint8_t *copy = malloc(packet->length);
	int ret;

	assert_non_null(copy);
	memcpy(copy, packet->data, packet->length);
	memset(message, 0xee, sizeof(*message));
	ret = packet->is_v6 ? dvs_mld_parse(copy, packet->length, packet->length, message)
			    : dvs_igmp_parse(copy, packet->length, packet->length, message);
	if (ret == 0 && message->records != NULL)
		message->records = packet->data + (message->records - copy);
	free(copy);
	return ret;
}

static void assert_bad(const struct packet *packet)
{
	struct dvs_membership message, untouched;

	memset(&untouched, 0xee, sizeof(untouched));
	assert_int_equal(parse(packet, &message), -EBADMSG);
	assert_memory_equal(&message, &untouched, sizeof(message));
}

static void assert_record(const struct dvs_membership *message, struct dvs_membership_cursor *at,
			  enum dvs_membership_change change, const char *group)
{
	struct dvs_membership_record record;
	char text[DVS_IP_TEXT_LEN];

	assert_true(dvs_membership_next(message, at, &record));
	assert_int_equal(record.change, change);
	assert_string_equal(dvs_ip_print(&record.group, text), group);
}

static const uint8_t v1_query[8] = {0x11};
static const uint8_t v2_query[8] = {0x11, 100};
static const uint8_t v2_special[8] = {0x11, 10, 0, 0, 239, 1, 1, 1};
static const uint8_t v3_query[12] = {0x11, 0x8f, 0, 0, 0, 0, 0, 0, 0x0a, 0x90};
static const uint8_t v1_report[8] = {0x12, 0, 0, 0, 239, 1, 1, 1};
static const uint8_t v2_report[8] = {0x16, 0, 0, 0, 239, 1, 1, 1};
static const uint8_t v2_leave[8] = {0x17, 0, 0, 0, 239, 1, 1, 1};
static const uint8_t v3_report[8 + 12 + 8 + 12 + 8 + 8] = {
	0x22, 0, 0, 0, 0,   0, 0, 5,		  /* five records */
	1,    0, 0, 1, 239, 1, 1, 1, 10, 0, 0, 9, /* include one source: join */
	3,    0, 0, 0, 239, 1, 1, 2,		  /* to include none: leave */
	6,    0, 0, 1, 239, 1, 1, 3, 10, 0, 0, 9, /* block */
	4,    0, 0, 0, 239, 1, 1, 4,		  /* to exclude none: join */
	9,    0, 0, 0, 239, 1, 1, 5,		  /* not known */
};

static const uint8_t mld1_query[24] = {130, 0, 0, 0, 0x27, 0x10};
static const uint8_t mld2_query[28] = {130, 0, 0, 0, 0x90, 0, [24] = 2, 125};
static const uint8_t mld1_report[24] = {131, [8] = 0xff, 0x0e, [23] = 1};
static const uint8_t mld1_done[24] = {132, [8] = 0xff, 0x0e, [23] = 1};
static const uint8_t mld2_report[8 + 20 + 36] = {
	143,	 [7] = 2, /* two records */
	[8] = 4, 0,	  0,	0,    0xff,	0x05, [27] = 1, [28] = 6, 0,
	0,	 1,	  0xff, 0x05, [47] = 2, 0x20, 1,	[63] = 9};

/* Messages of both protocols, and what they say in the one form. */
static const struct good {
	struct packet (*make)(const char *dst, const void *message, uint32_t length);
	const char *dst;
	const uint8_t *message;
	uint32_t length;
	struct dvs_membership says; /* kind, version, and what a query has */
	const char *group;	    /* of a query; NULL: any */
	struct {
		enum dvs_membership_change change;
		const char *group;
	} records[5];
	unsigned int n_records;
} good[] = {
#define TO(maker, address, bytes)                                                                  \
	.make = maker, .dst = address, .message = bytes, .length = sizeof(bytes)
#define QUERY(number, ...) .says = {DVS_MEMBERSHIP_QUERY, number, __VA_ARGS__}
#define REPORT(number, n)  .says = {DVS_MEMBERSHIP_REPORT, number}, .n_records = n
	{TO(igmp, "224.0.0.1", v1_query), QUERY(1, .response_ms = 10000)},
	{TO(igmp, "224.0.0.1", v2_query), QUERY(2, .response_ms = 10000)},
	{TO(igmp, "239.1.1.1", v2_special), QUERY(2, .response_ms = 1000), .group = "239.1.1.1"},
	{TO(igmp, "224.0.0.1", v3_query),
	 QUERY(3, .response_ms = (0x1f << 3) * 100, .robustness = 2, .is_suppressed = true,
	       .interval_s = 0x10 << 4)},
	{TO(igmp, "239.1.1.1", v1_report), REPORT(1, 1),
	 .records = {{DVS_MEMBERSHIP_JOIN, "239.1.1.1"}}},
	{TO(igmp, "239.1.1.1", v2_report), REPORT(2, 1),
	 .records = {{DVS_MEMBERSHIP_JOIN, "239.1.1.1"}}},
	{TO(igmp, "224.0.0.2", v2_leave), REPORT(2, 1),
	 .records = {{DVS_MEMBERSHIP_LEAVE, "239.1.1.1"}}},
	{TO(igmp, "224.0.0.22", v3_report), REPORT(3, 5),
	 .records = {{DVS_MEMBERSHIP_JOIN, "239.1.1.1"},
		     {DVS_MEMBERSHIP_LEAVE, "239.1.1.2"},
		     {DVS_MEMBERSHIP_BLOCK, "239.1.1.3"},
		     {DVS_MEMBERSHIP_JOIN, "239.1.1.4"},
		     {DVS_MEMBERSHIP_NONE, "239.1.1.5"}}},
	{TO(mld, "ff02::1", mld1_query), QUERY(1, .response_ms = 10000)},
	{TO(mld, "ff02::1", mld2_query),
	 QUERY(2, .response_ms = 0x1000 << 4, .robustness = 2, .interval_s = 125)},
	{TO(mld, "ff0e::1", mld1_report), REPORT(1, 1),
	 .records = {{DVS_MEMBERSHIP_JOIN, "ff0e::1"}}},
	{TO(mld, "ff02::2", mld1_done), REPORT(1, 1),
	 .records = {{DVS_MEMBERSHIP_LEAVE, "ff0e::1"}}},
	{TO(mld, "ff02::16", mld2_report), REPORT(2, 2),
	 .records = {{DVS_MEMBERSHIP_JOIN, "ff05::1"}, {DVS_MEMBERSHIP_BLOCK, "ff05::2"}}},
};

static void assert_says(const struct good *expected, const struct packet *packet)
{
	const struct dvs_ip group = expected->group ? ip(expected->group) : (struct dvs_ip){{0}};
	struct dvs_membership_cursor at = {0};
	struct dvs_membership_record record;
	struct dvs_membership message;

	assert_int_equal(parse(packet, &message), 0);
	assert_int_equal(message.kind, expected->says.kind);
	assert_int_equal(message.version, expected->says.version);
	if (message.kind == DVS_MEMBERSHIP_QUERY) {
		assert_int_equal(message.response_ms, expected->says.response_ms);
		assert_int_equal(message.robustness, expected->says.robustness);
		assert_int_equal(message.is_suppressed, expected->says.is_suppressed);
		assert_int_equal(message.interval_s, expected->says.interval_s);
		assert_true(expected->group ? dvs_ip_is_equal(&message.group, &group)
					    : dvs_ip_is_unspecified(&message.group));
		return;
	}
	for (unsigned int i = 0; i < expected->n_records; i++)
		assert_record(&message, &at, expected->records[i].change,
			      expected->records[i].group);
	assert_false(dvs_membership_next(&message, &at, &record));
	assert_int_equal(at.n, expected->n_records);
}

static void good_messages(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(good); i++) {
		struct packet packet = good[i].make(good[i].dst, good[i].message, good[i].length);

		assert_says(&good[i], &packet);
		packet.length += 22; /* padding of the frame is not the packet's */
		assert_says(&good[i], &packet);
	}
}

static void sources_of_good_messages(void **state)
{
	struct packet packet = igmp("224.0.0.1", v1_query, 8);
	struct dvs_membership message;

	(void)state;
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(dvs_ip_to4(&message.source), 0x0a000007);
	packet = mld("ff02::16", mld2_report, sizeof(mld2_report));
	memset(packet.data + 8, 0, 16); /* without an address yet (RFC 3810 section 5.2.13) */
	seal(&packet);
	assert_int_equal(parse(&packet, &message), 0);
	assert_true(dvs_ip_is_unspecified(&message.source));
}

static void igmp_that_is_bad(void **state)
{
	const struct packet report = igmp("224.0.0.22", v3_report, sizeof(v3_report));
	const struct packet query = igmp("224.0.0.1", v3_query, 12);
	struct packet packet;

	(void)state;
#define BAD(from, change, is_sealed)                                                               \
	do {                                                                                       \
		packet = from;                                                                     \
		change;                                                                            \
		if (is_sealed)                                                                     \
			seal(&packet);                                                             \
		assert_bad(&packet);                                                               \
	} while (0)
	BAD(report, packet.data[IP4 + 9] ^= 1, false);	 /* checksum */
	BAD(report, packet.data[8] = 2, false);		 /* checksum of IPv4 */
	BAD(report, packet.data[0] = 0x56, true);	 /* version */
	BAD(report, packet.data[0] = 0x44, false);	 /* header too short */
	BAD(report, packet.data[0] = 0x4f, false);	 /* header over the message */
	BAD(report, packet.length--, false);		 /* longer than the frame */
	BAD(report, packet.length = IP4 + 7, true);	 /* no whole message */
	BAD(report, packet.length = IP4, false);	 /* none at all */
	BAD(report, packet.data[6] = 0x20, true);	 /* a fragment */
	BAD(report, packet.data[7] = 1, true);		 /* a later one */
	BAD(report, packet.data[IP4 + 7] = 6, true);	 /* a record too many */
	BAD(report, packet.data[IP4 + 6] = 0xff, true);	 /* 65285 records */
	BAD(report, packet.length--, true);		 /* the last one is cut */
	BAD(report, packet.data[IP4 + 10] = 0xff, true); /* sources beyond the end */
	BAD(report, packet.data[IP4 + 9] = 0xff, true);	 /* auxiliary data beyond it */
	BAD(report, packet.data[IP4 + 12] = 10, true);	 /* a group that is none */
	BAD(query, packet.length = IP4 + 11, true);	 /* no version has 11 bytes */
	BAD(query, packet.data[19] = 2, true);		 /* not to all systems */
	BAD(query, packet.data[IP4 + 4] = 239, true);	 /* not to its group */
	BAD(query, packet.data[IP4 + 11] = 1, true);	 /* a source that is not there */
	BAD(igmp("239.1.1.1", v2_special, 8), packet.data[IP4 + 1] = 0, true); /* version 1 */
	BAD(igmp("239.1.1.1", v2_report, 8), packet.data[IP4 + 4] = 10, true);
	BAD(igmp("224.0.0.2", v2_leave, 8), packet.length--, true);
}

static void igmp_that_is_something_else(void **state)
{
	static const uint8_t other[8] = {0x40}, dvmrp[8] = {0x13, 1}, router[8] = {0x30, 20};
	static const uint8_t hello[4] = {0x20}, join[4] = {0x23};
	struct packet packet = igmp("224.0.0.1", other, 8);
	struct dvs_membership message;

	(void)state;
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_OTHER);
	packet = igmp("224.0.0.4", dvmrp, 8);
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_ADVERTISED);
	packet = igmp("224.0.0.106", router, 8);
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_ADVERTISED);

	packet = igmp("224.0.0.13", hello, 4);
	packet.data[9] = 103;
	seal(&packet);
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_ADVERTISED);
	packet.data[IP4 + 2] ^= 1;
	assert_int_equal(parse(&packet, &message), -ENOMSG);
	packet = igmp("224.0.0.13", join, 4);
	packet.data[9] = 103;
	seal(&packet);
	assert_int_equal(parse(&packet, &message), -ENOMSG);
	packet.data[9] = 17;
	assert_int_equal(parse(&packet, &message), -ENOMSG);

	packet = igmp("224.0.0.22", v3_report, sizeof(v3_report));
	assert_int_equal(dvs_igmp_parse(packet.data, packet.length - 1, packet.length, &message),
			 -E2BIG);
}

static void mld_that_is_bad(void **state)
{
	const struct packet report = mld("ff02::16", mld2_report, sizeof(mld2_report));
	const struct packet query = mld("ff02::1", mld2_query, 28);
	struct packet packet;

	(void)state;
	BAD(report, packet.data[IP6 + 20] ^= 1, false);	  /* checksum */
	BAD(report, packet.data[0] = 0x40, true);	  /* version */
	BAD(report, packet.data[7] = 64, true);		  /* hop limit */
	BAD(report, packet.data[8] = 0x20, true);	  /* source not link-local */
	BAD(report, packet.data[42] = 1, true);		  /* no router alert */
	BAD(report, packet.data[45] = 1, true);		  /* one of RSVP */
	BAD(report, packet.data[43] = 9, true);		  /* beyond its header */
	BAD(report, packet.data[41] = 200, true);	  /* header beyond the packet */
	BAD(report, packet.data[6] = 60, true);		  /* destination options */
	BAD(report, packet.length--, false);		  /* longer than the frame */
	BAD(report, packet.length--, true);		  /* the last record is cut */
	BAD(report, packet.length = IP6 + 7, true);	  /* no whole message */
	BAD(report, packet.data[IP6 + 7] = 3, true);	  /* a record too many */
	BAD(report, packet.data[IP6 + 6] = 0xff, true);	  /* and many more */
	BAD(report, packet.data[IP6 + 30] = 0xff, true);  /* sources beyond the end */
	BAD(report, packet.data[IP6 + 9] = 0xff, true);	  /* auxiliary data */
	BAD(report, packet.data[IP6 + 12] = 0xfe, true);  /* a group that is none */
	BAD(query, packet.length = IP6 + 26, true);	  /* no version has 26 bytes */
	BAD(query, packet.data[39] = 2, true);		  /* not to all nodes */
	BAD(query, memset(packet.data + 8, 0, 16), true); /* without source */
	BAD(query, packet.data[IP6 + 8] = 0xff, true);	  /* not to its group */
	BAD(query, packet.data[IP6 + 27] = 1, true);	  /* a source that is not there */
	BAD(mld("ff0e::1", mld1_report, 24), packet.length--, true); /* too short */
	BAD(mld("ff0e::1", mld1_report, 24), packet.data[IP6 + 8] = 0, true);

	packet = mld("ff02::1", mld2_query, 28); /* without the hop-by-hop header */
	packet.data[6] = 58;
	memmove(packet.data + 40, packet.data + 48, 28);
	packet.header = 40;
	packet.length = 68;
	seal(&packet);
	assert_bad(&packet);
}
#undef BAD

static void mld_that_is_something_else(void **state)
{
	static const uint8_t echo[24] = {128}, router[8] = {151, 20};
	struct packet packet = mld("ff02::1", echo, 24);
	struct dvs_membership message;

	(void)state;
	assert_int_equal(parse(&packet, &message), -ENOMSG);
	packet = mld("ff02::6a", router, 8);
	assert_int_equal(parse(&packet, &message), 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_ADVERTISED);
	packet = mld("ff02::16", mld2_report, sizeof(mld2_report));
	assert_int_equal(dvs_mld_parse(packet.data, packet.length - 1, packet.length, &message),
			 -E2BIG);
	assert_int_equal(dvs_mld_parse(packet.data, IP6, packet.length, &message), -E2BIG);
}

/* What is written is read as what it was to be. */
static void queries_that_are_written(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	static const char *const groups[2][2] = {{"", "239.1.2.3"}, {"", "ff0e::1:2:3"}};
	uint8_t frame[DVS_QUERY_MAX];

	(void)state;
	for (unsigned int n = 0; n < 8; n++) {
		bool is_v6 = (n & 1) != 0, is_new = (n & 2) != 0, is_special = (n & 4) != 0;
		struct dvs_query query = {
			.mac = mac,
			.source = ip(is_v6 ? "fe80::7" : "0.0.0.0"),
			.version = (uint8_t)((is_v6 ? 1 : 2) + is_new),
			.robustness = 2,
			.response_ms = 10000,
			.interval_s = 125,
		};
		struct dvs_membership message;
		uint32_t length;
		int ret;

		if (is_special)
			query.group = ip(groups[is_v6][1]);
		length = is_v6 ? dvs_mld_write_query(&query, frame)
			       : dvs_igmp_write_query(&query, frame);
		assert_true(length <= sizeof(frame));
		assert_int_equal(dvs_load16(frame + 12), is_v6 ? 0x86dd : 0x0800);
		assert_int_equal(frame[0], is_v6 ? 0x33 : 0x01);
		assert_memory_equal(frame + 6, mac, 6);
		ret = is_v6 ? dvs_mld_parse(frame + 14, length - 14, length - 14, &message)
			    : dvs_igmp_parse(frame + 14, length - 14, length - 14, &message);
		assert_int_equal(ret, 0);
		assert_int_equal(message.kind, DVS_MEMBERSHIP_QUERY);
		assert_int_equal(message.version, query.version);
		assert_int_equal(message.response_ms, 10000);
		assert_int_equal(message.interval_s, is_new ? 125 : 0);
		assert_memory_equal(&message.source, &query.source, sizeof(query.source));
		assert_int_equal(dvs_ip_is_unspecified(&message.group), !is_special);
		if (is_special)
			assert_memory_equal(&message.group, &query.group, sizeof(query.group));
	}
}

/* A code is the largest time that it can be, and all codes are in order. */
static void time_codes(void **state)
{
	(void)state;
	for (unsigned int bits = 8; bits <= 16; bits += 8) {
		uint32_t last = (1u << bits) - 1;

		for (uint32_t code = 0; code <= last; code++) {
			uint32_t value = dvs_membership_time(code, bits);

			assert_int_equal(dvs_membership_code(value, bits), code);
			if (code < last)
				assert_true(dvs_membership_time(code + 1, bits) > value);
		}
		assert_int_equal(dvs_membership_code(UINT32_MAX, bits), last);
	}
	assert_int_equal(dvs_membership_code(129, 8), 0x80);
}

static void kept_groups(void **state)
{
	static const struct {
		const char *group;
		bool is_kept;
	} cases[] = {{"224.0.0.251", false},	{"224.0.1.1", true},  {"239.255.255.255", true},
		     {"223.1.1.1", false},	{"240.0.0.1", false}, {"ff02::1", false},
		     {"ff02::1:ff00:1", false}, {"ff01::5", false},   {"ff05::1", true},
		     {"ff3e::8000:1", true},	{"fe80::1", false}};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(dvs_ip_is_snooped((struct dvs_ip[]){ip(cases[i].group)}),
				 cases[i].is_kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_messages),
		cmocka_unit_test(sources_of_good_messages),
		cmocka_unit_test(igmp_that_is_bad),
		cmocka_unit_test(igmp_that_is_something_else),
		cmocka_unit_test(mld_that_is_bad),
		cmocka_unit_test(mld_that_is_something_else),
		cmocka_unit_test(queries_that_are_written),
		cmocka_unit_test(time_codes),
		cmocka_unit_test(kept_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
