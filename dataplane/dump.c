/* SPDX-License-Identifier: BSD-3-Clause */
/* Dumps: configuration and state, in chunks that the caller bounds. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include "egress_control.h"
#include "fdb.h"
#include "savi.h"
#include "switch_private.h"
#include "violation.h"
#include "text.h"

#define WALK_STEPS 4096 /* of the MAC table, by one call */

/* ---- configuration ---- */

/* The cursor is the id to go on with, which is never 0 behind an object. */
static int dump_config(const struct dvs_table *table, uint64_t *cursor, void *buf, unsigned int max)
{
	uint32_t id = (uint32_t)*cursor;
	unsigned int n = 0;

	while (n < max) {
		struct dvs_object *object = dvs_table_next(table, &id);

		if (object == NULL) {
			*cursor = 0;
			return (int)n;
		}
		memcpy((char *)buf + n++ * table->type->size, dvs_object_config(object),
		       table->type->size);
	}
	*cursor = id;
	return (int)n;
}

/* ---- ports ---- */

static void sum_stats(const struct dvs_switch *sw, const struct dvs_portdev *dev,
		      struct dvs_port_stats *ret_sum)
{
	memset(ret_sum, 0, sizeof(*ret_sum));
	for (unsigned int w = 0; dev != NULL && w < sw->n_workers; w++)
		dvs_stats_read(&sw->workers[w]->guard, dev->stats[w], ret_sum);
}

void dvs_switch_port_state(const struct dvs_port_object *port, struct dvs_port_state *state)
{
	const struct dvs_portdev *dev = port->dev;

	memcpy(state->name, port->config.name, sizeof(state->name));
	memcpy(state->segment, port->config.segment, sizeof(state->segment));
	state->kind = port->config.kind;
	state->mtu = port->config.policy.mtu;
	if (dev == NULL) {
		dvs_text_copy(state->error, sizeof(state->error), port->error.text);
		return;
	}
	state->link = dvs_switch_is_up(port);
	state->queues = state->link ? __atomic_load_n(&dev->queues, __ATOMIC_RELAXED) : 0;
	state->sessions = __atomic_load_n(&dev->sessions, __ATOMIC_RELAXED);
	for (unsigned int q = 0; q < port->n_queues; q++)
		state->workers |= UINT64_C(1) << port->queue_worker[q];
	if (dev->ops->get_state != NULL)
		dev->ops->get_state(port->dev, state);
	if (port->is_shut)
		snprintf(state->error, sizeof(state->error),
			 "disabled: more than %u MACs; mac flush port=%.31s enables it",
			 port->config.policy.mac_limit, port->config.name);
}

static void fill_port_state(const struct dvs_switch *sw, const struct dvs_port_object *port,
			    struct dvs_port_state *state)
{
	struct dvs_port_stats sum;

	memset(state, 0, sizeof(*state));
	dvs_switch_port_state(port, state);
	sum_stats(sw, port->dev, &sum);
	state->rx_frames = sum.rx_frames;
	state->rx_bytes = sum.rx_bytes;
	state->delivered = sum.delivered;
	state->dropped = dvs_stats_dropped(&sum);
	state->tx_frames = sum.tx_frames;
	state->tx_bytes = sum.tx_bytes;
	state->tx_dropped = sum.tx_dropped;
	state->flooded = sum.flooded;
	state->marked = sum.marked;
	state->green = sum.colors[DVS_GREEN];
	state->yellow = sum.colors[DVS_YELLOW];
	state->red = sum.colors[DVS_RED];
	state->from_held = sum.held;
	state->from_held_us = (uint64_t)((double)sum.held_cycles * 1e6 / (double)rte_get_tsc_hz());
	state->bindings = port->n_learnt;
	state->bindings_refused = port->learnt_refused;
	dvs_switch_port_mac(port, state->mac);
	state->macs = dvs_fdb_port_count(sw->fdb, (uint16_t)port->object.id);
}

static int dump_port_states(const struct dvs_switch *sw, uint64_t *cursor, void *buf,
			    unsigned int max)
{
	struct dvs_port_state *states = buf;
	uint32_t id = (uint32_t)*cursor;
	unsigned int n = 0;

	while (n < max) {
		struct dvs_object *object = dvs_table_next(&sw->model.ports, &id);

		if (object == NULL) {
			*cursor = 0;
			return (int)n;
		}
		fill_port_state(sw, (struct dvs_port_object *)object, &states[n++]);
	}
	*cursor = id;
	return (int)n;
}

