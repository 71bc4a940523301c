/* SPDX-License-Identifier: BSD-3-Clause */
#include "queues.h"

#include "acls.h"
#include "egress_control.h"

#include <errno.h>
#include <stdlib.h>

/* ---- who polls what ---- */

uint64_t dvs_queues_allowed(const struct dvs_switch *sw, uint64_t workers)
{
	uint64_t all = sw->n_workers < 64 ? (UINT64_C(1) << sw->n_workers) - 1 : UINT64_MAX;

	return (workers & all) != 0 ? workers & all : all;
}

void dvs_queues_assign(struct dvs_switch *sw, struct dvs_port_object *port, uint64_t workers)
{
	uint64_t allowed = dvs_queues_allowed(sw, workers);
	unsigned int of_port[DVS_WORKERS_MAX] = {0};

	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++) {
		unsigned int best = (unsigned int)__builtin_ctzll(allowed);

		for (unsigned int w = best + 1; w < sw->n_workers; w++)
			if ((allowed >> w & 1) != 0 &&
			    (of_port[w] < of_port[best] ||
			     (of_port[w] == of_port[best] &&
			      sw->queues_of[w] + of_port[w] < sw->queues_of[best] + of_port[best])))
				best = w;
		of_port[best]++;
		port->queue_worker[q] = (uint8_t)best;
	}
}

void dvs_queues_count(struct dvs_switch *sw, const struct dvs_port_object *port, bool add)
{
	for (unsigned int q = 0; q < port->n_queues; q++)
		sw->queues_of[port->queue_worker[q]] += add ? 1u : UINT32_MAX;
}

/* ---- snapshots ---- */

/* What the port's VM may send. */
static struct dvs_from_limit *from_limit_of(const struct dvs_switch *sw,
					    const struct dvs_port_object *port,
					    const struct dvs_port *config)
{
	const struct dvs_snapshot *now = sw->shared.snapshot;
	struct dvs_portdev *dev = port->dev;
	const struct dvs_snapshot_port *before = now != NULL ? &now->ports[dev->id] : NULL;

	if (!dvs_from_limit_is_wanted(&config->policy))
		return NULL;
	return dvs_from_limit_choose(dev->memory->from, &config->policy,
				     before != NULL && before->dev == dev ? before->from : NULL,
				     dvs_worker_tsc(sw->workers[0]), rte_get_tsc_hz());
}

struct dvs_snapshot *dvs_snapshot_build(struct dvs_switch *sw, bool staged)
{
	struct dvs_table *ports = &sw->model.ports, *segments = &sw->model.segments;
	struct dvs_snapshot_source source = {.n_workers = sw->n_workers};
	struct dvs_snapshot *snapshot = NULL;

	source.ports = calloc(ports->n_ids, sizeof(source.ports[0]));
	source.segments = calloc(segments->n_ids, sizeof(source.segments[0]));
	if (source.ports == NULL || source.segments == NULL)
		goto out;
	for (uint32_t i = 0; i < segments->n_ids; i++) {
		struct dvs_segment_object *segment = (void *)segments->by_id[i];
		bool is_staged = segment != NULL && staged && segment->object.is_staged;

		if (segment == NULL ||
		    !(is_staged ? segment->object.will_exist : segment->object.exists))
			continue;
		source.segments[source.n_segments++] = (struct dvs_snapshot_source_segment){
			is_staged ? &segment->staged : &segment->config,
			(uint16_t)segment->object.id};
	}
	for (uint32_t i = 0; i < ports->n_ids; i++) {
		struct dvs_port_object *port = (void *)ports->by_id[i];
		bool is_staged = port != NULL && staged && port->object.is_staged;
		const struct dvs_port *config;

		if (port == NULL || port->dev == NULL || port->is_out ||
		    !(is_staged ? port->object.will_exist : port->object.exists))
			continue;
		config = is_staged ? &port->staged : &port->config;
		source.ports[source.n_ports++] = (struct dvs_snapshot_source_port){
			port->dev,
			config,
			dvs_acls_of(&sw->model, config, staged),
			dvs_egress_of(port, staged),
			from_limit_of(sw, port, config),
			(uint16_t)(is_staged ? port->segment_staged : port->segment)->object.id,
			port->is_shut && !(is_staged && !port->staged.enabled),
			port->n_queues,
			port->queue_worker};
	}
	snapshot = dvs_snapshot_create(&source);
out:
	free(source.ports);
	free(source.segments);
	return snapshot;
}

void dvs_snapshot_publish(struct dvs_switch *sw, struct dvs_snapshot *snapshot)
{
	const struct dvs_snapshot *old = sw->shared.snapshot;

	__atomic_store_n(&sw->shared.snapshot, snapshot, __ATOMIC_RELEASE);
	dvs_switch_wake(sw);
	dvs_switch_synchronize(sw);
	dvs_snapshot_free((struct dvs_snapshot *)(uintptr_t)old);
}

/* ---- moves ---- */

static void set_workers(struct dvs_switch *sw, struct dvs_queue_move *moves, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct dvs_queue_move *move = &moves[i];
		uint8_t *worker = &move->port->queue_worker[move->queue];
		uint8_t before = *worker;

		if (move->queue < move->port->n_queues) {
			sw->queues_of[before]--;
			sw->queues_of[move->worker]++;
		}
		*worker = move->worker;
		if (move->queue == 0 && move->port->egress != NULL)
			move->port->egress->owner = move->worker;
		move->worker = before; /* set again, they undo it */
	}
}

void dvs_queues_pause(struct dvs_switch *sw, struct dvs_snapshot *snapshot)
{
	snapshot->is_paused = true;
	dvs_snapshot_publish(sw, snapshot);
	dvs_switch_drain(sw);
	dvs_switch_drain(sw); /* of what was injected in answer to what was punted */
}

int dvs_queues_move(struct dvs_switch *sw, struct dvs_queue_move *moves, unsigned int n)
{
	struct dvs_snapshot *paused = dvs_snapshot_build(sw, false), *moved;

	set_workers(sw, moves, n);
	moved = dvs_snapshot_build(sw, false);
	if (paused == NULL || moved == NULL) {
		set_workers(sw, moves, n);
		dvs_snapshot_free(paused);
		dvs_snapshot_free(moved);
		return -ENOMEM;
	}
	dvs_queues_pause(sw, paused);
	for (unsigned int i = 0; i < n; i++)
		dvs_portdev_move_watch(moves[i].port->dev, moves[i].queue,
				       moves[i].port->queue_worker[moves[i].queue]);
	dvs_egress_rehome(sw);
	dvs_snapshot_publish(sw, moved);
	for (unsigned int i = 0; i < n; i++)
		sw->queues_moved += moves[i].queue < moves[i].port->n_queues;
	return 0;
}
