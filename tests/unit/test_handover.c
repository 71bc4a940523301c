/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers run by hand: frames for the other's queues, and who counts them. */
#include "fixture.h"

#include <string.h>

#include "random.h"

static struct fixture f;

/* Ports get their one queue in turn: a and c belong to worker 0, b and d to worker 1. */
static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 2, false, "a b c d");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static void sweep(unsigned int worker)
{
	dvs_worker_sweep(dvs_switch_worker(f.sw, worker));
	fixture_check_invariant(&f);
}

static void teach(void)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	for (unsigned int i = 0; i < 4; i++)
		fixture_send(&f, names[i], 0xff, (uint8_t)(i + 1));
	fixture_run(&f, 3);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(fixture_received(&f, names[i]), 3);
}

static void expect(unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	assert_int_equal(fixture_received(&f, "a"), a);
	assert_int_equal(fixture_received(&f, "b"), b);
	assert_int_equal(fixture_received(&f, "c"), c);
	assert_int_equal(fixture_received(&f, "d"), d);
}

static uint64_t rx_of(const char *port)
{
	return fixture_state(&f, port).rx_frames;
}

static void unicast_is_counted_by_the_owner(void **state)
{
	uint64_t before;

	(void)state;
	teach();
	before = rx_of("a");
	fixture_send(&f, "a", 2, 1);
	fixture_send(&f, "a", 3, 1);
	sweep(0);
	expect(0, 0, 1, 0);
	assert_int_equal(rx_of("a"), before + 1); /* the other's fate is open */
	sweep(1);
	expect(0, 1, 0, 0);
	assert_int_equal(rx_of("a"), before + 2);
	assert_int_equal(fixture_state(&f, "a").delivered, before + 2);
	dvs_mem_set_room(fixture_dev(&f, "b"), 0);
	fixture_send(&f, "a", 2, 1);
	sweep(0);
	sweep(1);
	assert_int_equal(fixture_drops(&f, "a", DVS_DROP_DEST_FULL), 1);
}

