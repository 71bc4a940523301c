/* SPDX-License-Identifier: BSD-3-Clause */
/* The packet path from port to port: a real switch, in-memory ports, workers run by hand. */
#include "fixture.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_ring.h>

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

/* p1 sends from MAC 1, p2 from 2, p3 from 3, so that all are known. */
static void teach(void)
{
	for (unsigned int i = 1; i <= 3; i++)
		fixture_send(&f, (const char *[]){"p1", "p2", "p3"}[i - 1], 0xff, (uint8_t)i);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
}

static void expect(unsigned int p1, unsigned int p2, unsigned int p3)
{
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p1"), p1);
	assert_int_equal(fixture_received(&f, "p2"), p2);
	assert_int_equal(fixture_received(&f, "p3"), p3);
}

static void floods_unknown_then_learns(void **state)
{
	struct dvs_mem_frame got;
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 1);
	fixture_send(&f, "p2", 1, 2);
	expect(1, 0, 0);
	fixture_send(&f, "p1", 2, 1);
	fixture_run(&f, 1);
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	fixture_frame(frame, 2, 1);
	assert_int_equal(got.length, sizeof(frame));
	assert_memory_equal(got.data, frame, sizeof(frame));
	assert_int_equal(fixture_received(&f, "p3"), 0);
	assert_int_equal(fixture_state(&f, "p1").flooded, 1);
	assert_int_equal(fixture_state(&f, "p1").delivered, 2);
}

static void ages_after_300_seconds(void **state)
{
	(void)state;
	teach();
	fixture_warp(&f, 299);
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 0);
	fixture_warp(&f, 5);
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 1);
}

static void moves_to_another_port(void **state)
{
	(void)state;
	teach();
	fixture_send(&f, "p2", 3, 1);
	expect(0, 0, 1);
	fixture_send(&f, "p3", 1, 3);
	expect(0, 1, 0);
	assert_int_equal(f.moves, 1);
	assert_string_equal(f.last.port, "p2");
	assert_string_equal(f.last.segment, "lan");
	assert_int_equal(f.last.mac[5], 1);
}

static void reports_at_most_1000_moves_a_second(void **state)
{
	struct dvs_segment segment = fixture_segment("lan");

	(void)state;
	segment.flap_moves = 0; /* nor is the MAC held */
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &segment), 0);
	teach();
	for (unsigned int i = 0; i < 1100; i++) {
		fixture_send(&f, i % 2 == 0 ? "p2" : "p1", 3, 1);
		fixture_run(&f, 1);
		fixture_received(&f, "p3");
	}
	assert_int_equal(f.moves, 1000);
	fixture_warp(&f, 1);
	fixture_send(&f, "p2", 3, 1);
	fixture_run(&f, 1);
	assert_int_equal(f.moves, 1001);
}

static void static_entry_stands(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	fixture_send(&f, "p2", 3, 1); /* p2 pretends to be it */
	fixture_run(&f, 2);
	fixture_received(&f, "p3");
	fixture_received(&f, "p1");
	fixture_warp(&f, 1000);
	fixture_send(&f, "p3", 1, 3);
	expect(1, 0, 0);
	assert_int_equal(f.moves, 0);
	assert_int_equal(fixture_delete(&f, &dvs_mac_type, &mac), 0);
	fixture_send(&f, "p3", 1, 3);
	expect(1, 1, 0);
}

static void flush_forgets_dynamic_entries(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");
	struct dvs_error err;
	uint32_t flushed = 0;

	(void)state;
	teach();
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	assert_int_equal(dvs_switch_mac_flush(f.sw, "lan", "p2", &flushed, &err), 0);
	assert_int_equal(flushed, 1);
	assert_int_equal(dvs_switch_mac_flush(f.sw, "", "", &flushed, &err), 0);
	assert_int_equal(flushed, 1);
	assert_int_equal(dvs_switch_mac_flush(f.sw, "wan", "", &flushed, &err), -ENOENT);
	assert_string_equal(err.field, "segment");
	fixture_send(&f, "p2", 1, 2);
	expect(1, 0, 0);
	fixture_send(&f, "p1", 2, 1); /* which was learnt again */
	expect(0, 1, 0);
}

