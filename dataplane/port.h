/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port.h - a port at run time, and the table of operations that a kind of port implements.
 *
 * `struct dvs_port` (objects.h) is a port's configuration. `struct dvs_portdev` is the living port:
 * made by the control thread, polled by workers. Each kind (vhost-user, tap, in-memory for tests,
 * later physical) fills a `struct dvs_portdev_ops` and is registered by an explicit call in main.
 *
 * Life: create (control) -> published in a snapshot -> rx/tx by workers -> taken out of the
 * snapshot, all workers quiescent -> destroy (control). What changes without a new session (MTU,
 * enabled, segment) reaches the kind by `update`. Rows with DVS_FIELD_RECREATE never change in a
 * living port: the switch destroys it and creates another.
 *
 * The frontend comes and goes by itself: the kind says so with dvs_portdev_set_link from any
 * thread. Before it tears down what workers may be using it sets the link down and calls
 * dvs_portdev_quiesce, after which no worker is inside rx or tx until the link is set up again.
 *
 * Queues: receive queue q and transmit queue q of a port are owned by one worker, which alone calls
 * rx and tx on them. They may move to another one, never while frames of theirs are under way.
 *
 * To add a kind: a file with the operations, an enum dvs_port_kind value with its name in
 * objects.c, and a call of dvs_switch_register_kind in main.
 */
#ifndef DVS_PORT_H
#define DVS_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "objects.h"

struct dvs_portdev;
struct dvs_switch;
struct rte_mempool;

/* What a receiver takes as it is; other requests are completed in software before tx. */
enum dvs_accept {
	DVS_ACCEPT_CSUM = 1 << 0,
	DVS_ACCEPT_TSO4 = 1 << 1,
	DVS_ACCEPT_TSO6 = 1 << 2,
	DVS_ACCEPT_ECN = 1 << 3, /* GSO frames with CWR */
};

struct dvs_portdev_ops {
	const char *name;

	/* Would create refuse this configuration, as far as can be told without making or touching
	 * anything? Asked before ports make room for it, so that they keep their sessions when it
	 * is refused. What the switch's own ports hold does not count. May be NULL; err names the
	 * field. Control thread. */
	int (*check)(struct dvs_switch *sw, const struct dvs_port *config, struct dvs_error *err);

	/* Makes the port's end: socket, interface. dev->config is set; fills dev->impl, and may set
	 * dev->ops to another table of its kind. On failure nothing is left behind and err names
	 * the field. Control thread. */
	int (*create)(struct dvs_portdev *dev, struct dvs_error *err);

	/* Ends the session and frees dev->impl. No worker sees the port any more. Control thread.
	 */
	void (*destroy)(struct dvs_portdev *dev);

	/* dev->config has changed in fields without DVS_FIELD_RECREATE; old is what it was. May be
	 * NULL. Cannot fail. Control thread. */
	void (*update)(struct dvs_portdev *dev, const struct dvs_port *old);

	/* Appends up to DVS_BATCH_MAX - batch->n frames of the queue: sets the arrays that
	 * batch.h says rx sets (in_port to dev->id) and batch->n. Returns how many. Of a limited
	 * batch each frame is charged (dvs_charge_frame), and there are no more when that says so;
	 * where frames cannot be looked at before they are taken, so many are taken as fit if all
	 * were the longest, and one at least. Worker. */
	uint16_t (*rx)(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch);

	/* The frames that the last rx of the queue returned have been sent or dropped: where they
	 * are in a guest, the guest gets its buffers back. NULL when all frames are mbufs. Worker,
	 * in the same sweep as the rx. */
	void (*release)(struct dvs_portdev *dev, uint16_t queue);

	/* Sends frames index[0..n-1] of the batch in this order, n <= 64, and returns which of them
	 * were taken: bit k for index[k]. Frames stay the caller's. Offload requests are such as
	 * dev->accept takes. Worker. */
	uint64_t (*tx)(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
		       const uint8_t *index, uint16_t n);

	/* Asks that the queue's descriptor (dvs_portdev_watch) becomes readable when frames come,
	 * and that the next rx looks for them in any case; rx takes that back when it finds some.
	 * False: there are frames that rx does not take now. NULL: cannot be done. Worker, before
	 * it sleeps, with the link up; often while the queue is armed already. */
	bool (*arm)(struct dvs_portdev *dev, uint16_t queue);

	bool needs_mbufs; /* tx takes frames in mbufs only */

	/* Fills endpoint, error, features of the state. May be NULL. Control thread. */
	void (*get_state)(struct dvs_portdev *dev, struct dvs_port_state *state);
};

struct dvs_offenders; /* violation.h */
struct dvs_port_memory;
struct dvs_port_stats; /* stats.h */

struct dvs_portdev {
	const struct dvs_portdev_ops *ops; /* constant after create */
	void *impl;			   /* of the kind */
	struct dvs_switch *sw;		   /* constant */
	struct rte_mempool *pool;	   /* constant: where rx takes mbufs from */
	uint16_t id;			   /* constant: index in snapshots, dvs_fdb_port */

	/* Written by the kind through dvs_portdev_set_link, any thread; read by workers. */
	uint8_t link;	   /* enum dvs_link of the frontend; the operator's `enabled` is apart */
	uint16_t queues;   /* queue pairs in use, <= config.queues (tap: may be more) */
	uint32_t accept;   /* enum dvs_accept */
	uint32_t sessions; /* times that link went up */
	uint16_t watched;  /* atomic: bitmap of queues whose descriptor wakes their worker */

	/* Under the switch's watch_lock, which workers never take. */
	int watch_fd[DVS_QUEUES_MAX]; /* our copies; -1: none */
	uint8_t queue_worker[DVS_QUEUES_MAX];

	/* Control thread only. */
	struct dvs_port config;
	bool link_event_pending; /* atomic: set by set_link, cleared by the control thread */

	struct dvs_offenders *offenders; /* constant; violation.h */
	struct dvs_port_memory *memory;	 /* constant; port_memory.h */

	/* By worker: each written by that worker only. */
	struct dvs_port_stats *stats[DVS_WORKERS_MAX];

	/* Cycles that frames of the receive queue took; its worker writes. */
	uint64_t queue_cycles[DVS_QUEUES_MAX] __attribute__((aligned(64)));
};

/*
 * Any thread. link up: queues (1 to DVS_QUEUES_MAX) and accept hold from now on. Also called while
 * up, when a frontend enables or disables queues. The control thread reports the event.
 */
void dvs_portdev_set_link(struct dvs_portdev *dev, enum dvs_link link, uint16_t queues,
			  uint32_t accept);

/*
 * Any thread but workers: fd, which becomes readable when frames come to the receive queue, wakes
 * the worker that polls it, from now on and instead of the one before; -1: none does. It is copied,
 * and may be closed at any time. Gone with the port.
 */
void dvs_portdev_watch(struct dvs_portdev *dev, uint16_t queue, int fd);

/* Any thread: something about the port has changed that its workers, if asleep, have to look at. It
 * is called by dvs_portdev_set_link for links that are up. */
void dvs_portdev_wake(struct dvs_portdev *dev);

/* Any thread but workers: returns when every worker has left rx and tx calls that were under way.
 */
void dvs_portdev_quiesce(struct dvs_portdev *dev);

#endif
