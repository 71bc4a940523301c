/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scheduler.h - which of the frames that wait for one destination goes next, and when.
 *
 * A tree. Its leaves are queues of frames; its root is the destination. For a VM's port the leaves
 * are classes below the root; for an uplink the levels are port group, port and class. Each node
 * has
 * - a limit (and one in packets): it never gets more, even when nobody else wants it;
 * - a reservation: what it gets in any case while it has frames;
 * - shares: in proportion to them siblings divide what is left.
 * What a node does not use its siblings get. A leaf can be strict: it goes before all others, while
 * all strict leaves of the tree together keep to the ceiling; what is more has its shares.
 *
 * A node is *offered* to its parent when it has frames and its limit allows one. The parent keeps
 * its offered children in three lists, and takes the next one from the first that is not empty:
 *	strict		strict leaves, and nodes above such, while the ceiling allows it
 *	reserved	children whose reservation has something left; in turn
 *	shared		all, by deficit round robin (Shreedhar and Varghese, "Efficient Fair Queuing
 *			using Deficit Round Robin", 1995) in the form in which a child may overdraw
 *			and pays in its next turn, as the length of what a subtree will send is
 *			not known before
 * What is sent counts for the limits and reservations of all nodes on its way, but for the turn of
 * a child only where it was taken by its turn. So what a child gets is the larger of its
 * reservation and its share, within its limit; and priority comes before shares are divided. A
 * reservation below another node is a reservation of that node, too: who makes the tree sees to it.
 *
 * Each step looks at a list's head only: the cost of a frame does not depend on how many queues
 * there are. (Turns that a child needs to pay for a long frame, or one of few shares to save for
 * its next, are some per 1.5 KB of it.)
 *
 * Nodes that wait for their limit or reservation are entries of a timing wheel, as long as they
 * have frames; without frames nothing of a tree is anywhere. Wheel, and the list of trees that have
 * something to send now, are the host's (struct dvs_scheduler_host), one for each worker.
 *
 * A frame is an item that is part of what holds the frame; the tree neither looks into frames nor
 * frees them. What becomes of queues that stand is the caller's business (codel.h).
 *
 * Threads: a host and its trees belong to one thread at a time.
 *
 *	s = dvs_scheduler_create(3, tsc_hz);
 *	root = dvs_scheduler_add(s, NULL, &(struct dvs_scheduler_params){.limit = 100000000});
 *	a = dvs_scheduler_add(s, root, &(struct dvs_scheduler_params){.shares = 1});
 *	b = dvs_scheduler_add(s, root, &(struct dvs_scheduler_params){.shares = 3});
 *	dvs_scheduler_attach(s, host, now);
 *
 *	if (dvs_scheduler_pass(s, a, now, &cost))
 *		send the frame; it does not have to wait
 *	else
 *		dvs_scheduler_push(s, a, item, now);
 *	...
 *	dvs_scheduler_expire(host, now);
 *	while ((s = TAILQ_FIRST(&host->ready)) != NULL) {
 *		leaf = dvs_scheduler_pick(s, now);
 *		item = dvs_scheduler_pop(leaf);
 *		dvs_scheduler_sent(s, leaf, now, &item->cost);
 *		send it
 *	}
 */
#ifndef DVS_SCHEDULER_H
#define DVS_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bucket.h"
#include "wheel.h"

#define DVS_SCHEDULER_SHARES_MAX 10000
#define DVS_SCHEDULER_DEPTH	 4 /* levels below the root, at most */

/* What a frame counts. */
struct dvs_scheduler_cost {
	uint32_t bytes;	 /* at most DVS_BUCKET_UNITS_MAX */
	uint32_t frames; /* as it leaves: segments of a GSO frame */
};

struct dvs_scheduler_item {
	struct dvs_scheduler_item *next;
	uint64_t since; /* cycles: when it was pushed */
	struct dvs_scheduler_cost cost;
};

/* Rates in bits a second; all zero: no limit, nothing reserved, one share. */
struct dvs_scheduler_params {
	uint64_t limit;
	uint64_t burst;	  /* bytes that may go at once; 0: 1 ms of the limit, 3000 at least */
	uint64_t packets; /* limit in packets a second, 1 ms and two of them at once */
	uint64_t reservation;
	uint64_t ceiling; /* of a strict leaf: the same for all of the tree; 0: none */
	uint32_t shares;
	bool is_strict; /* of a leaf; reservation is not looked at */
};

struct dvs_scheduler;
struct dvs_scheduler_node;

TAILQ_HEAD(dvs_scheduler_nodes, dvs_scheduler_node);

enum dvs_scheduler_list_kind {
	DVS_SCHEDULER_SHARED,
	DVS_SCHEDULER_RESERVED,
	DVS_SCHEDULER_STRICT,
};

enum dvs_scheduler_timer_kind {
	DVS_SCHEDULER_HOLD,    /* until the limit allows a frame */
	DVS_SCHEDULER_RESERVE, /* until the reservation has something again */
};

struct dvs_scheduler_timer {
	struct dvs_wheel_entry entry;
	struct dvs_scheduler_node *node;
	enum dvs_scheduler_timer_kind kind;
};

/* Its members are the scheduler's own, but for those that say otherwise. */
struct dvs_scheduler_node {
	struct dvs_scheduler *scheduler;
	struct dvs_scheduler_node *parent;

	/* Of a leaf: what waits. Anybody reads. */
	struct dvs_scheduler_item *first, *last;
	uint32_t n_items;
	uint64_t bytes;

	/* Offered children. */
	struct dvs_scheduler_nodes strict, reserved, shared;

	TAILQ_ENTRY(dvs_scheduler_node) in_strict, in_reserved, in_shared; /* of the parent */
	bool is_offered;
	bool is_in_strict, is_in_reserved;
	enum dvs_scheduler_list_kind taken_from; /* by the last pick */
	bool is_strict;
	bool is_inner; /* has children */
	int64_t deficit;
	uint32_t quantum, shares;
	uint32_t least_shares, most_shares; /* of its children */

	struct dvs_bucket limit, packets;
	struct dvs_bucket reservation;
	struct dvs_scheduler_timer hold_timer, reserve_timer;
};

TAILQ_HEAD(dvs_scheduler_list, dvs_scheduler);

struct dvs_scheduler_host {
	struct dvs_wheel wheel;
	struct dvs_scheduler_list ready; /* something may go now */
	uint64_t now;			 /* of the expiry under way */
};

struct dvs_scheduler {
	void *owner;			 /* whoever made it may put something here */
	struct dvs_scheduler_host *host; /* NULL: attached to none */
	TAILQ_ENTRY(dvs_scheduler) in_ready;
	uint64_t tsc_hz;
	struct dvs_bucket ceiling; /* of strict leaves */
	uint32_t n_items;	   /* in all queues; anybody reads */
	uint32_t n_nodes, max_nodes;
	struct dvs_scheduler_node nodes[];
};

void dvs_scheduler_host_init(struct dvs_scheduler_host *host, uint8_t tick_shift, uint64_t now);

/* An empty tree for so many nodes. NULL: no memory. */
struct dvs_scheduler *dvs_scheduler_create(uint32_t max_nodes, uint64_t tsc_hz);

/* It is attached nowhere and its queues are empty. NULL is accepted. */
void dvs_scheduler_free(struct dvs_scheduler *scheduler);

/* The first node, whose parent is NULL, is the root. Before _attach. */
struct dvs_scheduler_node *dvs_scheduler_add(struct dvs_scheduler *scheduler,
					     struct dvs_scheduler_node *parent,
					     const struct dvs_scheduler_params *params);

/* Between the two it is the host's. Queues stay as they are. */
void dvs_scheduler_attach(struct dvs_scheduler *scheduler, struct dvs_scheduler_host *host,
			  uint64_t now);
void dvs_scheduler_detach(struct dvs_scheduler *scheduler);

/* What limits and reservations of a node have left passes on to one of another tree, with roots the
 * ceiling's, too. Not attached. */
void dvs_scheduler_inherit(struct dvs_scheduler_node *node, const struct dvs_scheduler_node *from,
			   uint64_t now);

/* May a frame of that cost go now without waiting? If so it is counted. */
bool dvs_scheduler_pass(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			uint64_t now, const struct dvs_scheduler_cost *cost);

/* The item, whose cost is set, waits at the end of the leaf's queue. Attached or not. */
void dvs_scheduler_push(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			struct dvs_scheduler_item *item, uint64_t now);

/* The leaf whose turn it is. The tree is in its host's list of ready ones; _sent follows. */
struct dvs_scheduler_node *dvs_scheduler_pick(struct dvs_scheduler *scheduler, uint64_t now);

/* Takes the first of its queue out; NULL when it is empty. With the tree attached: of the leaf that
 * was picked, before _sent. */
struct dvs_scheduler_item *dvs_scheduler_pop(struct dvs_scheduler_node *leaf);

/* A frame of that cost of the leaf that was picked is sent; all zero: none was. */
void dvs_scheduler_sent(struct dvs_scheduler *scheduler, struct dvs_scheduler_node *leaf,
			uint64_t now, const struct dvs_scheduler_cost *cost);

/* Nodes whose waiting ends by now are offered again. */
void dvs_scheduler_expire(struct dvs_scheduler_host *host, uint64_t now);

/* When to call that: dvs_wheel_next. */
static inline uint64_t dvs_scheduler_next(const struct dvs_scheduler_host *host)
{
	return dvs_wheel_next(&host->wheel);
}

#endif
