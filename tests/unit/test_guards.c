/* SPDX-License-Identifier: BSD-3-Clause */
/* The guards of a port: source MAC, storms, messages between bridges. In-memory ports, a clock that
 * the test moves. */
#include "fixture.h"

#include <string.h>

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2 p3");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* What p2 gets of n frames from p1. */
static unsigned int sent(uint8_t dst, uint8_t src, unsigned int n)
{
	unsigned int got = 0;

	while (n > 0) {
		unsigned int part = n < 32 ? n : 32;

		for (unsigned int i = 0; i < part; i++)
			fixture_send(&f, "p1", dst, src);
		fixture_run(&f, 1);
		got += fixture_received(&f, "p2");
		fixture_received(&f, "p3");
		n -= part;
	}
	return got;
}

static void send_raw(const void *frame, uint32_t length)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame, length, NULL), 0);
	fixture_run(&f, 1);
}

static void warp_ms(uint64_t ms)
{
	dvs_clock_warp(&f.clock, ms * 1000000);
}

/* ---- source ---- */

static void forged_frames_are_dropped_or_counted(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	assert_int_equal(sent(0xff, 7, 3), 3); /* off */
	fixture_set(&f, "p1", "forged_transmit", "audit");
	assert_int_equal(sent(0xff, 7, 3), 3);
	assert_int_equal(sent(0xff, 1, 3), 3);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_FORGED_SOURCE), 3);
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	assert_int_equal(sent(0xff, 7, 3), 0);
	assert_int_equal(sent(0xff, 1, 3), 3);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_FORGED_SOURCE), 3);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_FORGED_SOURCE), 3);
	fixture_set(&f, "p1", "forged_transmit", "off");
	assert_int_equal(sent(0xff, 7, 3), 3);
}

/* One bad frame among good ones costs the others nothing. */
static void the_good_frames_of_a_batch_pass(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	for (uint8_t i = 0; i < 20; i++)
		fixture_send(&f, "p1", 0xff, i % 5 == 2 ? 9 : 1);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 16);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_FORGED_SOURCE), 4);
}

/* Without a MAC from the operator the first source counts, also within one batch. */
static void the_first_source_is_the_ports_mac(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	fixture_send(&f, "p1", 0xff, 4);
	fixture_send(&f, "p1", 0xff, 5);
	fixture_send(&f, "p1", 0xff, 4);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 2);
	assert_int_equal(sent(0xff, 5, 2), 0);
	assert_int_equal(sent(0xff, 4, 2), 2);
	/* It outlives changes of the configuration, and gives way to the operator's. */
	fixture_set(&f, "p1", "mtu", "1400");
	assert_int_equal(sent(0xff, 5, 1), 0);
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:05");
	assert_int_equal(sent(0xff, 5, 1), 1);
	assert_int_equal(sent(0xff, 4, 1), 0);
	fixture_set(&f, "p1", "mac", "");
	assert_int_equal(sent(0xff, 4, 1), 1);
	/* A frame that is dropped for something else is not the first. */
	fixture_delete_port(&f, "p1");
	fixture_add_port(&f, "p1", "lan");
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	fixture_set(&f, "p1", "enabled", "false");
	assert_int_equal(sent(0xff, 6, 1), 0);
	fixture_set(&f, "p1", "enabled", "true");
	assert_int_equal(sent(0xff, 7, 1), 1);
}

static void static_macs_are_the_ports_too(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:08", "p1");

	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	assert_int_equal(sent(0xff, 8, 1), 0);
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	assert_int_equal(sent(0xff, 8, 1), 1);
	mac = fixture_mac("lan", "02:00:00:00:00:09", "p2");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	assert_int_equal(sent(0xff, 9, 1), 0);
}

/* ---- storms ---- */

static void broadcast_keeps_to_its_rate(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "storm_broadcast", "1000pps");
	assert_int_equal(sent(0xff, 1, 150), 100); /* a burst of 100 ms */
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_STORM_BROADCAST), 50);
	for (unsigned int ms = 0; ms < 50; ms++) {
		warp_ms(1);
		assert_in_range(sent(0xff, 1, 4), 0, 2);
	}
	assert_in_range(fixture_drops(&f, "p1", DVS_DROP_STORM_BROADCAST), 50 + 149, 50 + 151);
	fixture_set(&f, "p1", "storm_mode", "audit");
	assert_int_equal(sent(0xff, 1, 40), 40);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_STORM_BROADCAST), 40);
	fixture_set(&f, "p1", "storm_mode", "off");
	assert_int_equal(sent(0xff, 1, 40), 40);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_STORM_BROADCAST), 40);
}

/* Multicast and unicast have nothing of broadcast's rate, nor another port. */
static void kinds_have_rates_of_their_own(void **state)
{
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_set(&f, "p1", "storm_broadcast", "10pps");
	fixture_set(&f, "p1", "storm_multicast", "50pps");
	assert_int_equal(sent(0xff, 1, 10), 1);
	for (unsigned int i = 0; i < 10; i++) {
		fixture_frame(frame, 1, 1);
		frame[0] = 0x01;
		send_raw(frame, sizeof(frame));
	}
	assert_int_equal(fixture_received(&f, "p2"), 5);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_STORM_MULTICAST), 5);
	assert_int_equal(sent(0x77, 1, 10), 10); /* unknown, no rate */
	fixture_send(&f, "p2", 0xff, 2);
	fixture_send(&f, "p2", 0xff, 2);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p1"), 2);
	assert_int_equal(sent(2, 1, 100), 100);
}

