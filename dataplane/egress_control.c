/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "egress_tree.h"
#include "handover.h"
#include "queues.h"
#include "switch_private.h"

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
	struct dvs_scheduler_item *item;

	if (egress == NULL)
		return;
	detach(egress);
	for (uint32_t i = 0; i < egress->scheduler->n_nodes; i++)
		while ((item = dvs_scheduler_pop(&egress->scheduler->nodes[i])) != NULL)
			rte_pktmbuf_free(dvs_mbuf_of_item(item));
	dvs_scheduler_free(egress->scheduler);
	free(egress->first);
	free(egress);
}

/* ---- from one to the next ---- */

/* The queue of the next one that has what this one had. */
static uint32_t find_queue(const struct dvs_egress *egress, const struct dvs_egress_queue *queue)
{
	unsigned int class = queue->class;

	return dvs_egress_first(egress, queue->from) + (class < egress->n_classes ? class : 0);
}

/* The leaf's node, and those above as long as both have them. */
static void inherit_path(struct dvs_egress *to, const struct dvs_egress *from, uint32_t i,
			 uint64_t now)
{
	const struct dvs_scheduler_node *old = &from->scheduler->nodes[i];
	struct dvs_scheduler_node *next = &to->scheduler->nodes[find_queue(to, &from->queues[i])];

	if (from->n_classes == to->n_classes)
		for (; old->parent != NULL && next->parent != NULL;
		     old = old->parent, next = next->parent)
			dvs_scheduler_inherit(next, old, now);
	dvs_scheduler_inherit(&to->scheduler->nodes[0], &from->scheduler->nodes[0], now);
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
	for (uint32_t i = 0; i < from->scheduler->n_nodes; i++) {
		if (!from->queues[i].is_leaf)
			continue;
		inherit_path(to, from, i, now);
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
static struct dvs_port_object *next_port(const struct dvs_model *model, uint32_t *i)
{
	const struct dvs_table *ports = &model->ports;

	while (*i < ports->n_ids) {
		struct dvs_port_object *port = (void *)ports->by_id[(*i)++];

		if (port != NULL)
			return port;
	}
	return NULL;
}

static const struct dvs_segment *segment_of(const struct dvs_port_object *port)
{
	return dvs_segment_will_be(port->object.is_staged ? port->segment_staged : port->segment);
}

/* Who leaves by the uplink. */
static void gather_members(const struct dvs_switch *sw, struct dvs_egress_plan *plan)
{
	struct dvs_port_object *port;
	uint32_t i = 0;

	while ((port = next_port(&sw->model, &i)) != NULL)
		if (dvs_object_will_exist(&port->object) &&
		    dvs_port_uses_uplink(dvs_port_will_be(port), segment_of(port), plan->config))
			plan->members[plan->n_members++] = (struct dvs_egress_member){
				(uint16_t)port->object.id, dvs_port_will_be(port)};
}

static int check_uplink(const struct dvs_model *model, const struct dvs_port_object *uplink,
			struct dvs_reservation *groups, struct dvs_error *err)
{
	const char *field, *problem;
	char text[DVS_FIELD_TEXT_MAX];
	const struct dvs_port *last;
	struct dvs_port_object *port;
	unsigned int n = 0;
	uint32_t i = 0;

	while ((port = next_port(model, &i)) != NULL)
		if (dvs_object_will_exist(&port->object) &&
		    dvs_port_uses_uplink(dvs_port_will_be(port), segment_of(port),
					 dvs_port_will_be(uplink)))
			dvs_reservation_add(groups, &n, dvs_port_will_be(port));
	problem = dvs_reservation_problem(groups, n, dvs_port_will_be(uplink), &last, &field, text);
	if (problem == NULL)
		return 0;
	dvs_error_set(err, -EINVAL, NULL, field, "%s", problem);
	return dvs_error_object(err, "port", last->name);
}

int dvs_egress_check(const struct dvs_model *model, struct dvs_error *err)
{
	struct dvs_reservation *groups = calloc(model->ports.n_ids + 1, sizeof(*groups));
	struct dvs_port_object *port;
	uint32_t i = 0;
	int rc = 0;

	if (groups == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	while (rc == 0 && (port = next_port(model, &i)) != NULL)
		if (dvs_object_will_exist(&port->object) && dvs_port_will_be(port)->uplink)
			rc = check_uplink(model, port, groups, err);
	free(groups);
	return rc;
}

/* What the transaction makes of the port's queues, which it will have. members: room for all. */
static int stage_tree(const struct dvs_switch *sw, struct dvs_port_object *port,
		      struct dvs_egress_member *members)
{
	struct dvs_egress_plan plan = {(uint16_t)port->object.id, dvs_port_will_be(port), members,
				       0};
	const struct dvs_egress *old = port->egress;

	if (plan.config->uplink)
		gather_members(sw, &plan);
	dvs_egress_plan_sort(&plan);
	if (old == NULL && !dvs_egress_plan_limits(&plan))
		return 0;
	if (old != NULL && old->owner == port->queue_worker[0] &&
	    old->signature == dvs_egress_plan_signature(&plan))
		return 0;
	port->is_egress_new = true;
	port->egress_next = dvs_egress_create(&plan);
	if (port->egress_next == NULL)
		return -ENOMEM;
	port->egress_next->owner = port->queue_worker[0];
	return 0;
}

static int stage_port(const struct dvs_switch *sw, struct dvs_port_object *port,
		      struct dvs_egress_member *members)
{
	if (dvs_object_will_exist(&port->object))
		return stage_tree(sw, port, members);
	port->is_egress_new = port->egress != NULL;
	return 0;
}

int dvs_egress_prepare(struct dvs_switch *sw, struct dvs_error *err)
{
	struct dvs_egress_member *members = calloc(sw->model.ports.n_ids + 1, sizeof(*members));
	struct dvs_port_object *port;
	bool is_any = false;
	uint32_t i = 0;
	int rc = members != NULL ? 0 : -ENOMEM;

	while (rc == 0 && (port = next_port(&sw->model, &i)) != NULL) {
		rc = stage_port(sw, port, members);
		is_any |= port->is_egress_new;
	}
	free(members);
	if (rc == 0 && is_any) {
		sw->egress_pause = dvs_snapshot_build(sw, false);
		rc = sw->egress_pause != NULL ? 0 : -ENOMEM;
	}
	return rc < 0 ? dvs_error_set(err, rc, NULL, NULL, "no memory for queues") : 0;
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
	sw->has_spare_egress |= next != NULL && next->is_spare;
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
	dvs_queues_pause(sw, sw->egress_pause);
	sw->egress_pause = NULL;
	while ((port = next_port(&sw->model, &i)) != NULL)
		if (port->is_egress_new)
			replace(sw, port);
}

void dvs_egress_discard(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t i = 0;

	while ((port = next_port(&sw->model, &i)) != NULL) {
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

	while ((port = next_port(&sw->model, &i)) != NULL) {
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
	dvs_queues_pause(sw, snapshot);
	return true;
}

bool dvs_egress_follow(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	bool is_paused = false;
	uint32_t i = 0;

	while ((port = next_port(&sw->model, &i)) != NULL) {
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
	while ((port = next_port(&sw->model, &i)) != NULL) {
		if (port->egress == NULL || !port->egress->is_spare)
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
	state->number = (uint32_t)(uint16_t)(queue->from + 1) * DVS_CLASSES + queue->class;
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
	state->delay_p50_us = dvs_queue_delay_us(state->delays, 50);
	state->delay_p99_us = dvs_queue_delay_us(state->delays, 99);
	return true;
}
