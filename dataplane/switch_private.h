/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * switch_private.h - the inside of struct dvs_switch, for the files that make up the control side:
 * switch.c (life, polling), apply.c (transactions), learn.c (MACs), dump.c, port.c; and for tests,
 * which reach in for workers and ports.
 *
 * Threads: the control thread, except for what says otherwise.
 */
#ifndef DVS_SWITCH_PRIVATE_H
#define DVS_SWITCH_PRIVATE_H

#include <pthread.h>

#include "fdb.h"
#include "moves.h"
#include "model.h"
#include "snooping.h"
#include "switch.h"
#include "worker.h"

#define DVS_NUMA_MAX 8

struct dvs_learnt;
struct dvs_mac_state;
struct dvs_savi;

struct dvs_pool {
	struct rte_mempool *pool;
	uint16_t numa;
};

/* What balance.c remembers. */
struct dvs_balance {
	uint64_t looked_ns;    /* of the switch's clock */
	unsigned int looks;    /* in a row that asked for a move */
	uint32_t rest_until_s; /* no moves before */
	uint64_t busy_seen[DVS_WORKERS_MAX],
		idle_seen[DVS_WORKERS_MAX]; /* counters at the last look */
};

struct dvs_switch {
	struct dvs_shared shared; /* what workers see */
	struct dvs_worker *workers[DVS_WORKERS_MAX];
	uint16_t n_workers;
	bool is_running; /* workers are on their lcores */
	const struct dvs_clock *clock;
	struct dvs_model model;
	struct dvs_fdb *fdb;
	struct dvs_binding_table *bindings;
	struct dvs_savi *savi;
	struct dvs_mac_state *mac_state;
	struct dvs_neighbors *neighbors;
	uint32_t neighbors_s;		 /* second in which they were aged last */
	struct dvs_binding_set *retired; /* of bindings, that workers may still have */
	struct dvs_moves *moves;
	struct dvs_snooping *snooping;
	struct dvs_pool pools[DVS_NUMA_MAX];
	unsigned int n_pools;
	const struct dvs_portdev_ops *kinds[DVS_PORT_KINDS];

	pthread_mutex_t watch_lock; /* of ports' watch_fd and queue_worker; held briefly */
	uint64_t start_ns;	    /* of clock */
	uint64_t aged_ns;	    /* of clock: when the MAC table was aged last */
	uint64_t boot_epoch;
	uint64_t generation;
	uint32_t clients;
	char *vhost_dir;
	char *memory;
	dvs_switch_event_fn event_fn;
	void *event_arg;

	bool has_spare_egress;		    /* some port has queues without limits */
	struct dvs_snapshot *egress_pause; /* for the transaction under way; NULL: none */
	uint32_t balance_s; /* least time between two moves of queues; 0: none */
	uint64_t queues_moved;
	struct dvs_balance balance;

	bool has_link_event; /* atomic; any thread sets: some port's link_event_pending is set */
	bool has_down;	     /* a port is in: */
	struct dvs_fdb_departed down; /* ports whose links went down, to be forgotten */
	uint64_t forget_ns;	      /* of clock: not before */
	bool has_to_shut;	      /* some port's is_to_shut is set */
	bool needs_repair; /* a port could not be made again, or the snapshot is not complete */
	uint32_t repair_s; /* when that is tried next */
	uint32_t repair_wait_s;
	uint32_t moves_s; /* second in which moves_told were told */
	uint32_t moves_told;
	uint32_t age_step;		     /* buckets of the MAC table to look at in a ms */
	uint32_t queues_of[DVS_WORKERS_MAX]; /* by worker: receive queues assigned */
};

/* ---- port.c ---- */

/* A port with its counters and its kind's end. kind is registered; queue_worker[q]: who polls. */
int dvs_portdev_create(struct dvs_switch *sw, uint16_t id, const struct dvs_port *config,
		       const uint8_t queue_worker[DVS_QUEUES_MAX], struct dvs_portdev **ret_dev,
		       struct dvs_error *err);
void dvs_portdev_destroy(struct dvs_portdev *dev);

/* The queue is another worker's, which its descriptor wakes from now on. */
void dvs_portdev_move_watch(struct dvs_portdev *dev, uint16_t queue, uint8_t worker);

/* ---- apply.c ---- */

/* Tries again to make ports that could not come back when a transaction was undone; when that fails
 * the next trial comes later than this one did, up to 30 s. */
void dvs_switch_repair(struct dvs_switch *sw);

/* ---- learn.c ---- */

/* Acts on up to max reports of each worker. */
void dvs_switch_drain_learn(struct dvs_switch *sw, unsigned int max);

/* The port's link has gone: what was learnt behind it is forgotten by the next
 * dvs_switch_forget_down. */
void dvs_switch_link_lost(struct dvs_switch *sw, const struct dvs_port_object *port);
void dvs_switch_forget_down(struct dvs_switch *sw);

/* ---- limits.c ---- */

/* What the MAC table is to know of a port's configuration; NULL: the port is gone. */
void dvs_switch_limit_port(struct dvs_switch *sw, uint16_t id, const struct dvs_port *config);

/* The port's own MAC is all that may be learnt from now on: forgets the rest. */
void dvs_switch_forget_others(struct dvs_switch *sw, const struct dvs_port_object *port);

/* The port has sent from more MACs than it may: it is disabled at the next poll. */
void dvs_switch_ask_to_shut(struct dvs_switch *sw, struct dvs_port_object *port);

/* The MAC that guards hold the port to; zero: none yet. */
void dvs_switch_port_mac(const struct dvs_port_object *port, uint8_t ret_mac[DVS_MAC_LEN]);

/* Disables ports that are to be. */
void dvs_switch_shut_ports(struct dvs_switch *sw);

/* An operator flushes a port: it is as if it were new. */
void dvs_switch_renew_port(struct dvs_switch *sw, struct dvs_port_object *port);

/* ---- switch.c ---- */

void dvs_switch_tell(struct dvs_switch *sw, const struct dvs_wire_event *event);
void dvs_switch_tell_link(struct dvs_switch *sw, const struct dvs_port_object *port);

/* Any thread: workers that are asleep look at what has changed. */
void dvs_switch_wake(struct dvs_switch *sw);

/* Its end has a link and the operator has enabled it. */
static inline bool dvs_switch_is_up(const struct dvs_port_object *port)
{
	return port->dev != NULL && port->config.enabled && !port->is_shut &&
	       __atomic_load_n(&port->dev->link, __ATOMIC_ACQUIRE) == DVS_LINK_UP;
}

/* Fills error and, with a living device, what its kind knows. */
void dvs_switch_port_state(const struct dvs_port_object *port, struct dvs_port_state *state);

/* A binding as it is dumped; learnt NULL: only what concerns the port. */
void dvs_switch_binding_entry(const struct dvs_switch *sw, const struct dvs_port_object *port,
			      const struct dvs_learnt *learnt, struct dvs_binding_entry *entry);

/* After dvs_switch_synchronize: returns when no frame or report in flight names an object that the
 * snapshot does not have. */
void dvs_switch_drain(struct dvs_switch *sw);

/* ---- for tests ---- */

static inline struct dvs_worker *dvs_switch_worker(struct dvs_switch *sw, unsigned int i)
{
	return sw->workers[i];
}

/* NULL when there is none. */
struct dvs_portdev *dvs_switch_portdev(struct dvs_switch *sw, const char *name);

#endif
