/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/tables/scheduler: limits, reservations, shares and priority; against an exact twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "random.h"
#include "scheduler.h"
#include "scheduler_twin.h"

#define HZ	   UINT64_C(2100000000)
#define US	   (HZ / 1000000)
#define MS	   (HZ / 1000)
#define TICK_SHIFT 11 /* about a microsecond */
#define MBPS	   UINT64_C(1000000)

/* A tree with its twin; leaves whose queues a test keeps full are those with demand. */
struct tree {
	struct dvs_scheduler *scheduler;
	struct dvs_scheduler_host host;
	struct scheduler_twin twin;
	struct dvs_scheduler_node *nodes[TWIN_NODES_MAX];
	int n;
	uint64_t now, sent[TWIN_NODES_MAX];    /* bytes */
	uint32_t length[TWIN_NODES_MAX];       /* of frames of a leaf with demand; 0: none */
	uint64_t longest_wait[TWIN_NODES_MAX]; /* of a frame at the head of its queue */
	uint64_t pushed[TWIN_NODES_MAX], popped[TWIN_NODES_MAX]; /* serial numbers */
};

/* The frame's serial number follows the item. */
struct frame {
	struct dvs_scheduler_item item;
	uint64_t serial;
};

static void tree_init(struct tree *tree)
{
	memset(tree, 0, sizeof(*tree));
	tree->now = 77 * HZ;
	tree->scheduler = dvs_scheduler_create(TWIN_NODES_MAX, HZ);
	assert_non_null(tree->scheduler);
	dvs_scheduler_host_init(&tree->host, TICK_SHIFT, tree->now);
	/* Timers are late by a tick, and by the step in which the test moves time. */
	scheduler_twin_init(&tree->twin, HZ, tree->now, 4 * US);
}

static int tree_add(struct tree *tree, int parent, struct dvs_scheduler_params params)
{
	tree->nodes[tree->n] = dvs_scheduler_add(tree->scheduler,
						 parent < 0 ? NULL : tree->nodes[parent], &params);
	assert_int_equal(scheduler_twin_add(&tree->twin, parent, &params), tree->n);
	return tree->n++;
}

static void tree_start(struct tree *tree)
{
	dvs_scheduler_attach(tree->scheduler, &tree->host, tree->now);
}

static void tree_free(struct tree *tree)
{
	dvs_scheduler_detach(tree->scheduler);
	for (int i = 0; i < tree->n; i++) {
		struct dvs_scheduler_item *item;

		while ((item = dvs_scheduler_pop(tree->nodes[i])) != NULL)
			free(item);
	}
	assert_int_equal(tree->scheduler->n_items, 0);
	dvs_scheduler_free(tree->scheduler);
}

static void complain(const struct tree *tree, const char *problem, int leaf)
{
	if (problem != NULL)
		fail_msg("at %llu us: leaf %d %s", (unsigned long long)(tree->now / US), leaf,
			 problem);
}

static void push(struct tree *tree, int leaf, uint32_t bytes)
{
	struct frame *frame = malloc(sizeof(*frame));

	assert_non_null(frame);
	frame->item.cost = (struct dvs_scheduler_cost){bytes, 1};
	frame->serial = tree->pushed[leaf]++;
	dvs_scheduler_push(tree->scheduler, tree->nodes[leaf], &frame->item, tree->now);
}

/* A frame comes: it goes at once or waits. */
static void arrive(struct tree *tree, int leaf, uint32_t bytes)
{
	struct dvs_scheduler_cost cost = {bytes, 1};

	if (dvs_scheduler_pass(tree->scheduler, tree->nodes[leaf], tree->now, &cost)) {
		complain(tree, scheduler_twin_pass(&tree->twin, leaf, &cost), leaf);
		tree->sent[leaf] += bytes;
		return;
	}
	complain(tree, scheduler_twin_push(&tree->twin, leaf), leaf);
	push(tree, leaf, bytes);
}

