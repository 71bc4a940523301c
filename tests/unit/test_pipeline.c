/* SPDX-License-Identifier: BSD-3-Clause */
/* The packet path from port to port: a real switch, in-memory ports, workers run by hand. */
#include "fixture.h"

#include <string.h>

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 1, false);
	fixture_add_segment(&f, "lan");
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	fixture_add_port(&f, "p3", "lan");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_check_invariant(&f);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(floods_unknown_then_learns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ages_after_300_seconds, set_up, tear_down),
	};

	(void)teach;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
