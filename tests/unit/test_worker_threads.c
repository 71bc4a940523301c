/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two workers on their lcores under load: frames are handed over, ports come and go, a reader
 * looks at the counters all the time, and nothing is lost that a port without change should get.
 */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "eal.h"
#include "locked_pool.h"

static struct fixture f;

/* DVS_TEST_SECONDS makes it run longer. */
static double seconds(void)
{
	const char *text = getenv("DVS_TEST_SECONDS");

	return text != NULL ? atof(text) : 2.0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 2, true, "a b c d");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* The far ends of a, b, c and d: one thread sends and takes frames out. */
struct guests {
	struct dvs_portdev *dev[4];
	uint64_t sent, received;
	bool should_stop; /* atomic */
};

static bool send_one(struct guests *guests, unsigned int from, uint8_t dst)
{
	uint8_t frame[FIXTURE_FRAME];

	fixture_frame(frame, dst, (uint8_t)(from + 1));
	return dvs_mem_inject(guests->dev[from], 0, frame, sizeof(frame), NULL) == 0;
}

/* Frames of others than the four are not counted. */
static void take_all(struct guests *guests)
{
	static struct dvs_mem_frame frame; /* large; only one thread at a time is here */

	for (unsigned int i = 0; i < 4; i++)
		while (dvs_mem_collect(guests->dev[i], 0, &frame))
			guests->received += frame.data[11] <= 4;
}

/* Never more in flight than every queue on the way holds, so that nothing may be dropped. */
static void *run_guests(void *arg)
{
	struct guests *guests = arg;
	unsigned int i = 0;

	while (!__atomic_load_n(&guests->should_stop, __ATOMIC_RELAXED)) {
		for (; guests->sent - guests->received < 400; i++) {
			unsigned int from = i % 4;

			guests->sent +=
				send_one(guests, from, (uint8_t)((from + 1 + i / 4 % 3) % 4 + 1));
		}
		take_all(guests);
	}
	return NULL;
}

static void find_guests(struct guests *guests)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	memset(guests, 0, sizeof(*guests));
	for (unsigned int i = 0; i < 4; i++)
		guests->dev[i] = fixture_dev(&f, names[i]);
	for (unsigned int i = 0; i < 4; i++) /* so that all are known */
		send_one(guests, i, 0xff);
	while (guests->received < 12) {
		take_all(guests);
		dvs_switch_poll(f.sw);
	}
	dvs_switch_poll(f.sw);
	guests->received = 0;
}

/* Waits for what is in flight; returns false when it does not come. */
static bool settle(struct guests *guests)
{
	double limit = now() + 10;

	while (guests->received < guests->sent && now() < limit)
		take_all(guests);
	return guests->received == guests->sent;
}

static uint64_t handed_over(void)
{
	struct dvs_worker_state workers[2];
	uint64_t cursor = 0;

	assert_int_equal(dvs_switch_dump(f.sw, &dvs_worker_type, &cursor, workers, 2), 2);
	return workers[0].handed_over + workers[1].handed_over;
}