static int index_of(const struct tree *tree, const struct dvs_scheduler_node *node)
{
	for (int i = 0; i < tree->n; i++)
		if (tree->nodes[i] == node)
			return i;
	fail_msg("not a node of the tree");
	return -1;
}

static void send_one(struct tree *tree)
{
	struct dvs_scheduler_node *node = dvs_scheduler_pick(tree->scheduler, tree->now);
	struct frame *frame = (struct frame *)dvs_scheduler_pop(node);
	int leaf = index_of(tree, node);
	uint64_t waited;

	assert_non_null(frame);
	assert_int_equal(frame->serial, tree->popped[leaf]);
	tree->popped[leaf]++;
	waited = tree->now - frame->item.since;
	if (waited > tree->longest_wait[leaf])
		tree->longest_wait[leaf] = waited;
	complain(tree, scheduler_twin_sent(&tree->twin, leaf, &frame->item.cost), leaf);
	tree->sent[leaf] += frame->item.cost.bytes;
	if (tree->length[leaf] != 0) { /* demand: another one, before the queue is empty */
		push(tree, leaf, tree->length[leaf]);
		tree->twin.nodes[leaf].n++;
	}
	dvs_scheduler_sent(tree->scheduler, node, tree->now, &frame->item.cost);
	free(frame);
}

static void run_until(struct tree *tree, uint64_t now, unsigned int max)
{
	tree->now = now;
	scheduler_twin_time(&tree->twin, now);
	if (dvs_scheduler_next(&tree->host) <= now)
		dvs_scheduler_expire(&tree->host, now);
	while (!TAILQ_EMPTY(&tree->host.ready) && max-- != 0)
		send_one(tree);
	if (TAILQ_EMPTY(&tree->host.ready))
		complain(tree, scheduler_twin_rests(&tree->twin), 0);
}

static void demand(struct tree *tree, int leaf, uint32_t length)
{
	tree->length[leaf] = length;
	arrive(tree, leaf, length);
	while (tree->nodes[leaf]->first == NULL)
		arrive(tree, leaf, length);
	arrive(tree, leaf, length);
}

static void run_for(struct tree *tree, uint64_t cycles)
{
	uint64_t end = tree->now + cycles;

	while (tree->now < end)
		run_until(tree, tree->now + US, 1000);
}

/* Megabits a second of the leaf since the counters were cleared. */
static double mbps(const struct tree *tree, int leaf, uint64_t cycles)
{
	return (double)tree->sent[leaf] * 8 * (double)HZ / (double)cycles / 1e6;
}

static void near(double got, double wanted, double percent, const char *what)
{
	if (got < wanted * (1 - percent / 100) || got > wanted * (1 + percent / 100))
		fail_msg("%s: %.3f instead of %.3f", what, got, wanted);
}

static void limits_are_exact(void **state)
{
	static const struct {
		uint64_t mbps;
		uint32_t length;
		uint64_t ms;
	} cases[] = {{1, 64, 1000},    {1, 1514, 4000},	  {10, 64, 200}, {100, 1514, 200},
		     {1000, 1514, 50}, {10000, 1514, 20}, {10000, 64, 5}};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		uint64_t cycles = cases[i].ms * MS;
		struct tree tree;
		int leaf;

		tree_init(&tree);
		leaf = tree_add(
			&tree,
			tree_add(&tree, -1,
				 (struct dvs_scheduler_params){.limit = cases[i].mbps * MBPS}),
			(struct dvs_scheduler_params){0});
		tree_start(&tree);
		demand(&tree, leaf, cases[i].length);
		run_for(&tree, 10 * MS);
		memset(tree.sent, 0, sizeof(tree.sent));
		run_for(&tree, cycles);
		near(mbps(&tree, leaf, cycles), (double)cases[i].mbps, 1, "a limit");
		tree_free(&tree);
	}
}

