/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer and two readers on a table of neighbours that is full, so that positions change hands
 * all the time. What readers must see at every moment:
 * - an owner of that very address, whole: its MAC and port go together,
 * - an entry that is never removed, also while its owner changes.
 * Meant for the thread sanitizer too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <rte_rcu_qsbr.h>

#include "eal.h"
#include "neighbor.h"
#include "random.h"

#define RUN_S	 2
#define N_KEYS	 (DVS_NEIGHBORS + 4096)
#define N_PINNED 64
#define READERS	 2
#define SEGMENTS 3
#define MAC	 UINT64_C(0x020000000000)
#define MANY	 (DVS_NEIGHBORS * 3 / 4)
#define FEW	 (DVS_NEIGHBORS / 2)

struct shared {
	struct dvs_neighbors *table;
	struct rte_rcu_qsbr *qsbr;
	bool is_over; /* atomic */
};

struct reader {
	struct shared *shared;
	unsigned int id;
	uint64_t random;
	uint64_t lookups, hits, wrong, missing;
	pthread_t thread;
};

/* Of DPDK's table the sanitizer sees memcmp and memcpy, but not what orders them. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:librte_hash.so\n";
}

static struct dvs_ip ip_of(uint32_t n)
{
	return dvs_ip_from4(0x0a000000 + n);
}

static uint16_t segment_of(uint32_t n)
{
	return (uint16_t)(1 + n % SEGMENTS);
}

/* Each address has two owners of its own, in turns. */
static struct dvs_neighbor owner_of(uint32_t n, uint32_t which)
{
	return (struct dvs_neighbor){.mac = MAC | (uint64_t)n << 1 | which,
				     .port = (uint16_t)(2 * n + which)};
}

static int put(struct dvs_neighbors *table, uint32_t n, uint32_t which, uint32_t now_s)
{
	const struct dvs_ip ip = ip_of(n);
	const struct dvs_neighbor owner = owner_of(n, which);

	return dvs_neighbor_put(table, segment_of(n), &ip, &owner, now_s);
}

static void take(struct dvs_neighbors *table, uint32_t n)
{
	const struct dvs_ip ip = ip_of(n);

	dvs_neighbor_remove(table, segment_of(n), &ip);
}

/* ---- readers ---- */

static void read_one(struct reader *reader, uint32_t n, uint32_t now_s)
{
	const struct dvs_ip ip = ip_of(n);
	struct dvs_neighbor seen;
	int32_t position = dvs_neighbor_lookup(reader->shared->table, segment_of(n), &ip, &seen);

	reader->lookups++;
	reader->missing += position < 0 && n < N_PINNED;
	if (position < 0)
		return;
	reader->hits++;
	reader->wrong += (seen.mac ^ MAC) >> 1 != n || seen.port != (uint16_t)seen.mac;
	dvs_neighbor_touch(reader->shared->table, position, now_s);
}

static void *read_all_the_time(void *arg)
{
	struct reader *reader = arg;
	struct rte_rcu_qsbr *qsbr = reader->shared->qsbr;

	rte_rcu_qsbr_thread_register(qsbr, reader->id);
	rte_rcu_qsbr_thread_online(qsbr, reader->id);
	for (uint32_t round = 0; !__atomic_load_n(&reader->shared->is_over, __ATOMIC_RELAXED);
	     round++) {
		for (unsigned int i = 0; i < 64; i++)
			read_one(reader,
				 random_from(&reader->random, i % 8 != 0 ? N_KEYS : N_PINNED),
				 1 + round / 1000);
		rte_rcu_qsbr_quiescent(qsbr, reader->id);
	}
	rte_rcu_qsbr_thread_offline(qsbr, reader->id);
	rte_rcu_qsbr_thread_unregister(qsbr, reader->id);
	return NULL;
}

/* ---- the writer ---- */

static void write_some(struct dvs_neighbors *table, uint64_t *random, uint32_t now_s)
{
	uint32_t n = N_PINNED + random_from(random, N_KEYS - N_PINNED);
	uint32_t which = random_from(random, 2), dice = random_from(random, 1000);

	if (dice < 600)
		put(table, n, which, now_s);
	else if (dice < 900)
		take(table, n);
	else if (dice < 998)
		put(table, n % N_PINNED, which, now_s);
	else
		dvs_neighbors_forget(table, owner_of(n, which).port, DVS_NEIGHBOR_ANY);
	if (dice == 0)
		dvs_neighbors_age(table, now_s);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void create(struct shared *shared)
{
	size_t size = (rte_rcu_qsbr_get_memsize(READERS) + 63) & ~(size_t)63;

	assert_int_equal(dvs_test_eal_init(), 0);
	shared->is_over = false;
	shared->qsbr = aligned_alloc(64, size);
	assert_non_null(shared->qsbr);
	memset(shared->qsbr, 0, size);
	assert_int_equal(rte_rcu_qsbr_init(shared->qsbr, READERS), 0);
	shared->table = dvs_neighbors_create(shared->qsbr);
	assert_non_null(shared->table);
}

static void destroy(struct shared *shared)
{
	dvs_neighbors_free(shared->table);
	free(shared->qsbr);
}

static void one_writer_two_readers(void **state)
{
	struct shared shared;
	struct reader readers[READERS] = {{.random = 17}, {.random = 4711}};
	uint64_t random = 42;
	double end;

	(void)state;
	create(&shared);
	for (uint32_t n = 0; n < DVS_NEIGHBORS; n++) /* the last do not find room */
		assert_true(put(shared.table, n, 0, 1) == 0 || n > MANY);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i].shared = &shared;
		readers[i].id = i;
		assert_int_equal(
			pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]),
			0);
	}
	end = seconds() + RUN_S;
	for (uint32_t n = 0; seconds() < end; n++)
		for (unsigned int i = 0; i < 100; i++)
			write_some(shared.table, &random, 1 + n / 1000);
	__atomic_store_n(&shared.is_over, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_int_equal(readers[i].missing, 0);
		assert_true(readers[i].hits > readers[i].lookups / 100);
	}
	assert_true(dvs_neighbors_count(shared.table) >= N_PINNED);
	destroy(&shared);
}

/* Puts FEW others; how many did not find room. */
static unsigned int refused(struct dvs_neighbors *table)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < FEW; i++)
		n += put(table, MANY + i, 0, 1) != 0;
	return n;
}

/* A reader that may have just looked one up keeps its position from being another's. */
static void positions_wait_for_readers(void **state)
{
	struct shared shared;

	(void)state;
	create(&shared);
	rte_rcu_qsbr_thread_register(shared.qsbr, 0);
	rte_rcu_qsbr_thread_online(shared.qsbr, 0);
	for (uint32_t n = 0; n < MANY; n++)
		assert_int_equal(put(shared.table, n, 0, 1), 0);
	for (uint32_t n = 0; n < FEW; n++)
		take(shared.table, n);
	assert_int_equal(refused(shared.table), MANY + FEW - DVS_NEIGHBORS);
	rte_rcu_qsbr_quiescent(shared.qsbr, 0);
	assert_int_equal(refused(shared.table), 0);
	rte_rcu_qsbr_thread_offline(shared.qsbr, 0);
	rte_rcu_qsbr_thread_unregister(shared.qsbr, 0);
	destroy(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(positions_wait_for_readers),
		cmocka_unit_test(one_writer_two_readers),
	};

	return cmocka_run_group_tests_name("neighbor_threads", tests, NULL, NULL);
}
