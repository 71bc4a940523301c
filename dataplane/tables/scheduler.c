/* SPDX-License-Identifier: BSD-3-Clause */
#include "scheduler.h"

#include <stdlib.h>

#define BURST_MIN   3000   /* bytes of a limit without a burst of its own */
#define QUANTUM_MIN 1536   /* bytes of a turn of the child with fewest shares */
#define QUANTUM_MAX 262144 /* and of that with most, which may make the former less */
#define RESERVED_MS 10	   /* of a reservation or ceiling that can be had at once */

#define CONTAINER_OF(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- making trees ---- */

void dvs_scheduler_host_init(struct dvs_scheduler_host *host, uint8_t tick_shift, uint64_t now)
{
	dvs_wheel_init(&host->wheel, tick_shift, now);
	TAILQ_INIT(&host->ready);
}

struct dvs_scheduler *dvs_scheduler_create(uint32_t max_nodes, uint64_t tsc_hz)
{
	struct dvs_scheduler *scheduler;

	scheduler = calloc(1, sizeof(*scheduler) + max_nodes * sizeof(scheduler->nodes[0]));
	if (scheduler == NULL)
		return NULL;
	scheduler->tsc_hz = tsc_hz;
	scheduler->max_nodes = max_nodes;
	return scheduler;
}

void dvs_scheduler_free(struct dvs_scheduler *scheduler)
{
	free(scheduler);
}

/* What a rate in bits gives in some time, in bytes, but a minimum. */
static uint64_t depth_of(uint64_t bps, uint64_t ms)
{
	uint64_t bytes = bps * ms / 8000;

	return bytes > BURST_MIN ? bytes : BURST_MIN;
}

static uint64_t bytes_of(uint64_t bps)
{
	return (bps + 7) / 8;
}

static void init_buckets(struct dvs_scheduler_node *node, const struct dvs_scheduler_params *params)
{
	uint64_t tsc_hz = node->scheduler->tsc_hz;

	dvs_bucket_init(&node->limit, bytes_of(params->limit),
			params->burst != 0 ? params->burst : depth_of(params->limit, 1), tsc_hz);
	dvs_bucket_init(&node->packets, params->packets, params->packets / 1000 + 2, tsc_hz);
	node->is_strict = params->is_strict;
	if (params->is_strict)
		dvs_bucket_init(&node->scheduler->ceiling, bytes_of(params->ceiling),
				depth_of(params->ceiling, RESERVED_MS), tsc_hz);
	else
		dvs_bucket_init(&node->reservation, bytes_of(params->reservation),
				depth_of(params->reservation, RESERVED_MS), tsc_hz);
}

struct dvs_scheduler_node *dvs_scheduler_add(struct dvs_scheduler *scheduler,
					     struct dvs_scheduler_node *parent,
					     const struct dvs_scheduler_params *params)
{
	struct dvs_scheduler_node *node = &scheduler->nodes[scheduler->n_nodes++];

	node->scheduler = scheduler;
	node->parent = parent;
	TAILQ_INIT(&node->strict);
	TAILQ_INIT(&node->reserved);
	TAILQ_INIT(&node->shared);
	init_buckets(node, params);
	node->hold_timer.node = node->reserve_timer.node = node;
	node->hold_timer.kind = DVS_SCHEDULER_HOLD;
	node->reserve_timer.kind = DVS_SCHEDULER_RESERVE;
	node->shares = params->shares != 0 ? params->shares : 1;
	if (parent == NULL)
		return node;
	if (!parent->is_inner || node->shares < parent->least_shares)
		parent->least_shares = node->shares;
	if (node->shares > parent->most_shares)
		parent->most_shares = node->shares;
	parent->is_inner = true;
	return node;
}

/* In proportion to shares; whole frames for all, if that does not make the largest too large. */
static void set_quantum(struct dvs_scheduler_node *node)
{
	const struct dvs_scheduler_node *parent = node->parent;

	if ((uint64_t)parent->most_shares * QUANTUM_MIN <=
	    (uint64_t)parent->least_shares * QUANTUM_MAX)
		node->quantum =
			(uint32_t)((uint64_t)node->shares * QUANTUM_MIN / parent->least_shares);
	else
		node->quantum =
			(uint32_t)((uint64_t)node->shares * QUANTUM_MAX / parent->most_shares);
}