/* Also in each window of 100 ms. */
static void windows_are_exact(void **state)
{
	struct tree tree;
	int leaf;

	(void)state;
	tree_init(&tree);
	leaf = tree_add(&tree,
			tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 100 * MBPS}),
			(struct dvs_scheduler_params){0});
	tree_start(&tree);
	demand(&tree, leaf, 1514);
	run_for(&tree, 10 * MS);
	for (unsigned int i = 0; i < 10; i++) {
		memset(tree.sent, 0, sizeof(tree.sent));
		run_for(&tree, 100 * MS);
		near(mbps(&tree, leaf, 100 * MS), 100, 1, "a window");
	}
	tree_free(&tree);
}

static void packets_are_limited(void **state)
{
	struct tree tree;
	int leaf;

	(void)state;
	tree_init(&tree);
	leaf = tree_add(
		&tree,
		tree_add(&tree, -1,
			 (struct dvs_scheduler_params){.limit = 1000 * MBPS, .packets = 20000}),
		(struct dvs_scheduler_params){0});
	tree_start(&tree);
	demand(&tree, leaf, 1000);
	run_for(&tree, 10 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	near(mbps(&tree, leaf, 100 * MS), 160, 1, "packets");
	tree_free(&tree);
}

static void a_burst_is_what_it_says(void **state)
{
	struct dvs_scheduler_cost cost = {1000, 1};
	unsigned int n = 0;
	struct tree tree;
	int leaf;

	(void)state;
	tree_init(&tree);
	leaf = tree_add(&tree,
			tree_add(&tree, -1,
				 (struct dvs_scheduler_params){.limit = 8 * MBPS, .burst = 50000}),
			(struct dvs_scheduler_params){0});
	tree_start(&tree);
	while (dvs_scheduler_pass(tree.scheduler, tree.nodes[leaf], tree.now, &cost))
		n++;
	assert_int_equal(n, 50);
	tree.now += 10 * MS; /* 10 of them */
	for (n = 0; dvs_scheduler_pass(tree.scheduler, tree.nodes[leaf], tree.now, &cost);)
		n++;
	assert_in_range(n, 10, 11);
	tree_free(&tree);
}

static void shares_divide_the_rest(void **state)
{
	static const uint32_t shares[] = {1, 2, 3, 10, 50};
	static const uint32_t lengths[] = {1514, 64, 600, 9014, 300};
	struct tree tree;
	int root, leaf[COUNT_OF(shares)];

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	for (unsigned int i = 0; i < COUNT_OF(shares); i++)
		leaf[i] = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = shares[i]});
	tree_start(&tree);
	for (unsigned int i = 0; i < COUNT_OF(shares); i++)
		demand(&tree, leaf[i], lengths[i]);
	run_for(&tree, 10 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 200 * MS);
	for (unsigned int i = 0; i < COUNT_OF(shares); i++)
		near(mbps(&tree, leaf[i], 200 * MS), 1000.0 * shares[i] / 66, 2, "a share");
	tree_free(&tree);
}

/* Two groups of which one has twice the shares, with one and two ports of unequal shares. */
static void shares_divide_at_each_level(void **state)
{
	struct tree tree;
	int root, a, b, leaf[3];

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 900 * MBPS});
	a = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 100});
	b = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 200});
	leaf[0] = tree_add(&tree, a, (struct dvs_scheduler_params){0});
	leaf[1] = tree_add(&tree, b, (struct dvs_scheduler_params){.shares = 50});
	leaf[2] = tree_add(&tree, b, (struct dvs_scheduler_params){.shares = 150});
	tree_start(&tree);
	for (unsigned int i = 0; i < 3; i++)
		demand(&tree, leaf[i], 1514);
	run_for(&tree, 10 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	near(mbps(&tree, leaf[0], 100 * MS), 300, 2, "the first group");
	near(mbps(&tree, leaf[1], 100 * MS), 150, 2, "the smaller port");
	near(mbps(&tree, leaf[2], 100 * MS), 450, 2, "the larger port");
	tree_free(&tree);
}

