/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits towards ports: rates, what waits and what is dropped, and what becomes of queues. */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "egress.h"
#include "queues.h"
#include "tcp_frame.h"

#define LENGTH 1000
#define US     UINT64_C(1000)
#define MS     (1000 * US)

static struct fixture f;
static uint32_t sent_number;

/* p1, p2, p3 behind MACs 1, 2, 3. */
static void set_up(uint16_t n_workers)
{
	static const char *const ports[] = {"p1", "p2", "p3"};

	fixture_create_lan(&f, n_workers, false, "p1 p2 p3");
	for (unsigned int i = 0; i < 3; i++) {
		struct dvs_static_mac mac;
		char text[] = "02:00:00:00:00:01";

		text[16] = (char)('1' + i);
		mac = fixture_mac("lan", text, ports[i]);
		assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	}
	sent_number = 0;
}

static void send_long(const char *port, uint8_t dst, uint32_t length)
{
	uint8_t frame[9000] = {0};

	fixture_frame(frame, dst, 1);
	memcpy(frame + 20, &sent_number, sizeof(sent_number));
	sent_number++;
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, frame, length, NULL), 0);
}

/* So many frames, in batches. */
static void send_many(uint8_t dst, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		send_long("p1", dst, LENGTH);
		if (i % 32 == 31)
			fixture_run(&f, 1);
	}
	fixture_run(&f, 1);
}

static void pass_time(uint64_t ns)
{
	for (uint64_t t = 0; t < ns; t += 20 * US) {
		dvs_clock_warp(&f.clock, 20 * US);
		fixture_run(&f, 1);
	}
}

/* Frames that have come to the port, which are in order. */
static unsigned int receive(const char *port)
{
	static struct dvs_mem_frame frame;
	uint32_t number, last = 0;
	unsigned int n = 0;

	for (; dvs_mem_collect(fixture_dev(&f, port), 0, &frame); n++) {
		memcpy(&number, frame.data + 20, sizeof(number));
		assert_true(n == 0 || number > last);
		last = number;
	}
	return n;
}

static struct dvs_queue_state queue(const char *port)
{
	struct dvs_queue_state state;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(f.sw, &dvs_queue_type, &cursor, &state, 1) == 1 &&
		    strcmp(state.port, port) == 0)
			return state;
	} while (cursor != 0);
	memset(&state, 0, sizeof(state));
	return state;
}

static void a_rate_is_kept(void **state)
{
	unsigned int n = 0;

	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "80Mbps"); /* 10 frames a millisecond */
	for (unsigned int i = 0; i < 100; i++) {
		send_many(2, 15);
		pass_time(MS);
		n += receive("p2");
	}
	assert_in_range(n, 1000, 1020);
	assert_in_range(queue("p2").waiting, 400, 520); /* 50 ms */
	assert_int_equal(queue("p2").frames, n);
	pass_time(60 * MS);
	assert_in_range(receive("p2"), 400, 520);
	assert_int_equal(queue("p2").waiting, 0);
	assert_true(queue("p2").delays[16] > 300); /* 33 to 66 ms */
	assert_int_equal(queue("p2").delays[17], 0);
	fixture_free(&f);
}

static void frames_within_the_rate_do_not_wait(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "80Mbps");
	for (unsigned int i = 0; i < 1000; i++) {
		send_long("p1", 2, LENGTH);
		fixture_run(&f, 1);
		assert_int_equal(receive("p2"), 1);
		dvs_clock_warp(&f.clock, 101 * US);
	}
	assert_int_equal(queue("p2").waited, 0);
	assert_int_equal(queue("p2").bytes, 1000 * LENGTH);
	assert_int_equal(queue("p1").frames, 0); /* none there */
	fixture_free(&f);
}

static void packets_are_limited(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_pps", "1kpps");
	send_many(2, 200);
	assert_in_range(receive("p2"), 3, 4);
	pass_time(100 * MS);
	assert_in_range(receive("p2"), 99, 101);
	pass_time(200 * MS);
	receive("p2");
	fixture_free(&f);
}

/* To the port they came from they are delivered, unless the queue is full. */
static void a_full_queue_is_counted_on_both_sides(void **state)
{
	struct dvs_port_state p1;

	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps"); /* the queue: 50 kB */
	send_many(2, 300);
	p1 = fixture_state(&f, "p1");
	assert_in_range(p1.delivered, 53, 55); /* with a burst of two frames and some */
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_QUEUE_FULL), 300 - p1.delivered);
	assert_int_equal(queue("p2").drops[DVS_QUEUE_DROP_FULL], 300 - p1.delivered);
	assert_int_equal(fixture_state(&f, "p2").tx_dropped, 300 - p1.delivered);
	pass_time(60 * MS);
	assert_int_equal(receive("p2"), p1.delivered);
	fixture_free(&f);
}

