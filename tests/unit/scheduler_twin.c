/* SPDX-License-Identifier: BSD-3-Clause */
#include "scheduler_twin.h"

#include <string.h>

#define BURST_MIN 3000

static void init_bucket(struct twin_bucket *bucket, uint64_t rate, uint64_t depth, uint64_t hz)
{
	__int128_t wait = (__int128_t)rate * (__int128_t)(hz / (1000000 / DVS_BUCKET_RESUME_US));

	bucket->rate = rate;
	bucket->depth = bucket->tokens = (__int128_t)depth * (__int128_t)hz;
	bucket->resume = bucket->depth / 2 < wait ? bucket->depth / 2 : wait;
}

static uint64_t depth_of(uint64_t bps, uint64_t ms)
{
	return bps * ms / 8000 > BURST_MIN ? bps * ms / 8000 : BURST_MIN;
}

void scheduler_twin_init(struct scheduler_twin *twin, uint64_t hz, uint64_t now, uint64_t slack)
{
	memset(twin, 0, sizeof(*twin));
	twin->hz = hz;
	twin->now = now;
	twin->slack = slack;
}

int scheduler_twin_add(struct scheduler_twin *twin, int parent,
		       const struct dvs_scheduler_params *params)
{
	struct twin_node *node = &twin->nodes[twin->n_nodes];
	uint64_t reserved = params->is_strict ? 0 : params->reservation;

	node->parent = parent;
	node->params = *params;
	init_bucket(&node->limit, (params->limit + 7) / 8,
		    params->burst != 0 ? params->burst : depth_of(params->limit, 1), twin->hz);
	init_bucket(&node->packets, params->packets, params->packets / 1000 + 2, twin->hz);
	init_bucket(&node->reservation, (reserved + 7) / 8, depth_of(reserved, 10), twin->hz);
	if (params->is_strict)
		init_bucket(&twin->ceiling, (params->ceiling + 7) / 8,
			    depth_of(params->ceiling, 10), twin->hz);
	return twin->n_nodes++;
}

static void fill(struct twin_bucket *bucket, uint64_t cycles)
{
	if (bucket->rate == 0)
		return;
	bucket->tokens += (__int128_t)bucket->rate * (__int128_t)cycles;
	if (bucket->tokens > bucket->depth)
		bucket->tokens = bucket->depth;
}

void scheduler_twin_time(struct scheduler_twin *twin, uint64_t now)
{
	for (int i = 0; i < twin->n_nodes; i++) {
		fill(&twin->nodes[i].limit, now - twin->now);
		fill(&twin->nodes[i].packets, now - twin->now);
		fill(&twin->nodes[i].reservation, now - twin->now);
	}
	fill(&twin->ceiling, now - twin->now);
	twin->now = now;
}

/* Rounding of both: a thousandth of the depth and some units. */
static __int128_t fuzz(const struct scheduler_twin *twin, const struct twin_bucket *bucket)
{
	return bucket->depth / 1000 + 4 * (__int128_t)twin->hz;
}

/* Is it surely not empty, also when its timer is late? */
static bool surely_has(const struct scheduler_twin *twin, const struct twin_bucket *bucket)
{
	__int128_t late = (__int128_t)bucket->rate * (__int128_t)twin->slack;

	if (bucket->rate == 0)
		return true;
	return bucket->tokens >= bucket->resume + late + fuzz(twin, bucket);
}

static bool may_have(const struct scheduler_twin *twin, const struct twin_bucket *bucket)
{
	return bucket->rate == 0 || bucket->tokens > -fuzz(twin, bucket);
}

static void take(struct twin_bucket *bucket, uint64_t units, uint64_t hz, bool debt)
{
	__int128_t least;

	if (bucket->rate == 0)
		return;
	least = bucket->tokens < -bucket->depth ? bucket->tokens : -bucket->depth;
	bucket->tokens -= (__int128_t)units * (__int128_t)hz;
	if (!debt && bucket->tokens < least)
		bucket->tokens = least;
}

static void take_all(struct scheduler_twin *twin, int leaf, const struct dvs_scheduler_cost *cost)
{
	for (int i = leaf; i >= 0; i = twin->nodes[i].parent) {
		take(&twin->nodes[i].limit, cost->bytes, twin->hz, true);
		take(&twin->nodes[i].packets, cost->frames, twin->hz, true);
		take(&twin->nodes[i].reservation, cost->bytes, twin->hz, false);
		twin->nodes[i].sent_bytes += cost->bytes;
	}
	if (twin->nodes[leaf].params.is_strict)
		take(&twin->ceiling, cost->bytes, twin->hz, false);
}

