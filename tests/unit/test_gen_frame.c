/* SPDX-License-Identifier: BSD-3-Clause */
/* Generated frames, read back and summed up by other means; stamps found in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "stamp.h"

#define ROOM 2048

static const struct dvs_endpoint source = {
	.mac = {0x02, 0xd5, 0, 0, 0, 1},
	.ipv4 = 0x0a000001,
	.ipv6 = {0xfd, 0, 0, 0xd5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
};
static const struct dvs_endpoint destination = {
	.mac = {0x02, 0xd5, 1, 0, 0, 1},
	.ipv4 = 0x0a000101,
	.ipv6 = {0xfd, 0, 0, 0xd5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1},
};
static const struct dvs_stamp stamp = {
	.run = 0xbeef, .stream = 0x1234, .sequence = 0x89abcdef, .time = 0xfedcba987654};

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* RFC 1071 in its plainest form, on big-endian words. */
static uint32_t sum(const uint8_t *p, size_t length, uint32_t start)
{
	for (size_t i = 0; i < length; i++)
		start += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

/* A frame as it is put into a buffer that had the pattern before. */
static uint32_t build(const struct dvs_frame_options *o, uint32_t length, struct dvs_pick pick,
		      uint8_t frame[ROOM])
{
	struct dvs_frame_template t;

	assert_int_equal(dvs_frame_template_init(&t, o, &source, &destination, length, NULL), 0);
	for (uint32_t i = 0; i < ROOM; i++)
		frame[i] = dvs_frame_pattern(i);
	dvs_frame_build(&t, &pick, &stamp, frame);
	return t.length;
}

/* Checks the frame from its Ethernet header on; returns the offset of the L4 payload. */
static uint32_t check(const struct dvs_frame_options *o, const uint8_t *frame, uint32_t length,
		      struct dvs_pick pick)
{
	uint32_t at = 12, l4_length, pseudo;
	const uint8_t *ip, *l4;

	assert_int_equal(be32(frame + 2), 0x01000001 + pick.mac);
	assert_int_equal(be32(frame + 8), 0x00000001 + pick.mac);
	assert_int_equal(be16(frame), 0x02d5);
	assert_int_equal(be16(frame + 6), 0x02d5);
	if (o->vlan != 0) {
		assert_int_equal(be16(frame + 12), 0x8100);
		assert_int_equal(be16(frame + 14), o->priority << 13 | o->vlan);
		at += 4;
	}
	assert_int_equal(be16(frame + at), o->is_ipv6 ? 0x86dd : 0x0800);
	ip = frame + at + 2;
	if (o->is_ipv6) {
		assert_int_equal(ip[0], 0x60);
		l4 = ip + 40;
		l4_length = be16(ip + 4);
		assert_int_equal(ip[6], o->is_tcp ? 6 : 17);
		pseudo = sum(ip + 8, 32, 0);
		assert_int_equal(be32(ip + 20), 1 + pick.mac);
		assert_int_equal(be32(ip + 36), 1 + pick.mac);
	} else {
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(sum(ip, 20, 0), 0xffff);
		l4 = ip + 20;
		l4_length = be16(ip + 2) - 20;
		assert_int_equal(ip[9], o->is_tcp ? 6 : 17);
		pseudo = sum(ip + 12, 8, 0);
		assert_int_equal(be32(ip + 12), 0x0a000001 + pick.mac);
		assert_int_equal(be32(ip + 16), 0x0a000101 + pick.mac);
	}
	assert_int_equal(l4 + l4_length - frame, length);
	pseudo = sum(NULL, 0, pseudo + l4_length + (o->is_tcp ? 6 : 17));
	if (o->checksum == DVS_CHECKSUM_OFFLOAD)
		assert_int_equal(be16(l4 + (o->is_tcp ? 16 : 6)), pseudo);
	else if (o->is_tcp || o->is_ipv6)
		assert_int_equal(sum(l4, l4_length, pseudo), 0xffff);
	else
		assert_int_equal(be16(l4 + 6), 0);
	if (!o->is_tcp)
		assert_int_equal(be16(l4 + 4), l4_length);
	assert_int_equal(be16(l4), 0x8000 | (pick.number & 0x7fff));
	assert_int_equal(be16(l4 + 2), 5000 + (pick.number >> 15));
	return (uint32_t)(l4 - frame) + (o->is_tcp ? 20 : 8);
}

static void check_stamp(const uint8_t *frame, uint32_t length, uint32_t at)
{
	struct dvs_stamp read;

	assert_int_equal(dvs_stamp_locate(frame, length), at);
	dvs_stamp_read(frame + at, &read);
	assert_int_equal(read.run, stamp.run);
	assert_int_equal(read.stream, stamp.stream);
	assert_int_equal(read.sequence, stamp.sequence);
	assert_int_equal(read.time, stamp.time);
}

/* All kinds of frames, many lengths and flows. */
static void test_frames(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (unsigned int kind = 0; kind < 32; kind++) {
		struct dvs_frame_options o = {
			.is_ipv6 = kind & 1,
			.is_tcp = (kind & 2) != 0,
			.vlan = kind & 4 ? 100 : 0,
			.priority = 5,
			.has_vxlan = (kind & 8) != 0,
			.checksum = kind & 16 ? DVS_CHECKSUM_OFFLOAD : DVS_CHECKSUM_AUTO,
		};
		uint32_t outer = o.has_vxlan ? 50 : 0;

		for (uint32_t length = dvs_frame_shortest(&o); length <= 1518; length += 13) {
			struct dvs_pick pick = {.mac = (uint32_t)rand_r(&seed) % 1000000,
						.number = (uint32_t)rand_r(&seed) % 1000000};
			uint8_t frame[ROOM];
			uint32_t n = build(&o, length, pick, frame), payload;

			assert_int_equal(n, length - 4 + outer);
			payload = check(&o, frame + outer, n - outer, pick) + outer;
			check_stamp(frame, n, payload);
			for (uint32_t i = payload + DVS_STAMP_BYTES; i < n; i++)
				assert_int_equal(frame[i], dvs_frame_pattern(i));
		}
	}
}

/* RFC 7348 section 5. */
static void test_vxlan_header(void **state)
{
	const struct dvs_frame_options o = {
		.has_vxlan = true,
		.vni = 0x123456,
		.outer_source = {.mac = {2, 0, 0, 0, 0, 8}, .ipv4 = 0xc0000201},
		.outer_destination = {.mac = {2, 0, 0, 0, 0, 9}, .ipv4 = 0xc0000202},
	};
	uint8_t frame[ROOM];
	uint32_t n = build(&o, 64, (struct dvs_pick){.mac = 3}, frame);

	(void)state;
	assert_int_equal(n, 110);
	assert_memory_equal(frame, o.outer_destination.mac, 6);
	assert_memory_equal(frame + 6, o.outer_source.mac, 6);
	assert_int_equal(be16(frame + 16), 96);
	assert_int_equal(sum(frame + 14, 20, 0), 0xffff);
	assert_int_equal(be32(frame + 26), 0xc0000201);
	assert_int_equal(be32(frame + 30), 0xc0000202);
	assert_true(be16(frame + 34) >= 0xc000);
	assert_int_equal(be16(frame + 36), 4789);
	assert_int_equal(be16(frame + 38), 76);
	assert_int_equal(frame[42], 8);
	assert_int_equal(be32(frame + 46), 0x12345600);
}

static void test_too_short(void **state)
{
	struct dvs_frame_options o = {.vlan = 5};
	struct dvs_frame_template t;
	struct dvs_error err = {0};

	(void)state;
	assert_int_equal(dvs_frame_shortest(&o), 64);
	o.is_ipv6 = true;
	o.is_tcp = true;
	assert_int_equal(dvs_frame_shortest(&o), 14 + 4 + 40 + 20 + 14 + 4);
	assert_int_equal(dvs_frame_template_init(&t, &o, &source, &destination, 95, &err), -EINVAL);
	assert_string_equal(err.field, "size");
	assert_int_equal(dvs_frame_template_init(&t, &o, &source, &destination, 96, &err), 0);
}

/* The sum that the device completes: without the length, which differs by segment. */
static void test_tso(void **state)
{
	struct dvs_frame_options o = {.is_tcp = true, .segment = 1448};
	struct dvs_frame_template t;
	uint8_t frame[ROOM];
	const struct dvs_pick pick = {.mac = 0};

	(void)state;
	assert_int_equal(dvs_frame_template_init(&t, &o, &source, &destination, 65000, NULL), 0);
	assert_true(t.is_offloaded);
	assert_int_equal(t.segment, 1448);
	dvs_frame_build(&t, &pick, &stamp, frame);
	assert_int_equal(be16(frame + 34 + 16), sum(frame + 26, 8, 6));
}

/* A switch that adds or takes a tag or a tunnel moves the stamp. */
static void test_moved_stamp(void **state)
{
	const struct dvs_frame_options o = {.vlan = 0};
	uint8_t frame[ROOM], tagged[ROOM + 8];
	uint32_t n = build(&o, 64, (struct dvs_pick){.mac = 3}, frame);

	(void)state;
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, "\x88\xa8\x00\x07\x81\x00\x00\x05", 8);
	memcpy(tagged + 20, frame + 12, n - 12);
	check_stamp(tagged, n + 8, 42 + 8);
	/* Three tags are more than anybody adds. */
	tagged[16] = 0x81;
	tagged[17] = 0;
	memcpy(tagged + 20, "\x81\x00", 2);
	assert_int_equal(dvs_stamp_locate(tagged, n + 8), -1);
}

