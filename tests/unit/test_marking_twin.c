/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random frames under random policies of classes and marks: their bytes, their class and the port's
 * counters are those of a slow model (marking_twin.h), by one worker and handed over to another.
 */
#include "fixture.h"

#include <string.h>

#include "array.h"
#include "bytes.h"
#include "class.h"
#include "marking_twin.h"
#include "random.h"

static struct dvs_mem_frame got; /* large, so not on the stack */

static void random_map(uint8_t *map, unsigned int n, unsigned int most)
{
	for (unsigned int i = 0; i < n; i++)
		map[i] = (uint8_t)(random_below(2) * (1 + random_below(most + 1)));
}

static void random_policy(struct dvs_policy *policy)
{
	policy->trust = (uint8_t)random_below(3);
	policy->default_class = (uint8_t)random_below(8);
	random_map(policy->class_of_dscp, 64, 7);
	random_map(policy->class_of_pcp, 8, 7);
	random_map(policy->mark_dscp, 8, 63);
	random_map(policy->mark_pcp, 8, 7);
	for (unsigned int class = 0; class < 8; class ++)
		if (random_below(3) == 0)
			policy->mark_dscp[class] = (uint8_t)(1 + 8 * (1 + random_below(4)) +
							     2 * (1 + random_below(3)));
	policy->marker = (uint8_t)random_below(3);
	policy->marker_aware = (uint8_t)random_below(2);
	policy->marker_rate = 10000 + random_below(10000000);
	policy->marker_peak = policy->marker_rate * (1 + random_below(3));
	policy->marker_burst = 1500 + random_below(3000);
	policy->marker_excess = 1500 + random_below(3000);
	policy->marker_yellow = (uint8_t)random_below(3);
	policy->marker_red = (uint8_t)random_below(3);
}

/* Tags, IP of both versions, headers that are none, all lengths. */
static uint32_t random_frame(uint8_t *frame)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x88b5};
	static const uint16_t tpids[] = {0x8100, 0x88a8};
	uint16_t type = types[random_below(COUNT_OF(types))];
	uint32_t at = 12, length;

	for (unsigned int i = 0; i < 400; i++)
		frame[i] = (uint8_t)random_below(256);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\2\0\0\0\0\1", 6);
	for (unsigned int tags = random_below(3); tags > 0; tags--, at += 4)
		dvs_store16(frame + at, tpids[random_below(2)]);
	dvs_store16(frame + at, type);
	at += 2;
	if (random_below(20) != 0)
		frame[at] = (uint8_t)(type == 0x0800 ? 0x45 + random_below(11)
						     : 0x60 | random_below(16));
	if (random_below(2) == 0) /* assured forwarding */
		frame[at + 1] = (uint8_t)((8 * (1 + random_below(4)) + 2 * random_below(4)) << 2);
	length = at + (random_below(4) == 0 ? random_below(60) : 60 + random_below(250));
	return length;
}

static void check_round(uint16_t n_workers, struct fixture *fixture)
{
	struct dvs_worker *last = dvs_switch_worker(fixture->sw, n_workers - 1u);
	struct dvs_port port = fixture_port("p1", "lan");
	struct dvs_port_state before = fixture_state(fixture, "p1"), after;
	struct marking_twin twin;

	random_policy(&port.policy);
	assert_int_equal(fixture_put(fixture, &dvs_port_type, &port), 0);
	fixture_dev(fixture, "p1")->memory->marker = (struct dvs_marker){0};
	marking_twin_init(&twin, &port.policy, rte_get_tsc_hz());
	for (unsigned int i = 0; i < 300; i++) {
		uint8_t frame[400];
		uint32_t length = random_frame(frame);
		unsigned int class;
		bool goes;

		dvs_clock_warp(&fixture->clock, random_below(2000000));
		assert_int_equal(dvs_mem_inject(fixture_dev(fixture, "p1"), 0, frame, length, NULL),
				 0);
		goes = marking_twin_run(&twin, dvs_worker_tsc(last), frame, length, &class);
		fixture_run(fixture, 1);
		assert_int_equal(dvs_mem_collect(fixture_dev(fixture, "p2"), 0, &got), goes);
		if (!goes)
			continue;
		assert_int_equal(got.length, length);
		assert_memory_equal(got.data, frame, length);
		if (dvs_marking_is_needed(&port.policy))
			assert_int_equal(
				(last->batch.tci[0] & DVS_TCI_CLASS) >> DVS_TCI_CLASS_SHIFT, class);
	}
	after = fixture_state(fixture, "p1");
	assert_int_equal(after.marked - before.marked, twin.marked);
	assert_int_equal(after.green - before.green, twin.colors[DVS_GREEN]);
	assert_int_equal(after.yellow - before.yellow, twin.colors[DVS_YELLOW]);
	assert_int_equal(after.red - before.red, twin.colors[DVS_RED]);
	assert_int_equal(after.dropped - before.dropped, twin.dropped);
}

static void is_as_the_twin_says(uint16_t n_workers)
{
	struct fixture fixture;

	fixture_create_lan(&fixture, n_workers, false, "p1 p2");
	for (unsigned int round = 0; round < 100; round++)
		check_round(n_workers, &fixture);
	fixture_free(&fixture);
}

static void one_worker_is_as_the_twin(void **state)
{
	(void)state;
	is_as_the_twin_says(1);
}

static void two_workers_are_as_the_twin(void **state)
{
	(void)state;
	is_as_the_twin_says(2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_is_as_the_twin),
		cmocka_unit_test(two_workers_are_as_the_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
