/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shaping and policing of what ports send, in a whole switch: queues that are held, workers that
 * share a port, changes while it runs.
 */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "fixture.h"
#include "rate.h"

#define STEP_US 50

static struct fixture f;

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* The queue of port a has frames at all times. */
static void fill(uint16_t queue, uint32_t length)
{
	static uint8_t frame[9014];

	fixture_frame(frame, 2, 1);
	while (dvs_mem_inject(fixture_dev(&f, "a"), queue, frame, length, NULL) == 0)
		;
}

/* Makes the switch know 02 behind b, so that nothing is flooded. */
static void learn_b(void)
{
	fixture_send(&f, "b", 0xff, 2);
	fixture_run(&f, 8);
	fixture_received(&f, "a");
}

static void step(unsigned int queues, uint32_t length)
{
	for (uint16_t q = 0; q < queues; q++)
		fill(q, length);
	fixture_run(&f, 1);
	dvs_clock_warp(&f.clock, STEP_US * 1000);
}

/* Bytes that arrive at b in so many ms. */
static uint64_t send_for(unsigned int ms, unsigned int queues, uint32_t length)
{
	uint64_t before = fixture_state(&f, "b").tx_bytes;

	for (unsigned int us = 0; us < ms * 1000; us += STEP_US) {
		step(queues, length);
		fixture_received(&f, "b");
	}
	return fixture_state(&f, "b").tx_bytes - before;
}

static void a_rate_is_what_was_asked_for(void **state)
{
	static const struct {
		const char *rate;
		double bytes; /* in a tenth of a second */
		uint32_t length;
	} cases[] = {
		{"10Mbps", 125000, 1514},
		{"100Mbps", 1250000, 1514},
		{"1Gbps", 12500000, 1514},
		{"10Mbps", 125000, 64},
	};

	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	learn_b();
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		double margin = cases[i].bytes / 100;

		fixture_set(&f, "a", "from_rate", cases[i].rate);
		send_for(20, 1, cases[i].length);
		for (unsigned int window = 0; window < 3; window++)
			assert_in_range(send_for(100, 1, cases[i].length), cases[i].bytes - margin,
					cases[i].bytes + margin);
	}
	assert_int_equal(fixture_state(&f, "a").dropped, 0);
}

static void wire_bytes_and_packets_count(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	learn_b();
	fixture_set(&f, "a", "from_rate", "10Mbps");
	fixture_set(&f, "a", "rate_counts", "wire");
	send_for(20, 1, 60);
	/* 60 of 84 bytes */
	assert_in_range(send_for(100, 1, 60), 125000 * 60 / 84 - 900, 125000 * 60 / 84 + 900);
	fixture_set(&f, "a", "from_rate", "off");
	fixture_set(&f, "a", "from_pps", "5kpps");
	send_for(20, 1, 60);
	assert_in_range(send_for(100, 1, 60), 495 * 60, 505 * 60);
}

/* Its frames stay where they are, and the worker does not even look at them. */
static void a_held_queue_is_not_polled(void **state)
{
	struct dvs_worker *worker;
	uint64_t batches;

	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	learn_b();
	worker = dvs_switch_worker(f.sw, 0);
	fixture_set(&f, "a", "from_rate", "1Mbps");
	send_for(15, 1, 1514);
	while (worker->n_held == 0)
		step(1, 1514);
	batches = worker->counters.batches;
	fixture_run(&f, 1000); /* the clock stands still */
	assert_int_equal(worker->counters.batches, batches);
	assert_int_equal(worker->n_held, 1);
	assert_int_equal(fixture_state(&f, "a").dropped, 0);
	/* Some are held 12 ms at a time, each of 1514 bytes. */
	send_for(1000, 1, 1514);
	assert_in_range(fixture_state(&f, "a").from_held, 80, 90);
	assert_in_range(fixture_state(&f, "a").from_held_us, 990000, 1030000);
	/* Another port is not concerned. */
	fixture_send(&f, "b", 1, 2);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "a"), 1);
}

static void queues_and_workers_share_the_rate(void **state)
{
	struct dvs_segment lan = fixture_segment("lan");
	struct dvs_port a = fixture_port("a", "lan");

	(void)state;
	fixture_create(&f, 2, false);
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &lan), 0);
	a.queues = 4;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	fixture_add_port(&f, "b", "lan");
	learn_b();
	assert_int_equal(dvs_switch_worker(f.sw, 0)->snapshot->workers[0].n_polls +
				 dvs_switch_worker(f.sw, 1)->snapshot->workers[1].n_polls,
			 5);
	fixture_set(&f, "a", "from_rate", "100Mbps");
	send_for(20, 4, 1514);
	for (unsigned int i = 0; i < 3; i++)
		assert_in_range(send_for(100, 4, 1514), 1250000 * 0.98, 1250000 * 1.01);
	/* One of them alone gets all of it. */
	send_for(100, 1, 1514);
	for (unsigned int i = 0; i < 3; i++)
		assert_in_range(send_for(100, 1, 1514), 1250000 * 0.99, 1250000 * 1.01);
}