void dvs_scheduler_inherit(struct dvs_scheduler_node *node, const struct dvs_scheduler_node *from,
			   uint64_t now)
{
	dvs_bucket_inherit(&node->limit, &from->limit, now);
	dvs_bucket_inherit(&node->packets, &from->packets, now);
	dvs_bucket_inherit(&node->reservation, &from->reservation, now);
	if (node->parent == NULL && from->parent == NULL)
		dvs_bucket_inherit(&node->scheduler->ceiling, &from->scheduler->ceiling, now);
}

/* ---- what is offered to whom ---- */

static inline bool has_frames(const struct dvs_scheduler_node *node)
{
	return node->is_inner ? !TAILQ_EMPTY(&node->shared) : node->first != NULL;
}

static inline bool is_allowed(const struct dvs_scheduler_node *node, uint64_t now)
{
	return dvs_bucket_has(&node->limit, now) && dvs_bucket_has(&node->packets, now);
}

/* The node is strict, or something below it: it and those above go first. */
static void enter_strict(struct dvs_scheduler_node *node)
{
	for (; node->parent != NULL && node->is_offered && !node->is_in_strict;
	     node = node->parent) {
		TAILQ_INSERT_TAIL(&node->parent->strict, node, in_strict);
		node->is_in_strict = true;
	}
}

static void leave_strict(struct dvs_scheduler_node *node)
{
	for (; node->is_in_strict; node = node->parent) {
		TAILQ_REMOVE(&node->parent->strict, node, in_strict);
		node->is_in_strict = false;
		if (!TAILQ_EMPTY(&node->parent->strict))
			return;
	}
}

/* The node is offered: its reservation has something, or is waited for. */
static void enter_reserved(struct dvs_scheduler_node *node, uint64_t now)
{
	if (!dvs_bucket_is_on(&node->reservation) || node->is_in_reserved)
		return;
	if (dvs_bucket_has(&node->reservation, now)) {
		TAILQ_INSERT_TAIL(&node->parent->reserved, node, in_reserved);
		node->is_in_reserved = true;
	} else if (!dvs_wheel_has(&node->reserve_timer.entry)) {
		dvs_wheel_add(&node->scheduler->host->wheel, &node->reserve_timer.entry,
			      dvs_bucket_ready(&node->reservation, now));
	}
}

static void leave_reserved(struct dvs_scheduler_node *node)
{
	if (!node->is_in_reserved)
		return;
	TAILQ_REMOVE(&node->parent->reserved, node, in_reserved);
	node->is_in_reserved = false;
}

/* It has frames and is allowed to send. */
static void offer(struct dvs_scheduler_node *node, uint64_t now)
{
	node->is_offered = true;
	if (node->parent == NULL) {
		TAILQ_INSERT_TAIL(&node->scheduler->host->ready, node->scheduler, in_ready);
		return;
	}
	TAILQ_INSERT_TAIL(&node->parent->shared, node, in_shared);
	node->deficit += node->quantum;
	if (node->is_strict || !TAILQ_EMPTY(&node->strict))
		enter_strict(node);
	enter_reserved(node, now);
}

static void withdraw(struct dvs_scheduler_node *node)
{
	if (!node->is_offered)
		return;
	node->is_offered = false;
	if (node->parent == NULL) {
		TAILQ_REMOVE(&node->scheduler->host->ready, node->scheduler, in_ready);
		return;
	}
	TAILQ_REMOVE(&node->parent->shared, node, in_shared);
	if (node->deficit > 0) /* turns are not saved up, debts are not forgotten */
		node->deficit = 0;
	leave_strict(node);
	leave_reserved(node);
	dvs_wheel_remove(&node->reserve_timer.entry);
}

static void hold(struct dvs_scheduler_node *node, uint64_t now)
{
	uint64_t at = now;

	if (!dvs_bucket_has(&node->limit, now))
		at = dvs_bucket_ready(&node->limit, now);
	if (!dvs_bucket_has(&node->packets, now) && dvs_bucket_ready(&node->packets, now) > at)
		at = dvs_bucket_ready(&node->packets, now);
	dvs_wheel_add(&node->scheduler->host->wheel, &node->hold_timer.entry, at);
}