/* Each port has its own: floods and other ports go on as they do. */
static void floods_wait_where_they_have_to(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(0xff, 40);
	assert_int_equal(receive("p3"), 40);
	assert_in_range(receive("p2"), 3, 5);
	fixture_set(&f, "p3", "to_rate", "16Mbps");
	send_many(0xff, 10);
	pass_time(60 * MS);
	assert_int_equal(receive("p3"), 10);
	assert_in_range(receive("p2"), 45, 47);
	assert_int_equal(fixture_state(&f, "p1").delivered, 50);
	fixture_free(&f);
}

static void a_rate_changes_while_frames_wait(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(2, 40);
	receive("p2");
	fixture_set(&f, "p2", "to_rate", "80Mbps");
	fixture_run(&f, 1);
	assert_int_equal(receive("p2"), 0); /* the change gives nothing away */
	pass_time(MS);
	assert_in_range(receive("p2"), 9, 12);
	assert_int_equal(queue("p2").waited, queue("p2").frames - 4);
	fixture_set(&f, "p2", "to_rate", "800Mbps");
	pass_time(MS);
	assert_int_equal(queue("p2").waiting, 0);
	assert_int_equal(queue("p2").frames, 40);
	receive("p2");
	fixture_free(&f);
}

static void without_limits_the_queue_empties_and_is_gone(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(2, 40);
	receive("p2");
	fixture_set(&f, "p2", "to_rate", "off");
	assert_in_range(queue("p2").waiting, 35, 37);
	pass_time(100 * US);
	assert_in_range(receive("p2"), 35, 37);
	dvs_switch_poll(f.sw);
	assert_string_equal(queue("p2").port, ""); /* none any more */
	assert_null(f.sw->shared.snapshot->ports[fixture_dev(&f, "p2")->id].egress);
	send_many(2, 100);
	assert_int_equal(receive("p2"), 100);
	fixture_free(&f);
}

static void a_port_goes_with_its_queue(void **state)
{
	struct dvs_static_mac mac;

	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(2, 40);
	mac = fixture_mac("lan", "02:00:00:00:00:02", "p2");
	assert_int_equal(fixture_delete(&f, &dvs_mac_type, &mac), 0);
	fixture_delete_port(&f, "p2");
	assert_int_equal(f.sw->workers[0]->egress.n_mbufs, 0);
	pass_time(10 * MS);
	send_many(3, 10);
	assert_int_equal(receive("p3"), 10);
	fixture_free(&f);
}

/* The port is made anew: what waits for it goes to the new one. */
static void a_queue_outlives_a_session(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(2, 40);
	receive("p2");
	fixture_set(&f, "p2", "ifname", "other");
	pass_time(60 * MS);
	assert_in_range(receive("p2"), 35, 37);
	fixture_free(&f);
}

static void without_link_the_queue_is_lost_and_counted(void **state)
{
	struct dvs_portdev *dev;

	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	send_many(2, 40);
	receive("p2");
	dev = fixture_dev(&f, "p2");
	dvs_portdev_set_link(dev, DVS_LINK_DOWN, 0, 0);
	pass_time(60 * MS);
	assert_int_equal(queue("p2").waiting, 0);
	assert_in_range(queue("p2").drops[DVS_QUEUE_DROP_PORT], 35, 37);
	send_many(2, 10);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DEST_DOWN), 10);
	dvs_portdev_set_link(dev, DVS_LINK_UP, 1, UINT32_MAX);
	send_many(2, 3);
	assert_int_equal(receive("p2"), 3);
	fixture_free(&f);
}

static void a_port_that_is_full_loses_what_waited(void **state)
{
	(void)state;
	set_up(1);
	fixture_set(&f, "p2", "to_rate", "80Mbps");
	dvs_mem_set_room(fixture_dev(&f, "p2"), 10);
	send_many(2, 100);
	pass_time(20 * MS);
	assert_int_equal(receive("p2"), 10);
	assert_int_equal(queue("p2").drops[DVS_QUEUE_DROP_PORT] + queue("p2").waited +
				 fixture_drops(&f, "p1", DVS_DROP_DEST_FULL),
			 90); /* but for the burst */
	fixture_free(&f);
}

