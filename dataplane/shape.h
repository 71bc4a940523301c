/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shape.h - shaping of what VMs send, by back-pressure: a queue is not polled while its port has no
 * tokens (from_limit.h). Its frames stay where they are, in the guest, whose driver and stack see a
 * NIC that is as fast as the rate. Nothing is stored or dropped here.
 *
 * A queue that has used up its port's tokens is *held*: a bit in the worker, which takes it out of
 * sweeps at no cost, and a timer for when there are tokens again. The worker may sleep meanwhile
 * (idle.h): the queue is not armed, as frames that come change nothing, and the timer wakes.
 *
 * Holds are by number in the worker's list of queues, and end when there is another list. So a new
 * rate is looked at as soon as workers have the new snapshot.
 *
 * Threads: the worker.
 */
#ifndef DVS_SHAPE_H
#define DVS_SHAPE_H

#include "worker.h"

/* The rx stage for the queue of that number, whose port is shaped. Nothing is taken when it has no
 * tokens; it is held when it has none any more. */
void dvs_shape_rx(struct dvs_worker *worker, struct dvs_batch *batch, uint32_t number);

/* All holds end: there is another list of queues. */
void dvs_shape_forget(struct dvs_worker *worker);

static inline bool dvs_shape_is_held(const struct dvs_worker *worker, uint32_t number)
{
	return (worker->held[number / 64] >> number % 64 & 1) != 0;
}

#endif
