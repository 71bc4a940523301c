/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of the time stamp counter that a frame takes in the schedulers of many shaped ports, which
 * together pass the same number of frames: waiting for the limit on the timing wheel, being
 * offered, taken and charged. Once with all of the ports active, once with one active and the
 * others idle. Time is what the loop says it is, a step for each sweep, so that the same happens in
 * each round; best of several rounds, as a shared machine only ever adds time.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "scheduler.h"

#define TSC_HZ	   UINT64_C(2600000000) /* of the time that the loop makes */
#define STEP	   2600			/* cycles of it between two sweeps: 1 us */
#define FRAMES	   10			/* of all ports together in a step */
#define BYTES	   1514
#define TICK_SHIFT 11
#define N_SWEEPS   20000
#define N_WARM	   2000 /* before what is measured, in which bursts are used up */
#define N_ROUNDS   5
#define WAITING	   2 /* frames of each active port */

struct shaper {
	struct dvs_scheduler *scheduler;
	struct dvs_scheduler_node *leaf;
	struct dvs_scheduler_item items[WAITING];
};

static struct dvs_scheduler_host host;

static void start(struct shaper *shaper, uint64_t limit, bool is_active)
{
	struct dvs_scheduler_params params = {.limit = limit};
	struct dvs_scheduler_node *root;

	shaper->scheduler = dvs_scheduler_create(2, TSC_HZ);
	if (shaper->scheduler == NULL)
		err(1, "scheduler");
	root = dvs_scheduler_add(shaper->scheduler, NULL, &params);
	shaper->leaf =
		dvs_scheduler_add(shaper->scheduler, root, &(struct dvs_scheduler_params){0});
	shaper->scheduler->owner = shaper;
	dvs_scheduler_attach(shaper->scheduler, &host, 0);
	for (unsigned int i = 0; is_active && i < WAITING; i++) {
		shaper->items[i].cost = (struct dvs_scheduler_cost){BYTES, 1};
		dvs_scheduler_push(shaper->scheduler, shaper->leaf, &shaper->items[i], 0);
	}
}

static void stop(struct shaper *shaper)
{
	dvs_scheduler_detach(shaper->scheduler);
	while (dvs_scheduler_pop(shaper->leaf) != NULL)
		;
	dvs_scheduler_free(shaper->scheduler);
}

/* All that may go now goes, and waits again at once. Returns how many frames that were. */
static unsigned int sweep(uint64_t now)
{
	struct dvs_scheduler *scheduler;
	unsigned int n = 0;

	if (dvs_scheduler_next(&host) <= now)
		dvs_scheduler_expire(&host, now);
	while ((scheduler = TAILQ_FIRST(&host.ready)) != NULL) {
		struct dvs_scheduler_node *leaf = dvs_scheduler_pick(scheduler, now);
		struct dvs_scheduler_item *item = dvs_scheduler_pop(leaf);

		dvs_scheduler_sent(scheduler, leaf, now, &item->cost);
		dvs_scheduler_push(scheduler, leaf, item, now);
		n++;
	}
	return n;
}

/* Cycles a frame, with the first n_active of n shapers active; frames a sweep. */
static double measure(unsigned int n, unsigned int n_active, double *ret_frames)
{
	struct shaper *shapers = calloc(n, sizeof(shapers[0]));
	uint64_t limit = UINT64_C(8) * BYTES * FRAMES * (TSC_HZ / STEP) / n_active, now = 0;
	double best = 1e12;

	if (shapers == NULL)
		err(1, "shapers");
	dvs_scheduler_host_init(&host, TICK_SHIFT, 0);
	for (unsigned int i = 0; i < n; i++)
		start(&shapers[i], limit, i < n_active);
	for (unsigned int i = 0; i < N_WARM; i++)
		sweep(now += STEP);
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		uint64_t frames = 0, then = rte_rdtsc();
		double cycles;

		for (unsigned int i = 0; i < N_SWEEPS; i++)
			frames += sweep(now += STEP);
		cycles = (double)(rte_rdtsc() - then) / (double)frames;
		best = cycles < best ? cycles : best;
		*ret_frames = (double)frames / N_SWEEPS;
	}
	for (unsigned int i = 0; i < n; i++)
		stop(&shapers[i]);
	free(shapers);
	return best;
}

int main(void)
{
	static const unsigned int numbers[] = {1, 10, 100, 1000, 10000};

	printf("%10s %16s %14s %16s\n", "shapers", "all active", "frames a sweep", "one active");
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		double frames, others, all = measure(numbers[i], numbers[i], &frames);

		printf("%10u %16.1f %14.1f %16.1f\n", numbers[i], all, frames,
		       measure(numbers[i], 1, &others));
	}
	return 0;
}
