/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

#include <stddef.h>

#include <rte_pause.h>

#define N_COUNTERS (offsetof(struct dvs_port_stats, tx_dropped) / sizeof(uint64_t) + 1)

_Static_assert(N_COUNTERS == 2 * DVS_DROP_N_REASONS + DVS_N_COLORS + 10,
	       "a block is counters only");

void dvs_stats_read(const struct dvs_stats_guard *guard, const struct dvs_port_stats *block,
		    struct dvs_port_stats *sum)
{
	const uint64_t *counters = (const uint64_t *)block;
	uint64_t *sums = (uint64_t *)sum;
	uint64_t copy[N_COUNTERS];
	uint32_t before, after;

	do {
		before = __atomic_load_n(&guard->sequence, __ATOMIC_ACQUIRE);
		for (unsigned int i = 0; i < N_COUNTERS; i++)
			copy[i] = __atomic_load_n(&counters[i], __ATOMIC_ACQUIRE);
		after = __atomic_load_n(&guard->sequence, __ATOMIC_RELAXED);
		if (before != after)
			rte_pause();
	} while (before != after || (before & 1) != 0);
	for (unsigned int i = 0; i < N_COUNTERS; i++)
		sums[i] += copy[i];
}

uint64_t dvs_stats_dropped(const struct dvs_port_stats *stats)
{
	uint64_t dropped = 0;

	for (unsigned int i = 0; i < DVS_DROP_N_REASONS; i++)
		dropped += stats->drops[i];
	return dropped;
}