/* The node has frames, and had none before: it and those above are offered, or wait. */
static void activate(struct dvs_scheduler_node *node, uint64_t now)
{
	while (node != NULL && !node->is_offered && !dvs_wheel_has(&node->hold_timer.entry)) {
		if (!is_allowed(node, now)) {
			hold(node, now);
			return;
		}
		offer(node, now);
		node = node->parent;
	}
}

void dvs_scheduler_attach(struct dvs_scheduler *scheduler, struct dvs_scheduler_host *host,
			  uint64_t now)
{
	scheduler->host = host;
	for (uint32_t i = 1; i < scheduler->n_nodes; i++)
		set_quantum(&scheduler->nodes[i]);
	for (uint32_t i = 0; i < scheduler->n_nodes; i++)
		if (scheduler->nodes[i].first != NULL)
			activate(&scheduler->nodes[i], now);
}

void dvs_scheduler_detach(struct dvs_scheduler *scheduler)
{
	if (scheduler->host == NULL)
		return;
	for (uint32_t i = scheduler->n_nodes; i-- > 0;) {
		struct dvs_scheduler_node *node = &scheduler->nodes[i];

		dvs_wheel_remove(&node->hold_timer.entry);
		dvs_wheel_remove(&node->reserve_timer.entry);
		if (node->is_offered && node->parent == NULL)
			TAILQ_REMOVE(&scheduler->host->ready, scheduler, in_ready);
		node->is_offered = node->is_in_strict = node->is_in_reserved = false;
		if (node->deficit > 0)
			node->deficit = 0;
		TAILQ_INIT(&node->strict);
		TAILQ_INIT(&node->reserved);
		TAILQ_INIT(&node->shared);
	}
	scheduler->host = NULL;
}

static void on_expiry(struct dvs_wheel_entry *entry, void *arg)
{
	struct dvs_scheduler_timer *timer = CONTAINER_OF(entry, struct dvs_scheduler_timer, entry);
	struct dvs_scheduler_host *host = arg;

	if (timer->kind == DVS_SCHEDULER_HOLD)
		activate(timer->node, host->now);
	else
		enter_reserved(timer->node, host->now);
}

void dvs_scheduler_expire(struct dvs_scheduler_host *host, uint64_t now)
{
	host->now = now;
	dvs_wheel_expire(&host->wheel, now, on_expiry, host);
}

/* ---- frames ---- */

/*
 * Counts what is sent. What goes by its reservation or priority is paid for to the last byte. What
 * goes otherwise counts, too, or a child would get its share on top of its reservation; but who had
 * more than that for long is not to wait for as long when others come.
 */
static void count_right(struct dvs_bucket *bucket, uint64_t now, uint32_t bytes, bool is_by_right)
{
	if (is_by_right)
		dvs_bucket_take(bucket, now, bytes);
	else
		dvs_bucket_take_bounded(bucket, now, bytes);
}

static void charge(struct dvs_scheduler_node *node, uint64_t now,
		   const struct dvs_scheduler_cost *cost, enum dvs_scheduler_list_kind from)
{
	dvs_bucket_take(&node->limit, now, cost->bytes);
	dvs_bucket_take(&node->packets, now, cost->frames);
	count_right(&node->reservation, now, cost->bytes, from == DVS_SCHEDULER_RESERVED);
	if (node->is_strict)
		count_right(&node->scheduler->ceiling, now, cost->bytes,
			    from == DVS_SCHEDULER_STRICT);
}

bool dvs_scheduler_pass(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			uint64_t now, const struct dvs_scheduler_cost *cost)
{
	struct dvs_scheduler_node *node;

	if (leaf->first != NULL || scheduler->nodes[0].is_offered)
		return false;
	for (node = leaf; node != NULL; node = node->parent)
		if (dvs_wheel_has(&node->hold_timer.entry) || !is_allowed(node, now))
			return false;
	for (node = leaf; node != NULL; node = node->parent)
		charge(node, now, cost, DVS_SCHEDULER_SHARED);
	return true;
}

