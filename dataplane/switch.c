/* SPDX-License-Identifier: BSD-3-Clause */
/* A switch's life: its parts made and freed in order, workers started, time passing. */
#include "switch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>
#include <rte_version.h>

#include "acls.h"
#include "balance.h"
#include "binding.h"
#include "bindings.h"
#include "egress_control.h"
#include "inject.h"
#include "mac_state.h"
#include "neighbor.h"
#include "neighbors.h"
#include "punt.h"
#include "savi.h"
#include "switch_private.h"

#define DEFAULT_MACS	65536
#define DEFAULT_BUFFERS 16384
#define POOL_CACHE	256
#define NANOSECONDS	UINT64_C(1000000000) /* of a second */
#define MS_PER_AGE	1000		     /* a sweep of the MAC table */
#define POLL_US		1000		     /* between polls while workers work */
#define POLL_ASLEEP_US	100000		     /* and while all sleep */
#define LEARN_PER_POLL	DVS_LEARN_RING	     /* reports of each worker */
#define PUNTS_PER_POLL	64		     /* frames of each worker */
#define IDLE_LIMIT_MS	50		     /* a driver that forgets to notify is served so late */

static const struct dvs_clock monotonic = {.now_ns = dvs_clock_monotonic_ns};

/* Seconds of the switch's clock since start, from 1 on. */
static uint32_t now_s(const struct dvs_switch *sw)
{
	return (uint32_t)((dvs_clock_now_ns(sw->clock) - sw->start_ns) / NANOSECONDS) + 1;
}

/* New at each start, never 0: time in nanoseconds, also of two switches in one process. */
static uint64_t make_boot_epoch(void)
{
	static uint64_t last;
	struct timespec ts;
	uint64_t epoch;

	clock_gettime(CLOCK_REALTIME, &ts);
	epoch = (uint64_t)ts.tv_sec * NANOSECONDS + (uint64_t)ts.tv_nsec;
	if (epoch <= last)
		epoch = last + 1;
	last = epoch;
	return epoch;
}

/* ---- create ---- */

static struct rte_mempool *pool_of(const struct dvs_switch *sw, uint16_t numa)
{
	for (unsigned int i = 0; i < sw->n_pools; i++)
		if (sw->pools[i].numa == numa)
			return sw->pools[i].pool;
	return NULL;
}

static int create_pool(struct dvs_switch *sw, uint16_t numa, uint32_t buffers,
		       struct dvs_error *err)
{
	static unsigned int serial; /* names are unique in a process */
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *pool = NULL;
	int sockets[] = {numa, SOCKET_ID_ANY};

	if (sw->n_pools == DVS_NUMA_MAX)
		return dvs_error_set(err, -EINVAL, NULL, "workers", "more than %u NUMA nodes",
				     DVS_NUMA_MAX);
	snprintf(name, sizeof(name), "dvs%u", serial++);
	for (unsigned int i = 0; i < 2 && pool == NULL; i++)
		pool = rte_pktmbuf_pool_create(name, buffers, POOL_CACHE,
					       sizeof(struct dvs_mbuf_private),
					       RTE_MBUF_DEFAULT_BUF_SIZE, sockets[i]);
	if (pool == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, "buffers",
				     "no memory for %u packet buffers: fewer buffers or more "
				     "hugepages help",
				     buffers);
	sw->pools[sw->n_pools++] = (struct dvs_pool){pool, numa};
	return 0;
}

static int create_qsbr(struct dvs_switch *sw)
{
	size_t size = (rte_rcu_qsbr_get_memsize(sw->n_workers) + 63) & ~(size_t)63;

	sw->shared.qsbr = aligned_alloc(64, size);
	if (sw->shared.qsbr == NULL)
		return -ENOMEM;
	memset(sw->shared.qsbr, 0, size);
	return rte_rcu_qsbr_init(sw->shared.qsbr, sw->n_workers) == 0 ? 0 : -ENOMEM;
}