/* Queues hold no more than their part of half of the buffers, one of them no more than half of
 * that, and what does not wait finds buffers. */
static void queues_leave_buffers_for_others(void **state)
{
	uint32_t most;

	(void)state;
	set_up(1);
	most = f.sw->workers[0]->egress.max_mbufs;
	assert_in_range(most, DVS_TEST_BUFFERS / 2 - 1, DVS_TEST_BUFFERS / 2);
	fixture_set(&f, "p2", "to_rate", "100Mbps");
	fixture_set(&f, "p2", "to_queue", "5000");
	fixture_set(&f, "p3", "to_rate", "100Mbps");
	fixture_set(&f, "p3", "to_queue", "5000");
	send_many(2, most);
	assert_int_equal(f.sw->workers[0]->egress.n_mbufs, most / 2);
	assert_true(fixture_drops(&f, "p1", DVS_DROP_QUEUE_FULL) >= most / 2 - 20);
	send_many(3, most);
	assert_in_range(f.sw->workers[0]->egress.n_mbufs, most - 1, most);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_NO_BUFFER), 0);
	fixture_free(&f);
}

/* A TCP frame from p1 that asks for its checksum only; ecn: of its traffic class. */
static void build_small(struct tcp_frame *tcp, uint32_t payload, const char *dst, uint8_t ecn)
{
	const struct tcp_frame_plan plan = {.payload = payload, .flags = 0x10, .gso_size = 1400};
	uint8_t *ip;
	uint16_t sum;

	tcp_frame_build(tcp, &plan);
	memcpy(tcp->bytes, dst, 6);
	memcpy(tcp->bytes + 6, "\x02\0\0\0\0\x01", 6);
	tcp->offload.gso = DVS_GSO_NONE;
	tcp->offload.gso_size = 0;
	ip = tcp->bytes + tcp->l3;
	ip[1] = ecn;
	memset(ip + 10, 0, 2);
	sum = (uint16_t)~slow_sum(ip, 20, 0);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

static void send_tcp(const struct tcp_frame *tcp)
{
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, tcp->bytes, tcp->length, &tcp->offload),
		0);
}

/* The frames' bytes, as a receiver of segments would see them. */
static void large_frames_become_segments_at_low_rates(void **state)
{
	static const struct tcp_frame_plan plan = {
		.payload = 20000, .gso_size = 1400, .flags = 0x18, .sequence = 77, .id = 9};
	static struct tcp_frame tcp;
	static struct dvs_mem_frame frame;
	unsigned int n = 0;

	(void)state;
	set_up(1);
	tcp_frame_build(&tcp, &plan);
	memcpy(tcp.bytes, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	fixture_set(&f, "p2", "to_rate", "80Mbps");
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, tcp.bytes, tcp.length, &tcp.offload), 0);
	fixture_run(&f, 1);
	pass_time(500 * US);
	assert_in_range(queue("p2").waiting, 3, 6);
	pass_time(5 * MS);
	while (dvs_mem_collect(fixture_dev(&f, "p2"), 0, &frame)) {
		const char *wrong = tcp_frame_judge(&tcp, n++, frame.data, frame.length);

		if (wrong != NULL)
			fail_msg("segment %u: %s", n - 1, wrong);
	}
	assert_int_equal(n, 15);
	assert_int_equal(fixture_state(&f, "p1").delivered, 1);

	/* At a high one they go as they are, and count as what they become. */
	fixture_set(&f, "p2", "to_rate", "1Gbps");
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, tcp.bytes, tcp.length, &tcp.offload), 0);
	pass_time(MS);
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &frame));
	assert_int_equal(frame.length, tcp.length);
	assert_int_equal(queue("p2").bytes, 2 * (20000 + 15 * 54));
	fixture_free(&f);
}

