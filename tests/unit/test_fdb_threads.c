/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer and two readers on a table that is too small for its keys, so that slots change hands
 * all the time. What readers must see at every moment:
 * - a port that was given to that very key (each key has two of its own),
 * - an entry that is never removed, also while its port changes.
 * With each of the readers that the CPU can run; meant for the thread sanitizer too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <time.h>

#include <cmocka.h>

#include "fdb_private.h"
#include "random.h"

#define RUN_S	 1
#define N_KEYS	 8192 /* four times as many as there are slots */
#define N_PINNED 64
#define N_BULK	 64
#define READERS	 2

struct shared {
	struct dvs_fdb *fdb;
	bool is_over; /* atomic */
};

struct reader {
	struct shared *shared;
	uint64_t random;
	uint64_t lookups, hits, wrong, missing;
	pthread_t thread;
};

static uint64_t key_of(uint32_t n)
{
	uint8_t mac[DVS_MAC_LEN] = {2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n};

	return dvs_fdb_key(mac, (uint16_t)(1 + n % 7));
}

static uint16_t port_of(uint32_t n, uint32_t which)
{
	return (uint16_t)(2 * n + which);
}

/* The first N_PINNED numbers are those of entries that are always there. */
static void read_some(struct reader *reader, uint32_t now_s)
{
	uint32_t number[N_BULK];
	uint64_t keys[N_BULK], values[N_BULK];

	for (unsigned int i = 0; i < N_BULK; i++) {
		number[i] = random_from(&reader->random, i % 8 ? N_KEYS : N_PINNED);
		keys[i] = key_of(number[i]);
	}
	dvs_fdb_lookup_bulk(reader->shared->fdb, keys, N_BULK, values);
	values[0] = dvs_fdb_lookup(reader->shared->fdb, keys[0]);
	for (unsigned int i = 0; i < N_BULK; i++) {
		reader->lookups++;
		reader->missing += values[i] == DVS_FDB_MISS && number[i] < N_PINNED;
		if (values[i] == DVS_FDB_MISS)
			continue;
		reader->hits++;
		reader->wrong += dvs_fdb_port(values[i]) / 2 != number[i];
		dvs_fdb_touch(reader->shared->fdb, keys[i], values[i], now_s);
	}
}

static void *read_all_the_time(void *arg)
{
	struct reader *reader = arg;

	for (uint32_t now_s = 0; !__atomic_load_n(&reader->shared->is_over, __ATOMIC_RELAXED);
	     now_s++)
		read_some(reader, now_s / 1000);
	return NULL;
}

static void write_some(struct dvs_fdb *fdb, uint64_t *random, uint32_t now_s)
{
	uint32_t n = N_PINNED + random_from(random, N_KEYS - N_PINNED);
	uint32_t which = random_from(random, 2), dice = random_from(random, 1000);

	if (dice < 700)
		dvs_fdb_learn(fdb, key_of(n), port_of(n, which), now_s);
	else if (dice < 900)
		dvs_fdb_remove(fdb, key_of(n));
	else if (dice < 920)
		dvs_fdb_set_static(fdb, key_of(n), port_of(n, which));
	else if (dice < 990)
		dvs_fdb_set_static(fdb, key_of(n % N_PINNED), port_of(n % N_PINNED, which));
	else if (dice < 999)
		dvs_fdb_age(fdb, now_s, 16);
	else
		dvs_fdb_flush(fdb, (uint16_t)(1 + which), UINT16_MAX);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void run(const struct fdb_reader *lookups)
{
	struct shared shared = {0};
	struct reader readers[READERS] = {{.random = 17}, {.random = 4711}};
	double end = seconds() + RUN_S;
	struct dvs_fdb_stats stats;
	uint64_t random = 42;

	assert_int_equal(dvs_fdb_create(DVS_FDB_CAPACITY_MIN, -1, &shared.fdb), 0);
	shared.fdb->reader = lookups;
	for (uint32_t n = 0; n < N_PINNED; n++)
		assert_int_equal(dvs_fdb_set_static(shared.fdb, key_of(n), port_of(n, 0)), 0);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i].shared = &shared;
		assert_int_equal(
			pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]),
			0);
	}
	for (uint32_t n = 0; seconds() < end; n++) {
		for (unsigned int i = 0; i < 100; i++)
			write_some(shared.fdb, &random, n / 1000);
	}
	__atomic_store_n(&shared.is_over, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_int_equal(readers[i].missing, 0);
		assert_true(readers[i].hits > readers[i].lookups / 100);
	}
	dvs_fdb_stats(shared.fdb, &stats);
	assert_true(stats.evicted > 0 && stats.moves > 0);
	dvs_fdb_free(shared.fdb);
}

static void one_writer_two_readers(void **state)
{
	(void)state;
	for (unsigned int i = 0; dvs_fdb_reader_get(i) != NULL; i++)
		run(dvs_fdb_reader_get(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_writer_two_readers)};

	return cmocka_run_group_tests_name("fdb_threads", tests, NULL, NULL);
}
