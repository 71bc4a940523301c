/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence numbers: cases by hand, and random ones against an obviously right twin. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker.h"

#define W DVS_TRACKER_WINDOW

static void receive_all(struct dvs_tracker *t, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i != to; i++)
		assert_true(dvs_tracker_receive(t, i));
}

static void test_in_order(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	receive_all(&t, 0, 3 * W);
	assert_int_equal(t.received, 3 * W);
	assert_int_equal(t.lost + t.duplicates + t.reordered + t.late, 0);
	dvs_tracker_finish(&t, 3 * W);
	assert_int_equal(t.lost, 0);
}

static void test_loss(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	receive_all(&t, 5, 10); /* the first five are missing */
	receive_all(&t, 12, 20);
	assert_int_equal(t.lost, 0); /* they may still come */
	receive_all(&t, 20, 20 + W);
	assert_int_equal(t.lost, 7); /* now not any more */
	dvs_tracker_finish(&t, 20 + W + 3);
	assert_int_equal(t.lost, 10); /* and three at the end */
}

static void test_loss_of_more_than_a_window(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	receive_all(&t, 0, 100);
	assert_true(dvs_tracker_receive(&t, 100 + 5 * W));
	assert_int_equal(t.lost, 4 * W + 1);
	dvs_tracker_finish(&t, 101 + 5 * W);
	assert_int_equal(t.lost, 5 * W);
	/* Exactly a window. */
	dvs_tracker_init(&t);
	assert_true(dvs_tracker_receive(&t, W));
	assert_int_equal(t.lost, 1);
	assert_true(dvs_tracker_receive(&t, 1));
	assert_false(dvs_tracker_receive(&t, 0));
	assert_int_equal(t.late, 1);
}

static void test_nothing_came(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	dvs_tracker_finish(&t, 12345);
	assert_int_equal(t.lost, 12345);
}

static void test_duplicates_and_reordering(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	receive_all(&t, 0, 10);
	assert_false(dvs_tracker_receive(&t, 9));
	assert_false(dvs_tracker_receive(&t, 0));
	assert_int_equal(t.duplicates, 2);
	receive_all(&t, 12, 15); /* 10 and 11 come later */
	assert_true(dvs_tracker_receive(&t, 11));
	assert_true(dvs_tracker_receive(&t, 10));
	assert_false(dvs_tracker_receive(&t, 10));
	assert_int_equal(t.reordered, 2);
	assert_int_equal(t.duplicates, 3);
	assert_int_equal(t.distance_max, 4);
	receive_all(&t, 15, 15 + W);
	assert_int_equal(t.lost, 0);
	assert_int_equal(t.received, 15 + W);
}

static void test_hostile_numbers(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	assert_false(dvs_tracker_receive(&t, UINT32_MAX)); /* before the first */
	assert_int_equal(t.late, 1);
	assert_int_equal(t.received, 0);
	assert_true(dvs_tracker_receive(&t, INT32_MAX)); /* the longest step */
	assert_int_equal(t.received, 1);
	dvs_tracker_finish(&t, 10);
	assert_int_equal(t.lost, 9);
	dvs_tracker_finish(&t, 0);
	assert_int_equal(t.lost, 0);
}

static void test_wrap(void **state)
{
	struct dvs_tracker t;

	(void)state;
	dvs_tracker_init(&t);
	t.next = UINT32_MAX - 10;
	receive_all(&t, UINT32_MAX - 10, 20);
	assert_int_equal(t.received, 31);
	assert_true(dvs_tracker_receive(&t, 22));
	assert_true(dvs_tracker_receive(&t, 21));
	assert_true(dvs_tracker_receive(&t, 20));
	assert_false(dvs_tracker_receive(&t, UINT32_MAX));
	assert_int_equal(t.reordered, 2);
	assert_int_equal(t.duplicates, 1);
	assert_int_equal(t.lost + t.late, 0);
}

/* The twin: a flag for every number that there is, and definitions instead of a window. */
#define NUMBERS (6 * W)

struct twin {
	bool came[NUMBERS];
	int64_t highest; /* -1 = none */
	uint64_t received, duplicates, reordered, late;
};

static void twin_receive(struct twin *t, int64_t number)
{
	if (number > t->highest) {
		t->highest = number;
		t->came[number] = true;
		t->received++;
	} else if (t->highest - number >= W) {
		t->late++;
	} else if (t->came[number]) {
		t->duplicates++;
	} else {
		t->came[number] = true;
		t->received++;
		t->reordered++;
	}
}

static uint64_t twin_lost(const struct twin *t)
{
	uint64_t lost = 0;

	for (int64_t i = 0; i + W <= t->highest; i++)
		lost += !t->came[i];
	return lost;
}

static void compare(const struct dvs_tracker *t, const struct twin *twin)
{
	assert_int_equal(t->received, twin->received);
	assert_int_equal(t->duplicates, twin->duplicates);
	assert_int_equal(t->reordered, twin->reordered);
	assert_int_equal(t->late, twin->late);
	assert_int_equal(t->lost, twin_lost(twin));
}

static void test_against_twin(void **state)
{
	static struct twin twin;
	static struct dvs_tracker t;
	unsigned int seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 40; round++) {
		/* Mostly in order in one round, wild in another. */
		int chaos = rand_r(&seed) % 100;
		int64_t number = 0;

		memset(&twin, 0, sizeof(twin));
		twin.highest = -1;
		dvs_tracker_init(&t);
		while (number < NUMBERS) {
			int64_t n = number++;

			if (rand_r(&seed) % 100 < chaos) {
				int64_t reach = rand_r(&seed) % 8 == 0 ? 3 * W : 50;

				n += rand_r(&seed) % (2 * reach) - reach;
				number +=
					rand_r(&seed) % 200 == 0 ? rand_r(&seed) % (2 * (int)W) : 0;
			}
			if (n < 0 || n >= NUMBERS)
				continue;
			twin_receive(&twin, n);
			dvs_tracker_receive(&t, (uint32_t)n);
			if (rand_r(&seed) % 4096 == 0)
				compare(&t, &twin);
		}
		compare(&t, &twin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_loss_of_more_than_a_window),
		cmocka_unit_test(test_nothing_came),
		cmocka_unit_test(test_duplicates_and_reordering),
		cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_against_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
