/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksum and segmentation requests on their way from port to port. */
#include "fixture.h"

#include <string.h>

#include "tcp_frame.h"

#define PAYLOAD	 20000
#define GSO_SIZE 1448
#define SEGMENTS ((PAYLOAD + GSO_SIZE - 1) / GSO_SIZE)

static struct fixture f;
static struct tcp_frame frame;	 /* large, so not on the stack */
static struct dvs_mem_frame got; /* the same */

static int set_up(void **state)
{
	static const struct tcp_frame_plan plan = {
		.payload = PAYLOAD, .gso_size = GSO_SIZE, .tcp_options = 12, .flags = 0x18};

	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2");
	tcp_frame_build(&frame, &plan);
	memset(frame.bytes, 0xff, 6); /* flooded: nothing has to be learnt */
	frame.bytes[6] = 0x02;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static void accept_only(uint32_t accept)
{
	dvs_portdev_set_link(fixture_dev(&f, "p2"), DVS_LINK_UP, 1, accept);
}

static void send_large(void)
{
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &frame.offload),
		0);
	fixture_run(&f, 1);
}

static void expect_whole(void)
{
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.length, frame.length);
	assert_memory_equal(got.data, frame.bytes, frame.length);
	assert_memory_equal(&got.offload, &frame.offload, sizeof(got.offload));
	assert_false(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
}

static void expect_segments(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const char *wrong;

		assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
		wrong = tcp_frame_judge(&frame, i, got.data, got.length);
		if (wrong != NULL)
			fail_msg("segment %u: %s", i, wrong);
		assert_int_equal(got.offload.gso, DVS_GSO_NONE);
		assert_int_equal(got.offload.needs_csum, 0);
	}
}

static void gso_frame_goes_whole_to_who_takes_it(void **state)
{
	(void)state;
	send_large();
	expect_whole();
	accept_only(DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO4);
	send_large();
	expect_whole();
	assert_int_equal(fixture_state(&f, "p1").delivered, 2);
	assert_int_equal(fixture_state(&f, "p2").tx_bytes, 2 * frame.length);
}

static void gso_frame_is_segmented_for_who_does_not(void **state)
{
	static const uint32_t accepts[] = {0, DVS_ACCEPT_CSUM, DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO6};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		accept_only(accepts[i]);
		send_large();
		expect_segments(SEGMENTS);
		assert_false(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	}
	assert_int_equal(fixture_state(&f, "p1").rx_frames, 3);
	assert_int_equal(fixture_state(&f, "p1").delivered, 3);
	assert_int_equal(fixture_state(&f, "p2").tx_frames, 3 * SEGMENTS);
}

static void ecn_needs_its_own_consent(void **state)
{
	(void)state;
	frame.offload.has_ecn = 1;
	send_large();
	expect_whole();
	accept_only(DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO4);
	send_large();
	assert_int_equal(fixture_received(&f, "p2"), SEGMENTS);
}

static void segments_count_against_the_mtu(void **state)
{
	struct dvs_port port = fixture_port("p2", "lan");

	(void)state;
	port.policy.mtu = (uint16_t)(GSO_SIZE + frame.headers - 14 - 1); /* a byte too small */
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_large();
	assert_int_equal(fixture_received(&f, "p2"), 0);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_MTU), 1);
	port.policy.mtu++;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_large();
	expect_whole();

	port = fixture_port("p1", "lan");
	port.policy.mtu = 1000;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_large();
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_OVERSIZE), 1);
}

static void partly_taken_segments_are_a_delivery(void **state)
{
	(void)state;
	accept_only(0);
	dvs_mem_set_room(fixture_dev(&f, "p2"), 3);
	send_large();
	expect_segments(3);
	assert_int_equal(fixture_state(&f, "p1").delivered, 1);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, SEGMENTS - 3);
	dvs_mem_set_room(fixture_dev(&f, "p2"), 0);
	send_large();
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_FULL), 1);
}

/* As a guest with MTU 576 sends it: 64 KB in 125 segments, two batches of them. */
static void small_mtu_makes_many_segments(void **state)
{
	static const struct tcp_frame_plan plan = {
		.payload = 65000, .gso_size = 524, .tcp_options = 12, .flags = 0x18};

	(void)state;
	tcp_frame_build(&frame, &plan);
	memset(frame.bytes, 0xff, 6);
	frame.bytes[6] = 0x02;
	send_large();
	expect_whole();
	accept_only(0);
	send_large();
	expect_segments(125);
	assert_false(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(fixture_state(&f, "p1").delivered, 2);
	assert_int_equal(fixture_state(&f, "p2").tx_frames, 1 + 125);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, 0);

	dvs_mem_set_room(fixture_dev(&f, "p2"), 70);
	send_large();
	expect_segments(70);
	assert_int_equal(fixture_state(&f, "p1").delivered, 3);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, 125 - 70);
}

