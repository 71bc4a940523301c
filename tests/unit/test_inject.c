/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the switch itself: to a port, to a segment, over workers, to what is gone. */
#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "inject.h"

static void set_up(struct fixture *fixture, uint16_t n_workers)
{
	fixture_create(fixture, n_workers, false);
	fixture_add_segment(fixture, "lan");
	fixture_add_segment(fixture, "other");
	fixture_add_port(fixture, "a", "lan");
	fixture_add_port(fixture, "b", "lan");
	fixture_add_port(fixture, "c", "lan");
	fixture_add_port(fixture, "d", "other");
}

static uint16_t id_of(const struct dvs_table *table, const char *name)
{
	return (uint16_t)dvs_table_lookup(table, name)->id;
}

static int inject(struct fixture *fixture, const char *segment, const char *port, size_t length)
{
	uint16_t to = port != NULL ? id_of(&fixture->sw->model.ports, port) : DVS_PORT_FLOOD;
	uint8_t frame[DVS_INJECT_MAX + 1] = {0};

	fixture_frame(frame, 0xff, 1);
	return dvs_inject(fixture->sw, id_of(&fixture->sw->model.segments, segment), to, frame,
			  length);
}

static void check(struct fixture *fixture, unsigned int a, unsigned int b, unsigned int c,
		  unsigned int d)
{
	fixture_run(fixture, 3);
	assert_int_equal(fixture_received(fixture, "a"), a);
	assert_int_equal(fixture_received(fixture, "b"), b);
	assert_int_equal(fixture_received(fixture, "c"), c);
	assert_int_equal(fixture_received(fixture, "d"), d);
	fixture_check_invariant(fixture);
}

static void to_port_and_segment(uint16_t n_workers)
{
	struct dvs_port_state state;
	struct fixture fixture;

	set_up(&fixture, n_workers);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(inject(&fixture, "lan", "b", FIXTURE_FRAME), 0);
	check(&fixture, 0, 3, 0, 0);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(inject(&fixture, "lan", NULL, FIXTURE_FRAME), 0);
	check(&fixture, 100, 100, 100, 0);
	assert_int_equal(inject(&fixture, "other", "a", FIXTURE_FRAME), 0); /* not in there */
	check(&fixture, 0, 0, 0, 0);
	state = fixture_state(&fixture, "b");
	assert_int_equal(state.tx_frames, 103);
	assert_int_equal(state.rx_frames, 0);
	fixture_free(&fixture);
}

static void with_one_worker(void **state)
{
	(void)state;
	to_port_and_segment(1);
}

static void with_three_workers(void **state)
{
	(void)state;
	to_port_and_segment(3);
}

static void limits(void **state)
{
	struct fixture fixture;
	unsigned int n = 0;
	int ret;

	(void)state;
	set_up(&fixture, 1);
	assert_int_equal(inject(&fixture, "lan", "a", 13), -EINVAL);
	assert_int_equal(inject(&fixture, "lan", "a", DVS_INJECT_MAX + 1), -EINVAL);
	assert_int_equal(inject(&fixture, "lan", "a", 14), 0);
	assert_int_equal(inject(&fixture, "lan", "b", DVS_INJECT_MAX), 0);
	check(&fixture, 1, 0, 0, 0); /* b's MTU is less */
	assert_int_equal(fixture_state(&fixture, "b").tx_dropped, 1);
	while ((ret = inject(&fixture, "lan", "a", FIXTURE_FRAME)) == 0)
		n++;
	assert_int_equal(ret, -ENOBUFS);
	assert_true(n >= 512);
	fixture_free(&fixture); /* and all buffers are back */
}

static void port_goes_first(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 2);
	assert_int_equal(inject(&fixture, "lan", "b", FIXTURE_FRAME), 0);
	assert_int_equal(inject(&fixture, "lan", NULL, FIXTURE_FRAME), 0);
	fixture_delete_port(&fixture, "b");
	fixture_run(&fixture, 3);
	assert_int_equal(fixture_received(&fixture, "a"), 1);
	assert_int_equal(fixture_received(&fixture, "c"), 1);
	fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_one_worker),
		cmocka_unit_test(with_three_workers),
		cmocka_unit_test(limits),
		cmocka_unit_test(port_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