static void unused_shares_are_lent(void **state)
{
	struct tree tree;
	int root, limited, leaf;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	limited = tree_add(&tree, root,
			   (struct dvs_scheduler_params){.limit = 100 * MBPS, .shares = 900});
	leaf = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 100});
	tree_start(&tree);
	demand(&tree, limited, 1514);
	demand(&tree, leaf, 1514);
	run_for(&tree, 10 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	near(mbps(&tree, limited, 100 * MS), 100, 1, "the limited one");
	near(mbps(&tree, leaf, 100 * MS), 900, 1, "the other");
	tree_free(&tree);
}

/* What a child gets is the larger of its reservation and its share. */
static void reservations_are_kept(void **state)
{
	struct tree tree;
	int root, small, large, others[8];

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	large = tree_add(&tree, root, (struct dvs_scheduler_params){.reservation = 500 * MBPS});
	small = tree_add(&tree, root, (struct dvs_scheduler_params){.reservation = 20 * MBPS});
	for (unsigned int i = 0; i < COUNT_OF(others); i++)
		others[i] = tree_add(&tree, root, (struct dvs_scheduler_params){0});
	tree_start(&tree);
	demand(&tree, large, 1514);
	demand(&tree, small, 64);
	for (unsigned int i = 0; i < COUNT_OF(others); i++)
		demand(&tree, others[i], 1514);
	run_for(&tree, 50 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 200 * MS);
	near(mbps(&tree, large, 200 * MS), 500, 2, "the large reservation");
	near(mbps(&tree, small, 200 * MS), 500.0 / 9, 2, "the small reservation");
	near(mbps(&tree, others[3], 200 * MS), 500.0 / 9, 2, "the others");
	tree_free(&tree);
}

static void priority_waits_for_one_frame_at_most(void **state)
{
	struct tree tree;
	int root, voice, bulk;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	voice = tree_add(&tree, root,
			 (struct dvs_scheduler_params){.is_strict = true, .ceiling = 100 * MBPS});
	bulk = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 1000});
	tree_start(&tree);
	demand(&tree, bulk, 1514);
	for (unsigned int i = 0; i < 500; i++) {
		run_for(&tree, 100 * US);
		arrive(&tree, voice, 200);
	}
	assert_in_range(tree.longest_wait[voice], 1, 40 * US);
	tree_free(&tree);
}

/* Above its ceiling it has its share as others. */
static void priority_keeps_to_its_ceiling(void **state)
{
	struct tree tree;
	int root, group, voice, bulk;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	group = tree_add(&tree, root, (struct dvs_scheduler_params){0});
	voice = tree_add(&tree, group,
			 (struct dvs_scheduler_params){.is_strict = true, .ceiling = 200 * MBPS});
	bulk = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 9});
	tree_start(&tree);
	demand(&tree, voice, 1514);
	demand(&tree, bulk, 1514);
	run_for(&tree, 50 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	near(mbps(&tree, voice, 100 * MS), 200, 2, "priority");
	near(mbps(&tree, bulk, 100 * MS), 800, 2, "the rest");
	tree_free(&tree);
}

/* All that are strict share the ceiling, or many of them would leave nothing to others. */
static void the_ceiling_is_of_all(void **state)
{
	struct tree tree;
	int root, voice[8], bulk;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	for (unsigned int i = 0; i < COUNT_OF(voice); i++)
		voice[i] = tree_add(
			&tree, tree_add(&tree, root, (struct dvs_scheduler_params){0}),
			(struct dvs_scheduler_params){.is_strict = true, .ceiling = 400 * MBPS});
	bulk = tree_add(&tree, root, (struct dvs_scheduler_params){.shares = 92});
	tree_start(&tree);
	demand(&tree, bulk, 1514);
	for (unsigned int i = 0; i < COUNT_OF(voice); i++)
		demand(&tree, voice[i], 300);
	run_for(&tree, 50 * MS);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	for (unsigned int i = 0; i < COUNT_OF(voice); i++)
		near(mbps(&tree, voice[i], 100 * MS), 50, 2, "one with priority");
	near(mbps(&tree, bulk, 100 * MS), 600, 2, "the rest");
	tree_free(&tree);
}

