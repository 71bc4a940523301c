/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker.h - a worker: the thread that polls receive queues and runs the stages.
 *
 * One sweep: load the snapshot, decide what other workers handed over, then for each receive queue
 * that is the worker's take a batch through the stages (stages/stages.h), count it, free it. After
 * a sweep the worker reports a quiescent state. Without frames for some time it sleeps (idle.h).
 *
 * While there are frames, queues that had none of late are looked at in every eighth sweep only, so
 * that hundreds of idle ports do not slow down a busy one; each of these sweeps looks at a part of
 * them. A queue whose port has no link costs a byte of a dense array. Ports whose batches take
 * longer than those of others are looked at less often (turn.h).
 *
 * What a worker is to do at some time (struct dvs_timer) is on its timing wheel: each sweep begins
 * with what is due, and a sleep ends when something is.
 *
 * In a sweep there is no lock, allocation, log or system call.
 *
 * Threads: the struct is the worker's, except for members that say otherwise. Tests run sweeps by
 * hand, in the control thread, on workers that were not started.
 */
#ifndef DVS_WORKER_H
#define DVS_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

#include "batch.h"
#include "clock.h"
#include "egress.h"
#include "handover.h"
#include "snapshot.h"
#include "stats.h"
#include "tag.h"
#include "turn.h"
#include "wake.h"
#include "wheel.h"

struct dvs_binding_table;
struct dvs_neighbors;
struct dvs_fdb;
struct dvs_groups;
struct dvs_punt_ring;
struct rte_mempool;
struct rte_rcu_qsbr;
struct rte_ring;

/* What the control thread tells all workers; it alone writes (atomic), workers read. */
struct dvs_shared {
	const struct dvs_snapshot *snapshot; /* never NULL */
	uint32_t now_s;			     /* the switch's clock in seconds, for the MAC table */
	uint32_t learn_epoch;		     /* moves on whenever reports were drained */
	bool should_stop;
	/* Constant while workers run. */
	struct dvs_fdb *fdb;
	struct dvs_binding_table *bindings;
	struct dvs_neighbors *neighbors;
	const struct dvs_groups *groups;
	const struct dvs_clock *clock; /* NULL: meters look at the TSC */
	struct rte_rcu_qsbr *qsbr;
	uint32_t idle_after_us; /* without frames for so long a worker sleeps; 0: never */
	uint32_t idle_limit_ms; /* a sleep ends after this time at the latest */
	uint16_t n_workers;
	struct dvs_wake control; /* of the control thread */
	/* By port id: queues from which frames can come; written by dvs_portdev_set_link, atomic.
	 */
	uint8_t queues_up[DVS_PORT_IDS] __attribute__((aligned(64)));
};

#define DVS_WORKER_TICK_SHIFT 11 /* of timers: about a microsecond */

#define DVS_LEARN_RING	      1024
#define DVS_LEARN_RECENT      256 /* power of two */
#define DVS_LEARN_BATCH_LIMIT 16  /* reports of one batch */
#define DVS_LEARN_PART	      128 /* of one port between two looks of the control thread */

/* Worker -> control: this key was seen at this port, and the MAC table does not say so. */
struct dvs_learn_report {
	uint64_t key;
	uint16_t port;
	uint8_t is_claim;      /* it is counted in the port's claims (port_memory.h) */
	uint8_t is_over_limit; /* not to be learnt: the port is to be disabled */
	uint32_t epoch;	       /* of dvs_shared, when it was reported */
};

/* Where the frames of a batch go, filled and emptied in the tx stage. */
struct dvs_tx {
	uint64_t remotes;		/* bitmap: workers that get frames */
	uint64_t remote[DVS_BATCH_MAX]; /* by frame: bitmap of workers that get it */
	uint16_t n_ports;
	uint16_t ports[DVS_PORT_IDS];		    /* with frames, in order of the first one */
	uint8_t count[DVS_PORT_IDS];		    /* by port id: frames for it */
	uint8_t index[DVS_PORT_IDS][DVS_BATCH_MAX]; /* by port id: these frames, in order */
};

struct dvs_worker_counters {
	uint64_t frames, batches;
	uint64_t busy_cycles, idle_cycles;
	uint64_t handed_over, sleeps, wakeups;
};

struct dvs_worker;

/* Something that one worker is to do at some time; part of what owns it. */
struct dvs_timer {
	struct dvs_wheel_entry entry;
	/* Returns how many frames it dealt with. In a sweep, with worker->snapshot loaded. */
	unsigned int (*fire)(struct dvs_worker *worker, struct dvs_timer *timer);
};

/* Of a queue that has to wait for tokens (shape.h). */
struct dvs_hold {
	struct dvs_timer timer; /* first */
	uint64_t since;		/* cycles */
};