/* Whose it is, and the last header that was kept. */
static void fill_drop(const struct dvs_switch *sw, const struct dvs_port_object *port,
		      struct dvs_drop *drop)
{
	struct dvs_offender last;

	memcpy(drop->port, port->config.name, sizeof(drop->port));
	if (port->dev == NULL || !dvs_offender_read(port->dev->offenders, drop->reason, &last))
		return;
	drop->last_s = sw->shared.now_s > last.when_s ? sw->shared.now_s - last.when_s : 0;
	drop->last_length = (uint16_t)RTE_MIN(last.length, (uint32_t)UINT16_MAX);
	memcpy(drop->last_header, last.header, last.header_length);
}

/* Drops that have happened: a port's id and the reason to go on with are the cursor. */
static int dump_drops(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	struct dvs_drop *drops = buf;
	uint32_t id = (uint32_t)(*cursor / DVS_DROP_N_REASONS);
	unsigned int reason = (unsigned int)(*cursor % DVS_DROP_N_REASONS), n = 0;
	const struct dvs_port_object *port;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		struct dvs_port_stats sum;

		if (port->object.id != *cursor / DVS_DROP_N_REASONS)
			reason = 0;
		sum_stats(sw, port->dev, &sum);
		for (; reason < DVS_DROP_N_REASONS; reason++) {
			if ((sum.drops[reason] | sum.audited[reason]) == 0)
				continue;
			if (n == max) {
				*cursor = (uint64_t)port->object.id * DVS_DROP_N_REASONS + reason;
				return (int)n;
			}
			drops[n] = (struct dvs_drop){.reason = (uint8_t)reason,
						     .frames = sum.drops[reason],
						     .audited = sum.audited[reason]};
			fill_drop(sw, port, &drops[n++]);
		}
	}
	*cursor = 0;
	return (int)n;
}

/* The cursor is a port's id and, above it, the number of the queue to go on with. */
static int dump_queues(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	uint32_t id = (uint32_t)*cursor, i = (uint32_t)(*cursor >> 32);
	struct dvs_queue_state *states = buf;
	const struct dvs_port_object *port;
	unsigned int n = 0;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		uint32_t n_nodes = port->egress != NULL ? port->egress->scheduler->n_nodes : 0;

		if (port->object.id != (uint32_t)*cursor)
			i = 0;
		for (; i < n_nodes; i++) {
			if (n == max) {
				*cursor = (uint64_t)i << 32 | port->object.id;
				return (int)n;
			}
			n += dvs_egress_state(sw, port, i, &states[n]);
		}
	}
	*cursor = 0;
	return (int)n;
}

/* ---- bindings ---- */

void dvs_switch_binding_entry(const struct dvs_switch *sw, const struct dvs_port_object *port,
			      const struct dvs_learnt *learnt, struct dvs_binding_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->port, port->config.name, sizeof(entry->port));
	memcpy(entry->segment, port->config.segment, sizeof(entry->segment));
	if (learnt == NULL)
		return;
	entry->address = learnt->address;
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		entry->mac[i] = (uint8_t)(learnt->mac >> (40 - 8 * i));
	entry->kind = learnt->kind;
	entry->lease_s = dvs_savi_left_s(sw, port, learnt);
}

/* From number skip of the port on; returns how many. */
static unsigned int dump_bindings_of(const struct dvs_switch *sw,
				     const struct dvs_port_object *port, uint32_t skip,
				     struct dvs_binding_entry *entries, unsigned int max)
{
	const struct dvs_binding_object *binding;
	const struct dvs_learnt *learnt;
	uint32_t number = 0;
	unsigned int n = 0;

	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		if (n == max || number++ < skip)
			continue;
		dvs_switch_binding_entry(sw, port, NULL, &entries[n]);
		entries[n].address = binding->config.address;
		memcpy(entries[n++].mac, binding->config.mac, DVS_MAC_LEN);
	}
	LIST_FOREACH(learnt, &port->learnt, of_port)
	{
		if (n < max && number++ >= skip)
			dvs_switch_binding_entry(sw, port, learnt, &entries[n++]);
	}
	return n;
}

