/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dataplane/tables/marker: the examples that one can do by hand, what RFC 2697 and RFC 2698 promise
 * over any stretch of time, sharing; against an exact twin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "array.h"
#include "marker.h"
#include "marker_twin.h"
#include "random.h"

#define HZ     (UINT64_C(1) << 31) /* rates that are powers of two are exact with it */
#define START  (5 * HZ)
#define PACKET 1000

static struct dvs_marker_rates rates;
static struct dvs_marker marker;

static void begin(const struct dvs_marker_config *config)
{
	marker = (struct dvs_marker){0};
	dvs_marker_rates_init(&rates, config, HZ);
	assert_true(dvs_marker_is_on(&rates));
}

static enum dvs_color take(uint64_t now, uint32_t bytes, enum dvs_color before)
{
	return dvs_marker_take(&marker, &rates, now, bytes, bytes, before);
}

/* Cycles in which 1 Mbps gives so many packets. */
static uint64_t time_of(unsigned int packets)
{
	return packets * UINT64_C(8) * PACKET * HZ / 1000000 + 1;
}

/* n packets in a row at one time are of that color, and the next is not. */
static void expect_run(uint64_t now, enum dvs_color before, enum dvs_color color, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(take(now, PACKET, before), color);
}

static void single_rate_by_hand(void **state)
{
	const struct dvs_marker_config config = {.committed_bps = 1000000,
						 .committed_burst = 3 * PACKET,
						 .excess_burst = 2 * PACKET};
	uint64_t now = START;

	(void)state;
	begin(&config);
	expect_run(now, DVS_GREEN, DVS_GREEN, 3);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 2);
	expect_run(now, DVS_GREEN, DVS_RED, 10);
	/* Tokens go to C first. */
	now += time_of(1);
	expect_run(now, DVS_GREEN, DVS_GREEN, 1);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
	/* When it is full, to E. */
	now += time_of(4);
	expect_run(now, DVS_GREEN, DVS_GREEN, 3);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 1);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
	/* Neither holds more than its burst. */
	now += 3600 * HZ;
	expect_run(now, DVS_GREEN, DVS_GREEN, 3);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 2);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
}

static void two_rates_by_hand(void **state)
{
	const struct dvs_marker_config config = {.committed_bps = 1000000,
						 .peak_bps = 2000000,
						 .committed_burst = 2 * PACKET,
						 .excess_burst = 5 * PACKET};
	uint64_t now = START;

	(void)state;
	begin(&config);
	expect_run(now, DVS_GREEN, DVS_GREEN, 2);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 3);
	expect_run(now, DVS_GREEN, DVS_RED, 10);
	/* P fills twice as fast. */
	now += time_of(1);
	expect_run(now, DVS_GREEN, DVS_GREEN, 1);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 1);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
}

static void colors_never_get_better(void **state)
{
	struct dvs_marker_config config = {.committed_bps = 1000000,
					   .committed_burst = 3 * PACKET,
					   .excess_burst = 2 * PACKET,
					   .is_color_aware = true};

	(void)state;
	begin(&config); /* a single rate: yellow has E only, and takes nothing of C */
	expect_run(START, DVS_RED, DVS_RED, 10);
	expect_run(START, DVS_YELLOW, DVS_YELLOW, 2);
	expect_run(START, DVS_YELLOW, DVS_RED, 10);
	expect_run(START, DVS_GREEN, DVS_GREEN, 3);
	expect_run(START, DVS_GREEN, DVS_RED, 1);
	config.peak_bps = 2000000;
	config.excess_burst = 5 * PACKET;
	begin(&config); /* two rates: all that is not red takes of P */
	expect_run(START, DVS_RED, DVS_RED, 10);
	expect_run(START, DVS_YELLOW, DVS_YELLOW, 4);
	expect_run(START, DVS_GREEN, DVS_GREEN, 1);
	expect_run(START, DVS_GREEN, DVS_RED, 1);
	config.is_color_aware = false;
	begin(&config); /* blind: what was given before does not count */
	expect_run(START, DVS_RED, DVS_GREEN, 3);
}

/* A frame that becomes several packets is judged by the first, and pays for all. */
static void large_frames_pay_later(void **state)
{
	const struct dvs_marker_config config = {.committed_bps = 1000000,
						 .committed_burst = 2 * PACKET,
						 .excess_burst = 2 * PACKET};
	uint64_t now = START;

	(void)state;
	begin(&config);
	assert_int_equal(dvs_marker_take(&marker, &rates, now, PACKET, 40 * PACKET, DVS_GREEN),
			 DVS_GREEN);
	expect_run(now, DVS_GREEN, DVS_YELLOW, 2);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
	now += time_of(39) - 100; /* 38 are owed */
	expect_run(now, DVS_GREEN, DVS_RED, 1);
	now += 100;
	expect_run(now, DVS_GREEN, DVS_GREEN, 1);
	expect_run(now, DVS_GREEN, DVS_RED, 1);
}