static void nothing_is_lost_while_others_come_and_go(void **state)
{
	struct dvs_port port = fixture_port("x", "lan");
	struct guests guests;
	pthread_t thread;
	unsigned int rounds = 0;
	double end;

	(void)state;
	find_guests(&guests);
	assert_int_equal(pthread_create(&thread, NULL, run_guests, &guests), 0);
	for (end = now() + seconds(); now() < end || rounds < 20; rounds++) {
		port.queues = (uint8_t)(1 + rounds % 3);
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		fixture_send(&f, "x", 0x77, 0x78); /* flooded: copies in every queue */
		port.policy.mtu = (uint16_t)(1000 + rounds % 100);
		port.queues = (uint8_t)(1 + (rounds + 1) % 3);
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		dvs_switch_poll(f.sw);
		fixture_delete_port(&f, "x");
		fixture_check_invariant(&f);
	}
	__atomic_store_n(&guests.should_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(settle(&guests));
	assert_true(handed_over() > 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(fixture_state(&f, (char[]){(char)('a' + i), '\0'}).dropped, 0);
	print_message("%u rounds of changes, %llu frames\n", rounds,
		      (unsigned long long)guests.sent);
}

/* Every frame is accounted for, by the counters of both sides. */
static void every_frame_arrives(void **state)
{
	struct guests guests;
	pthread_t thread;
	uint64_t rx = 0, delivered = 0;

	(void)state;
	find_guests(&guests);
	assert_int_equal(pthread_create(&thread, NULL, run_guests, &guests), 0);
	for (double end = now() + seconds(); now() < end;)
		fixture_check_invariant(&f);
	__atomic_store_n(&guests.should_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(settle(&guests));
	dvs_switch_synchronize(f.sw);
	for (unsigned int i = 0; i < 4; i++) {
		struct dvs_port_state port = fixture_state(&f, (char[]){(char)('a' + i), '\0'});

		rx += port.rx_frames;
		delivered += port.delivered;
	}
	assert_int_equal(rx, guests.sent + 4);
	assert_int_equal(delivered, rx);
}

/* Far more than queues and rings hold, floods among it: drops, but in the books. */
static void *run_flood(void *arg)
{
	struct guests *guests = arg;
	unsigned int i = 0;

	for (; !__atomic_load_n(&guests->should_stop, __ATOMIC_RELAXED); i++) {
		guests->sent += send_one(guests, i % 4, (uint8_t)(i % 7 == 0 ? 0xff : i / 4 % 6));
		if (i % 1024 == 0)
			take_all(guests);
	}
	return NULL;
}

static void books_are_right_under_overload(void **state)
{
	struct guests guests;
	pthread_t thread;
	uint64_t rx = 0, looks = 0;

	(void)state;
	find_guests(&guests);
	assert_int_equal(pthread_create(&thread, NULL, run_flood, &guests), 0);
	for (double end = now() + seconds(); now() < end; looks++) {
		fixture_check_invariant(&f);
		dvs_switch_poll(f.sw);
	}
	__atomic_store_n(&guests.should_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	for (double end = now() + 10; now() < end && rx != guests.sent + 4;) {
		rx = 0;
		for (unsigned int i = 0; i < 4; i++)
			rx += fixture_state(&f, (char[]){(char)('a' + i), '\0'}).rx_frames;
	}
	assert_int_equal(rx, guests.sent + 4);
	take_all(&guests);
	print_message("%llu looks at the counters, %llu frames\n", (unsigned long long)looks,
		      (unsigned long long)guests.sent);
}

/* Frames with numbers: from each port to each other one in their order. */
struct numbered {
	struct guests guests;
	uint32_t next[4][4], seen[4][4]; /* [from][to] */
	unsigned int disorder;
};

static void send_numbered(struct numbered *all, unsigned int i)
{
	unsigned int from = i % 4, to = (from + 1 + i / 4 % 3) % 4;
	uint8_t frame[FIXTURE_FRAME];

	fixture_frame(frame, (uint8_t)(to + 1), (uint8_t)(from + 1));
	memcpy(frame + 20, &all->next[from][to], sizeof(uint32_t));
	if (dvs_mem_inject(all->guests.dev[from], 0, frame, sizeof(frame), NULL) < 0)
		return;
	all->next[from][to]++;
	all->guests.sent++;
}

static void take_numbered(struct numbered *all)
{
	static struct dvs_mem_frame frame;

	for (unsigned int to = 0; to < 4; to++)
		while (dvs_mem_collect(all->guests.dev[to], 0, &frame)) {
			unsigned int from = frame.data[11] - 1u;
			uint32_t number;

			memcpy(&number, frame.data + 20, sizeof(number));
			all->disorder += number != all->seen[from][to];
			all->seen[from][to] = number + 1;
			all->guests.received++;
		}
}

static void *run_numbered(void *arg)
{
	struct numbered *all = arg;

	for (unsigned int i = 0; !__atomic_load_n(&all->guests.should_stop, __ATOMIC_RELAXED);) {
		while (all->guests.sent - all->guests.received < 400)
			send_numbered(all, i++);
		take_numbered(all);
	}
	for (double limit = now() + 10; all->guests.received < all->guests.sent && now() < limit;)
		take_numbered(all);
	return NULL;
}

/* Queues go from worker to worker under traffic, some of which is between workers. */
static void moved_queues_lose_and_disorder_nothing(void **state)
{
	static struct numbered all;
	unsigned int moves = 0;
	pthread_t thread;

	(void)state;
	memset(&all, 0, sizeof(all));
	find_guests(&all.guests);
	assert_int_equal(pthread_create(&thread, NULL, run_numbered, &all), 0);
	for (double end = now() + seconds(); now() < end || moves < 50; moves++) {
		struct dvs_port port = fixture_port((char[]){(char)('a' + moves % 4), '\0'}, "lan");

		port.workers = moves / 4 % 2 == 0 ? 2 : 1;
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		assert_int_equal(fixture_state(&f, port.name).workers, port.workers);
		dvs_switch_poll(f.sw);
		fixture_check_invariant(&f);
	}
	__atomic_store_n(&all.guests.should_stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(all.guests.received, all.guests.sent);
	assert_int_equal(all.disorder, 0);
	assert_true(f.sw->queues_moved >= 40);
	assert_true(handed_over() > 0);
	print_message("%u moves, %llu frames\n", moves, (unsigned long long)all.guests.sent);
}

static void look_at_workers(struct dvs_worker_state workers[2])
{
	uint64_t cursor = 0;

	assert_int_equal(dvs_switch_dump(f.sw, &dvs_worker_type, &cursor, workers, 2), 2);
}

/* Both are asleep, or about to be. */
static void wait_until_asleep(void)
{
	double limit = now() + 10;

	for (unsigned int i = 0; i < 2; i++)
		while (!dvs_wake_is_asleep(&f.sw->workers[i]->wake))
			assert_true(now() < limit);
}

static void start_sleepers(struct guests *guests)
{
	dvs_switch_stop(f.sw);
	f.sw->shared.idle_after_us = 50;
	f.sw->shared.idle_limit_ms = 60000; /* longer than anyone here waits */
	assert_int_equal(dvs_switch_start(f.sw), 0);
	find_guests(guests);
	wait_until_asleep();
}

/* Each frame goes from one sleeper to the other. */
static void idle_workers_sleep_and_wake(void **state)
{
	struct dvs_worker_state before[2], after[2];
	struct guests guests;
	double spent = 0;

	(void)state;
	start_sleepers(&guests);
	look_at_workers(before);
	for (unsigned int i = 0; i < 40; i++) {
		double start;

		wait_until_asleep();
		start = now();
		guests.sent += send_one(&guests, i % 4, (uint8_t)((i + 1) % 4 + 1));
		assert_true(settle(&guests));
		spent += now() - start;
	}
	look_at_workers(after);
	assert_true(after[0].wakeups + after[1].wakeups >=
		    before[0].wakeups + before[1].wakeups + 40);
	print_message("%.0f us a frame\n", spent / 40 * 1e6);
	fixture_delete_port(&f, "d"); /* does not wait for sleepers */
}

/* Frames that come just as workers fall asleep. */
static void no_wakeup_is_lost(void **state)
{
	struct dvs_worker_state before[2], after[2];
	struct guests guests;
	unsigned int n = 0;

	(void)state;
	start_sleepers(&guests);
	look_at_workers(before);
	for (double end = now() + seconds(); now() < end; n++) {
		guests.sent += send_one(&guests, n % 4, (uint8_t)((n + 1) % 4 + 1));
		assert_true(settle(&guests));
		for (double pause = now() + (n % 200) * 1e-6; now() < pause;)
			;
	}
	look_at_workers(after);
	print_message("%u frames, %llu sleeps, %llu wake-ups\n", n,
		      (unsigned long long)(after[0].sleeps - before[0].sleeps),
		      (unsigned long long)(after[0].wakeups - before[0].wakeups));
}

/* While all workers sleep the control thread may, too: what it has to learn wakes it. */
static void control_thread_is_woken(void **state)
{
	struct guests guests;
	double limit = now() + 10;
	uint64_t times;

	(void)state;
	start_sleepers(&guests);
	while (dvs_switch_poll(f.sw) < 10000)
		assert_true(now() < limit);
	while (read(dvs_switch_wake_fd(f.sw), &times, sizeof(times)) > 0)
		;
	fixture_send(&f, "a", 0x02, 0x55); /* a new address */
	while (read(dvs_switch_wake_fd(f.sw), &times, sizeof(times)) < 0)
		assert_true(now() < limit);
	while (dvs_switch_poll(f.sw) < 10000)
		assert_true(now() < limit);
}

#define PULSES	  20
#define PULSE_GAP (rte_get_tsc_hz() / 200)

struct pulse {
	struct dvs_timer timer;
	uint64_t due, latest; /* cycles late, of the latest */
	uint32_t fired;	      /* atomic */
};

static unsigned int on_pulse(struct dvs_worker *worker, struct dvs_timer *timer)
{
	struct pulse *pulse = (struct pulse *)timer;
	uint64_t late = dvs_worker_tsc(worker) - pulse->due;

	if (late > pulse->latest)
		pulse->latest = late;
	if (pulse->fired + 1 < PULSES) {
		pulse->due += PULSE_GAP;
		dvs_timer_set(worker, timer, pulse->due);
	}
	__atomic_add_fetch(&pulse->fired, 1, __ATOMIC_RELEASE);
	return 0;
}

/* What is on its wheel wakes a worker that sleeps, when it is time and not before. */
static void timers_wake_sleepers(void **state)
{
	struct dvs_worker_state before[2], after[2];
	struct pulse pulse = {.timer.fire = on_pulse, .due = rte_rdtsc() + PULSE_GAP};
	double limit = now() + 10;
	struct guests guests;

	(void)state;
	dvs_switch_stop(f.sw);
	f.sw->shared.clock = NULL;
	dvs_timer_set(f.sw->workers[0], &pulse.timer, pulse.due);
	assert_int_equal(dvs_switch_start(f.sw), 0);
	start_sleepers(&guests);
	look_at_workers(before);
	while (__atomic_load_n(&pulse.fired, __ATOMIC_ACQUIRE) < PULSES)
		assert_true(now() < limit);
	look_at_workers(after);
	assert_true(after[0].sleeps > before[0].sleeps);
	print_message("%.0f us late at worst\n",
		      (double)pulse.latest / (double)rte_get_tsc_hz() * 1e6);
}

static int use_locked_pools(void **state)
{
	(void)state;
	return dvs_test_eal_init() < 0 || locked_pool_use() < 0 ? -1 : 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_lost_while_others_come_and_go),
		TEST(every_frame_arrives),
		TEST(books_are_right_under_overload),
		TEST(moved_queues_lose_and_disorder_nothing),
		TEST(idle_workers_sleep_and_wake),
		TEST(no_wakeup_is_lost),
		TEST(control_thread_is_woken),
		TEST(timers_wake_sleepers),
	};

	return cmocka_run_group_tests(tests, use_locked_pools, NULL);
}
