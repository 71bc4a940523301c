/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * switch.h - the switch as an object: configuration in, frames through, state out.
 *
 * The control thread owns it: it applies changes, publishes an immutable snapshot of the
 * configuration by one pointer (snapshot.h), learns MACs that workers report, ages them, and
 * answers dumps. Workers (worker.h) run the stages. There are no globals, so a test can make a
 * switch with in-memory ports and a warped clock, and run its workers by hand.
 *
 * Threads: the control thread only, unless a function says otherwise.
 *
 *	struct dvs_switch *sw;
 *	struct dvs_change change = {DVS_CHANGE_PUT, &dvs_segment_type, &segment};
 *
 *	dvs_switch_create(&options, &sw, &err);
 *	dvs_switch_register_kind(sw, DVS_PORT_TAP, &dvs_tap_ops);
 *	dvs_switch_start(sw);
 *	dvs_switch_apply(sw, &change, 1, NULL, &err);
 *	for (;;)
 *		dvs_switch_poll(sw);	(as often as it asks for)
 */
#ifndef DVS_SWITCH_H
#define DVS_SWITCH_H

#include "clock.h"
#include "objects.h"
#include "port.h"
#include "wire.h"

struct dvs_switch;

struct dvs_worker_option {
	unsigned int lcore; /* EAL lcore that runs it */
	uint16_t cpu;
	uint16_t numa;
};

struct dvs_switch_options {
	const struct dvs_clock *clock; /* NULL: monotonic */
	uint16_t n_workers;	       /* 1 to DVS_WORKERS_MAX */
	struct dvs_worker_option workers[DVS_WORKERS_MAX];
	uint32_t mac_capacity;	/* 0: 65536 */
	uint32_t buffers;	/* mbufs of each NUMA node's pool; 0: 16384 */
	uint32_t idle_after_us; /* a worker without frames for so long sleeps; 0: never */
	uint32_t balance_s;	/* least time between two moves of queues by load; 0: none */
	const char *vhost_dir;	/* directory of sockets without a path of their own */
	const char *state_dir;	/* of files that outlive the switch; NULL: nothing does */
	const char *memory;	/* "hugepages" or "ordinary pages", for the state */
};

/* -ENOMEM, -EINVAL; err says what. EAL is initialised. */
int dvs_switch_create(const struct dvs_switch_options *options, struct dvs_switch **ret_switch,
		      struct dvs_error *err);

/* Stops workers, destroys ports, frees all. NULL is accepted. */
void dvs_switch_free(struct dvs_switch *sw);

void dvs_switch_register_kind(struct dvs_switch *sw, enum dvs_port_kind kind,
			      const struct dvs_portdev_ops *ops);

/* Starts / stops the workers on their lcores. Tests that run workers by hand do not call it. */
int dvs_switch_start(struct dvs_switch *sw);
void dvs_switch_stop(struct dvs_switch *sw);

enum dvs_change_op {
	DVS_CHANGE_PUT,	   /* add or replace */
	DVS_CHANGE_DELETE, /* only KEY fields of the object count */
};

struct dvs_change {
	enum dvs_change_op op;
	const struct dvs_type *type; /* segment, port or mac */
	const void *object;	     /* checked by dvs_type_check before */
};

/*
 * Applies all changes or none: what results must be consistent (segments and ports that are
 * referred to exist, limits), and ports must come up (sockets, interfaces). Deleting what is not
 * there is -ENOENT. err names object and field. No frame of a port that does not change is lost.
 */
int dvs_switch_apply(struct dvs_switch *sw, const struct dvs_change *changes, unsigned int n,
		     uint64_t *ret_generation, struct dvs_error *err);

/*
 * Up to max records of a type (configuration or state) from *cursor on (0 = start), in structs of
 * the type's size, into buf. Returns their number and moves *cursor; 0 there means the end.
 * -EOPNOTSUPP for types that the switch does not have. A call does a bounded amount of work, and
 * may return 0 records with a cursor that goes on.
 */
int dvs_switch_dump(struct dvs_switch *sw, const struct dvs_type *type, uint64_t *cursor, void *buf,
		    unsigned int max);

/* Dynamic entries; names "" = all. -ENOENT for unknown names. */
int dvs_switch_mac_flush(struct dvs_switch *sw, const char *segment, const char *port,
			 uint32_t *ret_flushed, struct dvs_error *err);

/* Called in the control thread for each event; sequence is not filled. */
typedef void (*dvs_switch_event_fn)(const struct dvs_wire_event *event, void *arg);
void dvs_switch_set_event_fn(struct dvs_switch *sw, dvs_switch_event_fn fn, void *arg);

/* The server says how many clients it has, for the state. */
void dvs_switch_set_clients(struct dvs_switch *sw, uint32_t clients);

/*
 * Periodic work: learns what workers reported, ages a part of the MAC table, reports link events.
 * Bounded work at each call. Returns after how many microseconds to call it again, or earlier, when
 * the descriptor below becomes readable: soon while any worker is awake, seldom while all are
 * asleep.
 */
uint32_t dvs_switch_poll(struct dvs_switch *sw);

/* Whoever polls it reads its 8 bytes. Constant. */
int dvs_switch_wake_fd(const struct dvs_switch *sw);

uint64_t dvs_switch_boot_epoch(const struct dvs_switch *sw);
uint64_t dvs_switch_generation(const struct dvs_switch *sw);
const char *dvs_switch_vhost_dir(const struct dvs_switch *sw);

/* Any thread but workers: every worker has passed a quiescent state since the call. */
void dvs_switch_synchronize(struct dvs_switch *sw);

#endif
