/* SPDX-License-Identifier: BSD-3-Clause */
#include "balance.h"

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "queues.h"
#include "switch_private.h"

#define WHOLE	 1000 /* a worker's time */
#define BUSY	 600  /* above it a worker gives queues away */
#define GAIN_MIN 100  /* a move has to take so much off the busiest */
#define LOOKS	 2    /* in a row that ask for a move */
#define STAY_S	 60   /* for which a queue stays where it was moved to */
#define LOOK_NS	 UINT64_C(1000000000)

/* ---- choice ---- */

/* Of those that the queue may go to, who has least to do; from when there is nobody. */
static unsigned int find_idlest(const struct dvs_balance_queue *queue, const uint32_t *load,
				unsigned int n_workers)
{
	unsigned int idlest = queue->worker;

	for (unsigned int w = 0; w < n_workers; w++)
		if ((queue->allowed >> w & 1) != 0 && load[w] < load[idlest])
			idlest = w;
	return idlest;
}

static unsigned int find_busiest(const uint32_t *load, unsigned int n_workers)
{
	unsigned int busiest = 0;

	for (unsigned int w = 1; w < n_workers; w++)
		if (load[w] > load[busiest])
			busiest = w;
	return busiest;
}

int dvs_balance_choose(const struct dvs_balance_queue *queues, unsigned int n, const uint32_t *load,
		       unsigned int n_workers, unsigned int *ret_to)
{
	unsigned int from = find_busiest(load, n_workers);
	uint32_t gain_best = GAIN_MIN - 1;
	int best = -1;

	if (load[from] <= BUSY)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		const struct dvs_balance_queue *queue = &queues[i];

		unsigned int to = find_idlest(queue, load, n_workers);
		uint32_t left = load[from] - RTE_MIN(queue->load, load[from]);
		uint32_t highest = RTE_MAX(left, load[to] + queue->load);

		if (queue->worker != from || !queue->may_move || to == from ||
		    highest + gain_best >= load[from])
			continue;
		gain_best = load[from] - highest;
		best = (int)i;
		*ret_to = to;
	}
	return best;
}

/* ---- looks ---- */

static uint32_t share(uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return 0;
	return part >= whole ? WHOLE : (uint32_t)((double)part * WHOLE / (double)whole);
}

/* Growth since the last look, which this is now. */
static uint64_t advance(uint64_t *seen, const uint64_t *counter)
{
	uint64_t now = __atomic_load_n(counter, __ATOMIC_RELAXED), grown = now - *seen;

	*seen = now;
	return grown;
}

/* Loads of workers, and of how much time they had in cycles. */
static void look_at_workers(struct dvs_switch *sw, uint32_t *load, uint64_t *time)
{
	for (unsigned int w = 0; w < sw->n_workers; w++) {
		const struct dvs_worker_counters *counters = &sw->workers[w]->counters;
		uint64_t busy = advance(&sw->balance.busy_seen[w], &counters->busy_cycles);

		time[w] = busy + advance(&sw->balance.idle_seen[w], &counters->idle_cycles);
		load[w] = share(busy, time[w]);
	}
}

/* A queue of the switch, and where it is in the array of candidates. */
struct candidates {
	struct dvs_balance_queue *queues;
	struct dvs_queue_move *moves; /* which these are */
	unsigned int n;
};

static void add_port(struct dvs_switch *sw, struct dvs_port_object *port, const uint64_t *time,
		     struct candidates *all)
{
	for (uint8_t q = 0; q < port->n_queues; q++) {
		uint8_t worker = port->queue_worker[q];
		uint64_t cycles = advance(&port->cycles_seen[q], &port->dev->queue_cycles[q]);

		all->moves[all->n] = (struct dvs_queue_move){port, q, worker};
		all->queues[all->n++] = (struct dvs_balance_queue){
			.allowed = dvs_queues_allowed(sw, port->config.workers),
			.load = share(cycles, time[worker]),
			.worker = worker,
			.may_move = sw->shared.now_s >= port->stay_until_s[q],
		};
	}
}

static bool add_all(struct dvs_switch *sw, const uint64_t *time, struct candidates *all)
{
	struct dvs_port_object *port;
	uint32_t id = 0;
	size_t n = 0;

	for (unsigned int w = 0; w < sw->n_workers; w++)
		n += sw->queues_of[w];
	all->n = 0;
	all->queues = calloc(n + 1, sizeof(all->queues[0]));
	all->moves = calloc(n + 1, sizeof(all->moves[0]));
	if (all->queues == NULL || all->moves == NULL)
		return false;
	while ((port = (void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		if (port->dev != NULL)
			add_port(sw, port, time, all);
	return true;
}

static void move_one(struct dvs_switch *sw, struct dvs_queue_move *move, unsigned int to)
{
	move->worker = (uint8_t)to;
	if (dvs_queues_move(sw, move, 1) < 0)
		return;
	move->port->stay_until_s[move->queue] = sw->shared.now_s + STAY_S;
	sw->balance.rest_until_s = sw->shared.now_s + sw->balance_s;
	sw->balance.looks = 0;
}

void dvs_balance_poll(struct dvs_switch *sw)
{
	uint64_t now = dvs_clock_now_ns(sw->clock), time[DVS_WORKERS_MAX];
	uint32_t load[DVS_WORKERS_MAX];
	struct candidates all = {0};
	unsigned int to;
	int best;

	if (sw->balance_s == 0 || sw->n_workers < 2 || now - sw->balance.looked_ns < LOOK_NS)
		return;
	sw->balance.looked_ns = now;
	look_at_workers(sw, load, time);
	if (add_all(sw, time, &all)) {
		best = dvs_balance_choose(all.queues, all.n, load, sw->n_workers, &to);
		sw->balance.looks = best < 0 ? 0 : sw->balance.looks + 1;
		if (sw->balance.looks >= LOOKS && sw->shared.now_s >= sw->balance.rest_until_s)
			move_one(sw, &all.moves[best], to);
	}
	free(all.queues);
	free(all.moves);
}

/* ---- by hand ---- */

/* Where the port's queues would go if it were made now, for those that may not stay. */
static unsigned int place_port(struct dvs_switch *sw, struct dvs_port_object *port,
			       struct dvs_queue_move *moves)
{
	uint64_t allowed = dvs_queues_allowed(sw, port->config.workers);
	uint8_t before[DVS_QUEUES_MAX];
	bool is_placed = true;
	unsigned int n = 0;

	for (uint8_t q = 0; q < DVS_QUEUES_MAX; q++)
		is_placed &= (allowed >> port->queue_worker[q] & 1) != 0;
	if (is_placed)
		return 0;
	memcpy(before, port->queue_worker, sizeof(before));
	dvs_queues_assign(sw, port, port->config.workers);
	for (uint8_t q = 0; q < DVS_QUEUES_MAX; q++) {
		if ((allowed >> before[q] & 1) == 0)
			moves[n++] = (struct dvs_queue_move){port, q, port->queue_worker[q]};
		port->queue_worker[q] = before[q];
	}
	return n;
}

void dvs_balance_place(struct dvs_switch *sw)
{
	struct dvs_queue_move moves[DVS_QUEUES_MAX];
	struct dvs_port_object *port;
	uint32_t id = 0;

	while ((port = (void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		unsigned int n = port->dev != NULL ? place_port(sw, port, moves) : 0;

		if (n != 0)
			dvs_queues_move(sw, moves, n);
	}
}