static unsigned int reports(void)
{
	return rte_ring_count(dvs_switch_worker(f.sw, 0)->learn_ring);
}

static void reports_once_and_no_more_than_a_batch_may(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	for (unsigned int i = 0; i < 100; i++)
		fixture_send(&f, "p2", 0xff, 9);
	fixture_send(&f, "p2", 0xff, 1); /* static behind p1 */
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	assert_int_equal(reports(), 1);
	dvs_switch_poll(f.sw);
	for (unsigned int i = 0; i < 64; i++)
		fixture_send(&f, "p2", 0xff, (uint8_t)(10 + i));
	fixture_send(&f, "p2", 0xff, 9);
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	assert_int_equal(reports(), DVS_LEARN_BATCH_LIMIT);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	fixture_received(&f, "p3");
}

static void limit_of_a_segment_refuses(void **state)
{
	struct dvs_segment segment = fixture_segment("lan");

	(void)state;
	segment.mac_limit = 2;
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &segment), 0);
	teach();
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 0);
	fixture_send(&f, "p1", 3, 1); /* was refused */
	expect(0, 1, 1);
}

/* ---- drops ---- */

static void send_raw(const char *port, const void *frame, uint32_t length)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, frame, length, NULL), 0);
}

/* One more drop of p1 for the reason, and nobody gets anything. */
static void expect_drop(enum dvs_drop_reason reason, uint64_t total)
{
	expect(0, 0, 0);
	assert_int_equal(fixture_drops(&f, "p1", reason), total);
	assert_int_equal(fixture_state(&f, "p1").dropped,
			 fixture_state(&f, "p1").rx_frames - fixture_state(&f, "p1").delivered);
}

static void drops_runts(void **state)
{
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_frame(frame, 2, 1);
	send_raw("p1", frame, 1);
	expect_drop(DVS_DROP_RUNT, 1);
	send_raw("p1", frame, 13);
	expect_drop(DVS_DROP_RUNT, 2);
	send_raw("p1", frame, 14);
	expect(0, 1, 1);
}

static void drops_oversize(void **state)
{
	static uint8_t frame[1600];

	(void)state;
	fixture_frame(frame, 0xff, 1);
	send_raw("p1", frame, 1514);
	expect(0, 1, 1);
	send_raw("p1", frame, 1515);
	expect_drop(DVS_DROP_OVERSIZE, 1);
	memcpy(frame + 12, (uint8_t[]){0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x88, 0xb5}, 10);
	send_raw("p1", frame, 1522);
	expect(0, 1, 1);
	send_raw("p1", frame, 1523);
	expect_drop(DVS_DROP_OVERSIZE, 2);
	memcpy(frame + 12, (uint8_t[]){0x81, 0x00, 0, 6, 0x88, 0xb5}, 6);
	send_raw("p1", frame, 1518);
	expect(0, 1, 1);
	send_raw("p1", frame, 1519);
	expect_drop(DVS_DROP_OVERSIZE, 3);
}

static void drops_bad_sources(void **state)
{
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_frame(frame, 2, 1);
	frame[6] = 0x03;
	send_raw("p1", frame, sizeof(frame));
	expect_drop(DVS_DROP_BAD_SOURCE, 1);
	memset(frame + 6, 0xff, 6);
	send_raw("p1", frame, sizeof(frame));
	expect_drop(DVS_DROP_BAD_SOURCE, 2);
	memset(frame + 6, 0, 6);
	send_raw("p1", frame, sizeof(frame));
	expect_drop(DVS_DROP_BAD_SOURCE, 3);
}

static void drops_bad_length_types(void **state)
{
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_frame(frame, 0xff, 1);
	for (unsigned int type = 0x05dd; type < 0x0600; type++) {
		frame[12] = (uint8_t)(type >> 8);
		frame[13] = (uint8_t)type;
		send_raw("p1", frame, sizeof(frame));
		expect_drop(DVS_DROP_BAD_LENGTH_TYPE, type - 0x05dd + 1);
	}
	frame[12] = 0;
	frame[13] = 47; /* of 46 */
	send_raw("p1", frame, sizeof(frame));
	expect_drop(DVS_DROP_BAD_LENGTH_TYPE, 36);
	frame[13] = 46;
	send_raw("p1", frame, sizeof(frame));
	expect(0, 1, 1);
	frame[12] = 0x81, frame[13] = 0x00;
	send_raw("p1", frame, 15); /* a tag that is not all there */
	expect_drop(DVS_DROP_BAD_LENGTH_TYPE, 37);
}

