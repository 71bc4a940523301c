/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "ethernet.h"
#include "handover.h"
#include "plan.h"
#include "queues.h"
#include "rate.h"
#include "switch_private.h"

#define QUEUE_MS     50		/* of a policy that does not say */
#define QUEUE_BYTES  (1u << 20) /* of a queue without a rate that says how much a time is */
#define QUEUE_FRAMES 4		/* of the longest, that each queue has room for */
#define TARGET_PART  10		/* of the queue's time is CoDel's target */
#define CYCLES(ms)   (rte_get_tsc_hz() / 1000 * (ms))

/* ---- what a policy asks for ---- */

static bool is_wanted(const struct dvs_policy *policy)
{
	return policy->to_rate != DVS_RATE_OFF || policy->to_pps != DVS_RATE_OFF;
}

static bool is_same(const struct dvs_policy *a, const struct dvs_policy *b)
{
	return a->to_rate == b->to_rate && a->to_pps == b->to_pps && a->to_burst == b->to_burst &&
	       a->to_queue_ms == b->to_queue_ms && a->mtu == b->mtu;
}

static uint64_t frame_max(const struct dvs_policy *policy)
{
	return (uint64_t)policy->mtu + DVS_ETHERNET_HEADER + DVS_TAG_BYTES;
}

static uint32_t burst_of(const struct dvs_policy *policy)
{
	uint64_t burst = policy->to_rate / 8000;

	if (policy->to_burst != 0)
		return policy->to_burst;
	if (burst < 2 * frame_max(policy))
		burst = 2 * frame_max(policy);
	return burst < UINT32_MAX ? (uint32_t)burst : UINT32_MAX;
}

/* How much may wait, and for how long. */
static void set_limits(struct dvs_egress *egress, const struct dvs_policy *policy)
{
	uint64_t ms = policy->to_queue_ms != 0 ? policy->to_queue_ms : QUEUE_MS;
	uint64_t target = CYCLES(ms) / TARGET_PART, frame = frame_max(policy);

	egress->queue_bytes = QUEUE_BYTES;
	egress->burst = UINT32_MAX;
	if (policy->to_rate != DVS_RATE_OFF) {
		uint64_t bps = policy->to_rate;

		egress->queue_bytes = bps / 8 * ms / 1000;
		egress->burst = burst_of(policy);
		/* A frame that is being sent is not a queue that stands (RFC 8289 section 4.3). */
		if (target < rte_get_tsc_hz() * frame * 12 / bps)
			target = rte_get_tsc_hz() * frame * 12 / bps;
	}
	if (egress->queue_bytes < QUEUE_FRAMES * frame)
		egress->queue_bytes = QUEUE_FRAMES * frame;
	egress->codel = (struct dvs_codel_params){
		.target = target, .interval = 2 * TARGET_PART * target, .mtu = (uint32_t)frame};
}

/* ---- made and freed ---- */

static void add_queue(struct dvs_egress *egress, struct dvs_scheduler_node *parent,
		      const struct dvs_scheduler_params *params, uint16_t from, uint8_t class)
{
	struct dvs_scheduler_node *leaf = dvs_scheduler_add(egress->scheduler, parent, params);
	struct dvs_egress_queue *queue = &egress->queues[leaf - egress->scheduler->nodes];

	queue->from = from;
	queue->class = class;
	queue->is_leaf = true;
}

/* NULL: no memory. */
static struct dvs_egress *create(uint16_t port, const struct dvs_policy *policy)
{
	const struct dvs_scheduler_params of_queue = {0};
	struct dvs_scheduler_params limit = {.limit = policy->to_rate,
					     .burst = burst_of(policy),
					     .packets = dvs_rate_number(policy->to_pps)};
	uint32_t n_nodes = 2;
	struct dvs_egress *egress;