static int create_worker(struct dvs_switch *sw, uint16_t id, const struct dvs_worker_option *option)
{
	struct dvs_worker_config config = {
		.shared = &sw->shared,
		.pool = pool_of(sw, option->numa),
		.id = id,
		.lcore = option->lcore,
		.cpu = option->cpu,
		.numa = option->numa,
	};

	sw->workers[id] = dvs_worker_create(&config);
	return sw->workers[id] != NULL ? 0 : -ENOMEM;
}

static int connect_workers(struct dvs_switch *sw)
{
	for (unsigned int i = 0; i < sw->n_workers; i++) {
		sw->workers[i]->injected = dvs_handover_create(&sw->workers[i]->wake);
		if (sw->workers[i]->injected == NULL)
			return -ENOMEM;
	}
	for (unsigned int from = 0; from < sw->n_workers; from++)
		for (unsigned int to = 0; to < sw->n_workers; to++) {
			struct dvs_handover_queue *queue;

			if (from == to)
				continue;
			queue = dvs_handover_create(&sw->workers[to]->wake);
			if (queue == NULL)
				return -ENOMEM;
			sw->workers[from]->out[to] = queue;
			sw->workers[to]->in[from] = queue;
		}
	return 0;
}

static int create_workers(struct dvs_switch *sw, const struct dvs_switch_options *options,
			  struct dvs_error *err)
{
	uint32_t buffers = options->buffers != 0 ? options->buffers : DEFAULT_BUFFERS;
	int rc = create_qsbr(sw);

	if (rc == 0) {
		sw->neighbors = sw->shared.neighbors = dvs_neighbors_create(sw->shared.qsbr);
		rc = sw->neighbors != NULL ? 0 : -ENOMEM;
	}

	for (uint16_t i = 0; i < sw->n_workers && rc == 0; i++) {
		const struct dvs_worker_option *option = &options->workers[i];

		if (pool_of(sw, option->numa) == NULL) {
			rc = create_pool(sw, option->numa, buffers, err);
			if (rc < 0)
				return rc;
		}
		rc = create_worker(sw, i, option);
	}
	if (rc == 0)
		rc = connect_workers(sw);
	return rc < 0 ? dvs_error_set(err, rc, NULL, "workers", "no memory for workers") : 0;
}

static int create_tables(struct dvs_switch *sw, uint32_t mac_capacity, struct dvs_error *err)
{
	const struct dvs_snapshot_source empty = {.n_workers = sw->n_workers};
	struct dvs_fdb_stats stats;
	int rc;

	rc = dvs_fdb_create(mac_capacity, SOCKET_ID_ANY, &sw->fdb);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, "mac_capacity", "no MAC table of %u entries",
				     mac_capacity);
	sw->shared.fdb = sw->fdb;
	sw->bindings = sw->shared.bindings = dvs_binding_table_create(DVS_PORT_IDS);
	if (sw->bindings == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for bindings");
	rc = dvs_moves_create(&sw->moves);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, NULL, "no memory for the MAC table");
	dvs_fdb_stats(sw->fdb, &stats);
	sw->age_step = stats.buckets / MS_PER_AGE + 1;
	rc = dvs_snooping_create(sw);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, NULL, "no memory for multicast groups");
	sw->shared.groups = sw->snooping->groups;
	rc = dvs_model_init(&sw->model);
	if (rc == 0) {
		sw->shared.snapshot = dvs_snapshot_create(&empty);
		rc = sw->shared.snapshot != NULL ? 0 : -ENOMEM;
	}
	return rc < 0 ? dvs_error_set(err, rc, NULL, NULL, "no memory for the configuration") : 0;
}

static int create_parts(struct dvs_switch *sw, const struct dvs_switch_options *options,
			struct dvs_error *err)
{
	int rc;

