/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scheduler_twin.h - the slow, obviously right twin of a scheduler (scheduler.h): it has the same
 * tree, exact tokens in whole fractions, and looks at all queues to judge each decision.
 *
 * Which of several children comes first by its turn is not the twin's to say, but whether it may
 * come at all: within all limits, and nobody with a right to come before it.
 *
 * Threads: one.
 */
#ifndef DVS_SCHEDULER_TWIN_H
#define DVS_SCHEDULER_TWIN_H

#include <stdbool.h>
#include <stdint.h>

#include "scheduler.h"

#define TWIN_NODES_MAX 128

/* Tokens are units times hz; what a rate gives in a cycle is its number. */
struct twin_bucket {
	uint64_t rate; /* units a second; 0: no limit */
	__int128_t tokens, depth, resume;
};

struct twin_node {
	int parent; /* -1: the root */
	struct dvs_scheduler_params params;
	struct twin_bucket limit, packets, reservation;
	uint32_t n; /* frames that wait, of a leaf */
	uint64_t sent_bytes;
};

struct scheduler_twin {
	uint64_t hz, now, slack; /* slack: cycles by which timers may be late */
	int n_nodes;
	struct twin_bucket ceiling; /* of strict leaves */
	struct twin_node nodes[TWIN_NODES_MAX];
};

void scheduler_twin_init(struct scheduler_twin *twin, uint64_t hz, uint64_t now, uint64_t slack);
int scheduler_twin_add(struct scheduler_twin *twin, int parent,
		       const struct dvs_scheduler_params *params);
void scheduler_twin_time(struct scheduler_twin *twin, uint64_t now);

/* A frame of the leaf goes without waiting. What is wrong with that; NULL: nothing. */
const char *scheduler_twin_pass(struct scheduler_twin *twin, int leaf,
				const struct dvs_scheduler_cost *cost);

/* A frame waits; wrong if nobody waited and it could surely have gone. */
const char *scheduler_twin_push(struct scheduler_twin *twin, int leaf);

/* The first frame of the leaf is sent. */
const char *scheduler_twin_sent(struct scheduler_twin *twin, int leaf,
				const struct dvs_scheduler_cost *cost);

/* Nothing is sent now. */
const char *scheduler_twin_rests(struct scheduler_twin *twin);

#endif