/* Everybody with frames is served, whatever the others' shares, lengths and number. */
static void nobody_starves(void **state)
{
	struct tree tree;
	int root, leaf[100];

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = 1000 * MBPS});
	for (unsigned int i = 0; i < COUNT_OF(leaf); i++)
		leaf[i] = tree_add(&tree, root,
				   (struct dvs_scheduler_params){.shares = i == 0 ? 1 : 20});
	tree_start(&tree);
	for (unsigned int i = 0; i < COUNT_OF(leaf); i++)
		demand(&tree, leaf[i], i % 2 == 0 ? 64 : 1514);
	run_for(&tree, 300 * MS);
	/* A round is 99 turns of 20 * 1536 bytes and one of a twentieth. */
	for (unsigned int i = 0; i < COUNT_OF(leaf); i++)
		assert_in_range(tree.longest_wait[leaf[i]], 1, 40 * MS);
	tree_free(&tree);
}

static void an_idle_tree_is_nowhere(void **state)
{
	struct tree tree;
	int root, leaf;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, (struct dvs_scheduler_params){.limit = MBPS});
	leaf = tree_add(&tree, root, (struct dvs_scheduler_params){.reservation = 1000});
	tree_start(&tree);
	assert_int_equal(dvs_scheduler_next(&tree.host), UINT64_MAX);
	for (unsigned int i = 0; i < 10; i++)
		arrive(&tree, leaf, 1500);
	assert_int_not_equal(dvs_scheduler_next(&tree.host), UINT64_MAX);
	for (unsigned int i = 0; i < 1000; i++)
		run_until(&tree, tree.now + MS, 10);
	assert_int_equal(tree.sent[leaf], 15000);
	dvs_scheduler_expire(&tree.host, tree.now + 1000 * HZ); /* slots that are empty by now */
	assert_int_equal(dvs_scheduler_next(&tree.host), UINT64_MAX);
	assert_true(TAILQ_EMPTY(&tree.host.ready));
	tree_free(&tree);
}

/* Queues move to another host, and a limit that changes gives nothing away. */
static void trees_move_and_change(void **state)
{
	struct dvs_scheduler_params params = {.limit = 10 * MBPS};
	struct dvs_scheduler *next;
	struct dvs_scheduler_cost cost = {1000, 1};
	struct tree tree;
	int root, leaf;

	(void)state;
	tree_init(&tree);
	root = tree_add(&tree, -1, params);
	leaf = tree_add(&tree, root, (struct dvs_scheduler_params){0});
	tree_start(&tree);
	demand(&tree, leaf, 1000);
	run_for(&tree, 20 * MS);
	dvs_scheduler_detach(tree.scheduler);
	dvs_scheduler_expire(&tree.host, tree.now + HZ);
	assert_true(TAILQ_EMPTY(&tree.host.ready));
	assert_int_equal(dvs_scheduler_next(&tree.host), UINT64_MAX);
	dvs_scheduler_host_init(&tree.host, TICK_SHIFT, tree.now);
	tree_start(&tree);
	memset(tree.sent, 0, sizeof(tree.sent));
	run_for(&tree, 100 * MS);
	near(mbps(&tree, leaf, 100 * MS), 10, 3, "the same limit at another host");

	params.limit = 1000 * MBPS;
	params.burst = 500000;
	next = dvs_scheduler_create(1, HZ);
	assert_non_null(next);
	dvs_scheduler_inherit(dvs_scheduler_add(next, NULL, &params), tree.nodes[root], tree.now);
	dvs_scheduler_attach(next, &tree.host, tree.now);
	assert_false(dvs_scheduler_pass(next, &next->nodes[0], tree.now, &cost));
	assert_true(dvs_scheduler_pass(next, &next->nodes[0], tree.now + MS, &cost));
	dvs_scheduler_detach(next);
	dvs_scheduler_free(next);
	tree_free(&tree);
}