static void test_no_stamp(void **state)
{
	const struct dvs_frame_options o = {.has_vxlan = true};
	uint8_t frame[ROOM];
	uint32_t n = build(&o, 64, (struct dvs_pick){.mac = 3}, frame);
	unsigned int seed = 1;

	(void)state;
	/* Every length that is too short, in a buffer that ends there (the sanitizer looks). */
	for (uint32_t length = 0; length < 50 + 42 + DVS_STAMP_BYTES; length++) {
		uint8_t *cut = malloc(length > 0 ? length : 1);

		assert_non_null(cut);
		memcpy(cut, frame, length);
		assert_int_equal(dvs_stamp_locate(cut, length), -1);
		free(cut);
	}
	/* Broken at random: whatever is found is in the frame. */
	for (unsigned int i = 0; i < 200000; i++) {
		uint32_t length = (uint32_t)rand_r(&seed) % (n + 1);
		uint8_t *broken = malloc(length > 0 ? length : 1);
		int at;

		assert_non_null(broken);
		memcpy(broken, frame, length);
		for (unsigned int k = 0; k < 3 && length > 0; k++)
			broken[(uint32_t)rand_r(&seed) % length] = (uint8_t)rand_r(&seed);
		at = dvs_stamp_locate(broken, length);
		assert_true(at < 0 || (uint32_t)at + DVS_STAMP_BYTES <= length);
		free(broken);
	}
}

static void test_age(void **state)
{
	struct dvs_stamp s = {.time = DVS_STAMP_TIME_MASK - 5};

	(void)state;
	/* Over the end of 48 bits. */
	assert_int_equal(dvs_stamp_age(&s, DVS_STAMP_TIME_MASK + 11), 16);
	assert_int_equal(dvs_stamp_age(&s, DVS_STAMP_TIME_MASK - 5), 0);
	/* From the future. */
	assert_int_equal(dvs_stamp_age(&s, DVS_STAMP_TIME_MASK - 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),	    cmocka_unit_test(test_vxlan_header),
		cmocka_unit_test(test_too_short),   cmocka_unit_test(test_tso),
		cmocka_unit_test(test_moved_stamp), cmocka_unit_test(test_no_stamp),
		cmocka_unit_test(test_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