static void drops_reserved_destinations(void **state)
{
	struct dvs_segment segment = fixture_segment("lan");
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	fixture_frame(frame, 2, 1);
	memcpy(frame, (uint8_t[]){0x01, 0x80, 0xc2, 0, 0, 0}, 6);
	for (unsigned int i = 0; i < 16; i++) {
		frame[5] = (uint8_t)i;
		send_raw("p1", frame, sizeof(frame));
		expect_drop(DVS_DROP_RESERVED, i + 1);
	}
	frame[5] = 0x10;
	send_raw("p1", frame, sizeof(frame));
	expect(0, 1, 1);
	segment.forward_reserved = 1;
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &segment), 0);
	frame[5] = 0x0e; /* LLDP */
	send_raw("p1", frame, sizeof(frame));
	expect(0, 1, 1);
}

static void drops_at_a_disabled_port(void **state)
{
	struct dvs_port port = fixture_port("p1", "lan");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");

	(void)state;
	teach();
	dvs_switch_poll(f.sw);
	f.links = 0;
	port.enabled = 0;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	dvs_switch_poll(f.sw);
	assert_int_equal(f.links, 1);
	assert_int_equal(f.last.link, DVS_LINK_DOWN);
	fixture_send(&f, "p1", 2, 1);
	expect_drop(DVS_DROP_PORT_DISABLED, 1);
	fixture_send(&f, "p2", 1, 2); /* it may be elsewhere by now */
	expect(0, 0, 1);
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	fixture_send(&f, "p2", 1, 2);
	expect(0, 0, 0);
	assert_int_equal(fixture_drops(&f, "p2", DVS_DROP_DEST_DOWN), 1);
	assert_int_equal(fixture_state(&f, "p1").tx_dropped, 1);
	fixture_send(&f, "p2", 0xff, 2);
	expect(0, 0, 1);
	port.enabled = 1;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 0);
	assert_int_equal(fixture_state(&f, "p1").sessions, 1);
}

static void drops_what_stays_at_its_port(void **state)
{
	(void)state;
	teach();
	fixture_send(&f, "p1", 9, 1);
	fixture_send(&f, "p1", 0xff, 9);
	fixture_run(&f, 1);
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
	fixture_send(&f, "p1", 9, 1);
	expect_drop(DVS_DROP_SAME_PORT, 1);
}

static void drops_without_destination_or_link(void **state)
{
	(void)state;
	teach();
	dvs_portdev_set_link(fixture_dev(&f, "p2"), DVS_LINK_DOWN, 0, 0);
	fixture_send(&f, "p1", 2, 1);
	expect_drop(DVS_DROP_DEST_DOWN, 1);
	fixture_send(&f, "p1", 0xff, 1);
	expect(0, 0, 1);
	dvs_portdev_set_link(fixture_dev(&f, "p3"), DVS_LINK_DOWN, 0, 0);
	fixture_send(&f, "p1", 0xff, 1);
	expect_drop(DVS_DROP_NO_DESTINATION, 1);
	dvs_portdev_set_link(fixture_dev(&f, "p2"), DVS_LINK_UP, 1, 0);
	fixture_send(&f, "p1", 2, 1);
	expect(0, 1, 0);
	assert_int_equal(fixture_state(&f, "p2").sessions, 2);
}

static uint64_t mac_walks(void)
{
	struct dvs_fdb_stats stats;

	dvs_fdb_stats(f.sw->fdb, &stats);
	return stats.walks;
}

