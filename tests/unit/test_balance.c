/* SPDX-License-Identifier: BSD-3-Clause */
/* Which queue moves where, and when; the ports' `workers`. Loads and time are made up. */
#include "fixture.h"

#include <string.h>

#include "balance.h"

#define SECOND UINT64_C(1000000000)
#define CYCLES 1000000 /* of a worker in a second */

static struct fixture f;

/* ---- the choice ---- */

#define QUEUE(on, takes)                                                                           \
	{                                                                                          \
		.worker = (on), .load = (takes), .allowed = UINT64_MAX, .may_move = true           \
	}

static void nothing_moves_without_need(void **state)
{
	const struct dvs_balance_queue queues[] = {QUEUE(0, 300), QUEUE(0, 300)};
	const uint32_t calm[] = {600, 0}, even[] = {900, 850};
	unsigned int to;

	(void)state;
	assert_int_equal(dvs_balance_choose(queues, 2, calm, 2, &to), -1);
	assert_int_equal(dvs_balance_choose(queues, 2, even, 2, &to), -1);
	assert_int_equal(dvs_balance_choose(queues, 0, even, 2, &to), -1);
}

static void the_move_that_pays_most_is_chosen(void **state)
{
	const struct dvs_balance_queue queues[] = {QUEUE(1, 500), QUEUE(0, 700), QUEUE(0, 200),
						   QUEUE(0, 80)};
	const uint32_t load[] = {980, 500, 400};
	unsigned int to = 9;

	(void)state;
	/* 700 would only make worker 2 the busiest. */
	assert_int_equal(dvs_balance_choose(queues, 4, load, 3, &to), 2);
	assert_int_equal(to, 2);
}

static void one_big_queue_stays(void **state)
{
	const struct dvs_balance_queue queues[] = {QUEUE(0, 990), QUEUE(0, 10)};
	const uint32_t load[] = {1000, 0};
	unsigned int to;

	(void)state;
	assert_int_equal(dvs_balance_choose(queues, 2, load, 2, &to), -1);
}

static void limits_of_queues_are_kept(void **state)
{
	struct dvs_balance_queue queues[] = {QUEUE(0, 400), QUEUE(0, 300)};
	const uint32_t load[] = {1000, 0, 100};
	unsigned int to = 9;

	(void)state;
	queues[0].may_move = false;
	queues[1].allowed = 1 << 0 | 1 << 2;
	assert_int_equal(dvs_balance_choose(queues, 2, load, 3, &to), 1);
	assert_int_equal(to, 2);
	queues[1].allowed = 1 << 0;
	assert_int_equal(dvs_balance_choose(queues, 2, load, 3, &to), -1);
}

/* ---- in a switch ---- */

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 2, false);
	f.sw->balance_s = 5;
	fixture_add_segment(&f, "lan");
	for (unsigned int i = 0; i < 4; i++)
		fixture_add_port(&f, (char[]){(char)('a' + i), '\0'}, "lan");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static unsigned int worker_of(const char *name)
{
	return (unsigned int)__builtin_ctzll(fixture_state(&f, name).workers);
}

/* A second in which each port took so many thousandths of the time of whom it is with. */
static void pass_second(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t loads[] = {a, b, c, d};
	uint64_t busy[2] = {0, 0};

	for (unsigned int i = 0; i < 4; i++) {
		const char name[] = {(char)('a' + i), '\0'};
		uint64_t cycles = (uint64_t)loads[i] * (CYCLES / 1000);

		fixture_dev(&f, name)->queue_cycles[0] += cycles;
		busy[worker_of(name)] += cycles;
	}
	for (unsigned int w = 0; w < 2; w++) {
		struct dvs_worker_counters *counters = &dvs_switch_worker(f.sw, w)->counters;

		busy[w] = busy[w] < CYCLES ? busy[w] : CYCLES;
		counters->busy_cycles += busy[w];
		counters->idle_cycles += CYCLES - busy[w];
	}
	dvs_clock_warp(&f.clock, SECOND);
	dvs_switch_poll(f.sw);
}

static uint64_t moved(void)
{
	return f.sw->queues_moved;
}

