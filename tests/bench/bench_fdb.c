/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of the time stamp counter that a MAC lookup takes, in bulks as workers do it and one by
 * one, for tables that fit a cache and tables that fit none. Best of several rounds, as a shared
 * machine only ever adds time.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "fdb.h"

#define BULK	  64
#define N_LOOKUPS (1u << 18)
#define N_ROUNDS  11

struct result {
	double bulk, single, absent;
};

static uint64_t key_of(uint32_t n)
{
	uint8_t mac[DVS_MAC_LEN] = {
		0x52, 0x54, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return dvs_fdb_key(mac, 1);
}

/* The sum of what was found keeps the compiler from leaving lookups out. */
static uint64_t time_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum)
{
	uint64_t values[BULK], start = rte_rdtsc_precise();

	for (uint32_t i = 0; i < N_LOOKUPS; i += BULK) {
		dvs_fdb_lookup_bulk(fdb, keys + i, BULK, values);
		*sum += values[i % BULK];
	}
	return rte_rdtsc_precise() - start;
}

static uint64_t time_single(const struct dvs_fdb *fdb, const uint64_t *keys, uint64_t *sum)
{
	uint64_t start = rte_rdtsc_precise();

	for (uint32_t i = 0; i < N_LOOKUPS; i++)
		*sum += dvs_fdb_lookup(fdb, keys[i]);
	return rte_rdtsc_precise() - start;
}

static double best_of(uint64_t (*time)(const struct dvs_fdb *, const uint64_t *, uint64_t *),
		      const struct dvs_fdb *fdb, const uint64_t *keys)
{
	uint64_t best = UINT64_MAX, sum = 0;

	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		uint64_t cycles = time(fdb, keys, &sum);

		best = cycles < best ? cycles : best;
	}
	if (sum == 1) /* never: a value has more bits */
		puts("");
	return (double)best / N_LOOKUPS;
}

static int measure(uint32_t n_macs, struct result *ret_result)
{
	uint64_t *keys = malloc(2 * N_LOOKUPS * sizeof(*keys)), *absent = keys + N_LOOKUPS;
	struct dvs_fdb *fdb = NULL;
	uint32_t capacity = n_macs < DVS_FDB_CAPACITY_MIN ? DVS_FDB_CAPACITY_MIN : n_macs;

	if (!keys || dvs_fdb_create(capacity, -1, &fdb) < 0) {
		free(keys);
		return -1;
	}
	for (uint32_t i = 0; i < n_macs; i++)
		dvs_fdb_learn(fdb, key_of(i), (uint16_t)(i % 64), 0);
	srandom(1);
	for (uint32_t i = 0; i < N_LOOKUPS; i++) {
		keys[i] = key_of((uint32_t)random() % n_macs);
		absent[i] = key_of(n_macs + (uint32_t)random() % n_macs);
	}
	ret_result->bulk = best_of(time_bulk, fdb, keys);
	ret_result->single = best_of(time_single, fdb, keys);
	ret_result->absent = best_of(time_bulk, fdb, absent);
	dvs_fdb_free(fdb);
	free(keys);
	return 0;
}

int main(void)
{
	static const uint32_t n_macs[] = {10, 1000, 100000, 1000000};
	struct result result;

	printf("%10s %15s %15s %15s\n", "MACs", "bulk, known", "bulk, unknown", "single, known");
	for (unsigned int i = 0; i < sizeof(n_macs) / sizeof(n_macs[0]); i++) {
		if (measure(n_macs[i], &result) < 0) {
			fprintf(stderr, "no memory for %u MACs\n", n_macs[i]);
			return 1;
		}
		printf("%10u %15.1f %15.1f %15.1f\n", n_macs[i], result.bulk, result.absent,
		       result.single);
	}
	return 0;
}