	egress = calloc(1, sizeof(*egress) + n_nodes * sizeof(egress->queues[0]));
	if (egress == NULL)
		return NULL;
	egress->scheduler = dvs_scheduler_create(n_nodes, rte_get_tsc_hz());
	if (egress->scheduler == NULL) {
		free(egress);
		return NULL;
	}
	egress->scheduler->owner = egress;
	egress->port = port;
	egress->n_classes = 1;
	set_limits(egress, policy);
	add_queue(egress, dvs_scheduler_add(egress->scheduler, NULL, &limit), &of_queue,
		  DVS_PORT_NONE, 0);
	return egress;
}

static struct rte_mbuf *pop(struct dvs_scheduler_node *leaf)
{
	struct dvs_scheduler_item *item = dvs_scheduler_pop(leaf);

	if (item == NULL)
		return NULL;
	return (struct rte_mbuf *)(void *)((char *)item - offsetof(struct dvs_mbuf_private, item)) -
	       1;
}

/* Its worker does not have it any more. */
static void detach(struct dvs_egress *egress)
{
	if (egress->worker == NULL)
		return;
	dvs_scheduler_detach(egress->scheduler);
	egress->worker->egress.n_mbufs -= egress->n_mbufs;
	egress->worker = NULL;
}

static void attach(struct dvs_switch *sw, struct dvs_egress *egress)
{
	struct dvs_worker *worker = sw->workers[egress->owner];
	uint64_t now = dvs_worker_tsc(worker);

	egress->worker = worker;
	worker->egress.n_mbufs += egress->n_mbufs;
	dvs_scheduler_attach(egress->scheduler, &worker->egress.host, now);
	if (egress->scheduler->n_items != 0)
		dvs_timer_set(worker, &worker->egress_timer, now);
}

void dvs_egress_free(struct dvs_egress *egress)
{
	struct rte_mbuf *mbuf;

	if (egress == NULL)
		return;
	detach(egress);
	for (uint32_t i = 0; i < egress->scheduler->n_nodes; i++)
		while ((mbuf = pop(&egress->scheduler->nodes[i])) != NULL)
			rte_pktmbuf_free(mbuf);
	dvs_scheduler_free(egress->scheduler);
	free(egress->first);
	free(egress);
}

/* ---- from one to the next ---- */

/* The queue of the next one that has what this one had. */
static uint32_t find_queue(const struct dvs_egress *egress, const struct dvs_egress_queue *queue)
{
	uint32_t first = 1;
	unsigned int class = queue->class;

	if (egress->first != NULL && queue->from < DVS_PORT_IDS && egress->first[queue->from] != 0)
		first = egress->first[queue->from];
	return first + (class < egress->n_classes ? class : 0);
}

static void move_queue(struct dvs_egress *to, struct dvs_egress *from, uint32_t i)
{
	uint32_t k = find_queue(to, &from->queues[i]);
	struct dvs_egress_counters *sum = &to->queues[k].counters;
	struct dvs_scheduler_item *item;

	while ((item = dvs_scheduler_pop(&from->scheduler->nodes[i])) != NULL) {
		uint64_t since = item->since;

		dvs_scheduler_push(to->scheduler, &to->scheduler->nodes[k], item, since);
	}
	for (unsigned int c = 0; c < sizeof(*sum) / sizeof(uint64_t); c++)
		((uint64_t *)sum)[c] += ((const uint64_t *)&from->queues[i].counters)[c];
}

/* Frames, counters, and what is left in buckets. Neither is attached. */
static void take_over(struct dvs_egress *to, struct dvs_egress *from, uint64_t now)
{
	dvs_scheduler_inherit(&to->scheduler->nodes[0], &from->scheduler->nodes[0], now);
	for (uint32_t i = 0; i < from->scheduler->n_nodes; i++) {
		if (!from->queues[i].is_leaf)
			continue;
		move_queue(to, from, i);
	}
	to->n_mbufs = from->n_mbufs;
	from->n_mbufs = 0;
}

/* ---- transactions ---- */

struct dvs_egress *dvs_egress_of(const struct dvs_port_object *port, bool staged)
{
	struct dvs_egress *egress =
		staged && port->is_egress_new ? port->egress_next : port->egress;

