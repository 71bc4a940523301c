/* SPDX-License-Identifier: BSD-3-Clause */
#include "snapshot.h"

#include <stdlib.h>

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

static void add_port(struct dvs_snapshot *snapshot, const struct dvs_snapshot_source_port *from)
{
	uint16_t id = from->dev->id;
	struct dvs_snapshot_port *port = &snapshot->ports[id];

	port->dev = from->dev;
	port->stages = DVS_STAGES_ALWAYS;
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