/* The cursor is a port's id and, above it, how many of its bindings were dumped. */
static int dump_bindings(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	uint32_t id = (uint32_t)*cursor, skip = (uint32_t)(*cursor >> 32);
	const struct dvs_port_object *port;
	unsigned int n = 0;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		unsigned int got;

		if (port->object.id != (uint32_t)*cursor)
			skip = 0;
		got = dump_bindings_of(sw, port, skip, (struct dvs_binding_entry *)buf + n,
				       max - n);
		n += got;
		if (n == max) {
			*cursor = (uint64_t)(skip + got) << 32 | port->object.id;
			return (int)n;
		}
	}
	*cursor = 0;
	return (int)n;
}

/* ---- MAC table, workers, the switch ---- */

static bool fill_fdb_entry(const struct dvs_switch *sw, const struct dvs_fdb_item *item,
			   struct dvs_fdb_entry *entry)
{
	const struct dvs_object *port = dvs_table_at(&sw->model.ports, item->port);
	const struct dvs_object *segment =
		dvs_table_at(&sw->model.segments, (uint32_t)(item->key & 0xffff));

	if (port == NULL || segment == NULL)
		return false;
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->segment, segment->key, sizeof(entry->segment));
	memcpy(entry->port, port->key, sizeof(entry->port));
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		entry->mac[i] = (uint8_t)(item->key >> (56 - 8 * i));
	entry->kind = item->is_static ? DVS_FDB_STATIC : DVS_FDB_DYNAMIC;
	if (item->is_sticky)
		entry->kind = DVS_FDB_STICKY;
	if (!item->is_static && sw->shared.now_s > item->last_s)
		entry->idle_s = sw->shared.now_s - item->last_s;
	entry->moves = item->moves;
	return true;
}

static int dump_fdb(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	struct dvs_fdb_entry *entries = buf;
	unsigned int n = 0, steps = 0;

	do {
		struct dvs_fdb_item item;
		bool is_found = false;

		*cursor = dvs_fdb_walk(sw->fdb, *cursor, &item, &is_found);
		if (is_found && fill_fdb_entry(sw, &item, &entries[n]))
			n++;
	} while (*cursor != 0 && n < max && ++steps < WALK_STEPS);
	return (int)n;
}

static bool fill_duplicate(const struct dvs_switch *sw, const struct dvs_moves_item *item,
			   struct dvs_duplicate *duplicate)
{
	const struct dvs_object *port = dvs_table_at(&sw->model.ports, item->port);
	const struct dvs_object *other = dvs_table_at(&sw->model.ports, item->other);
	const struct dvs_object *segment =
		dvs_table_at(&sw->model.segments, (uint32_t)(item->key & 0xffff));

	if (port == NULL || other == NULL || segment == NULL)
		return false;
	*duplicate = (struct dvs_duplicate){
		.moves = item->moves, .idle_s = item->idle_s, .held_s = item->held_s};
	memcpy(duplicate->segment, segment->key, sizeof(duplicate->segment));
	memcpy(duplicate->port, port->key, sizeof(duplicate->port));
	memcpy(duplicate->other_port, other->key, sizeof(duplicate->other_port));
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		duplicate->mac[i] = (uint8_t)(item->key >> (56 - 8 * i));
	duplicate->kind = item->is_duplicate ? DVS_DUPLICATE_ACTIVE : DVS_DUPLICATE_HELD;
	return true;
}

static int dump_duplicates(const struct dvs_switch *sw, uint64_t *cursor, void *buf,
			   unsigned int max)
{
	struct dvs_duplicate *duplicates = buf;
	uint32_t at = (uint32_t)*cursor;
	struct dvs_moves_item item;
	unsigned int n = 0;

	while (n < max) {
		if (!dvs_moves_next(sw->moves, sw->shared.now_s, &at, &item)) {
			*cursor = 0;
			return (int)n;
		}
		n += fill_duplicate(sw, &item, &duplicates[n]);
	}
	*cursor = at;
	return (int)n;
}

static void fill_worker(const struct dvs_worker *worker, const struct dvs_snapshot *snapshot,
			struct dvs_worker_state *state)
{
	const struct dvs_worker_counters *counters = &worker->counters;

