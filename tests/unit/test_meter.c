/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/tables/meter: rates, bursts, sharing; against an exact twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "array.h"
#include "meter.h"
#include "meter_twin.h"
#include "rate.h"

#define HZ UINT64_C(2100000000)

static uint64_t rate_of(const char *text)
{
	uint64_t rate;

	assert_int_equal(dvs_rate_parse(text, &rate), 0);
	return rate;
}

/* Units let through of frames that come every `gap` cycles for `cycles`, behind a used-up bucket.
 */
static uint64_t offer(const struct dvs_meter_rate *rate, uint64_t start, uint64_t cycles,
		      uint64_t gap, uint32_t length)
{
	struct dvs_meter meter = {0};
	uint64_t units = 0;

	while (dvs_meter_take(&meter, rate, start, length))
		;
	for (uint64_t t = gap; t <= cycles; t += gap)
		if (dvs_meter_take(&meter, rate, start + t, length))
			units += rate->counts_bytes ? length * 8u : 1u;
	return units;
}

static void rates_are_exact(void **state)
{
	static const struct {
		const char *rate;
		uint32_t length;
		uint64_t ms; /* to look at */
		uint64_t gap;
	} cases[] = {
		{"1pps", 64, 100000, HZ / 100},
		{"10pps", 64, 100000, HZ / 1000},
		{"1000pps", 64, 10000, HZ / 50000},
		{"10kpps", 64, 10000, HZ / 500000},
		{"1Mpps", 64, 200, 137},
		{"100Mpps", 64, 10, 2},
		{"1kbps", 64, 100000, HZ / 1000},
		{"10Mbps", 64, 1000, 2000},
		{"10Mbps", 1500, 10000, 20000},
		{"1.5Gbps", 9000, 1000, 3000},
		{"100Gbps", 64, 10, 3},
		{"1000Gbps", 1500, 10, 5},
		{"1Mbps", 65536, 100000, HZ / 1000},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		struct dvs_meter_rate rate;
		uint64_t value = rate_of(cases[i].rate);
		double wanted = (double)dvs_rate_number(value) * (double)cases[i].ms / 1000, got;

		dvs_meter_rate_init(&rate, value, HZ);
		assert_true(dvs_meter_is_on(&rate));
		got = (double)offer(&rate, 12345, HZ / 1000 * cases[i].ms, cases[i].gap,
				    cases[i].length);
		if (got < wanted * 0.99 || got > wanted * 1.01)
			fail_msg("%s, %u bytes: %.0f instead of %.0f", cases[i].rate,
				 cases[i].length, got, wanted);
	}
}

static void off_is_off(void **state)
{
	struct dvs_meter_rate rate;

	(void)state;
	dvs_meter_rate_init(&rate, DVS_RATE_OFF, HZ);
	assert_false(dvs_meter_is_on(&rate));
}

static unsigned int burst(const char *text, uint32_t length)
{
	struct dvs_meter_rate rate;
	struct dvs_meter meter = {0};
	unsigned int n = 0;

	dvs_meter_rate_init(&rate, rate_of(text), HZ);
	while (dvs_meter_take(&meter, &rate, 5 * HZ, length))
		n++;
	return n;
}

static void a_burst_is_100_ms_and_one_frame_at_least(void **state)
{
	(void)state;
	assert_int_equal(burst("1000pps", 64), 100);
	assert_int_equal(burst("10pps", 64), 1);
	assert_int_equal(burst("1pps", 64), 1);
	assert_int_equal(burst("1bps", 9000), 1);
	assert_in_range(burst("10Mbps", 1250), 99, 100);
	assert_int_equal(burst("1Mbps", 65536), 1);
}

/* An idle meter does not save up, and time that wraps or jumps leaves it full at worst. */
static void idle_time_is_not_saved(void **state)
{
	static const uint64_t idle[] = {HZ, 3600 * HZ, UINT64_C(1) << 54, UINT64_C(3) << 54,
					(UINT64_C(1) << 56) - 200 * HZ};
	struct dvs_meter_rate rate;

	(void)state;
	dvs_meter_rate_init(&rate, rate_of("1000pps"), HZ);
	for (unsigned int i = 0; i < COUNT_OF(idle); i++) {
		struct dvs_meter meter = {0};
		uint64_t now = UINT64_MAX - 77;
		unsigned int n = 0;

		while (dvs_meter_take(&meter, &rate, now, 64))
			;
		now += idle[i];
		while (dvs_meter_take(&meter, &rate, now, 64))
			n++;
		assert_int_equal(n, 100);
	}
}

