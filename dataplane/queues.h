/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * queues.h - which worker has which queue: assigned when a port is made, moved while it lives.
 *
 * All workers have to agree on it, whatever they have under way: a flooded frame that one worker
 * hands to others is sent to each port by the one that owns a queue there. So a move has a pause in
 * the middle, of some ten microseconds:
 *	1. publish a snapshot that tells workers to poll nothing (is_paused), with owners as before;
 *	   all have seen it when that returns
 *	2. wait until they have decided what they had handed to each other
 *	3. publish the snapshot with the new owners
 * Meanwhile frames wait in their guests' rings: none is lost or overtaken. Nothing is handed over
 * in step 2 that would be new, so that it ends.
 *
 * Threads: the control thread.
 */
#ifndef DVS_QUEUES_H
#define DVS_QUEUES_H

#include "switch_private.h"

/* The workers that a port with this bitmap of workers may use: none of those there are, all. */
uint64_t dvs_queues_allowed(const struct dvs_switch *sw, uint64_t workers);

/* Each queue of the port to the allowed worker that has fewest of its queues, then fewest of all.
 */
void dvs_queues_assign(struct dvs_switch *sw, struct dvs_port_object *port, uint64_t workers);

/* Adds the port's queues to what their workers have, or takes them away. */
void dvs_queues_count(struct dvs_switch *sw, const struct dvs_port_object *port, bool add);

/* Steps 1 and 2: publishes a snapshot of what is in force with workers paused, and returns when
 * nothing is under way between them. Another snapshot follows. */
void dvs_queues_pause(struct dvs_switch *sw, struct dvs_snapshot *snapshot);

struct dvs_queue_move {
	struct dvs_port_object *port; /* with a device */
	uint8_t queue;
	uint8_t worker; /* who shall have it; undefined after the call */
};

/* -ENOMEM: nothing has changed. */
int dvs_queues_move(struct dvs_switch *sw, struct dvs_queue_move *moves, unsigned int n);

/* A snapshot of what is in force, or of what is staged; ports that are out or without a device left
 * out. NULL: no memory. */
struct dvs_snapshot *dvs_snapshot_build(struct dvs_switch *sw, bool staged);

/* Publishes it, waits until no worker sees the old one, and frees that. */
void dvs_snapshot_publish(struct dvs_switch *sw, struct dvs_snapshot *snapshot);

#endif