/* What the receivers of a flood do with their copies does not touch those of others. */
static void shared_frames_stay_whole(void **state)
{
	static struct tcp_frame tcp;
	static struct dvs_mem_frame frame;

	(void)state;
	set_up(1);
	build_small(&tcp, 1000, "\xff\xff\xff\xff\xff\xff", 0);
	fixture_set(&f, "p2", "to_rate", "80Mbps");
	fixture_set(&f, "p3", "to_rate", "40Mbps");
	/* p3 does not take requests for checksums. */
	dvs_portdev_set_link(fixture_dev(&f, "p3"), DVS_LINK_UP, 1, 0);
	for (unsigned int i = 0; i < 20; i++)
		send_tcp(&tcp);
	pass_time(20 * MS);
	for (unsigned int i = 0; i < 40; i++) {
		uint32_t length = tcp.length - tcp.l4;
		uint16_t sum;

		assert_true(dvs_mem_collect(fixture_dev(&f, i < 20 ? "p2" : "p3"), 0, &frame));
		assert_int_equal(frame.length, tcp.length);
		if (frame.offload.needs_csum) {
			assert_memory_equal(frame.data, tcp.bytes, tcp.length);
			continue;
		}
		sum = slow_sum(frame.data + tcp.l3 + 12, 8, 6 + length); /* pseudo-header */
		assert_int_equal(slow_sum(frame.data + tcp.l4, length, sum), 0xffff);
	}
	fixture_free(&f);
}

/* Frames for the port go to the worker that has its queue 0, wherever they come from. */
static void queues_move_with_what_waits(void **state)
{
	struct dvs_queue_move move;
	struct dvs_port_object *p2;
	uint8_t before;

	(void)state;
	set_up(2);
	fixture_set(&f, "p2", "to_rate", "8Mbps");
	p2 = (void *)dvs_table_lookup(&f.sw->model.ports, "p2");
	send_many(2, 30);
	send_many(2, 10);
	fixture_run(&f, 2);
	receive("p2");
	before = p2->queue_worker[0];
	move = (struct dvs_queue_move){p2, 0, (uint8_t)(1 - before)};
	assert_int_equal(dvs_queues_move(f.sw, &move, 1), 0);
	assert_int_equal(f.sw->workers[before]->egress.n_mbufs, 0);
	assert_in_range(f.sw->workers[1 - before]->egress.n_mbufs, 35, 37);
	pass_time(20 * MS);
	assert_in_range(receive("p2"), 19, 21);
	send_many(2, 10);
	pass_time(60 * MS);
	assert_in_range(receive("p2"), 25, 27);
	fixture_free(&f);
}

/* p2 gets a frame too many for half a second; how many of them were marked. */
static unsigned int stand(uint8_t ecn)
{
	static struct tcp_frame tcp;
	static struct dvs_mem_frame frame;
	unsigned int n_marked = 0;

	build_small(&tcp, LENGTH - 54, "\x02\0\0\0\0\x02", ecn);
	for (unsigned int i = 0; i < 30; i++)
		send_tcp(&tcp);
	for (unsigned int i = 0; i < 500; i++) {
		send_tcp(&tcp);
		pass_time(MS);
		while (dvs_mem_collect(fixture_dev(&f, "p2"), 0, &frame)) {
			n_marked += (frame.data[tcp.l3 + 1] & 3) == 3;
			assert_int_equal(slow_sum(frame.data + tcp.l3, 20, 0), 0xffff);
		}
	}
	return n_marked;
}

/* A queue that stands has its frames marked where they allow it, else dropped. */
static void queues_that_stand_are_thinned_out(void **state)
{
	(void)state;
	for (uint8_t ecn = 0; ecn < 3; ecn++) {
		struct dvs_queue_state q;
		unsigned int n_marked;

		set_up(1);
		fixture_set(&f, "p2", "to_rate", "8Mbps"); /* a frame a millisecond */
		n_marked = stand(ecn);
		q = queue("p2");
		assert_int_equal(q.marked, n_marked);
		assert_in_range(ecn == 0 ? q.drops[DVS_QUEUE_DROP_DELAY] : n_marked, 6, 40);
		assert_int_equal(ecn == 0 ? n_marked : q.drops[DVS_QUEUE_DROP_DELAY], 0);
		pass_time(100 * MS);
		fixture_received(&f, "p2");
		fixture_free(&f);
	}
}

/* Limits come, change and go, queues move and ports too, while workers run: nothing is lost track
 * of. */