static void forgets_what_was_behind_a_lost_link(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");
	struct dvs_portdev *dev = fixture_dev(&f, "p1");
	uint64_t walks;

	(void)state;
	teach();
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	fixture_send(&f, "p1", 2, 9);
	expect(0, 1, 0);
	/* Reported by the worker, but not yet learnt, when the link goes. */
	fixture_send(&f, "p1", 2, 8);
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	dvs_portdev_set_link(dev, DVS_LINK_DOWN, 0, 0);
	dvs_switch_poll(f.sw);
	dvs_portdev_set_link(dev, DVS_LINK_UP, 1, 0);
	dvs_switch_poll(f.sw);
	fixture_received(&f, "p2");
	for (uint8_t dst = 8; dst <= 9; dst++) {
		fixture_send(&f, "p3", dst, 3);
		expect(1, 1, 0);
	}
	fixture_send(&f, "p3", 1, 3); /* static */
	expect(1, 0, 0);
	fixture_send(&f, "p3", 2, 3); /* another port's */
	expect(0, 1, 0);
	/* However often it goes, the walks stay rare, and the last loss is not forgotten. */
	walks = mac_walks();
	for (unsigned int i = 0; i < 100; i++) {
		dvs_portdev_set_link(dev, DVS_LINK_UP, 1, 0);
		fixture_send(&f, "p1", 2, 9);
		fixture_run(&f, 1);
		dvs_portdev_set_link(dev, DVS_LINK_DOWN, 0, 0);
		dvs_switch_poll(f.sw);
	}
	assert_in_range(mac_walks() - walks, 0, 1);
	fixture_received(&f, "p2");
	fixture_warp(&f, 1);
	fixture_send(&f, "p3", 9, 3);
	expect(0, 1, 0);
}

static void drops_at_a_full_destination(void **state)
{
	(void)state;
	teach();
	dvs_mem_set_room(fixture_dev(&f, "p2"), 2);
	for (unsigned int i = 0; i < 5; i++)
		fixture_send(&f, "p1", 2, 1);
	expect(0, 2, 0);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_FULL), 3);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, 3);

	/* A flooded frame is delivered when anybody takes it. */
	for (unsigned int i = 0; i < 5; i++)
		fixture_send(&f, "p1", 0xff, 1);
	expect(0, 2, 5);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_FULL), 3);
	dvs_mem_set_room(fixture_dev(&f, "p2"), 5);
	dvs_mem_set_room(fixture_dev(&f, "p3"), 2);
	for (unsigned int i = 0; i < 5; i++)
		fixture_send(&f, "p1", 0xff, 1);
	expect(0, 5, 2);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_FULL), 3);
	dvs_mem_set_room(fixture_dev(&f, "p2"), 0);
	dvs_mem_set_room(fixture_dev(&f, "p3"), 0);
	fixture_send(&f, "p1", 0xff, 1);
	expect_drop(DVS_DROP_DEST_FULL, 4);
}

static void drops_above_the_destinations_mtu(void **state)
{
	static uint8_t frame[1600];
	struct dvs_port port = fixture_port("p2", "lan");

	(void)state;
	port.policy.mtu = 1000;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	teach();
	fixture_frame(frame, 2, 1);
	send_raw("p1", frame, 1014);
	expect(0, 1, 0);
	send_raw("p1", frame, 1015);
	expect_drop(DVS_DROP_DEST_MTU, 1);
	memcpy(frame + 12, (uint8_t[]){0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x88, 0xb5}, 10);
	send_raw("p1", frame, 1022);
	expect(0, 1, 0);
	send_raw("p1", frame, 1023);
	expect_drop(DVS_DROP_DEST_MTU, 2);
	fixture_frame(frame, 0xff, 1);
	send_raw("p1", frame, 1015);
	expect(0, 0, 1);
}

static void order_is_kept(void **state)
{
	struct dvs_mem_frame got;
	uint8_t frame[FIXTURE_FRAME];

	(void)state;
	teach();
	for (unsigned int i = 0; i < 150; i++) { /* unicast and flooded, in one queue */
		fixture_frame(frame, i % 3 == 0 ? 0xff : 2, 1);
		frame[20] = (uint8_t)i;
		send_raw("p1", frame, sizeof(frame));
	}
	fixture_run(&f, 3);
	for (unsigned int i = 0; i < 150; i++) {
		assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
		assert_int_equal(got.data[20], i);
	}
	assert_int_equal(fixture_received(&f, "p3"), 50);
}