/* A worker whose clock is read earlier than another's neither gains nor is shut out. */
static void clocks_may_differ(void **state)
{
	struct dvs_meter_rate rate;
	struct dvs_meter meter = {0};
	unsigned int n = 0;

	(void)state;
	dvs_meter_rate_init(&rate, rate_of("1000pps"), HZ);
	for (uint64_t us = 0; us < 1000000; us += 100) {
		uint64_t now = 7 * HZ + us * (HZ / 1000000);

		n += dvs_meter_take(&meter, &rate, now, 64);
		n += dvs_meter_take(&meter, &rate, now - HZ / 10000, 64);
	}
	assert_in_range(n, 1090, 1111); /* and the first burst */
}

static uint64_t random_rate(void)
{
	uint64_t number = 1 + (uint64_t)rand() % 1000;

	for (int zeros = rand() % 6; zeros > 0; zeros--)
		number *= 10;
	return (rand() & 1) != 0 ? number | DVS_RATE_IS_PPS : number;
}

/* Both agree, but for a rounding: each lets through what the other did to within one frame. */
static void agrees_with_the_twin(void **state)
{
	(void)state;
	srand(20240711);
	for (unsigned int round = 0; round < 300; round++) {
		uint64_t value = random_rate(), now = (uint64_t)rand() * 4001, differ = 0;
		uint64_t gap = 1 + (uint64_t)rand() % (4 * HZ / 1000);
		struct dvs_meter_rate rate;
		struct dvs_meter meter = {0};
		struct meter_twin twin;
		int64_t ahead = 0;

		dvs_meter_rate_init(&rate, value, HZ);
		meter_twin_init(&twin, value, HZ, now);
		for (unsigned int i = 0; i < 5000; i++) {
			uint32_t length = 14 + (uint32_t)rand() % 1500;
			bool fast, slow;

			if (rand() % 500 == 0)
				now += (uint64_t)rand() % HZ;
			now += (uint64_t)rand() % gap;
			fast = dvs_meter_take(&meter, &rate, now, length);
			slow = meter_twin_take(&twin, now, length);
			differ += fast != slow;
			ahead += ((int64_t)fast - slow) * (rate.counts_bytes ? (int64_t)length : 1);
			assert_in_range(ahead + 4000, 0, 8000);
		}
		assert_in_range(differ, 0, 25);
	}
}

struct taker {
	struct dvs_meter *meter;
	const struct dvs_meter_rate *rate;
	uint64_t *clock;
	uint64_t taken;
};

static void *take_many(void *arg)
{
	struct taker *taker = arg;

	for (unsigned int i = 0; i < 400000; i++)
		taker->taken += dvs_meter_take(
			taker->meter, taker->rate,
			__atomic_add_fetch(taker->clock, 2100, __ATOMIC_RELAXED), 64);
	return NULL;
}

/* Two workers on one meter: the rate holds for their sum. */
static void workers_share_a_meter(void **state)
{
	struct dvs_meter_rate rate;
	struct dvs_meter meter = {0};
	uint64_t clock = HZ;
	struct taker takers[2] = {{&meter, &rate, &clock, 0}, {&meter, &rate, &clock, 0}};
	pthread_t thread;
	double wanted;

	(void)state;
	dvs_meter_rate_init(&rate, rate_of("100kpps"), HZ);
	assert_int_equal(pthread_create(&thread, NULL, take_many, &takers[0]), 0);
	take_many(&takers[1]);
	pthread_join(thread, NULL);
	wanted = (double)(clock - HZ) / (double)HZ * 100000 + 10000; /* and a bucket */
	assert_in_range(takers[0].taken + takers[1].taken, wanted * 0.99, wanted * 1.01);
}

/* ---- tokens before frames ---- */

static uint64_t random_burst(uint64_t rate)
{
	uint64_t a_second = dvs_rate_number(rate) / (dvs_rate_is_pps(rate) ? 1 : 8);

	return 1 + (uint64_t)rand() % 2000 + a_second * ((uint64_t)rand() % 3000) / 1000;
}

