/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker's cycles are shared by its ports, whatever their frames cost. */
#include "fixture.h"

#include <stdio.h>

#include "stats.h"
#include "turn.h"

#define LISTENERS 60

static struct fixture f;

static int set_up(void **state)
{
	char name[DVS_NAME_LEN];

	(void)state;
	fixture_create_lan(&f, 1, false, "flooder victim peer");
	for (unsigned int i = 0; i < LISTENERS; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		fixture_add_port(&f, name, "lan");
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* Time is how many frames were sent: what a batch takes is what it is worth. */
static uint64_t sent_ns(const struct dvs_clock *clock)
{
	uint64_t frames = fixture_dev(&f, "peer")->stats[0]->tx_frames +
			  LISTENERS * fixture_dev(&f, "l0")->stats[0]->tx_frames;

	return clock->warped_ns + 100 * frames;
}

static uint64_t cycles_of(const char *port)
{
	return fixture_dev(&f, port)->queue_cycles[0];
}

/* As many frames as a batch takes wait at the port. */
static void fill(const char *port, uint8_t dst, uint8_t src)
{
	for (unsigned int i = 0; i < DVS_BATCH_MAX; i++)
		fixture_send(&f, port, dst, src);
}

static void empty(void)
{
	char name[DVS_NAME_LEN];

	for (unsigned int i = 0; i < LISTENERS; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		fixture_received(&f, name);
	}
	fixture_received(&f, "peer");
	fixture_received(&f, "victim");
	fixture_received(&f, "flooder");
}

/* Sweeps until the victim had n batches; returns how many the flooder had in this time. */
static unsigned int run(unsigned int n)
{
	unsigned int flooded = 0, victims = 0;
	uint64_t flooder = 0, victim = 0;

	while (victims < n) {
		uint64_t now;

		if (fixture_state(&f, "flooder").rx_frames != flooder || flooder == 0)
			fill("flooder", 0xff, 1);
		if (fixture_state(&f, "victim").rx_frames != victim || victim == 0)
			fill("victim", 3, 2);
		flooder = fixture_state(&f, "flooder").rx_frames;
		victim = fixture_state(&f, "victim").rx_frames;
		dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
		now = fixture_state(&f, "flooder").rx_frames;
		flooded += now != flooder;
		now = fixture_state(&f, "victim").rx_frames;
		victims += now != victim;
		empty();
	}
	return flooded;
}

static void who_floods_gets_no_more_cycles(void **state)
{
	uint64_t flooder, victim;

	(void)state;
	f.clock.now_ns = sent_ns;
	fixture_send(&f, "peer", 0xff, 3);
	fixture_run(&f, 2);
	run(100);
	flooder = cycles_of("flooder");
	victim = cycles_of("victim");
	assert_true(run(1000) < 50); /* a batch of a flood costs much more */
	flooder = cycles_of("flooder") - flooder;
	victim = cycles_of("victim") - victim;
	assert_true(flooder < 2 * victim);
	assert_true(victim < 2 * flooder);
}

/* ---- the accounts alone ---- */

/* Ports 1 and 2, with a queue each, and port 3 with four. */
static struct dvs_poll polls[] = {{.port = 1}, {.port = 2}, {.port = 3},
				  {.port = 3}, {.port = 3}, {.port = 3}};
static struct dvs_snapshot_worker mine = {
	.polls = polls, .n_polls = 6, .first_poll = {[1] = 0, [2] = 1, [3] = 2}};
static struct dvs_turn turn;

static int set_up_accounts(void **state)
{
	(void)state;
	turn = (struct dvs_turn){.next_least = UINT64_MAX};
	return 0;
}

static void begin(void)
{
	dvs_turn_begin(&turn, &mine);
}

/* n frames from the queue, unless it is passed over. */
static bool poll_one(unsigned int queue, unsigned int n, uint64_t cycles)
{
	if ((turn.passed[0] >> queue & 1) != 0)
		return false;
	dvs_turn_charge(&turn, polls[queue].port, n, cycles);
	return true;
}

static void alone_nobody_waits(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		begin();
		assert_true(poll_one(0, DVS_BATCH_MAX, 1000000));
	}
}

static void frames_now_and_then_hold_nobody_up(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		begin();
		assert_true(poll_one(0, 1, 100));
		assert_true(poll_one(1, DVS_BATCH_MAX, 1000000));
	}
}

static void idle_time_is_not_saved_up(void **state)
{
	unsigned int turns = 0;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		begin();
		poll_one(0, DVS_BATCH_MAX, 10000);
	}
	for (unsigned int i = 0; i < 1000; i++) {
		begin();
		poll_one(1, DVS_BATCH_MAX, 10000);
		turns += poll_one(0, DVS_BATCH_MAX, 10000);
	}
	assert_true(turns > 990);
}

static void who_is_ahead_waits_for_those_who_are_there_only(void **state)
{
	(void)state;
	begin();
	poll_one(0, DVS_BATCH_MAX, 1000000);
	poll_one(1, DVS_BATCH_MAX, 1000);
	begin();
	assert_false(poll_one(0, DVS_BATCH_MAX, 1000)); /* and nothing from the other */
	begin();
	assert_true(poll_one(0, DVS_BATCH_MAX, 1000));
}

static void cost_decides_how_often(void **state)
{
	unsigned int n_cheap = 0, n_dear = 0;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		begin();
		n_cheap += poll_one(0, DVS_BATCH_MAX, 7000);
		n_dear += poll_one(1, DVS_BATCH_MAX, 700000);
	}
	assert_in_range(n_cheap, 99 * n_dear, 101 * n_dear);
	assert_int_equal(n_cheap, 50000);
}

static void all_queues_of_a_port_have_one_answer(void **state)
{
	unsigned int n[4] = {0}, n_one = 0;

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		begin();
		for (unsigned int q = 0; q < 4; q++)
			n[q] += poll_one(2 + q, DVS_BATCH_MAX, 20000);
		n_one += poll_one(0, DVS_BATCH_MAX, 20000);
	}
	for (unsigned int q = 1; q < 4; q++)
		assert_int_equal(n[q], n[0]);
	assert_in_range(n_one, 4 * n[0] - 8, 4 * n[0] + 8);
}

static void new_numbers_let_all_go(void **state)
{
	(void)state;
	begin();
	poll_one(0, DVS_BATCH_MAX, 1000000);
	poll_one(1, DVS_BATCH_MAX, 1000);
	begin();
	assert_false(poll_one(0, DVS_BATCH_MAX, 1000));
	assert_true(poll_one(1, DVS_BATCH_MAX, 1000));
	dvs_turn_forget(&turn);
	begin();
	assert_true(poll_one(0, DVS_BATCH_MAX, 1000));
	poll_one(1, DVS_BATCH_MAX, 1000);
	begin();
	assert_false(poll_one(0, DVS_BATCH_MAX, 1000)); /* but they have to pay */
}

#define ACCOUNTS(test) cmocka_unit_test_setup(test, set_up_accounts)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_floods_gets_no_more_cycles, set_up, tear_down),
		ACCOUNTS(alone_nobody_waits),
		ACCOUNTS(frames_now_and_then_hold_nobody_up),
		ACCOUNTS(idle_time_is_not_saved_up),
		ACCOUNTS(who_is_ahead_waits_for_those_who_are_there_only),
		ACCOUNTS(cost_decides_how_often),
		ACCOUNTS(all_queues_of_a_port_have_one_answer),
		ACCOUNTS(new_numbers_let_all_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
