/* SPDX-License-Identifier: BSD-3-Clause */
#include "shape.h"

#include "from_limit.h"
#include "stages.h"

/* There may be tokens again. */
static unsigned int end_hold(struct dvs_worker *worker, struct dvs_timer *timer)
{
	struct dvs_hold *hold = (struct dvs_hold *)timer;
	uint32_t number = (uint32_t)(hold - worker->holds);
	const struct dvs_poll *poll = &worker->snapshot->workers[worker->id].polls[number];
	struct dvs_port_stats *stats = poll->dev->stats[worker->id];

	worker->held[number / 64] &= ~(UINT64_C(1) << number % 64);
	worker->active[number / 64] |= UINT64_C(1) << number % 64;
	worker->n_held--;
	worker->has_released = true;
	dvs_stats_bump(&stats->held, 1);
	dvs_stats_bump(&stats->held_cycles, dvs_worker_tsc(worker) - hold->since);
	return 0;
}

static void hold_queue(struct dvs_worker *worker, uint32_t number, uint64_t now, uint64_t until)
{
	struct dvs_hold *hold = &worker->holds[number];

	hold->timer.fire = end_hold;
	hold->since = now;
	worker->held[number / 64] |= UINT64_C(1) << number % 64;
	worker->n_held++;
	dvs_timer_set(worker, &hold->timer, until);
}

void dvs_shape_rx(struct dvs_worker *worker, struct dvs_batch *batch, uint32_t number)
{
	struct dvs_from_limit *limit = worker->snapshot->ports[worker->poll->port].from;
	uint64_t now = dvs_worker_tsc(worker);

	if (dvs_from_limit_reserve(limit, now, batch)) {
		dvs_stage_rx(worker, batch);
		if (!dvs_from_limit_settle(limit, batch))
			return;
	}
	hold_queue(worker, number, now, dvs_from_limit_when(limit, now));
}

void dvs_shape_forget(struct dvs_worker *worker)
{
	for (uint32_t word = 0; worker->n_held != 0; word++) {
		for (; worker->held[word] != 0; worker->held[word] &= worker->held[word] - 1) {
			unsigned int i = (unsigned int)__builtin_ctzll(worker->held[word]);

			dvs_wheel_remove(&worker->holds[word * 64 + i].timer.entry);
			worker->n_held--;
		}
	}
}