struct dvs_worker {
	/* Constant. */
	struct dvs_shared *shared; /* its wake is called, the rest only read */
	struct rte_mempool *pool;  /* for segments and copies */
	struct rte_ring *learn_ring;
	struct dvs_punt_ring *punt;
	struct dvs_handover_queue *out[DVS_WORKERS_MAX]; /* by worker; NULL: itself */
	struct dvs_handover_queue *in[DVS_WORKERS_MAX];
	struct dvs_handover_queue *injected; /* from the control thread (inject.h) */
	uint16_t id;
	uint16_t n_workers;
	unsigned int lcore;
	uint16_t cpu, numa;
	int epoll_fd; /* what it sleeps on (idle.h); any thread adds to it */

	struct dvs_wake wake; /* any thread */

	bool is_running; /* atomic: the control thread sets it, the worker clears it last of all */

	/* Of this sweep. */
	const struct dvs_snapshot *snapshot;
	const struct dvs_poll *poll; /* the queue that rx takes frames from */
	uint32_t now_s;
	uint32_t learn_epoch;
	uint64_t last_tsc;  /* start of the sweep */
	uint64_t queue_tsc; /* up to when queues' cycles are charged */
	struct dvs_turn turn;
	uint64_t quiet_tsc; /* end of the last sweep that had frames */
	bool has_slept;	    /* since the control thread was told of frames */

	struct dvs_wheel wheel; /* of struct dvs_timer; times as of dvs_worker_tsc */
	struct dvs_egress_host egress;
	struct dvs_timer egress_timer;

	/* By number of the queue in the snapshot's list, bit by bit: */
	uint64_t listed; /* serial of the snapshot whose list that is; 0: none */
	uint64_t active[DVS_POLLS_MAX / 64];	    /* had frames of late, or is new */
	uint64_t recent_active[DVS_POLLS_MAX / 64]; /* had frames since active was last cleared */
	uint64_t shaped[DVS_POLLS_MAX / 64];	    /* their ports' rates are shaped: shape.h */
	uint64_t held[DVS_POLLS_MAX / 64];	    /* not polled: shape.h */
	uint32_t n_held;
	bool has_released;	/* a hold has ended; idle.h */
	struct dvs_hold *holds; /* [DVS_POLLS_MAX] */
	uint32_t sweeps;
	bool is_busy;	/* the last sweep had frames */
	bool is_paused; /* the last sweep was not to look at queues */

	struct dvs_stats_guard guard;	     /* any thread reads */
	struct dvs_worker_counters counters; /* any thread reads; dvs_stats_bump */

	struct dvs_learn_report recent[DVS_LEARN_RECENT]; /* reported a moment ago */
	uint32_t learn_parts_epoch;			  /* of the next */
	uint8_t learn_parts[DVS_PORT_IDS];		  /* by port: reports in that epoch */
	struct dvs_batch batch;
	struct dvs_batch segments; /* of a GSO frame for a port that takes none */
	struct dvs_tx tx;
	uint8_t tagged[DVS_BATCH_MAX][DVS_TAGGED_BYTES]; /* headers while a tag is on */
	uint32_t n_replicas;
	/* Of flood, of filter and of acl_to: port ids, see batch.h. */
	uint16_t replicas[3 * DVS_BATCH_MAX * DVS_PORTS_MAX];
};

struct dvs_worker_config {
	struct dvs_shared *shared;
	struct rte_mempool *pool;
	uint16_t id;
	unsigned int lcore;
	uint16_t cpu, numa;
};

/* Now, in cycles of the TSC. Worker. */
static inline uint64_t dvs_worker_tsc(const struct dvs_worker *worker)
{
	const struct dvs_clock *clock = worker->shared->clock;

	if (clock == NULL)
		return rte_rdtsc();
	return (uint64_t)((unsigned __int128)dvs_clock_now_ns(clock) * rte_get_tsc_hz() /
			  1000000000);
}

/* The timer fires at `at`, or as soon as it can, and not when it was to before. Worker. */
static inline void dvs_timer_set(struct dvs_worker *worker, struct dvs_timer *timer, uint64_t at)
{
	dvs_wheel_add(&worker->wheel, &timer->entry, at);
}

/* Can frames come from there now? Worker. */
static inline bool dvs_poll_is_up(const struct dvs_shared *shared, const struct dvs_poll *poll)
{
	return poll->queue < __atomic_load_n(&shared->queues_up[poll->port], __ATOMIC_ACQUIRE);
}

/* NULL: no memory. The caller fills out[] and in[]. */
struct dvs_worker *dvs_worker_create(const struct dvs_worker_config *config);
void dvs_worker_free(struct dvs_worker *worker);

/* The body of a worker's lcore: sweeps until shared->should_stop. arg is the worker. */
int dvs_worker_main(void *arg);

/* One sweep; returns how many frames it took. */
unsigned int dvs_worker_sweep(struct dvs_worker *worker);

/* The stages that the batch needs, then counters and mbufs: for rx (which starts with an empty
 * batch) and for handover. */
void dvs_worker_run(struct dvs_worker *worker, struct dvs_batch *batch);

/* Counts each decided frame at its receiving port. */
void dvs_worker_account(struct dvs_worker *worker, const struct dvs_batch *batch);

#endif