/* Within a millisecond, without more than the burst; also out of a long wait. */
static void a_change_holds_at_once(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	learn_b();
	fixture_set(&f, "a", "from_rate", "1Mbps");
	send_for(100, 1, 1514);
	fixture_set(&f, "a", "mtu", "9000");
	fixture_set(&f, "b", "mtu", "9000");
	fill(0, 9014);
	send_for(100, 1, 9014); /* 9014 bytes are 72 ms */
	fixture_set(&f, "a", "from_rate", "100Mbps");
	assert_in_range(send_for(1, 1, 9014), 1, 12500 + 9014);
	assert_in_range(send_for(100, 1, 9014), 1250000 - 12500, 1250000 + 12500 + 9014);
	fixture_set(&f, "a", "from_rate", "10Mbps");
	assert_in_range(send_for(100, 1, 9014), 125000 - 9014, 125000 + 9014);
	/* Changing other things changes nothing here: no burst is given away. */
	for (unsigned int i = 0; i < 20; i++) {
		fixture_set(&f, "b", "mac_limit", i % 2 == 0 ? "5" : "7");
		fixture_set(&f, "a", "mac_limit", i % 2 == 0 ? "0" : "7");
		assert_in_range(send_for(10, 1, 1514), 0, 12500 + 9014);
	}
	fixture_set(&f, "a", "from_rate", "off");
	assert_true(send_for(1, 1, 1514) > 12500);
	assert_int_equal(dvs_switch_worker(f.sw, 0)->n_held, 0);
}

/* Ports come and go, queues move, while queues are held. */
static void holds_end_with_their_list(void **state)
{
	struct dvs_worker *workers[2];

	(void)state;
	fixture_create_lan(&f, 2, false, "a b c");
	learn_b();
	workers[0] = dvs_switch_worker(f.sw, 0);
	workers[1] = dvs_switch_worker(f.sw, 1);
	fixture_set(&f, "a", "from_rate", "1Mbps");
	send_for(50, 1, 1514);
	while (workers[0]->n_held + workers[1]->n_held == 0)
		step(1, 1514);
	fixture_set(&f, "a", "workers", "1");
	fixture_run(&f, 1);
	assert_int_equal(workers[0]->n_held, 0);
	assert_in_range(send_for(1000, 1, 1514), 125000 - 1514, 125000 + 1514);
	fixture_delete_port(&f, "c");
	assert_in_range(send_for(1000, 1, 1514), 125000 - 1514, 125000 + 1514);
	while (workers[1]->n_held == 0)
		step(1, 1514);
	fixture_delete_port(&f, "a"); /* workers look at it later */
	dvs_clock_warp(&f.clock, 1000000000);
	fixture_run(&f, 2);
	assert_int_equal(workers[1]->n_held, 0);
	assert_int_equal(dvs_wheel_next(&workers[1]->wheel), UINT64_MAX);
	fixture_add_port(&f, "a", "lan");
	learn_b();
	assert_true(send_for(10, 1, 1514) > 12500); /* its rate went with it */
}

static void policing_drops(void **state)
{
	struct dvs_port_state port;
	uint64_t bytes;

	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	learn_b();
	fixture_set(&f, "a", "from_mode", "police");
	fixture_set(&f, "a", "from_burst", "20000");
	fixture_set(&f, "a", "from_rate", "10Mbps");
	send_for(20, 1, 1514);
	bytes = send_for(1000, 1, 1514);
	assert_in_range(bytes, 1250000 - 1514, 1250000 + 1514);
	port = fixture_state(&f, "a");
	assert_int_equal(port.dropped, fixture_drops(&f, "a", DVS_DROP_FROM_RATE));
	assert_true(port.dropped > 100000);
	assert_int_equal(port.from_held, 0);
	assert_int_equal(port.rx_frames, port.delivered + port.dropped);
	fixture_set(&f, "a", "from_rate", "off");
	bytes = port.dropped;
	send_for(10, 1, 1514);
	assert_int_equal(fixture_state(&f, "a").dropped, bytes);
}

static void check_refused(const char *field, const char *text, const char *field2,
			  const char *text2, const char *wrong, const char *why)
{
	struct dvs_port port = fixture_port("a", "lan");

	assert_int_equal(dvs_field_parse(dvs_type_field(&dvs_port_type, field), text, &port, NULL),
			 0);
	if (field2 != NULL)
		assert_int_equal(
			dvs_field_parse(dvs_type_field(&dvs_port_type, field2), text2, &port, NULL),
			0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), wrong != NULL ? -EINVAL : 0);
	if (wrong == NULL)
		return;
	assert_string_equal(f.err.field, wrong);
	assert_string_equal(f.err.object, "port a");
	if (strstr(f.err.text, why) == NULL)
		fail_msg("%s", f.err.text);
}

static void bad_rates_are_refused(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "a b");
	check_refused("from_rate", "12111bps", NULL, NULL, "from_rate", "one frame");
	check_refused("from_rate", "12112bps", NULL, NULL, NULL, NULL);
	check_refused("from_rate", "100kbps", "mtu", "9216", NULL, NULL);
	check_refused("from_rate", "73kbps", "mtu", "9216", "from_rate", "one frame");
	check_refused("from_rate", "10kpps", NULL, NULL, "from_rate", "from_pps");
	check_refused("from_rate", "10Mbps", "from_peak", "9Mbps", "from_peak", "from_rate");
	check_refused("from_rate", "10Mbps", "from_peak", "10Mbps", NULL, NULL);
	check_refused("from_peak", "1kbps", NULL, NULL, "from_peak", "frame");
	check_refused("from_burst", "1513", NULL, NULL, "from_burst", "frame");
	check_refused("from_burst", "1514", "from_rate", "1Mbps", NULL, NULL);
	check_refused("from_burst", "500000000", "from_rate", "1Mbps", "from_burst", "hour");
	check_refused("from_pps", "10Mbps", NULL, NULL, "from_pps", "packets");
	check_refused("from_pps", "1pps", NULL, NULL, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_rate_is_what_was_asked_for),
		TEST(wire_bytes_and_packets_count),
		TEST(a_held_queue_is_not_polled),
		TEST(queues_and_workers_share_the_rate),
		TEST(a_change_holds_at_once),
		TEST(holds_end_with_their_list),
		TEST(policing_drops),
		TEST(bad_rates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
