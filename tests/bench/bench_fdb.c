/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of the time stamp counter that a MAC lookup takes, in bulks as workers do it and one by
 * one, for tables that fit a cache and tables that fit none, by each of the readers that the CPU
 * can run; and how long the control thread is held by what looks at a whole table. Best of many
 * short rounds, as a shared machine only ever adds time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>

#include "fdb_private.h"

#define BULK	  64
#define N_LOOKUPS (1u << 20)
#define ROUND	  (1u << 13) /* lookups */
#define N_CYCLES  3	     /* times that all keys are looked up */
#define N_PORTS	  64

typedef void (*timed_function)(struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum);

static uint64_t key_of(uint32_t n)
{
	uint8_t mac[DVS_MAC_LEN] = {
		0x52, 0x54, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return dvs_fdb_key(mac, 1);
}

/* The sum of what was found keeps the compiler from leaving lookups out. */
static void look_up_bulk(struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum)
{
	uint64_t values[BULK];

	for (uint32_t i = 0; i < ROUND; i += BULK) {
		dvs_fdb_lookup_bulk(fdb, keys + i, BULK, values);
		*sum += values[i % BULK];
	}
}

static void look_up_and_touch(struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum)
{
	uint64_t values[BULK];

	for (uint32_t i = 0; i < ROUND; i += BULK) {
		dvs_fdb_lookup_bulk(fdb, keys + i, BULK, values);
		for (uint32_t j = 0; j < BULK; j++) {
			if (values[j] != DVS_FDB_MISS)
				dvs_fdb_touch(fdb, keys[i + j], values[j], 0);
		}
		*sum += values[i % BULK];
	}
}

static void look_up_single(struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum)
{
	for (uint32_t i = 0; i < ROUND; i++)
		*sum += dvs_fdb_lookup(fdb, keys[i]);
}

static double best_of(timed_function function, struct dvs_fdb *fdb, const uint64_t *keys)
{
	uint64_t best = UINT64_MAX, sum = 0;

	for (uint32_t at = 0; at < N_CYCLES * N_LOOKUPS; at += ROUND) {
		uint64_t start = rte_rdtsc_precise(), cycles;

		function(fdb, keys + at % N_LOOKUPS, &sum);
		cycles = rte_rdtsc_precise() - start;
		best = cycles < best ? cycles : best;
	}
	if (sum == 1) /* never: a value has more bits */
		puts("");
	return (double)best / ROUND;
}

static struct dvs_fdb *create(uint32_t n_macs)
{
	uint32_t capacity = n_macs < DVS_FDB_CAPACITY_MIN ? DVS_FDB_CAPACITY_MIN : n_macs;
	struct dvs_fdb *fdb = NULL;

	if (dvs_fdb_create(capacity, -1, &fdb) < 0)
		return NULL;
	for (uint32_t i = 0; i < n_macs; i++)
		dvs_fdb_learn(fdb, key_of(i), (uint16_t)(i % N_PORTS), 0);
	return fdb;
}

static int measure(uint32_t n_macs)
{
	uint64_t *keys = malloc(2 * N_LOOKUPS * sizeof(*keys)), *absent = keys + N_LOOKUPS;
	struct dvs_fdb *fdb = create(n_macs);

	if (!keys || !fdb) {
		dvs_fdb_free(fdb);
		free(keys);
		return -1;
	}
	srandom(1);
	for (uint32_t i = 0; i < N_LOOKUPS; i++) {
		keys[i] = key_of((uint32_t)random() % n_macs);
		absent[i] = key_of(n_macs + (uint32_t)random() % n_macs);
	}
	for (unsigned int i = 0; dvs_fdb_reader_get(i); i++) {
		fdb->reader = dvs_fdb_reader_get(i);
		printf("%10u %8s %14.1f %14.1f %14.1f %14.1f\n", n_macs, fdb->reader->name,
		       best_of(look_up_bulk, fdb, keys), best_of(look_up_and_touch, fdb, keys),
		       best_of(look_up_bulk, fdb, absent), best_of(look_up_single, fdb, keys));
	}
	dvs_fdb_free(fdb);
	free(keys);
	return 0;
}

static double milliseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Each what happens to a full table of a million. */
static int measure_writer(void)
{
	double start = milliseconds();
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MAX);
	uint32_t n;

	if (!fdb)
		return -1;
	printf("\n%10.2f ms: create and learn all\n", milliseconds() - start);
	start = milliseconds();
	n = dvs_fdb_age(fdb, 0, UINT32_MAX);
	printf("%10.2f ms: age, all buckets, %u go\n", milliseconds() - start, n);
	start = milliseconds();
	n = dvs_fdb_flush(fdb, 0, N_PORTS);
	printf("%10.2f ms: flush of a port, %u go\n", milliseconds() - start, n);
	start = milliseconds();
	n = dvs_fdb_flush(fdb, 0, 5);
	printf("%10.2f ms: flush of a port, %u go\n", milliseconds() - start, n);
	start = milliseconds();
	n = dvs_fdb_flush(fdb, 2, UINT16_MAX);
	printf("%10.2f ms: flush of a segment, %u go\n", milliseconds() - start, n);
	start = milliseconds();
	n = dvs_fdb_flush(fdb, 0, UINT16_MAX);
	printf("%10.2f ms: flush of all, %u go\n", milliseconds() - start, n);
	dvs_fdb_free(fdb);
	return 0;
}

int main(void)
{
	static const uint32_t n_macs[] = {10, 1000, 100000, 1000000};

	printf("%10s %8s %14s %14s %14s %14s\n", "MACs", "reader", "bulk, known", "and touched",
	       "bulk, unknown", "single, known");
	for (unsigned int i = 0; i < sizeof(n_macs) / sizeof(n_macs[0]); i++) {
		if (measure(n_macs[i]) < 0) {
			fprintf(stderr, "no memory for %u MACs\n", n_macs[i]);
			return 1;
		}
	}
	return measure_writer() < 0;
}