/* Nobody gets more than the first round: no more is cut, but all of it is counted. */
static void full_receiver_costs_one_round(void **state)
{
	static const struct tcp_frame_plan plan = {
		.payload = 64000, .gso_size = DVS_GSO_SIZE_MIN, .flags = 0x18};

	(void)state;
	tcp_frame_build(&frame, &plan);
	memset(frame.bytes, 0xff, 6);
	frame.bytes[6] = 0x02;
	accept_only(0);
	dvs_mem_set_room(fixture_dev(&f, "p2"), 3);
	send_large();
	expect_segments(3);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, 8000 - 3);
	assert_int_equal(fixture_state(&f, "p1").delivered, 1);
}

/* A small frame that asks for its TCP checksum, in the form that a guest leaves it. */
static void send_small(void)
{
	static const struct tcp_frame_plan plan = {.payload = 100, .gso_size = 200, .flags = 0x18};

	tcp_frame_build(&frame, &plan);
	memset(frame.bytes, 0xff, 6);
	frame.bytes[6] = 0x02;
	frame.offload.gso = DVS_GSO_NONE;
	frame.offload.gso_size = 0;
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &frame.offload),
		0);
	fixture_run(&f, 1);
}

static void checksum_is_completed_for_who_does_not_take_it(void **state)
{
	(void)state;
	send_small();
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.offload.needs_csum, 1);
	assert_memory_equal(got.data, frame.bytes, frame.length);
	accept_only(0);
	send_small();
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.offload.needs_csum, 0);
	assert_int_equal(got.length, frame.length);
	/* The guest left the pseudo header's sum in the field: all of TCP now adds up to the
	 * complement of nothing. */
	{
		uint32_t tcp = frame.length - frame.l4;
		uint64_t pseudo = 6 + tcp + slow_sum(got.data + frame.l3 + 12, 8, 0);

		assert_int_equal(slow_sum(got.data + frame.l4, tcp, pseudo), 0xffff);
	}
}

/* Lists with needs and without, between frames that need none: in order. */
static void order_is_kept_around_segments(void **state)
{
	uint8_t small[FIXTURE_FRAME];
	struct dvs_portdev *p1 = fixture_dev(&f, "p1");

	(void)state;
	accept_only(0);
	fixture_frame(small, 0xff, 1);
	small[20] = 1;
	assert_int_equal(dvs_mem_inject(p1, 0, small, sizeof(small), NULL), 0);
	assert_int_equal(dvs_mem_inject(p1, 0, frame.bytes, frame.length, &frame.offload), 0);
	small[20] = 2;
	assert_int_equal(dvs_mem_inject(p1, 0, small, sizeof(small), NULL), 0);
	fixture_run(&f, 1);
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.data[20], 1);
	expect_segments(SEGMENTS);
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.data[20], 2);
}

static void flood_serves_both_kinds_of_receivers(void **state)
{
	(void)state;
	fixture_add_port(&f, "p3", "lan");
	accept_only(0);
	send_large();
	expect_segments(SEGMENTS);
	assert_true(dvs_mem_collect(fixture_dev(&f, "p3"), 0, &got));
	assert_int_equal(got.length, frame.length);
	assert_memory_equal(got.data, frame.bytes, frame.length);
	assert_int_equal(fixture_state(&f, "p1").delivered, 1);
}

static void requests_that_lie_are_dropped(void **state)
{
	struct dvs_offload bad = frame.offload;

	(void)state;
	bad.csum_start = (uint16_t)(frame.length > 65535 ? 65535 : frame.length);
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &bad),
			 0);
	bad = frame.offload;
	bad.gso_size = DVS_GSO_SIZE_MIN - 1;
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &bad),
			 0);
	bad = frame.offload;
	bad.gso = 77;
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &bad),
			 0);
	fixture_run(&f, 1);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_BAD_OFFLOAD), 3);
	assert_int_equal(fixture_received(&f, "p2"), 0);
}

static void no_buffer_for_segments(void **state)
{
	static struct rte_mbuf *taken[DVS_TEST_BUFFERS];
	struct rte_mempool *pool = fixture_dev(&f, "p2")->pool;
	unsigned int n = 0;

	(void)state;
	accept_only(0);
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &frame.offload),
		0);
	while (n < DVS_TEST_BUFFERS && (taken[n] = rte_pktmbuf_alloc(pool)) != NULL)
		n++;
	fixture_run(&f, 1);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_NO_BUFFER), 1);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, SEGMENTS);
	rte_pktmbuf_free_bulk(taken, n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gso_frame_goes_whole_to_who_takes_it),
		TEST(gso_frame_is_segmented_for_who_does_not),
		TEST(ecn_needs_its_own_consent),
		TEST(segments_count_against_the_mtu),
		TEST(partly_taken_segments_are_a_delivery),
		TEST(small_mtu_makes_many_segments),
		TEST(full_receiver_costs_one_round),
		TEST(checksum_is_completed_for_who_does_not_take_it),
		TEST(order_is_kept_around_segments),
		TEST(flood_serves_both_kinds_of_receivers),
		TEST(requests_that_lie_are_dropped),
		TEST(no_buffer_for_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
