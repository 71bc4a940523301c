/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stats.h - counters of ports: one block for each port and worker, written by that worker only.
 *
 * For every port, at all times: rx_frames = delivered + sum of drops. A worker therefore counts a
 * frame when its fate is decided, all counters of a batch between _begin and _end of its guard, and
 * a reader that finds the guard moved reads again. The tx counters belong to the port that frames
 * go to; they stand alone and are written at any time.
 *
 * Counters are written with release and read with acquire order, which costs nothing on x86 and
 * keeps them between the two values of the guard without fences.
 *
 * Threads: _bump, _begin, _end: the worker that owns block and guard; _read: any thread.
 */
#ifndef DVS_STATS_H
#define DVS_STATS_H

#include <stdint.h>

#include "drop.h"
#include "marker.h"

struct dvs_port_stats {
	uint64_t rx_frames, rx_bytes; /* under the guard, as are the next three */
	uint64_t delivered, flooded;
	uint64_t drops[DVS_DROP_N_REASONS];
	uint64_t audited[DVS_DROP_N_REASONS]; /* stand alone, as what follows */
	uint64_t colors[DVS_N_COLORS];	      /* frames that the port's marker gave each color */
	uint64_t marked;		      /* frames that got another DSCP */
	uint64_t held, held_cycles;	      /* of its queues, for tokens: shape.h */
	uint64_t tx_frames, tx_bytes, tx_dropped;
} __attribute__((aligned(64)));

/* Of a worker, for all its blocks. Odd while counters are being written. */
struct dvs_stats_guard {
	uint32_t sequence;
};

static inline void dvs_stats_bump(uint64_t *counter, uint64_t add)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + add,
			 __ATOMIC_RELEASE);
}

static inline void dvs_stats_begin(struct dvs_stats_guard *guard)
{
	__atomic_store_n(&guard->sequence, guard->sequence + 1, __ATOMIC_RELAXED);
}

static inline void dvs_stats_end(struct dvs_stats_guard *guard)
{
	__atomic_store_n(&guard->sequence, guard->sequence + 1, __ATOMIC_RELEASE);
}

/* Adds the block to *sum, as it was at one moment between two batches. */
void dvs_stats_read(const struct dvs_stats_guard *guard, const struct dvs_port_stats *block,
		    struct dvs_port_stats *sum);

/* Sum of drops. */
uint64_t dvs_stats_dropped(const struct dvs_port_stats *stats);

#endif