static void order_is_kept(void **state)
{
	struct dvs_mem_frame got;
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	teach();
	for (unsigned int i = 0; i < 200; i++) {
		fixture_frame(frame, i % 5 == 0 ? 0xff : 2, 1);
		frame[20] = (uint8_t)i;
		assert_int_equal(
			dvs_mem_inject(fixture_dev(&f, "a"), 0, frame, sizeof(frame), NULL), 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		sweep(0);
	sweep(1);
	for (unsigned int i = 0; i < 200; i++) {
		assert_true(dvs_mem_collect(fixture_dev(&f, "b"), 0, &got));
		assert_int_equal(got.data[20], i);
	}
	expect(0, 0, 40, 40);
}

static void flood_that_is_delivered_here_is_counted_here(void **state)
{
	uint64_t before;

	(void)state;
	teach();
	before = rx_of("a");
	fixture_send(&f, "a", 0xff, 1);
	sweep(0);
	assert_int_equal(rx_of("a"), before + 1);
	expect(0, 0, 1, 0);
	sweep(1);
	assert_int_equal(rx_of("a"), before + 1);
	expect(0, 1, 0, 1);
}

static void flood_that_is_not_delivered_here_waits_for_the_other(void **state)
{
	uint64_t before;

	(void)state;
	teach();
	dvs_mem_set_room(fixture_dev(&f, "c"), 0);
	before = rx_of("a");
	fixture_send(&f, "a", 0xff, 1);
	sweep(0);
	assert_int_equal(rx_of("a"), before);
	sweep(1);
	assert_int_equal(rx_of("a"), before + 1);
	assert_int_equal(fixture_state(&f, "a").dropped, 0);
	expect(0, 1, 0, 1);

	dvs_mem_set_room(fixture_dev(&f, "b"), 0);
	dvs_mem_set_room(fixture_dev(&f, "d"), 0);
	fixture_send(&f, "a", 0xff, 1);
	sweep(0);
	sweep(1);
	assert_int_equal(fixture_drops(&f, "a", DVS_DROP_DEST_FULL), 1);
	dvs_portdev_set_link(fixture_dev(&f, "c"), DVS_LINK_DOWN, 0, 0);
	fixture_send(&f, "a", 0xff, 1); /* nobody here, nobody takes it there */
	sweep(0);
	sweep(1);
	assert_int_equal(fixture_drops(&f, "a", DVS_DROP_DEST_FULL), 2);
}

static void full_ring_is_a_drop(void **state)
{
	unsigned int sent = 0;

	(void)state;
	teach();
	while (sent < DVS_HANDOVER_RING + 100) { /* the ring holds one less */
		for (unsigned int i = 0; i < 62; i++, sent++)
			fixture_send(&f, "a", 2, 1);
		fixture_send(&f, "a", 0xff, 1);
		sweep(0);
	}
	fixture_received(&f, "c");
	assert_true(fixture_drops(&f, "a", DVS_DROP_HANDOVER_FULL) >= sent - DVS_HANDOVER_RING + 1);
	dvs_portdev_set_link(fixture_dev(&f, "c"), DVS_LINK_DOWN, 0, 0);
	fixture_send(&f, "a", 0xff, 1);
	sweep(0);
	sweep(1);
	sweep(1);
	fixture_received(&f, "b");
	fixture_received(&f, "d");
}

/* A long frame is a chain of buffers: each is the other worker's as long as it has the frame. */
static void a_flooded_chain_stays_whole(void **state)
{
	static struct dvs_mem_frame got;
	uint8_t frame[9000];

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		fixture_set(&f, (const char *const[]){"a", "b", "c", "d"}[i], "mtu", "9000");
	for (unsigned int i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7 + i / 256);
	fixture_frame(frame, 0xff, 1);
	for (unsigned int round = 0; round < 20; round++) {
		assert_int_equal(
			dvs_mem_inject(fixture_dev(&f, "a"), 0, frame, sizeof(frame), NULL), 0);
		sweep(0);
		/* What is free now is written to by others. */
		assert_int_equal(dvs_mem_inject(fixture_dev(&f, "c"), 0,
						(const uint8_t[9000]){0x02}, sizeof(frame), NULL),
				 0);
		sweep(1);
		for (unsigned int i = 0; i < 3; i++) {
			static const char *const names[] = {"b", "c", "d"};

			assert_true(dvs_mem_collect(fixture_dev(&f, names[i]), 0, &got));
			assert_int_equal(got.length, sizeof(frame));
			assert_memory_equal(got.data, frame, sizeof(frame));
		}
		fixture_run(&f, 2);
		for (unsigned int i = 0; i < 4; i++)
			fixture_received(&f, (const char *const[]){"a", "b", "c", "d"}[i]);
	}
}

static void who_floods_leaves_room_for_others(void **state)
{
	uint64_t delivered;

	(void)state;
	teach();
	delivered = fixture_state(&f, "c").delivered;
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int sent = 0; sent < 2 * DVS_HANDOVER_RING; sent += 32) {
			for (unsigned int i = 0; i < 32; i++)
				fixture_send(&f, "a", 2, 1);
			sweep(0);
		}
		assert_true(fixture_drops(&f, "a", DVS_DROP_HANDOVER_FULL) >= DVS_HANDOVER_RING);
		for (unsigned int i = 0; i < 100; i++) {
			fixture_send(&f, "c", 4, 3);
			sweep(0);
		}
		sweep(1);
		assert_int_equal(fixture_drops(&f, "c", DVS_DROP_HANDOVER_FULL), 0);
		assert_int_equal(fixture_received(&f, "d"), 100);
		assert_true(fixture_received(&f, "b") != 0);
	}
	assert_int_equal(fixture_state(&f, "c").delivered, delivered + 300);
}

static void port_dies_with_frames_on_their_way(void **state)
{
	(void)state;
	teach();
	fixture_send(&f, "a", 2, 1);
	fixture_send(&f, "a", 4, 1);
	fixture_send(&f, "a", 0xff, 1);
	sweep(0);
	fixture_delete_port(&f, "b"); /* the destination: drained here */
	assert_int_equal(fixture_state(&f, "a").dropped, 1);
	assert_int_equal(fixture_drops(&f, "a", DVS_DROP_DEST_DOWN), 1);
	assert_int_equal(fixture_received(&f, "d"), 2);
	assert_int_equal(fixture_received(&f, "c"), 1);
	fixture_send(&f, "a", 4, 1);
	sweep(0);
	fixture_delete_port(&f, "a"); /* the source */
	sweep(1);
	assert_int_equal(fixture_received(&f, "d"), 1);
}

