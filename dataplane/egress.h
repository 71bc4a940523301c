/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * egress.h - frames that wait for a port: the queues of a port whose traffic is limited towards its
 * NIC, or of an uplink that several ports share.
 *
 * Such a port has a struct dvs_egress: a tree of queues (scheduler.h) that one worker has, the
 * owner of the port's queue 0, to which all frames for the port go. A frame for which nothing has
 * to be waited for is only counted and sent as any other, without a copy. Else it becomes an mbuf
 * and waits; to the port it came from it is delivered then, and what becomes of it later is counted
 * at its queue. A queue is limited in bytes and frames, and when it stands for long its frames are
 * marked (RFC 3168) or dropped (codel.h). All queues of a worker together hold no more than its
 * part of half of the packet buffers, so that others always find some.
 *
 * The worker sends what is due when its timing wheel says so, some frames at a time. A port without
 * limits has none of this, which costs one test for all its frames of a batch.
 *
 * A GSO frame that is longer than what may go at once is cut into its segments, or a low rate would
 * be a burst of 64 KB each time.
 *
 * Threads: who owns port->egress: the worker that its tree is attached to, whenever workers poll.
 * While they are paused (queues.h) and nothing is under way: the control thread, which makes,
 * moves and frees them only then (egress_control.h). Counters: any thread reads.
 */
#ifndef DVS_EGRESS_H
#define DVS_EGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "codel.h"
#include "objects.h"
#include "scheduler.h"
#include "snapshot.h"
#include "stats.h"

struct dvs_batch;
struct dvs_worker;

/* Of a queue; its worker writes (dvs_stats_bump). */
struct dvs_egress_counters {
	uint64_t frames, bytes; /* sent, at once or later */
	uint64_t waited;	/* of frames: did not go at once */
	uint64_t marked;	/* of frames */
	uint64_t drops[DVS_N_QUEUE_DROPS];
	uint64_t delays[DVS_QUEUE_DELAYS]; /* of waited: below 2^n microseconds, and not above */
};

/* A leaf of the tree. */
struct dvs_egress_queue {
	struct dvs_codel codel;
	uint16_t from; /* id of the port whose frames it has; DVS_PORT_NONE: all others' */
	uint8_t class;
	bool is_leaf;
	struct dvs_egress_counters counters;
};

struct dvs_egress {
	/* Constant. */
	uint16_t port;
	uint8_t n_classes;    /* queues of each port; of one, all classes are in it */
	uint8_t counts;	      /* enum dvs_rate_counts */
	uint32_t burst;	      /* bytes: what may go at once, longer GSO frames are cut */
	uint64_t queue_bytes; /* limit of each queue */
	struct dvs_codel_params codel;
	uint32_t first_rest; /* number of the node that is the first queue of ... */
	uint32_t *first;     /* ... who has 0 here, by port id; NULL: everybody */

	/* Control. */
	uint16_t owner;	    /* worker that is to have it */
	bool is_spare;	    /* it has no limits, and goes when it is empty */
	uint64_t signature; /* of what it was made from */

	/* The owner's. */
	struct dvs_worker *worker;
	uint32_t n_mbufs; /* that wait */
	struct dvs_scheduler *scheduler;
	struct dvs_egress_queue queues[]; /* by number of the node */
};

/* Number of the node that is the first queue for frames from that port. */
static inline uint32_t dvs_egress_first(const struct dvs_egress *egress, uint16_t from)
{
	if (egress->first != NULL && from < DVS_PORT_IDS && egress->first[from] != 0)
		return egress->first[from];
	return egress->first_rest;
}

/* Of a worker. */
struct dvs_egress_host {
	struct dvs_scheduler_host host;
	uint32_t n_mbufs, max_mbufs; /* in all queues */
};

/* Before the worker starts. */
void dvs_egress_init(struct dvs_worker *worker);

/*
 * Frames index[0..n-1] of the batch are to go to the port. Those that may go now are counted and
 * returned in kept, in order; the others wait or are dropped, and are decided.
 */
unsigned int dvs_egress_admit(struct dvs_worker *worker, struct dvs_egress *egress,
			      struct dvs_batch *batch, const uint8_t *index, unsigned int n,
			      uint8_t kept[]);

#endif
