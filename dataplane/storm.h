/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * storm.h - storm control: the rates of broadcast, multicast and unknown unicast that a port may
 * send. Broadcast and multicast are known to the police stage, unknown unicast only to the unknown
 * stage, behind forward; known unicast meets no meter.
 *
 * Threads: workers.
 */
#ifndef DVS_STORM_H
#define DVS_STORM_H

#include "snapshot.h"

struct dvs_batch;
struct dvs_worker;

/* Time of meters in a stage's run over a batch; 0: not looked at yet. */
struct dvs_storm_time {
	uint64_t tsc;
};

/* Frame i, which is pending and of this kind, takes its part of the rate or violates. */
void dvs_storm_judge(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		     enum dvs_storm_kind kind, struct dvs_storm_time *time);

#endif
