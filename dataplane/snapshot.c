/* SPDX-License-Identifier: BSD-3-Clause */
#include "snapshot.h"

#include <stdlib.h>

#include <rte_cycles.h>

#include "fdb.h"
#include "stages.h"

#define ETHERNET_HEADER 14

/* One block for all arrays, so that a snapshot is freed by one call. */
struct arena {
	struct dvs_snapshot *snapshot;
	struct dvs_snapshot_segment *segments;
	struct dvs_poll *polls;
	uint16_t *members;
};

static bool allocate(const struct dvs_snapshot_source *source, uint16_t n_segments,
		     struct arena *arena)
{
	size_t head = sizeof(struct dvs_snapshot) +
		      source->n_workers * sizeof(struct dvs_snapshot_worker);
	size_t segments = n_segments * sizeof(struct dvs_snapshot_segment);
	size_t polls = 0;
	char *block;

	head = (head + 7) & ~(size_t)7;
	for (uint32_t i = 0; i < source->n_ports; i++)
		polls += source->ports[i].n_queues * sizeof(struct dvs_poll);
	block = calloc(1, head + segments + polls + source->n_ports * sizeof(uint16_t));
	if (block == NULL)
		return false;
	arena->snapshot = (void *)block;
	arena->segments = (void *)(block + head);
	arena->polls = (void *)(block + head + segments);
	arena->members = (void *)(block + head + segments + polls);
	return true;
}

static void add_segment(struct dvs_snapshot *snapshot,
			const struct dvs_snapshot_source_segment *from)
{
	snapshot->segments[from->id].forwards_reserved = from->config->forward_reserved;
}

static void fill_guard(struct dvs_snapshot_guard *guard, const struct dvs_port *config)
{
	const struct dvs_policy *policy = &config->policy;
	uint64_t tsc_hz = rte_get_tsc_hz();

	guard->mac = dvs_fdb_key(config->mac, 0) >> 16;
	guard->mac_limit = policy->mac_limit;
	guard->mac_limit_action = policy->mac_limit_action;
	guard->forged_transmit = policy->forged_transmit;
	guard->mac_change = policy->mac_change;
	guard->bpdu_filter = policy->bpdu_filter;
	guard->lldp_filter = policy->lldp_filter;
	guard->unknown_block = policy->unknown_block;
	guard->storm_mode = policy->storm_mode;
	if (policy->storm_mode == DVS_GUARD_OFF)
		return;
	dvs_meter_rate_init(&guard->storm[DVS_STORM_BROADCAST], policy->storm_broadcast, tsc_hz);
	dvs_meter_rate_init(&guard->storm[DVS_STORM_MULTICAST], policy->storm_multicast, tsc_hz);
	dvs_meter_rate_init(&guard->storm[DVS_STORM_UNKNOWN], policy->storm_unknown, tsc_hz);
}

/* The stages that these policies need. */
static uint64_t guard_stages(const struct dvs_snapshot_guard *guard)
{
	uint64_t stages = 0;

	if ((guard->forged_transmit | guard->mac_change | guard->bpdu_filter |
	     guard->lldp_filter) != DVS_GUARD_OFF)
		stages |= DVS_STAGE_BIT_GUARD;
	if (dvs_meter_is_on(&guard->storm[DVS_STORM_BROADCAST]) ||
	    dvs_meter_is_on(&guard->storm[DVS_STORM_MULTICAST]))
		stages |= DVS_STAGE_BIT_POLICE;
	if (dvs_meter_is_on(&guard->storm[DVS_STORM_UNKNOWN]) ||
	    guard->unknown_block != DVS_GUARD_OFF)
		stages |= DVS_STAGE_BIT_UNKNOWN;
	return stages;
}

static void add_port(struct dvs_snapshot *snapshot, const struct dvs_snapshot_source_port *from)
{
	uint16_t id = from->dev->id;
	struct dvs_snapshot_port *port = &snapshot->ports[id];

	port->dev = from->dev;
	fill_guard(&port->guard, from->config);
	port->stages = DVS_STAGES_ALWAYS | guard_stages(&port->guard);
	port->frame_max = from->config->policy.mtu + ETHERNET_HEADER;
	port->segment = from->segment;
	port->is_enabled = from->config->enabled;
	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++) {
		struct dvs_snapshot_worker *worker = &snapshot->workers[from->queue_worker[q]];

		port->queue_worker[q] = from->queue_worker[q];
		worker->owned[id] = (uint16_t)(worker->owned[id] | 1u << q);
	}
	for (unsigned int q = 0; q < from->n_queues; q++)
		snapshot->workers[from->queue_worker[q]].n_polls++;
	if (from->n_queues > 1)
		snapshot->segments[from->segment].spreads_flows = 1;
	snapshot->segments[from->segment].n_members++;
}

/* Counts are known: gives each list its part of the arena and fills it. */
static void fill_lists(const struct dvs_snapshot_source *source, struct arena *arena)
{
	struct dvs_snapshot *snapshot = arena->snapshot;
	struct dvs_poll *polls = arena->polls;
	uint16_t *members = arena->members;

	for (unsigned int w = 0; w < source->n_workers; w++) {
		snapshot->workers[w].polls = polls;
		polls += snapshot->workers[w].n_polls;
		snapshot->workers[w].n_polls = 0;
	}
	for (unsigned int s = 0; s < snapshot->n_segments; s++) {
		snapshot->segments[s].members = members;
		members += snapshot->segments[s].n_members;
		snapshot->segments[s].n_members = 0;
	}
	for (uint32_t i = 0; i < source->n_ports; i++) {
		const struct dvs_snapshot_source_port *from = &source->ports[i];
		struct dvs_snapshot_segment *segment = &snapshot->segments[from->segment];

		segment->members[segment->n_members++] = from->dev->id;
		for (uint16_t q = 0; q < from->n_queues; q++) {
			struct dvs_snapshot_worker *worker =
				&snapshot->workers[from->queue_worker[q]];
			struct dvs_poll poll = {from->dev, from->dev->id, q};

			worker->polls[worker->n_polls++] = poll;
		}
	}
}

struct dvs_snapshot *dvs_snapshot_create(const struct dvs_snapshot_source *source)
{
	struct arena arena;
	uint16_t n_segments = 1;

	for (uint32_t i = 0; i < source->n_segments; i++)
		if (source->segments[i].id >= n_segments)
			n_segments = (uint16_t)(source->segments[i].id + 1);
	if (!allocate(source, n_segments, &arena))
		return NULL;
	arena.snapshot->n_segments = n_segments;
	arena.snapshot->segments = arena.segments;
	for (uint32_t i = 0; i < source->n_segments; i++)
		add_segment(arena.snapshot, &source->segments[i]);
	for (uint32_t i = 0; i < source->n_ports; i++)
		add_port(arena.snapshot, &source->ports[i]);
	fill_lists(source, &arena);
	return arena.snapshot;
}

void dvs_snapshot_free(struct dvs_snapshot *snapshot)
{
	free(snapshot);
}