static struct dvs_marker_config random_config(bool is_exact)
{
	struct dvs_marker_config config = {
		.committed_bps = UINT64_C(1024) << random_below(24),
		.committed_burst = 64 + random_below(100000),
		.excess_burst = 64 + random_below(100000),
		.is_color_aware = random_below(2) == 0,
	};

	if (random_below(2) == 0)
		config.peak_bps = config.committed_bps << random_below(4);
	if (is_exact)
		return config;
	config.committed_bps += random_below((uint32_t)(config.committed_bps / 8));
	if (config.peak_bps != 0)
		config.peak_bps += config.peak_bps / 4 + random_below(1000);
	return config;
}

struct packet {
	uint64_t now;
	uint32_t first, bytes;
	enum dvs_color before;
};

/* The next packet of a stream that has the rate in sum, with gaps and bursts. */
static void next_packet(struct packet *packet, const struct dvs_marker_config *config)
{
	uint64_t bps = config->peak_bps != 0 ? config->peak_bps : config->committed_bps;

	packet->bytes = packet->first = 20 + random_below(1500);
	if (random_below(50) == 0)
		packet->bytes *= 1 + random_below(40);
	packet->before = (enum dvs_color)random_below(DVS_N_COLORS);
	if (random_below(400) == 0)
		packet->now += (uint64_t)random_below(UINT32_MAX) * 16;
	packet->now += packet->bytes * 8 * HZ / bps * random_below(200) / 100;
}

/* How far the marker and its twin are apart after a stream. */
struct distance {
	unsigned int packets; /* that differ */
	int64_t bytes[DVS_N_COLORS];
};

static struct distance compare_with_twin(bool is_exact)
{
	struct dvs_marker_config config = random_config(is_exact);
	struct packet packet = {.now = START + random_below(UINT32_MAX)};
	struct distance distance = {0};
	struct marker_twin twin;

	begin(&config);
	marker_twin_init(&twin, &config, HZ, packet.now);
	for (unsigned int i = 0; i < 5000; i++) {
		enum dvs_color fast, slow;

		next_packet(&packet, &config);
		fast = dvs_marker_take(&marker, &rates, packet.now, packet.first, packet.bytes,
				       packet.before);
		slow = marker_twin_take(&twin, packet.now, packet.first, packet.bytes,
					packet.before);
		distance.packets += fast != slow;
		distance.bytes[fast] += packet.bytes;
		distance.bytes[slow] -= packet.bytes;
	}
	return distance;
}

/* Rates whose time for a byte is a whole number: each packet has the twin's color. */
static void is_the_twin_where_times_are_whole(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 400; round++)
		assert_int_equal(compare_with_twin(true).packets, 0);
}

/* A rounding may turn a packet that just fits, and then the next ones until both buckets have met
 * again: by a few packets in sum, never more and more. */
static void is_near_the_twin_elsewhere(void **state)
{
	unsigned int packets = 0;

	(void)state;
	for (unsigned int round = 0; round < 400; round++) {
		struct distance distance = compare_with_twin(false);

		packets += distance.packets;
		for (unsigned int color = 0; color < DVS_N_COLORS; color++)
			assert_in_range(distance.bytes[color] + 100000, 0, 200000);
	}
	assert_in_range(packets, 0, 400 * 5000 / 1000);
}

/*
 * What both RFCs are for: over any time t, green is at most CIR t + CBS; green and yellow together
 * at most CIR t + CBS + EBS, or PIR t + PBS. Looked at over all stretches that begin where one of
 * a few packets is.
 */
static void bursts_and_rates_are_never_exceeded(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 200; round++) {
		struct dvs_marker_config config = random_config(true);
		struct packet packet = {.now = START};
		double outer_bps =
			(double)(config.peak_bps != 0 ? config.peak_bps : config.committed_bps);
		double outer = (double)config.excess_burst +
			       (config.peak_bps != 0 ? 0 : (double)config.committed_burst);
		double begun[16], green[16] = {0}, colored[16] = {0};

		begin(&config);
		for (unsigned int i = 0; i < 3200; i++) {
			double seconds, bytes;
			enum dvs_color color;

			next_packet(&packet, &config);
			packet.bytes = packet.first;
			seconds = (double)packet.now / (double)HZ;
			if (i % 200 == 0)
				begun[i / 200] = seconds;
			color = take(packet.now, packet.bytes, packet.before);
			bytes = color == DVS_RED ? 0 : (double)packet.bytes;
			for (unsigned int k = 0; k <= i / 200; k++) {
				double t = seconds - begun[k];

				colored[k] += bytes;
				green[k] += color == DVS_GREEN ? bytes : 0;
				assert_true(green[k] <= (double)config.committed_bps / 8 * t +
								(double)config.committed_burst + 1);
				assert_true(colored[k] <= outer_bps / 8 * t + outer + 1);
			}
		}
	}
}

