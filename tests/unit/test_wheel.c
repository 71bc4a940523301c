/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/tables/wheel: what expires when; against a list of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "random.h"
#include "wheel.h"
#include "wheel_twin.h"

#define TICK_SHIFT 11
#define TICK	   (UINT64_C(1) << TICK_SHIFT)

struct lab {
	struct dvs_wheel wheel;
	struct wheel_twin twin;
	struct dvs_wheel_entry entries[WHEEL_TWIN_ENTRIES];
	uint64_t now;
	unsigned int n_expired;
};

static struct lab lab;

static void lab_begin(uint8_t tick_shift, uint64_t now)
{
	memset(&lab, 0, sizeof(lab));
	lab.twin.tick_shift = tick_shift;
	lab.now = now;
	dvs_wheel_init(&lab.wheel, tick_shift, now);
}

static void add(unsigned int i, uint64_t at)
{
	dvs_wheel_add(&lab.wheel, &lab.entries[i], at);
	lab.twin.is_in[i] = true;
	lab.twin.at[i] = at;
}

static void take_out(unsigned int i)
{
	dvs_wheel_remove(&lab.entries[i]);
	lab.twin.is_in[i] = false;
}

static void on_expiry(struct dvs_wheel_entry *entry, void *arg)
{
	unsigned int i = (unsigned int)(entry - lab.entries);

	assert_ptr_equal(arg, &lab);
	assert_false(dvs_wheel_has(entry));
	if (!wheel_twin_is_due(&lab.twin, i, lab.now))
		fail_msg("entry of %ju expired at %ju", (uintmax_t)entry->at, (uintmax_t)lab.now);
	lab.twin.is_in[i] = false;
	lab.n_expired++;
}

/* Expires until nothing is due any more; all that is due has expired then. */
static void expire_all(void)
{
	while (dvs_wheel_next(&lab.wheel) <= lab.now)
		dvs_wheel_expire(&lab.wheel, lab.now, on_expiry, &lab);
	for (unsigned int i = 0; i < WHEEL_TWIN_ENTRIES; i++) {
		assert_false(wheel_twin_is_due(&lab.twin, i, lab.now));
		assert_int_equal(dvs_wheel_has(&lab.entries[i]), lab.twin.is_in[i]);
	}
	assert_true(dvs_wheel_next(&lab.wheel) <= wheel_twin_next(&lab.twin));
}

/* Of any size: each number of bits is as likely as any other. */
static uint64_t some_time(unsigned int bits)
{
	uint64_t value = (uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX);

	return value >> (63 - random_below(bits));
}

static void agrees_with_the_twin(void **state)
{
	static const uint64_t starts[] = {0, 777, UINT64_C(1) << 42, UINT64_C(12345678901234567)};

	(void)state;
	for (unsigned int round = 0; round < COUNT_OF(starts) * 3; round++) {
		unsigned int used = 1 + random_below(round % 2 == 0 ? 20 : WHEEL_TWIN_ENTRIES);
		unsigned int bits = 12 + random_below(30);

		lab_begin((uint8_t)(DVS_WHEEL_TICK_SHIFT_MIN + round % 3), starts[round / 3]);
		for (unsigned int step = 0; step < 1500; step++) {
			for (uint32_t n = random_below(used / 4 + 2); n > 0; n--) {
				uint64_t at = lab.now + some_time(bits);

				if (random_below(50) == 0)
					at = random_below(2) == 0 ? lab.now - lab.now / 3 : 0;
				add(random_below(used), at);
			}
			if (random_below(3) == 0)
				take_out(random_below(used));
			if (random_below(4) == 0 && dvs_wheel_next(&lab.wheel) != UINT64_MAX &&
			    dvs_wheel_next(&lab.wheel) > lab.now)
				lab.now = dvs_wheel_next(&lab.wheel) - random_below(2);
			else
				lab.now += some_time(bits + 1);
			expire_all();
		}
		assert_true(lab.n_expired > 100);
	}
}

static void an_empty_wheel_waits_for_nothing(void **state)
{
	(void)state;
	lab_begin(TICK_SHIFT, 5);
	assert_int_equal(dvs_wheel_next(&lab.wheel), UINT64_MAX);
	take_out(0);
	add(0, 100 * TICK);
	assert_in_range(dvs_wheel_next(&lab.wheel), 6, 100 * TICK);
	take_out(0);
	lab.now = 200 * TICK;
	expire_all();
	assert_int_equal(lab.n_expired, 0);
	assert_int_equal(dvs_wheel_next(&lab.wheel), UINT64_MAX);
}