static void segments_are_isolated(void **state)
{
	(void)state;
	fixture_add_segment(&f, "wan");
	fixture_add_port(&f, "w1", "wan");
	fixture_add_port(&f, "w2", "wan");
	fixture_send(&f, "w1", 0xff, 1); /* the same MAC as at p1 */
	teach();
	assert_int_equal(fixture_received(&f, "w2"), 1);
	assert_int_equal(fixture_received(&f, "w1"), 0);
	fixture_send(&f, "w2", 1, 2);
	fixture_send(&f, "p2", 1, 2);
	expect(1, 0, 0);
	assert_int_equal(fixture_received(&f, "w1"), 1);
	assert_int_equal(f.moves, 0);
	fixture_send(&f, "w1", 3, 1); /* 3 is in the other segment: unknown here */
	expect(0, 0, 0);
	assert_int_equal(fixture_received(&f, "w2"), 1);
}

/* Even when the table names a port of another segment, which it may for a moment. */
static void stale_entries_do_not_break_isolation(void **state)
{
	static const uint8_t mac[DVS_MAC_LEN] = {0x02, 0, 0, 0, 0, 7};
	uint16_t lan, w1;

	(void)state;
	fixture_add_segment(&f, "wan");
	fixture_add_port(&f, "w1", "wan");
	lan = f.sw->shared.snapshot->ports[fixture_dev(&f, "p1")->id].segment;
	w1 = fixture_dev(&f, "w1")->id;
	dvs_fdb_learn(f.sw->fdb, dvs_fdb_key(mac, lan), w1, 1);
	fixture_send(&f, "p1", 7, 1);
	expect(0, 1, 1);
	assert_int_equal(fixture_received(&f, "w1"), 0);
}

static void counts_add_up(void **state)
{
	struct dvs_port_state p1, p2;

	(void)state;
	teach();
	for (unsigned int i = 0; i < 10; i++)
		fixture_send(&f, "p1", 2, 1);
	fixture_run(&f, 1);
	p1 = fixture_state(&f, "p1");
	p2 = fixture_state(&f, "p2");
	assert_int_equal(p1.rx_frames, 11);
	assert_int_equal(p1.rx_bytes, 11 * FIXTURE_FRAME);
	assert_int_equal(p1.delivered, 11);
	assert_int_equal(p1.flooded, 1);
	assert_int_equal(p2.tx_frames, 10 + 2);
	assert_int_equal(p2.tx_bytes, 12 * FIXTURE_FRAME);
	fixture_received(&f, "p2");
}

/* Builds with assertions do not count a frame whose fate no stage has decided. */
static void stops_at_an_undecided_frame(void **state)
{
	struct dvs_worker *worker = dvs_switch_worker(f.sw, 0);
	struct dvs_batch *batch = &worker->batch;
	bool has_assertions = false;
	int status;
	pid_t pid;

	(void)state;
	assert((has_assertions = true));
	if (!has_assertions)
		skip();
	teach();
	batch->n = 1;
	batch->in_port[0] = fixture_dev(&f, "p1")->id;
	batch->verdict[0] = DVS_VERDICT_DROP + DVS_DROP_SAME_PORT;
	dvs_worker_account(worker, batch);
	batch->verdict[0] = DVS_VERDICT_PENDING;
	pid = fork();
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO); /* the assertion has a message */
		dvs_worker_account(worker, batch);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Packet memory may be the child's too, which has left this open. */
	if (worker->guard.sequence % 2 != 0)
		dvs_stats_end(&worker->guard);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(floods_unknown_then_learns),
		TEST(ages_after_300_seconds),
		TEST(moves_to_another_port),
		TEST(reports_at_most_1000_moves_a_second),
		TEST(static_entry_stands),
		TEST(flush_forgets_dynamic_entries),
		TEST(reports_once_and_no_more_than_a_batch_may),
		TEST(limit_of_a_segment_refuses),
		TEST(drops_runts),
		TEST(drops_oversize),
		TEST(drops_bad_sources),
		TEST(drops_bad_length_types),
		TEST(drops_reserved_destinations),
		TEST(drops_at_a_disabled_port),
		TEST(drops_what_stays_at_its_port),
		TEST(drops_without_destination_or_link),
		TEST(forgets_what_was_behind_a_lost_link),
		TEST(drops_at_a_full_destination),
		TEST(drops_above_the_destinations_mtu),
		TEST(order_is_kept),
		TEST(segments_are_isolated),
		TEST(stale_entries_do_not_break_isolation),
		TEST(counts_add_up),
		TEST(stops_at_an_undecided_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