void dvs_scheduler_push(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			struct dvs_scheduler_item *item, uint64_t now)
{
	item->next = NULL;
	item->since = now;
	scheduler->n_items++;
	leaf->n_items++;
	leaf->bytes += item->cost.bytes;
	if (leaf->first != NULL) {
		leaf->last->next = item;
		leaf->last = item;
		return;
	}
	leaf->first = leaf->last = item;
	if (scheduler->host != NULL)
		activate(leaf, now);
}

struct dvs_scheduler_item *dvs_scheduler_pop(struct dvs_scheduler_node *leaf)
{
	struct dvs_scheduler_item *item = leaf->first;

	if (item == NULL)
		return NULL;
	leaf->first = item->next;
	leaf->scheduler->n_items--;
	leaf->n_items--;
	leaf->bytes -= item->cost.bytes;
	return item;
}

static void move_to_tail(struct dvs_scheduler_node *node)
{
	TAILQ_REMOVE(&node->parent->shared, node, in_shared);
	TAILQ_INSERT_TAIL(&node->parent->shared, node, in_shared);
}

/* The child whose turn it is. Each that has nothing left gets its quantum for the next turn. */
static struct dvs_scheduler_node *pick_shared(struct dvs_scheduler_node *parent)
{
	struct dvs_scheduler_node *node;

	while ((node = TAILQ_FIRST(&parent->shared))->deficit <= 0) {
		node->deficit += node->quantum;
		move_to_tail(node);
	}
	return node;
}

struct dvs_scheduler_node *dvs_scheduler_pick(struct dvs_scheduler *scheduler, uint64_t now)
{
	bool has_priority = dvs_bucket_has(&scheduler->ceiling, now);
	struct dvs_scheduler_node *node = &scheduler->nodes[0];

	while (node->is_inner) {
		struct dvs_scheduler_node *parent = node;
		enum dvs_scheduler_list_kind from = DVS_SCHEDULER_STRICT;

		node = has_priority ? TAILQ_FIRST(&parent->strict) : NULL;
		if (node == NULL) {
			from = DVS_SCHEDULER_RESERVED;
			node = TAILQ_FIRST(&parent->reserved);
		}
		if (node == NULL) {
			from = DVS_SCHEDULER_SHARED;
			node = pick_shared(parent);
		}
		node->taken_from = from;
	}
	return node;
}

/* One of its frames was sent, and it has more: it goes behind the others of the list. */
static void take_turn(struct dvs_scheduler_node *node, uint64_t now)
{
	struct dvs_scheduler_node *parent = node->parent;

	if (node->is_in_reserved && !dvs_bucket_has(&node->reservation, now)) {
		leave_reserved(node);
		enter_reserved(node, now); /* waits */
	}
	if (node->taken_from == DVS_SCHEDULER_STRICT && node->is_in_strict) {
		TAILQ_REMOVE(&parent->strict, node, in_strict);
		TAILQ_INSERT_TAIL(&parent->strict, node, in_strict);
	} else if (node->taken_from == DVS_SCHEDULER_RESERVED && node->is_in_reserved) {
		TAILQ_REMOVE(&parent->reserved, node, in_reserved);
		TAILQ_INSERT_TAIL(&parent->reserved, node, in_reserved);
	} else if (node->taken_from == DVS_SCHEDULER_SHARED && node->deficit <= 0) {
		node->deficit += node->quantum;
		move_to_tail(node);
	}
}

void dvs_scheduler_sent(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			uint64_t now, const struct dvs_scheduler_cost *cost)
{
	(void)scheduler;
	for (struct dvs_scheduler_node *node = leaf; node != NULL; node = node->parent) {
		charge(node, now, cost, node->taken_from);
		if (node->taken_from == DVS_SCHEDULER_SHARED)
			node->deficit -= cost->bytes;
		if (!has_frames(node)) {
			withdraw(node);
		} else if (!is_allowed(node, now)) {
			withdraw(node);
			hold(node, now);
		} else if (node->parent != NULL) {
			take_turn(node, now);
		}
	}
}