	memset(state, 0, sizeof(*state));
	state->id = worker->id;
	state->cpu = worker->cpu;
	state->numa = worker->numa;
	state->queues = (uint16_t)snapshot->workers[worker->id].n_polls;
	state->frames = __atomic_load_n(&counters->frames, __ATOMIC_RELAXED);
	state->batches = __atomic_load_n(&counters->batches, __ATOMIC_RELAXED);
	state->busy_cycles = __atomic_load_n(&counters->busy_cycles, __ATOMIC_RELAXED);
	state->idle_cycles = __atomic_load_n(&counters->idle_cycles, __ATOMIC_RELAXED);
	state->handed_over = __atomic_load_n(&counters->handed_over, __ATOMIC_RELAXED);
	state->sleeps = __atomic_load_n(&counters->sleeps, __ATOMIC_RELAXED);
	state->wakeups = __atomic_load_n(&counters->wakeups, __ATOMIC_RELAXED);
	if (state->frames != 0)
		state->cycles_per_frame =
			(uint32_t)((double)state->busy_cycles * 100 / (double)state->frames);
}

static int dump_workers(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	struct dvs_worker_state *states = buf;
	uint64_t i = *cursor;
	unsigned int n = 0;

	while (n < max && i < sw->n_workers)
		fill_worker(sw->workers[i++], sw->shared.snapshot, &states[n++]);
	*cursor = i < sw->n_workers ? i : 0;
	return (int)n;
}

static int dump_switch(const struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	struct dvs_switch_state *state = buf;
	struct dvs_group_stats group_stats;
	struct dvs_fdb_stats stats;

	*cursor = 0;
	if (max == 0)
		return 0;
	memset(state, 0, sizeof(*state));
	snprintf(state->version, sizeof(state->version), "%s", DVS_VERSION);
	dvs_text_copy(state->dpdk, sizeof(state->dpdk), rte_version());
	dvs_text_copy(state->memory, sizeof(state->memory), sw->memory);
	state->boot_epoch = sw->boot_epoch;
	state->generation = sw->generation;
	state->uptime_s = sw->shared.now_s - 1;
	state->tsc_hz = rte_get_tsc_hz();
	state->workers = sw->n_workers;
	state->queues_moved = sw->queues_moved;
	state->segments = sw->model.segments.n;
	state->ports = sw->model.ports.n;
	state->clients = sw->clients;
	dvs_fdb_stats(sw->fdb, &stats);
	state->macs = stats.entries;
	state->mac_capacity = stats.capacity;
	state->mac_moves = stats.moves;
	state->mac_refused = stats.refused;
	dvs_groups_stats(sw->snooping->groups, &group_stats);
	state->groups = group_stats.groups;
	state->groups_refused = group_stats.refused;
	for (unsigned int i = 0; i < sw->n_pools; i++) {
		state->buffers += sw->pools[i].pool->size;
		state->buffers_free += rte_mempool_avail_count(sw->pools[i].pool);
	}
	return 1;
}

int dvs_switch_dump(struct dvs_switch *sw, const struct dvs_type *type, uint64_t *cursor, void *buf,
		    unsigned int max)
{
	switch (type->id) {
	case DVS_TYPE_SEGMENT:
	case DVS_TYPE_PORT:
	case DVS_TYPE_MAC:
	case DVS_TYPE_BINDING:
	case DVS_TYPE_GROUP:
	case DVS_TYPE_ACL:
	case DVS_TYPE_ACL_RULE:
		return dump_config(dvs_model_table(&sw->model, type), cursor, buf, max);
	case DVS_TYPE_PORT_STATE:
		return dump_port_states(sw, cursor, buf, max);
	case DVS_TYPE_DROP:
		return dump_drops(sw, cursor, buf, max);
	case DVS_TYPE_QUEUE:
		return dump_queues(sw, cursor, buf, max);
	case DVS_TYPE_BINDING_ENTRY:
		return dump_bindings(sw, cursor, buf, max);
	case DVS_TYPE_FDB_ENTRY:
		return dump_fdb(sw, cursor, buf, max);
	case DVS_TYPE_DUPLICATE:
		return dump_duplicates(sw, cursor, buf, max);
	case DVS_TYPE_GROUP_STATE:
		return dvs_snooping_dump(sw, cursor, buf, max);
	case DVS_TYPE_WORKER:
		return dump_workers(sw, cursor, buf, max);
	case DVS_TYPE_SWITCH:
		return dump_switch(sw, cursor, buf, max);
	default:
		return -EOPNOTSUPP;
	}
}