/* How much more than the other one of two is. */
static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void reserving_agrees_with_the_twin(void **state)
{
	(void)state;
	srand(20240901);
	for (unsigned int round = 0; round < 300; round++) {
		uint64_t value = random_rate(), now = (uint64_t)rand() * 4001;
		uint64_t gap = 1 + (uint64_t)rand() % (4 * HZ / 1000), burst;
		struct dvs_meter meter = {0};
		struct dvs_meter_rate rate;
		struct meter_twin twin;

		if (!dvs_rate_is_pps(value) && value < 1000)
			value += 1000;
		burst = random_burst(value);
		dvs_meter_rate_init_burst(&rate, value, burst, HZ);
		meter_twin_init_burst(&twin, value, burst, HZ, now);
		for (unsigned int i = 0; i < 3000; i++) {
			uint64_t most = rand() % 3 == 0 ? (uint64_t)rand() % 5000 : 1 << 23;
			uint64_t fast, slow, used;

			now += rand() % 500 == 0 ? (uint64_t)rand() % HZ : (uint64_t)rand() % gap;
			fast = dvs_meter_reserve(&meter, &rate, now, most);
			slow = meter_twin_reserve(&twin, now, most);
			assert_in_range(distance(fast, slow), 0, 1 + burst / 500000); /* rounding */
			assert_true(fast <= most);
			used = rand() % 2 == 0 ? fast : (uint64_t)rand() % (fast + 1);
			if (used == fast && fast != 0)
				used += (uint64_t)rand() % 1514;
			dvs_meter_settle(&meter, &rate, fast, used);
			meter_twin_settle(&twin, slow, used);
		}
	}
}

/* The time that is told is the first at which there are so many. */
static void it_is_told_when(void **state)
{
	static const char *const rates[] = {"1Mbps",   "10Mbps", "3.7Gbps",
					    "100Gbps", "7pps",	 "2Mpps"};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(rates); i++) {
		struct dvs_meter_rate rate;
		struct dvs_meter meter = {0};
		uint64_t now = 77 * HZ, at, burst = 125000;

		dvs_meter_rate_init_burst(&rate, rate_of(rates[i]), burst, HZ);
		assert_int_equal(dvs_meter_when(&meter, &rate, now, burst), now);
		assert_in_range(dvs_meter_reserve(&meter, &rate, now, burst), burst - 1, burst);
		dvs_meter_settle(&meter, &rate, burst, burst + 1000); /* a debt */
		for (uint64_t units = 1; units <= burst; units *= 7) {
			struct dvs_meter copy = meter;

			at = dvs_meter_when(&meter, &rate, now, units);
			assert_true(at > now);
			assert_in_range(dvs_meter_reserve(&copy, &rate, at, burst), units,
					units + 20000);
			copy = meter;
			assert_true(dvs_meter_reserve(&copy, &rate, at - (at - now) / 100 - 3,
						      burst) < units);
		}
		/* More than there can be: when it is full. */
		at = dvs_meter_when(&meter, &rate, now, burst);
		assert_in_range(dvs_meter_when(&meter, &rate, now, 1000000), at,
				at + 1 + (at - now) / 500000);
		dvs_meter_empty(&meter, &rate, now);
		assert_int_equal(dvs_meter_reserve(&meter, &rate, now, burst), 0);
	}
}

static void *reserve_many(void *arg)
{
	struct taker *taker = arg;
	uint64_t seed = (uintptr_t)taker;

	for (unsigned int i = 0; i < 400000; i++) {
		uint64_t now = __atomic_add_fetch(taker->clock, 2100, __ATOMIC_RELAXED);
		uint64_t got = dvs_meter_reserve(taker->meter, taker->rate, now, 3000), used;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		used = got == 0 ? 0 : (seed >> 33) % (got + got / 4 + 1);
		dvs_meter_settle(taker->meter, taker->rate, got, used);
		taker->taken += used;
	}
	return NULL;
}

/* What one gives back the other may have: the rate holds for what is used of both. */
static void workers_reserve_from_a_meter(void **state)
{
	struct dvs_meter_rate rate;
	struct dvs_meter meter = {0};
	uint64_t clock = HZ;
	struct taker takers[2] = {{&meter, &rate, &clock, 0}, {&meter, &rate, &clock, 0}};
	pthread_t thread;
	double wanted;

	(void)state;
	dvs_meter_rate_init_burst(&rate, rate_of("1Gbps"), 125000, HZ);
	assert_int_equal(pthread_create(&thread, NULL, reserve_many, &takers[0]), 0);
	reserve_many(&takers[1]);
	pthread_join(thread, NULL);
	wanted = (double)(clock - HZ) / (double)HZ * 125e6;
	assert_in_range(takers[0].taken + takers[1].taken, wanted * 0.99,
			wanted + 125000 + 2 * 750);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_exact),
		cmocka_unit_test(off_is_off),
		cmocka_unit_test(a_burst_is_100_ms_and_one_frame_at_least),
		cmocka_unit_test(idle_time_is_not_saved),
		cmocka_unit_test(clocks_may_differ),
		cmocka_unit_test(agrees_with_the_twin),
		cmocka_unit_test(workers_share_a_meter),
		cmocka_unit_test(reserving_agrees_with_the_twin),
		cmocka_unit_test(it_is_told_when),
		cmocka_unit_test(workers_reserve_from_a_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