static void unknown_unicast_keeps_to_its_rate(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "storm_unknown", "20pps");
	fixture_send(&f, "p2", 0xff, 2);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	assert_int_equal(sent(0x77, 1, 10), 2);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_STORM_UNKNOWN), 8);
	assert_int_equal(sent(2, 1, 100), 100);
	assert_int_equal(sent(0xff, 1, 100), 100);
	warp_ms(50);
	assert_int_equal(sent(0x77, 1, 10), 1);
}

static void bits_are_counted(void **state)
{
	(void)state;
	/* 60 bytes are 480 bits: 100 of them in 100 ms. */
	fixture_set(&f, "p1", "storm_broadcast", "480kbps");
	assert_int_equal(sent(0xff, 1, 150), 100);
	warp_ms(1000);
	assert_int_equal(sent(0xff, 1, 150), 100);
}

/* ---- messages between bridges ---- */

/* Which of the kinds of message pass: BPDU, tagged BPDU, PVST, LLDP, tagged LLDP, slow protocols.
 */
static void expect_passing(const char *expected)
{
	static const uint8_t heads[][20] = {
		{0x01, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 38, 0x42, 0x42, 0x03},
		{0x01, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 0, 38, 0x42, 0x42},
		{0x01, 0, 0x0c, 0xcc, 0xcc, 0xcd, 2, 0, 0, 0, 0, 1, 0, 46, 0xaa, 0xaa, 0x03},
		{0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x88, 0xcc, 0x02, 0x07, 0x04},
		{0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 0x88, 0xcc},
		{0x01, 0x80, 0xc2, 0, 0, 0x02, 2, 0, 0, 0, 0, 1, 0x88, 0x09, 1, 1},
	};
	char passed[sizeof(heads) / sizeof(heads[0]) + 1] = "";

	for (unsigned int i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t frame[64] = {0};

		memcpy(frame, heads[i], sizeof(heads[i]));
		if (i == 1)
			frame[20] = 0x03;
		send_raw(frame, sizeof(frame));
		passed[i] = fixture_received(&f, "p2") != 0 ? 'y' : '-';
		fixture_received(&f, "p3");
	}
	assert_string_equal(passed, expected);
}

static void forward_reserved(const char *text)
{
	struct dvs_segment segment = fixture_segment("lan");

	segment.forward_reserved = text[0] == 't';
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &segment), 0);
}

static void bpdus_and_lldp_have_filters(void **state)
{
	(void)state;
	expect_passing("--y---");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_RESERVED), 5);
	fixture_set(&f, "p1", "bpdu_filter", "enforce");
	expect_passing("------");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_BPDU), 3);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_RESERVED), 5 + 3);
	fixture_set(&f, "p1", "bpdu_filter", "off");
	fixture_set(&f, "p1", "lldp_filter", "audit");
	expect_passing("--y---");
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_LLDP), 2);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_RESERVED), 5 + 3 + 5);
}

static void filters_hold_where_reserved_is_forwarded(void **state)
{
	(void)state;
	forward_reserved("true");
	expect_passing("yyyyyy");
	fixture_set(&f, "p1", "bpdu_filter", "audit");
	fixture_set(&f, "p1", "lldp_filter", "audit");
	expect_passing("yyyyyy");
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_BPDU), 3);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_LLDP), 2);
	fixture_set(&f, "p1", "bpdu_filter", "enforce");
	expect_passing("---yyy");
	fixture_set(&f, "p1", "lldp_filter", "enforce");
	expect_passing("-----y");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_BPDU), 6);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_LLDP), 2);
}

/* Cut short in every place: nothing is read beyond the end, and no verdict changes the sums. */
static void short_messages_do_no_harm(void **state)
{
	static const uint8_t bpdu[22] = {0x01, 0x80, 0xc2, 0,	 0,    0, 2, 0,	   0,	 0,    0,
					 1,    0x81, 0,	   0x81, 0x00, 0, 0, 0x42, 0x42, 0x03, 0};

	(void)state;
	forward_reserved("true");
	fixture_set(&f, "p1", "bpdu_filter", "enforce");
	fixture_set(&f, "p1", "lldp_filter", "enforce");
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	for (uint32_t length = 1; length <= sizeof(bpdu); length++)
		send_raw(bpdu, length);
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(forged_frames_are_dropped_or_counted),
		TEST(the_good_frames_of_a_batch_pass),
		TEST(the_first_source_is_the_ports_mac),
		TEST(static_macs_are_the_ports_too),
		TEST(broadcast_keeps_to_its_rate),
		TEST(kinds_have_rates_of_their_own),
		TEST(unknown_unicast_keeps_to_its_rate),
		TEST(bits_are_counted),
		TEST(bpdus_and_lldp_have_filters),
		TEST(filters_hold_where_reserved_is_forwarded),
		TEST(short_messages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
