/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * turn.h - whose turn it is: a worker's time is shared fairly by its ports, in cycles.
 *
 * A batch of small frames that are flooded to hundreds of ports takes a hundred times as long as
 * one to a known owner; with a batch for each in turn, its sender would have nearly all of the
 * worker. So each port pays for the cycles that its batches took, and one that is ahead of the port
 * with the least by more than DVS_TURN_CYCLES is passed over until others have caught up. It is
 * start-time fair queueing (Goyal, Vin and Cheng, 1996) with cycles for length: who has nothing to
 * do saves nothing up, and with one busy port nobody waits.
 *
 * Only ports with more to do count: those with a full batch, those whose batch took long, and those
 * that are passed over. All queues of a port pay into one account, and are passed over together
 * from the next sweep on, so that none of them starves. What is passed over is a bit of a map, so
 * that this costs idle queues nothing.
 *
 * Frames that another worker hands over are not charged here; the ring that they come by shares
 * room among its ports (handover.h).
 *
 * Threads: the worker.
 */
#ifndef DVS_TURN_H
#define DVS_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

#define DVS_TURN_CYCLES 16384u /* of the TSC; a full batch of small frames takes half of it */

struct dvs_turn_account {
	uint64_t used; /* cycles, since the worker began, as if it had always been busy */
	bool is_ahead; /* in the list below */
};

struct dvs_turn {
	uint64_t least;	     /* used by any port with more to do, in the last sweep */
	uint64_t next_least; /* the same of this sweep */
	uint32_t n_ahead;
	struct dvs_turn_account accounts[DVS_PORT_IDS]; /* by port id */
	uint16_t ahead[DVS_PORT_IDS];			/* ids of ports that are passed over */
	uint64_t passed[DVS_POLLS_MAX / 64];		/* by number of the queue: is passed over */
};

/* For dvs_turn_begin, which has looked whether there is something to do. */
void dvs_turn_sort(struct dvs_turn *turn, const struct dvs_snapshot_worker *mine);

/* Before the queues of a sweep. */
static inline void dvs_turn_begin(struct dvs_turn *turn, const struct dvs_snapshot_worker *mine)
{
	if (turn->next_least != UINT64_MAX && turn->next_least > turn->least)
		turn->least = turn->next_least;
	turn->next_least = UINT64_MAX;
	if (__builtin_expect(turn->n_ahead != 0, 0))
		dvs_turn_sort(turn, mine);
}

/* n frames of the port took so many cycles. */
static inline void dvs_turn_charge(struct dvs_turn *turn, uint16_t port, unsigned int n,
				   uint64_t cycles)
{
	struct dvs_turn_account *account = &turn->accounts[port];

	if (account->used < turn->least)
		account->used = turn->least;
	account->used += cycles;
	if ((n == DVS_BATCH_MAX || cycles > DVS_TURN_CYCLES / 2) &&
	    account->used < turn->next_least)
		turn->next_least = account->used;
	if (__builtin_expect(account->used > turn->least + DVS_TURN_CYCLES, 0) &&
	    !account->is_ahead) {
		account->is_ahead = true;
		turn->ahead[turn->n_ahead++] = port;
	}
}

/* Queues have other numbers from now on: nobody is passed over any more. */
void dvs_turn_forget(struct dvs_turn *turn);

#endif