	/* When its queue has just got another worker, that sends without limits until the queues
	 * have followed. */
	return egress != NULL && egress->owner == port->queue_worker[0] ? egress : NULL;
}

/* Next in all the model has, staged ones included. */
static struct dvs_port_object *next_port(const struct dvs_switch *sw, uint32_t *i)
{
	const struct dvs_table *ports = &sw->model.ports;

	while (*i < ports->n_ids) {
		struct dvs_port_object *port = (void *)ports->by_id[(*i)++];

		if (port != NULL)
			return port;
	}
	return NULL;
}

/* What the transaction makes of the port's queues. */
static int stage_port(struct dvs_port_object *port)
{
	const struct dvs_policy *policy = &dvs_port_will_be(port)->policy;
	bool will_exist = dvs_object_will_exist(&port->object);

	if (!port->object.is_staged)
		return 0;
	if (port->egress == NULL && !(will_exist && is_wanted(policy)))
		return 0;
	if (port->egress != NULL && will_exist && port->egress->owner == port->queue_worker[0] &&
	    is_same(policy, &port->config.policy))
		return 0;
	port->is_egress_new = true;
	if (!will_exist)
		return 0;
	port->egress_next = create((uint16_t)port->object.id, policy);
	if (port->egress_next == NULL)
		return -ENOMEM;
	port->egress_next->owner = port->queue_worker[0];
	return 0;
}

int dvs_egress_prepare(struct dvs_switch *sw, struct dvs_error *err)
{
	struct dvs_port_object *port;
	bool is_any = false;
	uint32_t i = 0;
	int rc = 0;

	while (rc == 0 && (port = next_port(sw, &i)) != NULL) {
		rc = stage_port(port);
		is_any |= port->is_egress_new;
	}
	if (rc == 0 && is_any) {
		sw->egress_pause = dvs_snapshot_build(sw, false);
		rc = sw->egress_pause != NULL ? 0 : -ENOMEM;
	}
	return rc < 0 ? dvs_error_set(err, rc, NULL, NULL, "no memory for queues") : 0;
}

/* Workers poll nothing, and nothing is under way between them. */
static void pause_workers(struct dvs_switch *sw, struct dvs_snapshot *snapshot)
{
	snapshot->is_paused = true;
	dvs_snapshot_publish(sw, snapshot);
	dvs_switch_drain(sw);
}

static void replace(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_egress *old = port->egress, *next = port->egress_next;

	if (old != NULL)
		detach(old);
	if (old != NULL && next != NULL)
		take_over(next, old, dvs_worker_tsc(sw->workers[0]));
	if (next != NULL)
		attach(sw, next);
	sw->has_spare_egress |= next != NULL && !is_wanted(&port->config.policy);
	dvs_egress_free(old);
	port->egress = next;
	port->egress_next = NULL;
	port->is_egress_new = false;
}

void dvs_egress_commit(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t i = 0;

	if (sw->egress_pause == NULL)
		return;
	pause_workers(sw, sw->egress_pause);
	sw->egress_pause = NULL;
	while ((port = next_port(sw, &i)) != NULL)
		if (port->is_egress_new)
			replace(sw, port);
}

void dvs_egress_discard(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t i = 0;

	while ((port = next_port(sw, &i)) != NULL) {
		if (!port->is_egress_new)
			continue;
		dvs_egress_free(port->egress_next);
		port->egress_next = NULL;
		port->is_egress_new = false;
	}
	dvs_snapshot_free(sw->egress_pause);
	sw->egress_pause = NULL;
}

void dvs_egress_rehome(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t i = 0;

	while ((port = next_port(sw, &i)) != NULL) {
		struct dvs_egress *egress = port->egress;

		if (egress == NULL || egress->worker == sw->workers[egress->owner])
			continue;
		detach(egress);
		attach(sw, egress);
	}
}

/* Publishes what is in force with workers paused. False: no memory. */
static bool pause_now(struct dvs_switch *sw)
{
	struct dvs_snapshot *snapshot = dvs_snapshot_build(sw, false);

	if (snapshot == NULL)
		return false;
	pause_workers(sw, snapshot);
	return true;
}