static void all_of_it_changes_under_load(void **state)
{
	static const char *const rates[] = {"8Mbps", "off", "800Mbps", "80Mbps"};
	struct dvs_portdev *p1;

	(void)state;
	fixture_create_lan(&f, 2, true, "p1 p2 p3 up");
	fixture_set(&f, "up", "uplink", "true");
	p1 = fixture_dev(&f, "p1");
	for (unsigned int i = 0; i < 400; i++) {
		uint8_t frame[LENGTH] = {0};

		for (unsigned int k = 0; k < 20; k++) {
			fixture_frame(frame, 0xff, 1);
			dvs_mem_inject(p1, 0, frame, sizeof(frame), NULL);
		}
		dvs_clock_warp(&f.clock, 300 * US);
		if (i % 3 == 0)
			fixture_set(&f, "p2", "to_rate", rates[i / 3 % 4]);
		if (i % 5 == 0)
			fixture_set(&f, "up", "to_rate", rates[i / 5 % 4]);
		if (i % 7 == 0) {
			struct dvs_object *up = dvs_table_lookup(&f.sw->model.ports, "up");
			struct dvs_queue_move move = {(void *)up, 0, (uint8_t)(i / 7 % 2)};

			assert_int_equal(dvs_queues_move(f.sw, &move, 1), 0);
		}
		if (i % 40 == 20)
			fixture_delete_port(&f, "p3");
		else if (i % 40 == 0 && i != 0)
			fixture_add_port(&f, "p3", "lan");
		dvs_switch_poll(f.sw);
		fixture_received(&f, "p2");
		fixture_received(&f, "up");
		if (i % 40 < 20)
			fixture_received(&f, "p3");
	}
	fixture_set(&f, "p2", "to_rate", "off");
	fixture_set(&f, "up", "to_rate", "off");
	for (unsigned int i = 0; i < 2000 && (queue("p2").port[0] | queue("up").port[0]) != 0;
	     i++) {
		dvs_clock_warp(&f.clock, MS);
		dvs_switch_poll(f.sw);
		fixture_received(&f, "p2");
		fixture_received(&f, "up");
		usleep(500);
	}
	dvs_switch_stop(f.sw);
	assert_int_equal(f.sw->workers[0]->egress.n_mbufs, 0);
	assert_int_equal(f.sw->workers[1]->egress.n_mbufs, 0);
	fixture_free(&f);
}

/* ---- values ---- */

static const char *problem(const char *field, const char *text, const char *field2,
			   const char *text2)
{
	const char *wrong, *at = "";
	struct dvs_port port;

	dvs_type_defaults(&dvs_port_type, &port);
	assert_int_equal(dvs_field_parse(dvs_type_field(&dvs_port_type, field), text, &port, NULL),
			 0);
	if (field2 != NULL)
		assert_int_equal(
			dvs_field_parse(dvs_type_field(&dvs_port_type, field2), text2, &port, NULL),
			0);
	wrong = dvs_policy_problem(&port.policy, &at);
	return wrong != NULL ? at : NULL;
}

static void impossible_values_are_refused(void **state)
{
	(void)state;
	assert_null(problem("to_rate", "off", NULL, NULL));
	assert_null(problem("to_rate", "13kbps", NULL, NULL));
	assert_string_equal(problem("to_rate", "12kbps", NULL, NULL), "to_rate");
	assert_string_equal(problem("to_rate", "70kbps", "mtu", "9216"), "to_rate");
	assert_string_equal(problem("to_rate", "100pps", NULL, NULL), "to_rate");
	assert_string_equal(problem("to_pps", "100kbps", NULL, NULL), "to_pps");
	assert_null(problem("to_pps", "1pps", NULL, NULL));
	assert_string_equal(problem("to_burst", "20000", NULL, NULL), "to_burst");
	assert_string_equal(problem("to_burst", "1517", "to_rate", "1Mbps"), "to_burst");
	assert_null(problem("to_burst", "1518", "to_rate", "1Mbps"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(frames_within_the_rate_do_not_wait),
		cmocka_unit_test(packets_are_limited),
		cmocka_unit_test(a_full_queue_is_counted_on_both_sides),
		cmocka_unit_test(floods_wait_where_they_have_to),
		cmocka_unit_test(a_rate_changes_while_frames_wait),
		cmocka_unit_test(without_limits_the_queue_empties_and_is_gone),
		cmocka_unit_test(a_port_goes_with_its_queue),
		cmocka_unit_test(a_queue_outlives_a_session),
		cmocka_unit_test(without_link_the_queue_is_lost_and_counted),
		cmocka_unit_test(a_port_that_is_full_loses_what_waited),
		cmocka_unit_test(queues_leave_buffers_for_others),
		cmocka_unit_test(large_frames_become_segments_at_low_rates),
		cmocka_unit_test(shared_frames_stay_whole),
		cmocka_unit_test(queues_move_with_what_waits),
		cmocka_unit_test(queues_that_stand_are_thinned_out),
		cmocka_unit_test(all_of_it_changes_under_load),
		cmocka_unit_test(impossible_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