/* a and c are worker 0's, b and d worker 1's. */
static void load_is_shared_out(void **state)
{
	(void)state;
	assert_int_equal(worker_of("a"), worker_of("c"));
	assert_int_not_equal(worker_of("a"), worker_of("b"));
	pass_second(500, 10, 450, 10);
	assert_int_equal(moved(), 0); /* it may be over already */
	pass_second(500, 10, 450, 10);
	assert_int_equal(moved(), 1);
	assert_int_not_equal(worker_of("a"), worker_of("c"));
	for (unsigned int i = 0; i < 100; i++)
		pass_second(500, 10, 450, 10);
	assert_int_equal(moved(), 1);
}

static void a_peak_moves_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		pass_second(500, 10, 450, 10);
		pass_second(100, 10, 100, 10);
	}
	assert_int_equal(moved(), 0);
}

static void moves_are_seldom(void **state)
{
	uint64_t before;

	(void)state;
	pass_second(300, 0, 300, 0);
	pass_second(450, 0, 450, 0);
	pass_second(450, 0, 450, 0);
	assert_int_equal(moved(), 1);
	/* Load that follows the queues about, as if to have them all move all the time. */
	before = moved();
	for (unsigned int i = 0; i < 4; i++)
		pass_second(worker_of("a") == 0 ? 400 : 0, worker_of("b") == 0 ? 400 : 0,
			    worker_of("c") == 0 ? 400 : 0, worker_of("d") == 0 ? 400 : 0);
	assert_int_equal(moved(), before);
	for (unsigned int i = 0; i < 50; i++)
		pass_second(worker_of("a") == 0 ? 400 : 0, worker_of("b") == 0 ? 400 : 0,
			    worker_of("c") == 0 ? 400 : 0, worker_of("d") == 0 ? 400 : 0);
	assert_true(moved() - before <= 4); /* each once a minute */
}

static void it_can_be_switched_off(void **state)
{
	(void)state;
	f.sw->balance_s = 0;
	for (unsigned int i = 0; i < 10; i++)
		pass_second(500, 10, 450, 10);
	assert_int_equal(moved(), 0);
}

static void put_workers(const char *name, uint64_t workers)
{
	struct dvs_port port = fixture_port(name, "lan");

	port.workers = workers;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

static void ports_go_where_they_are_told(void **state)
{
	uint32_t sessions = fixture_state(&f, "a").sessions;

	(void)state;
	put_workers("a", 1 << 1);
	put_workers("c", 1 << 1);
	assert_int_equal(worker_of("a"), 1);
	assert_int_equal(worker_of("c"), 1);
	assert_int_equal(fixture_state(&f, "a").sessions, sessions);
	/* Load does not move them from there. */
	for (unsigned int i = 0; i < 10; i++)
		pass_second(500, 0, 450, 0);
	assert_int_equal(worker_of("a"), 1);
	assert_int_equal(worker_of("c"), 1);
	put_workers("a", 1 << 0);
	assert_int_equal(worker_of("a"), 0);
	put_workers("a", UINT64_C(1) << 40); /* there is none */
	assert_int_equal(worker_of("a"), 0);
	put_workers("n", 1 << 1); /* a new port */
	assert_int_equal(worker_of("n"), 1);
}

static void all_queues_of_a_port_move(void **state)
{
	struct dvs_port port = fixture_port("m", "lan");

	(void)state;
	port.queues = 5;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(fixture_state(&f, "m").workers, 3);
	port.workers = 1 << 0;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(fixture_state(&f, "m").workers, 1);
	assert_int_equal(moved(), 2);
	/* It still gets and sends frames, as do others. */
	fixture_send(&f, "m", 0xff, 9);
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "a"), 1);
	assert_int_equal(fixture_received(&f, "b"), 1);
	fixture_send(&f, "b", 9, 2);
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "m"), 1);
	fixture_check_invariant(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_moves_without_need),
		cmocka_unit_test(the_move_that_pays_most_is_chosen),
		cmocka_unit_test(one_big_queue_stays),
		cmocka_unit_test(limits_of_queues_are_kept),
		TEST(load_is_shared_out),
		TEST(a_peak_moves_nothing),
		TEST(moves_are_seldom),
		TEST(it_can_be_switched_off),
		TEST(ports_go_where_they_are_told),
		TEST(all_queues_of_a_port_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