bool dvs_egress_follow(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	bool is_paused = false;
	uint32_t i = 0;

	while ((port = next_port(sw, &i)) != NULL) {
		if (port->egress == NULL || port->egress->owner == port->queue_worker[0])
			continue;
		if (!is_paused && !pause_now(sw))
			return false;
		is_paused = true;
		port->egress->owner = port->queue_worker[0];
	}
	if (is_paused)
		dvs_egress_rehome(sw);
	return true;
}

void dvs_egress_poll(struct dvs_switch *sw)
{
	struct dvs_snapshot *snapshot;
	struct dvs_port_object *port;
	uint32_t i = 0, n = 0;

	if (!sw->has_spare_egress)
		return;
	sw->has_spare_egress = false;
	while ((port = next_port(sw, &i)) != NULL) {
		if (port->egress == NULL || is_wanted(&port->config.policy))
			continue;
		sw->has_spare_egress = true;
		if (__atomic_load_n(&port->egress->scheduler->n_items, __ATOMIC_RELAXED) != 0)
			continue;
		port->is_egress_new = true;
		n++;
	}
	if (n == 0)
		return;
	sw->egress_pause = dvs_snapshot_build(sw, false);
	snapshot = dvs_snapshot_build(sw, true); /* nothing is staged but this */
	if (sw->egress_pause == NULL || snapshot == NULL) {
		dvs_egress_discard(sw);
		dvs_snapshot_free(snapshot);
		return;
	}
	dvs_egress_commit(sw);
	dvs_snapshot_publish(sw, snapshot);
}

/* ---- state ---- */

/* Below how many microseconds so many of a hundred frames waited. */
static uint32_t percentile(const struct dvs_queue_state *state, unsigned int percent)
{
	uint64_t all = 0, sum = 0;

	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS; n++)
		all += state->delays[n];
	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS && all != 0; n++) {
		sum += state->delays[n];
		if (sum * 100 >= all * percent)
			return UINT32_C(1) << n;
	}
	return 0;
}

bool dvs_egress_state(const struct dvs_switch *sw, const struct dvs_port_object *port, uint32_t i,
		      struct dvs_queue_state *state)
{
	const struct dvs_egress *egress = port->egress;
	const struct dvs_egress_queue *queue = &egress->queues[i];
	const struct dvs_scheduler_node *leaf = &egress->scheduler->nodes[i];
	const struct dvs_object *from = dvs_table_at(&sw->model.ports, queue->from);
	const struct dvs_egress_counters *counters = &queue->counters;

	if (!queue->is_leaf)
		return false;
	memset(state, 0, sizeof(*state));
	memcpy(state->port, port->config.name, sizeof(state->port));
	if (queue->from != DVS_PORT_NONE && from != NULL)
		memcpy(state->from, from->key, sizeof(state->from));
	state->class = queue->class;
	state->n_classes = egress->n_classes;
	state->waiting = __atomic_load_n(&leaf->n_items, __ATOMIC_RELAXED);
	state->waiting_bytes = __atomic_load_n(&leaf->bytes, __ATOMIC_RELAXED);
	state->frames = __atomic_load_n(&counters->frames, __ATOMIC_RELAXED);
	state->bytes = __atomic_load_n(&counters->bytes, __ATOMIC_RELAXED);
	state->waited = __atomic_load_n(&counters->waited, __ATOMIC_RELAXED);
	state->marked = __atomic_load_n(&counters->marked, __ATOMIC_RELAXED);
	for (unsigned int k = 0; k < DVS_N_QUEUE_DROPS; k++)
		state->drops[k] = __atomic_load_n(&counters->drops[k], __ATOMIC_RELAXED);
	for (unsigned int k = 0; k < DVS_QUEUE_DELAYS; k++)
		state->delays[k] = __atomic_load_n(&counters->delays[k], __ATOMIC_RELAXED);
	state->delay_p50_us = percentile(state, 50);
	state->delay_p99_us = percentile(state, 99);
	return true;
}