	sw->vhost_dir = strdup(options->vhost_dir != NULL ? options->vhost_dir : "");
	sw->memory = strdup(options->memory != NULL ? options->memory : "");
	if (sw->vhost_dir == NULL || sw->memory == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	sw->savi = dvs_savi_create(sw, options->state_dir);
	if (sw->savi == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	rc = create_tables(sw, options->mac_capacity != 0 ? options->mac_capacity : DEFAULT_MACS,
			   err);
	if (rc < 0)
		return rc;
	sw->mac_state = dvs_mac_state_create(options->state_dir);
	if (sw->mac_state == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	return create_workers(sw, options, err);
}

int dvs_switch_create(const struct dvs_switch_options *options, struct dvs_switch **ret_switch,
		      struct dvs_error *err)
{
	struct dvs_switch *sw;
	int rc;

	if (options->n_workers < 1 || options->n_workers > DVS_WORKERS_MAX)
		return dvs_error_set(err, -EINVAL, NULL, "workers",
				     "%u workers are not possible, allowed are 1 to %u",
				     options->n_workers, DVS_WORKERS_MAX);
	sw = calloc(1, sizeof(*sw));
	if (sw == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	sw->clock = options->clock != NULL ? options->clock : &monotonic;
	sw->start_ns = sw->aged_ns = dvs_clock_now_ns(sw->clock);
	pthread_mutex_init(&sw->watch_lock, NULL);
	sw->boot_epoch = make_boot_epoch();
	sw->n_workers = options->n_workers;
	sw->shared.n_workers = options->n_workers;
	sw->shared.clock = options->clock;
	sw->shared.idle_after_us = options->idle_after_us;
	sw->shared.idle_limit_ms = IDLE_LIMIT_MS;
	sw->balance_s = options->balance_s;
	sw->balance.looked_ns = sw->start_ns;
	sw->shared.now_s = now_s(sw);
	rc = dvs_wake_init(&sw->shared.control);
	if (rc < 0)
		dvs_error_set(err, rc, NULL, NULL, "no eventfd: %s", strerror(-rc));
	else
		rc = create_parts(sw, options, err);
	if (rc < 0) {
		dvs_switch_free(sw);
		return rc;
	}
	*ret_switch = sw;
	return 0;
}

/* ---- free ---- */

static void destroy_ports(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t id = 0;

	if (sw->model.ports.by_id == NULL)
		return;
	while ((port = (struct dvs_port_object *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		dvs_egress_free(port->egress);
		port->egress = NULL;
		dvs_portdev_destroy(port->dev);
		port->dev = NULL;
	}
}

void dvs_switch_free(struct dvs_switch *sw)
{
	if (sw == NULL)
		return;
	dvs_switch_stop(sw);
	dvs_savi_free(sw);
	dvs_mac_state_free(sw);
	destroy_ports(sw);
	for (unsigned int from = 0; from < sw->n_workers; from++)
		for (unsigned int to = 0; sw->workers[from] != NULL && to < sw->n_workers; to++)
			dvs_handover_free(sw->workers[from]->out[to]);
	for (unsigned int i = 0; i < sw->n_workers; i++) {
		if (sw->workers[i] != NULL)
			dvs_handover_free(sw->workers[i]->injected);
		dvs_worker_free(sw->workers[i]);
	}
	for (unsigned int i = 0; i < sw->n_pools; i++)
		rte_mempool_free(sw->pools[i].pool);
	dvs_wake_fini(&sw->shared.control);
	free(sw->shared.qsbr);
	dvs_snapshot_free((struct dvs_snapshot *)(uintptr_t)sw->shared.snapshot);
	dvs_acls_fini(&sw->model);
	dvs_model_fini(&sw->model);
	dvs_snooping_free(sw);
	dvs_fdb_free(sw->fdb);
	dvs_bindings_fini(sw);
	dvs_neighbors_free(sw->neighbors);
	dvs_moves_free(sw->moves);
	pthread_mutex_destroy(&sw->watch_lock);
	free(sw->vhost_dir);
	free(sw->memory);
	free(sw);
}

/* ---- workers ---- */

void dvs_switch_register_kind(struct dvs_switch *sw, enum dvs_port_kind kind,
			      const struct dvs_portdev_ops *ops)
{
	if ((unsigned int)kind < DVS_PORT_KINDS)
		sw->kinds[kind] = ops;
}

int dvs_switch_start(struct dvs_switch *sw)
{
	if (sw->is_running)
		return -EALREADY;
	__atomic_store_n(&sw->shared.should_stop, false, __ATOMIC_RELAXED);
	sw->is_running = true;
	for (unsigned int i = 0; i < sw->n_workers; i++) {
		struct dvs_worker *worker = sw->workers[i];
		int rc;

		__atomic_store_n(&worker->is_running, true, __ATOMIC_RELAXED);
		rc = rte_eal_remote_launch(dvs_worker_main, worker, worker->lcore);
		if (rc < 0) {
			worker->is_running = false;
			dvs_switch_stop(sw);
			return rc;
		}
	}
	return 0;
}

void dvs_switch_stop(struct dvs_switch *sw)
{
	if (!sw->is_running)
		return;
	__atomic_store_n(&sw->shared.should_stop, true, __ATOMIC_RELAXED);
	dvs_switch_wake(sw);
	for (unsigned int i = 0; i < sw->n_workers; i++) {
		/* rte_eal_wait_lcore spins: not before there is next to nothing to wait for. */
		while (__atomic_load_n(&sw->workers[i]->is_running, __ATOMIC_ACQUIRE))
			usleep(50);
		rte_eal_wait_lcore(sw->workers[i]->lcore);
	}
	sw->is_running = false;
}

void dvs_switch_wake(struct dvs_switch *sw)
{
	for (unsigned int i = 0; i < sw->n_workers; i++)
		dvs_wake_up(&sw->workers[i]->wake);
}

void dvs_switch_synchronize(struct dvs_switch *sw)
{
	uint64_t token = rte_rcu_qsbr_start(sw->shared.qsbr);

	/* Sleeping lets a worker run that shares the CPU; a sweep takes microseconds. */
	while (rte_rcu_qsbr_check(sw->shared.qsbr, token, false) == 0)
		usleep(10);
}

static bool is_handed_over(const struct dvs_switch *sw, unsigned int from, unsigned int to,
			   uint64_t mark)
{
	return dvs_handover_is_done(sw->workers[from]->out[to], mark);
}

/* What this thread has put; sending it may hand frames over. */
static void drain_injected(struct dvs_switch *sw)
{
	for (unsigned int i = 0; i < sw->n_workers; i++) {
		const struct dvs_handover_queue *queue = sw->workers[i]->injected;

		while (!dvs_handover_is_done(queue, queue->put)) {
			if (sw->is_running)
				usleep(10);
			else
				dvs_inject_take(sw->workers[i]);
		}
	}
}

void dvs_switch_drain(struct dvs_switch *sw)
{
	drain_injected(sw);
	for (unsigned int from = 0; from < sw->n_workers; from++)
		for (unsigned int to = 0; to < sw->n_workers; to++) {
			uint64_t mark;

			if (from == to)
				continue;
			mark = dvs_handover_mark(sw->workers[from]->out[to]);
			while (!is_handed_over(sw, from, to, mark)) {
				if (sw->is_running)
					usleep(10);
				else
					dvs_handover_take(sw->workers[to]);
			}
		}
	dvs_switch_drain_learn(sw, DVS_LEARN_RING);
	dvs_punt_drain(sw, DVS_PUNT_RING);
}

/* ---- events and time ---- */

void dvs_switch_set_event_fn(struct dvs_switch *sw, dvs_switch_event_fn fn, void *arg)
{
	sw->event_fn = fn;
	sw->event_arg = arg;
}

void dvs_switch_tell(struct dvs_switch *sw, const struct dvs_wire_event *event)
{
	if (sw->event_fn != NULL)
		sw->event_fn(event, sw->event_arg);
}

void dvs_switch_tell_link(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	struct dvs_wire_event event = {.kind = DVS_EVENT_LINK};
	struct dvs_port_state state = {0};

	dvs_switch_port_state(port, &state);
	event.link = state.link;
	memcpy(event.port, state.name, sizeof(event.port));
	memcpy(event.segment, state.segment, sizeof(event.segment));
	memcpy(event.text, state.error, sizeof(event.text));
	dvs_switch_tell(sw, &event);
}

static void tell_links(struct dvs_switch *sw)
{
	const struct dvs_port_object *port;
	uint32_t id = 0;

	if (!__atomic_exchange_n(&sw->has_link_event, false, __ATOMIC_ACQ_REL))
		return;
	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		if (port->dev == NULL ||
		    !__atomic_exchange_n(&port->dev->link_event_pending, false, __ATOMIC_ACQ_REL))
			continue;
		dvs_switch_tell_link(sw, port);
		if (!dvs_switch_is_up(port))
			dvs_switch_link_lost(sw, port);
		else
			dvs_snooping_link_up(sw, port);
	}
}

/* As much of the MAC table as belongs to the time since the last poll. */
static void age_macs(struct dvs_switch *sw)
{
	uint64_t now_ns = dvs_clock_now_ns(sw->clock);
	uint64_t ms = (now_ns - sw->aged_ns) / (NANOSECONDS / 1000);

	sw->aged_ns = now_ns;
	ms = ms < 1 ? 1 : ms > MS_PER_AGE ? MS_PER_AGE : ms;
	dvs_fdb_age(sw->fdb, sw->shared.now_s, sw->age_step * (uint32_t)ms);
}

/* Is there nothing to do before somebody wakes us? */
static bool can_sleep(const struct dvs_switch *sw)
{
	if (__atomic_load_n(&sw->has_link_event, __ATOMIC_ACQUIRE))
		return false;
	for (unsigned int i = 0; i < sw->n_workers; i++)
		if (!dvs_wake_is_asleep(&sw->workers[i]->wake) ||
		    rte_ring_count(sw->workers[i]->learn_ring) != 0 ||
		    dvs_punt_is_waiting(sw->workers[i]->punt))
			return false;
	return true;
}

int dvs_switch_wake_fd(const struct dvs_switch *sw)
{
	return sw->shared.control.fd;
}

uint32_t dvs_switch_poll(struct dvs_switch *sw)
{
	dvs_wake_end(&sw->shared.control);
	__atomic_store_n(&sw->shared.now_s, now_s(sw), __ATOMIC_RELAXED);
	dvs_switch_drain_learn(sw, LEARN_PER_POLL);
	dvs_punt_drain(sw, PUNTS_PER_POLL);
	dvs_snooping_poll(sw);
	age_macs(sw);
	tell_links(sw);
	dvs_switch_forget_down(sw);
	dvs_bindings_reclaim(sw);
	dvs_savi_poll(sw);
	dvs_neighbors_poll(sw);
	dvs_switch_shut_ports(sw);
	dvs_mac_state_poll(sw);
	dvs_egress_poll(sw);
	dvs_balance_poll(sw);
	if (sw->needs_repair && sw->shared.now_s >= sw->repair_s)
		dvs_switch_repair(sw);
	dvs_wake_announce(&sw->shared.control);
	if (can_sleep(sw))
		return POLL_ASLEEP_US;
	dvs_wake_end(&sw->shared.control);
	return POLL_US;
}

/* ---- small ones ---- */

void dvs_switch_set_clients(struct dvs_switch *sw, uint32_t clients)
{
	sw->clients = clients;
}

uint64_t dvs_switch_boot_epoch(const struct dvs_switch *sw)
{
	return sw->boot_epoch;
}

uint64_t dvs_switch_generation(const struct dvs_switch *sw)
{
	return sw->generation;
}

const char *dvs_switch_vhost_dir(const struct dvs_switch *sw)
{
	return sw->vhost_dir;
}

struct dvs_portdev *dvs_switch_portdev(struct dvs_switch *sw, const char *name)
{
	struct dvs_object *object = dvs_table_lookup(&sw->model.ports, name);

	return object != NULL && object->exists ? ((struct dvs_port_object *)object)->dev : NULL;
}