static bool may_send(const struct scheduler_twin *twin, int leaf)
{
	for (int i = leaf; i >= 0; i = twin->nodes[i].parent)
		if (!may_have(twin, &twin->nodes[i].limit) ||
		    !may_have(twin, &twin->nodes[i].packets))
			return false;
	return true;
}

static bool surely_sends(const struct scheduler_twin *twin, int leaf)
{
	for (int i = leaf; i >= 0; i = twin->nodes[i].parent)
		if (!surely_has(twin, &twin->nodes[i].limit) ||
		    !surely_has(twin, &twin->nodes[i].packets))
			return false;
	return true;
}

static bool is_below(const struct scheduler_twin *twin, int node, int above)
{
	while (node >= 0 && node != above)
		node = twin->nodes[node].parent;
	return node == above;
}

/* Somebody below the node has frames that could surely go. */
static bool surely_busy(const struct scheduler_twin *twin, int node)
{
	for (int i = 0; i < twin->n_nodes; i++)
		if (twin->nodes[i].n != 0 && is_below(twin, i, node) && surely_sends(twin, i))
			return true;
	return false;
}

const char *scheduler_twin_pass(struct scheduler_twin *twin, int leaf,
				const struct dvs_scheduler_cost *cost)
{
	if (!may_send(twin, leaf))
		return "passes a limit";
	if (twin->nodes[leaf].n != 0)
		return "overtakes its own queue";
	for (int i = 0; i < twin->n_nodes; i++)
		if (twin->nodes[i].n != 0 && surely_sends(twin, i))
			return "overtakes what waits and could go";
	take_all(twin, leaf, cost);
	return NULL;
}

const char *scheduler_twin_push(struct scheduler_twin *twin, int leaf)
{
	bool waits = false;

	for (int i = 0; i < twin->n_nodes; i++)
		waits |= twin->nodes[i].n != 0;
	if (!waits && surely_sends(twin, leaf))
		return "waits for nothing";
	twin->nodes[leaf].n++;
	return NULL;
}

static bool is_priority(const struct scheduler_twin *twin, int leaf)
{
	return twin->nodes[leaf].params.is_strict && may_have(twin, &twin->ceiling);
}

/* Is there a leaf with a surer right to priority? */
static bool breaks_priority(const struct scheduler_twin *twin, int leaf)
{
	if (is_priority(twin, leaf))
		return false;
	for (int i = 0; i < twin->n_nodes; i++)
		if (twin->nodes[i].n != 0 && twin->nodes[i].params.is_strict &&
		    surely_has(twin, &twin->ceiling) && surely_sends(twin, i))
			return true;
	return false;
}

/* At some level it was taken by its turn while a sibling surely had a reservation left. */
static bool breaks_reservation(const struct scheduler_twin *twin, int leaf)
{
	if (is_priority(twin, leaf))
		return false;
	for (int i = leaf; twin->nodes[i].parent >= 0; i = twin->nodes[i].parent) {
		if (twin->nodes[i].params.reservation != 0 &&
		    may_have(twin, &twin->nodes[i].reservation))
			continue;
		for (int k = 0; k < twin->n_nodes; k++)
			if (k != i && twin->nodes[k].parent == twin->nodes[i].parent &&
			    !twin->nodes[k].params.is_strict &&
			    twin->nodes[k].params.reservation != 0 &&
			    surely_has(twin, &twin->nodes[k].reservation) && surely_busy(twin, k))
				return true;
	}
	return false;
}

const char *scheduler_twin_sent(struct scheduler_twin *twin, int leaf,
				const struct dvs_scheduler_cost *cost)
{
	struct twin_node *node = &twin->nodes[leaf];

	if (node->n == 0)
		return "has nothing to send";
	if (!may_send(twin, leaf))
		return "passes a limit";
	if (breaks_priority(twin, leaf))
		return "comes before priority";
	if (breaks_reservation(twin, leaf))
		return "comes before a reservation";
	node->n--;
	take_all(twin, leaf, cost);
	return NULL;
}

const char *scheduler_twin_rests(struct scheduler_twin *twin)
{
	return surely_busy(twin, 0) ? "rests while a frame could go" : NULL;
}