/* As many queues as workers: each sends by its own, nothing is handed over. */
static void several_queues_need_no_handover(void **state)
{
	struct dvs_port port = fixture_port("m", "lan");
	uint8_t frame[FIXTURE_FRAME] = {0};
	static struct dvs_mem_frame got; /* large, so not on the stack */
	unsigned int used = 0, n = 0;

	(void)state;
	teach();
	port.queues = 4;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	fixture_send(&f, "m", 0xff, 9);
	fixture_run(&f, 3);
	expect(1, 1, 1, 1);
	f.sw->workers[0]->counters.handed_over = 0;
	for (unsigned int i = 0; i < 64; i++) { /* UDP flows, by their source ports */
		fixture_frame(frame, 9, 1);
		memcpy(frame + 12, (uint8_t[]){0x08, 0x00, 0x45, 0, 0, 46}, 6);
		frame[23] = 17;
		memcpy(frame + 26, (uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2, 0, (uint8_t)i, 0, 53}, 12);
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(
				dvs_mem_inject(fixture_dev(&f, "a"), 0, frame, sizeof(frame), NULL),
				0);
	}
	sweep(0);
	sweep(0);
	assert_int_equal(f.sw->workers[0]->counters.handed_over, 0);
	for (uint16_t q = 0; q < 4; q++) {
		used += dvs_mem_pending(fixture_dev(&f, "m"), q) != 0;
		while (dvs_mem_collect(fixture_dev(&f, "m"), q, &got)) {
			uint8_t flow = got.data[35];

			assert_true(dvs_mem_collect(fixture_dev(&f, "m"), q, &got));
			assert_int_equal(got.data[35], flow); /* both frames of a flow */
			n += 2;
		}
	}
	assert_int_equal(used, 2); /* those that worker 0 owns */
	assert_int_equal(n, 128);
}

/* A port whose only queue in use is the other worker's, of several that it offers. */
static void queues_in_use_decide(void **state)
{
	struct dvs_port port = fixture_port("m", "lan");

	(void)state;
	teach();
	port.queues = 4;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	fixture_send(&f, "m", 0xff, 9);
	fixture_run(&f, 3);
	expect(1, 1, 1, 1);
	dvs_portdev_set_link(fixture_dev(&f, "m"), DVS_LINK_UP, 1, 0);
	for (unsigned int i = 0; i < 10; i++) {
		fixture_send(&f, "a", 9, 1);
		fixture_send(&f, "b", 9, 2);
	}
	fixture_run(&f, 2);
	assert_int_equal(dvs_mem_pending(fixture_dev(&f, "m"), 0), 20);
	assert_int_equal(fixture_received(&f, "m"), 20);
}

/* ---- random traffic ---- */

static void send_anything(struct dvs_portdev *dev)
{
	static uint8_t frame[2000];
	uint32_t length = 1 + random_below(random_below(4) == 0 ? 1600 : 100);
	struct dvs_offload offload = {.needs_csum = random_below(8) == 0};

	fixture_frame(frame, (uint8_t)random_below(6), (uint8_t)random_below(6));
	if (random_below(4) == 0)
		memset(frame, 0xff, 6);
	if (random_below(16) == 0)
		frame[6] |= 1;
	if (random_below(8) == 0)
		frame[12] = (uint8_t)random_below(256);
	offload.csum_start = (uint16_t)random_below(60);
	offload.csum_offset = (uint16_t)random_below(20);
	offload.gso = (uint8_t)(random_below(32) == 0 ? random_below(6) : 0);
	offload.gso_size = (uint16_t)random_below(1500);
	dvs_mem_inject(dev, 0, frame, length, &offload); /* may be full: all the same */
}

static void change_something(const char *name)
{
	struct dvs_port port = fixture_port(name, "lan");
	struct dvs_portdev *dev = dvs_switch_portdev(f.sw, name);

	switch (random_below(6)) {
	case 0:
		port.enabled = (uint8_t)random_below(2);
		port.policy.mtu = (uint16_t)(100 + random_below(1500));
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		break;
	case 1:
		port.queues = (uint8_t)(1 + random_below(3));
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		break;
	case 2:
		fixture_delete_port(&f, name);
		fixture_add_port(&f, name, "lan");
		break;
	case 3:
		dvs_portdev_set_link(dev, random_below(3) == 0 ? DVS_LINK_DOWN : DVS_LINK_UP,
				     (uint16_t)(1 + random_below(dev->config.queues)),
				     random_below(16));
		break;
	default:
		dvs_mem_set_room(dev, random_below(20));
	}
}

static void invariant_holds_under_anything(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		const char *name = names[random_below(4)];

		if (random_below(50) == 0)
			change_something(name);
		if (random_below(20) == 0)
			fixture_received(&f, name);
		if (random_below(30) == 0)
			dvs_switch_poll(f.sw);
		send_anything(dvs_switch_portdev(f.sw, name));
		if (random_below(10) == 0)
			sweep(random_below(2));
	}
	for (unsigned int i = 0; i < 20; i++)
		fixture_run(&f, 1);
	fixture_check_invariant(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unicast_is_counted_by_the_owner),
		TEST(order_is_kept),
		TEST(flood_that_is_delivered_here_is_counted_here),
		TEST(flood_that_is_not_delivered_here_waits_for_the_other),
		TEST(full_ring_is_a_drop),
		TEST(a_flooded_chain_stays_whole),
		TEST(who_floods_leaves_room_for_others),
		TEST(port_dies_with_frames_on_their_way),
		TEST(several_queues_need_no_handover),
		TEST(queues_in_use_decide),
		TEST(invariant_holds_under_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
