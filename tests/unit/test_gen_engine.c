/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole trials on two lcores over a ring that gives back what it gets: every kind of load, and
 * what the counts say. Times are generous, as tests share CPUs with anything.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <signal.h>

#include "near.h"
#include "eal.h"
#include "engine.h"
#include "learn.h"
#include "options.h"

static volatile sig_atomic_t interrupt;

static struct dvs_gen_options options;
static struct dvs_engine *engine;
static const struct dvs_capture *capture;

static void start(const char *line)
{
	static char copy[512];
	char program[] = "dvs-gen", *argv[64] = {program}, *save = NULL;
	struct dvs_error err = {0};
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s --pattern self --descriptors 256 --max-lag 10", line);
	for (char *word = strtok_r(copy, " ", &save); word != NULL && argc < 63;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	if (dvs_gen_options_parse(argc, argv, &options, &err) != 0)
		fail_msg("%s: %s", err.field, err.text);
	if (dvs_engine_create(&options, options.is_split ? 2 : 1, capture, &engine, &err) != 0)
		fail_msg("%s: %s", err.field, err.text);
}

static void stop(void)
{
	dvs_engine_free(engine);
	engine = NULL;
	dvs_gen_options_free(&options);
	interrupt = 0;
}

static struct dvs_result run(struct dvs_trial trial)
{
	struct dvs_result result;
	struct dvs_error err = {0};

	if (dvs_engine_run(engine, &trial, NULL, &interrupt, &result, &err) != 0)
		fail_msg("%s: %s", err.field, err.text);
	return result;
}

static struct dvs_trial paced(double pps, double seconds)
{
	return (struct dvs_trial){.load = DVS_LOAD_PACED,
				  .rate = {.kind = DVS_RATE_PPS, .value = pps},
				  .seconds = seconds};
}

static void check_clean(const struct dvs_result *r)
{
	assert_int_equal(r->total.sent, r->total.offered);
	assert_int_equal(r->total.received, r->total.sent);
	assert_int_equal(r->total.lost, 0);
	assert_int_equal(r->total.duplicates + r->total.reordered + r->total.late, 0);
	assert_int_equal(r->total.corrupt, 0);
	assert_int_equal(r->misdelivered + r->foreign, 0);
}

/* Sent to the frame what the schedule says, and all came back. */
static void test_paced(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --flows 100");
	r = run(paced(50000, 0.3));
	check_clean(&r);
	assert_int_equal(r.total.sent, 15000);
	assert_int_equal(r.total.sent_bytes, 15000 * 64);
	assert_int_equal(r.total.received_bytes, 15000 * 64);
	assert_int_equal(dvs_histogram_count(r.latency), 15000);
	/* The last frame leaves an interval before the end, and the trial may be over then. */
	assert_near(r.seconds, 0.3, 1.0 / 50000 + 1e-9);
	dvs_result_fini(&r);
	stop();
}

static void test_paced_by_bits(void **state)
{
	struct dvs_trial trial = paced(0, 0.2);
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --size imix --touch");
	/* 12 frames of the mix have 4342 bytes: 1 kHz of mixes. */
	trial.rate = (struct dvs_rate){.kind = DVS_RATE_BPS, .value = 1000 * 4342 * 8.0};
	r = run(trial);
	check_clean(&r);
	assert_true(r.total.sent >= 2399 && r.total.sent <= 2401);
	dvs_result_fini(&r);
	stop();
}

/* Many trials on one engine: nothing of one is seen in the next. */
static void test_trials_in_turn(void **state)
{
	(void)state;
	start("--port vdev:net_ring0 --ip 6 --l4 tcp --size 128 --macs 50 --spread zipf");
	for (unsigned int i = 1; i <= 5; i++) {
		struct dvs_result r = run(paced(20000, 0.05 * i));

		check_clean(&r);
		assert_int_equal(r.total.sent, 1000 * i);
		dvs_result_fini(&r);
	}
	stop();
}

static void test_count(void **state)
{
	struct dvs_trial trial = paced(100000, 0);
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0");
	trial.count = 4321;
	r = run(trial);
	check_clean(&r);
	assert_int_equal(r.total.sent, 4321);
	dvs_result_fini(&r);
	stop();
}

static void test_max_and_window(void **state)
{
	struct dvs_trial trial = {.load = DVS_LOAD_MAX, .seconds = 0.2};
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --touch --size 1518");
	r = run(trial);
	check_clean(&r);
	assert_true(r.total.sent > 1000);
	dvs_result_fini(&r);
	trial.load = DVS_LOAD_WINDOW;
	trial.window = 7;
	r = run(trial);
	check_clean(&r);
	assert_true(r.total.sent > 100);
	dvs_result_fini(&r);
	stop();
}

/* Frames go round: all that were sent come back, also those under way at the end. */
static void test_forward(void **state)
{
	const struct dvs_trial trial = {.load = DVS_LOAD_FORWARD, .window = 16, .seconds = 0.3};
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --window 16 --forward");
	r = run(trial);
	assert_true(r.total.sent > 1000);
	assert_int_equal(r.total.received, r.total.sent);
	assert_false(r.has_latency);
	dvs_result_fini(&r);
	stop();
}

static void test_long_frames_in_pieces(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --size 12000,9018 --touch");
	assert_true(engine->room < 12000);
	r = run(paced(2000, 0.2));
	check_clean(&r);
	assert_int_equal(r.total.sent, 400);
	assert_int_equal(r.total.received_bytes, 200 * (12000 + 9018));
	dvs_result_fini(&r);
	stop();
}

static void test_split_and_queues(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0 --port vdev:net_ring1 --split");
	r = run(paced(20000, 0.2));
	check_clean(&r);
	assert_int_equal(r.total.sent, 8000);
	assert_int_equal(r.n_streams, 2);
	assert_int_equal(r.streams[1].counts.received, 4000);
	dvs_result_fini(&r);
	stop();
}

/* Nobody takes frames off: a device that drops all of them, whose loss is known exactly. */
static void test_loss(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_null0,no-rx=1");
	r = run(paced(10000, 0.2));
	assert_int_equal(r.total.sent, 2000);
	assert_int_equal(r.total.received, 0);
	assert_int_equal(r.total.lost, 2000);
	assert_near(dvs_result_loss(&r), 1, 1e-9);
	dvs_result_fini(&r);
	stop();
}

/* A closed loop in which all is lost goes on, slowly. */
static void test_window_of_lost_frames(void **state)
{
	const struct dvs_trial trial = {
		.load = DVS_LOAD_WINDOW, .window = 5, .count = 12, .seconds = 100};
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_null0,no-rx=1 --drain 1ms");
	r = run(trial);
	assert_int_equal(r.total.sent, 12);
	assert_int_equal(r.total.lost, 12);
	assert_true(r.seconds >= 0.4 && r.seconds < 100);
	dvs_result_fini(&r);
	stop();
}

static void test_wait_and_learn(void **state)
{
	struct dvs_error err = {0};

	(void)state;
	start("--port vdev:net_ring0 --macs 1000 --learn-rate 1M --settle 1ms");
	assert_int_equal(dvs_learn_wait(engine, &interrupt, &err), 0);
	assert_int_equal(dvs_learn_macs(engine, &interrupt, &err), 0);
	interrupt = 1;
	assert_int_equal(dvs_learn_macs(engine, &interrupt, &err), -EINTR);
	stop();
	start("--port vdev:net_null0,no-rx=1 --wait 50ms");
	assert_int_equal(dvs_learn_wait(engine, &interrupt, &err), -ETIMEDOUT);
	stop();
}

/*
 * All that the schedule has is sent or given up, however little of it the generator can do: a rate
 * that no core reaches, and a lag that gives up at once.
 */
static void test_offered_is_the_schedule(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0");
	options.max_lag = 1e-6;
	r = run(paced(1e9, 0.02));
	assert_int_equal(r.total.offered, 20000000);
	assert_int_equal(r.total.sent + r.total.unsent_full + r.total.unsent_late, 20000000);
	assert_true(r.total.sent < 20000000);
	assert_int_equal(r.total.received, r.total.sent);
	assert_true(r.is_generator_bound);
	assert_true(dvs_result_loss(&r) > 0);
	dvs_result_fini(&r);
	stop();
}

static void test_interrupt(void **state)
{
	struct dvs_result r;

	(void)state;
	start("--port vdev:net_ring0");
	interrupt = 1;
	r = run(paced(1000, 1000));
	assert_true(r.is_interrupted);
	assert_true(r.seconds < 100);
	dvs_result_fini(&r);
	stop();
}

static void test_bad_devices(void **state)
{
	static const char *const ports[] = {"virtio-user:/no/such/socket", "vdev:no_such_driver",
					    "af-packet:no-such-if"};

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		char program[] = "dvs-gen", port[] = "--port", pattern[] = "--pattern=self",
		     spec[64];
		char *argv[] = {program, port, spec, pattern, NULL};
		struct dvs_error err = {0};

		snprintf(spec, sizeof(spec), "%s", ports[i]);
		assert_int_equal(dvs_gen_options_parse(4, argv, &options, &err), 0);
		assert_true(dvs_engine_create(&options, 1, NULL, &engine, &err) < 0);
		assert_non_null(strstr(err.text, ports[i]));
		dvs_gen_options_free(&options);
	}
}

static void test_rates_that_cannot_be(void **state)
{
	struct dvs_trial trial = paced(1, 1);
	struct dvs_result result;
	struct dvs_error err = {0};

	(void)state;
	start("--port vdev:net_ring0");
	trial.rate.value = 1e13;
	assert_int_equal(dvs_engine_run(engine, &trial, NULL, &interrupt, &result, &err), -ERANGE);
	trial.rate.value = 1e-4;
	assert_int_equal(dvs_engine_run(engine, &trial, NULL, &interrupt, &result, &err), -ERANGE);
	stop();
}

static int set_up(void **state)
{
	(void)state;
	return dvs_test_eal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paced),
		cmocka_unit_test(test_paced_by_bits),
		cmocka_unit_test(test_trials_in_turn),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_max_and_window),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_long_frames_in_pieces),
		cmocka_unit_test(test_split_and_queues),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_window_of_lost_frames),
		cmocka_unit_test(test_wait_and_learn),
		cmocka_unit_test(test_offered_is_the_schedule),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_bad_devices),
		cmocka_unit_test(test_rates_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