/* Demand is far above: green is the committed rate, green and yellow the peak rate. */
static void rates_are_used_up(void **state)
{
	static const uint64_t bps[] = {64000,	   1000000,	10000000,
				       1000000000, 40000000000, 1000000000000};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(bps); i++) {
		const struct dvs_marker_config config = {.committed_bps = bps[i] / 2,
							 .peak_bps = bps[i],
							 .committed_burst = 3000,
							 .excess_burst = 3000};
		uint64_t gap = 1500 * 8 * HZ / bps[i] / 3, sum[DVS_N_COLORS] = {0}, now = START;
		double seconds;

		gap = gap != 0 ? gap : 1;
		begin(&config);
		for (unsigned int k = 0; k < 100000; k++, now += gap)
			sum[take(now, 1500, DVS_GREEN)] += 1500;
		seconds = (double)(now - START) / (double)HZ;
		assert_true(sum[DVS_RED] > 0);
		assert_in_range(sum[DVS_GREEN], (double)bps[i] / 16 * seconds * 0.99,
				(double)bps[i] / 16 * seconds * 1.01 + 3000);
		assert_in_range(sum[DVS_GREEN] + sum[DVS_YELLOW],
				(double)bps[i] / 8 * seconds * 0.99,
				(double)bps[i] / 8 * seconds * 1.01 + 3000);
	}
}

/* An idle marker does not save up, and time that wraps or jumps leaves it full at worst. */
static void idle_time_is_not_saved(void **state)
{
	static const uint64_t idle[] = {HZ, 3600 * HZ, UINT64_C(1) << 54, UINT64_C(3) << 54,
					(UINT64_C(1) << 56) - 200 * HZ};
	const struct dvs_marker_config config = {.committed_bps = 1000000,
						 .committed_burst = 3 * PACKET,
						 .excess_burst = 2 * PACKET};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(idle); i++) {
		uint64_t now = UINT64_MAX - 77;

		begin(&config);
		while (take(now, PACKET, DVS_GREEN) != DVS_RED)
			;
		now += idle[i];
		expect_run(now, DVS_GREEN, DVS_GREEN, 3);
		expect_run(now, DVS_GREEN, DVS_YELLOW, 2);
		expect_run(now, DVS_GREEN, DVS_RED, 1);
	}
}

struct taker {
	uint64_t *clock;
	uint64_t bytes[DVS_N_COLORS];
};

static void *take_many(void *arg)
{
	struct taker *taker = arg;

	for (unsigned int i = 0; i < 300000; i++)
		taker->bytes[take(__atomic_add_fetch(taker->clock, 2100, __ATOMIC_RELAXED), 64,
				  DVS_GREEN)] += 64;
	return NULL;
}

/* Two workers on one marker: rates hold for their sum. */
static void workers_share_a_marker(void **state)
{
	struct dvs_marker_config config = {
		.committed_bps = 100000000, .committed_burst = 20000, .excess_burst = 30000};

	(void)state;
	for (unsigned int peak = 0; peak <= 200000000; peak += 200000000) {
		uint64_t clock = START;
		struct taker takers[2] = {{&clock, {0}}, {&clock, {0}}};
		double green, outer, seconds;
		pthread_t thread;

		config.peak_bps = peak;
		begin(&config);
		assert_int_equal(pthread_create(&thread, NULL, take_many, &takers[0]), 0);
		take_many(&takers[1]);
		pthread_join(thread, NULL);
		seconds = (double)(clock - START) / (double)HZ;
		green = (double)(takers[0].bytes[DVS_GREEN] + takers[1].bytes[DVS_GREEN]);
		outer = green + (double)(takers[0].bytes[DVS_YELLOW] + takers[1].bytes[DVS_YELLOW]);
		assert_true(green >= 12500000 * seconds * 0.99);
		assert_true(green <= 12500000 * seconds * 1.01 + 20000);
		if (peak != 0) {
			assert_true(outer >= 25000000 * seconds * 0.99);
			assert_true(outer <= 25000000 * seconds * 1.01 + 30000);
		} else {
			assert_true(outer <= 12500000 * seconds * 1.01 + 50000);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_rate_by_hand),
		cmocka_unit_test(two_rates_by_hand),
		cmocka_unit_test(colors_never_get_better),
		cmocka_unit_test(large_frames_pay_later),
		cmocka_unit_test(is_the_twin_where_times_are_whole),
		cmocka_unit_test(is_near_the_twin_elsewhere),
		cmocka_unit_test(bursts_and_rates_are_never_exceeded),
		cmocka_unit_test(rates_are_used_up),
		cmocka_unit_test(idle_time_is_not_saved),
		cmocka_unit_test(workers_share_a_marker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
