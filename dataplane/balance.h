/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * balance.h - shares queues out to workers by load.
 *
 * Once a second the control thread works out what share of its time each worker was busy, and what
 * share each queue took (workers count cycles by queue). When the busiest worker is busy for more
 * than 60 % of its time in two looks in a row, the one queue moves whose move takes most off the
 * busiest of the two workers, if that is at least a tenth of a worker's time. Then nothing moves
 * for balance_s seconds, and that queue not for a minute, so that queues do not go to and fro.
 *
 * A port's `workers` says where its queues may be. Queues that are elsewhere after a change of it
 * move at once, also when balancing is off (balance_s is 0).
 *
 * Threads: the control thread.
 */
#ifndef DVS_BALANCE_H
#define DVS_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

struct dvs_switch;

/* A queue as the choice sees it. Loads are in thousandths of a worker's time. */
struct dvs_balance_queue {
	uint64_t allowed; /* bitmap of workers */
	uint32_t load;
	uint8_t worker;
	bool may_move;
};

/*
 * The queue whose move to *ret_to pays most, as an index; -1: leave all where they are. load[w] is
 * the load of worker w.
 */
int dvs_balance_choose(const struct dvs_balance_queue *queues, unsigned int n, const uint32_t *load,
		       unsigned int n_workers, unsigned int *ret_to);

/* To be called often: looks once a second, and moves a queue when it is time for that. */
void dvs_balance_poll(struct dvs_switch *sw);

/* Moves queues to where they may be. */
void dvs_balance_place(struct dvs_switch *sw);

#endif
