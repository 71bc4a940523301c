/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/tables/moves: who is a duplicate, who is held, and that the table stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "moves.h"

static const struct dvs_moves_limits limits = {.moves = 5, .window_s = 10, .hold_s = 20};
static struct dvs_moves *moves;

static int set_up(void **state)
{
	(void)state;
	return dvs_moves_create(&moves);
}

static int tear_down(void **state)
{
	(void)state;
	dvs_moves_free(moves);
	return 0;
}

static uint64_t key_of(uint32_t n)
{
	return (UINT64_C(0x5254) << 48 | (uint64_t)n << 16) | 1;
}

static unsigned int n_listed(uint32_t now_s)
{
	struct dvs_moves_item item;
	uint32_t cursor = 0;
	unsigned int n = 0;

	while (dvs_moves_next(moves, now_s, &cursor, &item))
		n++;
	return n;
}

/* Seconds wrap on the way. */
static void back_within_seconds_is_a_duplicate(void **state)
{
	uint32_t now_s = UINT32_MAX - 3;

	(void)state;
	assert_int_equal(dvs_moves_note(moves, key_of(1), 1, 2, now_s, &limits), 0);
	assert_int_equal(n_listed(now_s), 0);
	assert_int_equal(dvs_moves_note(moves, key_of(1), 2, 1, now_s + 5, &limits),
			 DVS_MOVES_DUPLICATE);
	assert_int_equal(n_listed(now_s + 305), 1);
	assert_int_equal(n_listed(now_s + 306), 0);
	/* Too late, and to a third port. */
	assert_int_equal(dvs_moves_note(moves, key_of(2), 1, 2, now_s, &limits), 0);
	assert_int_equal(dvs_moves_note(moves, key_of(2), 2, 1, now_s + 6, &limits), 0);
	assert_int_equal(dvs_moves_note(moves, key_of(3), 1, 2, now_s, &limits), 0);
	assert_int_equal(dvs_moves_note(moves, key_of(3), 2, 3, now_s, &limits), 0);
}

static void a_duplicate_is_told_once_a_minute(void **state)
{
	unsigned int told = 0;

	(void)state;
	for (uint32_t s = 1; s <= 300; s++) {
		const struct dvs_moves_limits none = {0, 1, 1};

		told += dvs_moves_note(moves, key_of(1), s % 2, (s + 1) % 2, s, &none) ==
			DVS_MOVES_DUPLICATE;
	}
	assert_int_equal(told, 5);
}

static void too_many_moves_are_held(void **state)
{
	struct dvs_moves_stats stats;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_false(dvs_moves_note(moves, key_of(1), (uint16_t)i, (uint16_t)(i + 1), 100,
					    &limits) &
			     DVS_MOVES_HELD);
	assert_false(dvs_moves_is_held(moves, key_of(1), 100));
	assert_true(dvs_moves_note(moves, key_of(1), 4, 5, 109, &limits) & DVS_MOVES_HELD);
	assert_true(dvs_moves_is_held(moves, key_of(1), 109));
	assert_true(dvs_moves_is_held(moves, key_of(1), 128));
	assert_false(dvs_moves_is_held(moves, key_of(1), 129));
	assert_false(dvs_moves_is_held(moves, key_of(2), 109));
	dvs_moves_stats(moves, &stats);
	assert_int_equal(stats.held, 1);
	assert_int_equal(stats.held_back, 2);
	/* The count starts anew. */
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(dvs_moves_note(moves, key_of(1), (uint16_t)i, (uint16_t)(i + 1),
						130, &limits),
				 0);
}

static void a_window_ends(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(dvs_moves_note(moves, key_of(1), (uint16_t)i, (uint16_t)(i + 1),
						100 + i * 3, &limits),
				 0);
}

/* Any number of MACs that move: the old ones are forgotten, those that moved last are known. */
static void old_moves_are_forgotten(void **state)
{
	unsigned int known = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		dvs_moves_note(moves, key_of(i), 1, 2, i / 100, &limits);
	for (uint32_t i = 99900; i < 100000; i++)
		known += dvs_moves_note(moves, key_of(i), 2, 1, 1000, &limits) ==
			 DVS_MOVES_DUPLICATE;
	assert_in_range(known, 90, 100);
	assert_int_equal(n_listed(1000), known);
}

static void conflicts_are_listed(void **state)
{
	struct dvs_moves_item item;
	uint32_t cursor = 0;

	(void)state;
	assert_int_equal(dvs_moves_note_conflict(moves, key_of(7), 3, 4, 50), DVS_MOVES_DUPLICATE);
	assert_int_equal(dvs_moves_note_conflict(moves, key_of(7), 3, 4, 51), 0);
	assert_true(dvs_moves_next(moves, 53, &cursor, &item));
	assert_true(item.key == key_of(7));
	assert_int_equal(item.port, 3);
	assert_int_equal(item.other, 4);
	assert_int_equal(item.idle_s, 2);
	assert_int_equal(item.held_s, 0);
	assert_true(item.is_duplicate);
	assert_false(dvs_moves_next(moves, 53, &cursor, &item));
	cursor = UINT32_MAX;
	assert_false(dvs_moves_next(moves, 53, &cursor, &item));
}

static void what_departs_is_forgotten(void **state)
{
	static struct dvs_fdb_departed departed;

	(void)state;
	dvs_moves_note_conflict(moves, key_of(1), 3, 4, 50);
	dvs_moves_note_conflict(moves, key_of(2), 5, 6, 50);
	dvs_moves_note_conflict(moves, key_of(3), 7, 8, 50);
	dvs_moves_note_conflict(moves, key_of(4) + 1, 9, 9, 50);
	dvs_fdb_ids_add(&departed.ports, 4);
	dvs_fdb_ids_add(&departed.moved_ports, 5);
	dvs_fdb_ids_add(&departed.segments, 2);
	dvs_moves_forget(moves, &departed);
	assert_int_equal(n_listed(50), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(back_within_seconds_is_a_duplicate),
		TEST(a_duplicate_is_told_once_a_minute),
		TEST(too_many_moves_are_held),
		TEST(a_window_ends),
		TEST(old_moves_are_forgotten),
		TEST(conflicts_are_listed),
		TEST(what_departs_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