static struct dvs_scheduler_params random_params(bool is_leaf)
{
	struct dvs_scheduler_params params = {.shares = 1 + random_below(20)};

	if (random_below(3) == 0)
		params.limit = (1 + random_below(500)) * MBPS;
	if (random_below(4) == 0)
		params.reservation = (1 + random_below(20)) * MBPS;
	if (random_below(8) == 0)
		params.packets = 1000 + random_below(100000);
	if (is_leaf && random_below(6) == 0) {
		params.is_strict = true;
		params.ceiling = 30 * MBPS;
	}
	return params;
}

/* Reservations below a node are the node's. */
static void reserve_above(struct dvs_scheduler_params *above,
			  const struct dvs_scheduler_params *below)
{
	if (!below->is_strict)
		above->reservation += below->reservation;
}

static void random_tree(struct tree *tree, int *leaves, unsigned int *n_leaves)
{
	struct dvs_scheduler_params of[4], under[4][5];
	int root, groups = 1 + (int)random_below(4);

	*n_leaves = 0;
	root = tree_add(tree, -1,
			(struct dvs_scheduler_params){.limit = (300 + random_below(700)) * MBPS});
	for (int g = 0; g < groups; g++) {
		int n = 1 + (int)random_below(5), group;

		of[g] = random_params(false);
		for (int i = 0; i < n; i++) {
			under[g][i] = random_params(true);
			reserve_above(&of[g], &under[g][i]);
		}
		group = tree_add(tree, root, of[g]);
		for (int i = 0; i < n; i++)
			leaves[(*n_leaves)++] = tree_add(tree, group, under[g][i]);
	}
}

/* Random trees, loads, gaps and amounts that can be sent at once. */
static void agrees_with_the_twin(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 150; round++) {
		unsigned int n, busy = 1 + random_below(100);
		struct tree tree;
		int leaves[20];

		tree_init(&tree);
		random_tree(&tree, leaves, &n);
		tree_start(&tree);
		for (unsigned int step = 0; step < 4000; step++) {
			if (random_below(500) == 0)
				busy = 1 + random_below(100);
			for (unsigned int i = random_below(4); i > 0 && random_below(100) < busy;
			     i--)
				arrive(&tree, leaves[random_below(n)], 64 + random_below(1450));
			if (random_below(50) == 0)
				arrive(&tree, leaves[random_below(n)], 65536);
			run_until(&tree, tree.now + US + random_below((uint32_t)US),
				  random_below(20) == 0 ? 1 : 64);
			if (random_below(2000) == 0)
				run_for(&tree, 2 * MS);
		}
		tree_free(&tree);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(windows_are_exact),
		cmocka_unit_test(packets_are_limited),
		cmocka_unit_test(a_burst_is_what_it_says),
		cmocka_unit_test(shares_divide_the_rest),
		cmocka_unit_test(shares_divide_at_each_level),
		cmocka_unit_test(unused_shares_are_lent),
		cmocka_unit_test(reservations_are_kept),
		cmocka_unit_test(priority_waits_for_one_frame_at_most),
		cmocka_unit_test(priority_keeps_to_its_ceiling),
		cmocka_unit_test(the_ceiling_is_of_all),
		cmocka_unit_test(nobody_starves),
		cmocka_unit_test(an_idle_tree_is_nowhere),
		cmocka_unit_test(trees_move_and_change),
		cmocka_unit_test(agrees_with_the_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