/* To the cycle: not a cycle early, and due in the tick that its time is rounded up to. */
static void never_early_and_a_tick_late_at_most(void **state)
{
	static const uint64_t waits[] = {
		0, 1, TICK - 1, TICK, 63 * TICK, 64 * TICK + 1, 4097 * TICK, UINT64_C(1) << 40};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(waits); i++) {
		uint64_t start = 63 * TICK + 17, at = start + waits[i];
		uint64_t due = (at + TICK - 1) / TICK * TICK;

		lab_begin(TICK_SHIFT, start);
		add(0, at);
		lab.now = due > start ? due - 1 : start;
		expire_all();
		assert_int_equal(lab.n_expired, 0);
		lab.now = due;
		expire_all();
		assert_int_equal(lab.n_expired, 1);
	}
}

/* All at once: no call looks at more than its limit, none is forgotten. */
static void a_call_is_bounded(void **state)
{
	unsigned int calls = 0;

	(void)state;
	lab_begin(TICK_SHIFT, 0);
	for (unsigned int i = 0; i < WHEEL_TWIN_ENTRIES; i++)
		add(i, 1000 * TICK + i % 3);
	lab.now = 2000 * TICK;
	while (dvs_wheel_next(&lab.wheel) <= lab.now) {
		unsigned int before = lab.n_expired;

		dvs_wheel_expire(&lab.wheel, lab.now, on_expiry, &lab);
		assert_in_range(lab.n_expired - before, 0, DVS_WHEEL_CALL_MAX);
		calls++;
		take_out(calls); /* pending ones can be taken out, too */
	}
	assert_in_range(lab.n_expired, WHEEL_TWIN_ENTRIES - calls, WHEEL_TWIN_ENTRIES);
	expire_all();
	/* Each is moved down a level at most twice in this. */
	assert_in_range(calls, WHEEL_TWIN_ENTRIES / DVS_WHEEL_CALL_MAX,
			3 * WHEEL_TWIN_ENTRIES / DVS_WHEEL_CALL_MAX + 3);
}

static void again(struct dvs_wheel_entry *entry, void *arg)
{
	lab.n_expired++;
	dvs_wheel_add(&lab.wheel, entry, entry->at + *(uint64_t *)arg);
}

/* What adds itself again at each expiry keeps its pace, and does not hold up a call. */
static void an_entry_may_add_itself_again(void **state)
{
	uint64_t period = 1000 * TICK + 333;

	(void)state;
	lab_begin(TICK_SHIFT, 0);
	add(0, period);
	for (lab.now = 0; lab.now < 1000 * period; lab.now += 5 * TICK)
		dvs_wheel_expire(&lab.wheel, lab.now, again, &period);
	assert_in_range(lab.n_expired, 999, 1000);

	lab_begin(TICK_SHIFT, 0);
	period = 0;
	add(0, 5);
	lab.now = TICK;
	dvs_wheel_expire(&lab.wheel, lab.now, again, &period);
	assert_int_equal(lab.n_expired, DVS_WHEEL_CALL_MAX);
	assert_true(dvs_wheel_next(&lab.wheel) <= lab.now);
}

static void time_may_be_read_back(void **state)
{
	(void)state;
	lab_begin(TICK_SHIFT, 1000 * TICK);
	add(0, 1001 * TICK);
	lab.now = 900 * TICK;
	expire_all();
	add(1, 950 * TICK); /* has passed */
	lab.now = 1000 * TICK;
	expire_all();
	assert_int_equal(lab.n_expired, 1);
	lab.now = 1001 * TICK;
	expire_all();
	assert_int_equal(lab.n_expired, 2);
}

static void the_end_of_time_is_far(void **state)
{
	(void)state;
	lab_begin(DVS_WHEEL_TICK_SHIFT_MIN, 1);
	add(0, UINT64_MAX);
	add(1, UINT64_MAX - 1);
	lab.now = UINT64_C(1) << 60;
	dvs_wheel_expire(&lab.wheel, lab.now, on_expiry, &lab);
	assert_int_equal(lab.n_expired, 0);
	take_out(0);
	take_out(1);
	expire_all();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_twin),
		cmocka_unit_test(an_empty_wheel_waits_for_nothing),
		cmocka_unit_test(never_early_and_a_tick_late_at_most),
		cmocka_unit_test(a_call_is_bounded),
		cmocka_unit_test(an_entry_may_add_itself_again),
		cmocka_unit_test(time_may_be_read_back),
		cmocka_unit_test(the_end_of_time_is_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
