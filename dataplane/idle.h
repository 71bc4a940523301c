/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle.h - a worker without frames sleeps until there is something to do.
 *
 * Ports have a descriptor for each receive queue that becomes readable when there are frames and
 * the queue is *armed*: a guest's kick eventfd, a tap's file. All of a worker's are in one epoll
 * instance, edge-triggered, so that nobody needs to read them; each by a copy of its own, so that
 * it can be taken out whatever became of the number that the kind of port knew it by.
 *
 * A worker that had no frame for idle_after_us
 *	1. says that it is asleep (wake.h),
 *	2. arms those of its queues that are not, unless they are held (shape.h),
 *	3. sweeps once more: what came before 2 is found here, what comes after it wakes,
 *	4. waits, at most idle_limit_ms (50), so that a driver that forgets to notify is served yet,
 *	   and no longer than until something on its timing wheel is due.
 * A queue disarms itself when its next frames are taken; those that stay idle stay armed, so that
 * waking up for one guest costs nothing at the others. A queue whose descriptor could not be had
 * is looked at 50 us later.
 *
 * Other workers (handover), the control thread (a new snapshot, stop) and kinds of port (link up,
 * memory changed) wake it through its struct dvs_wake, by a system call only when it is asleep. So
 * does a worker that wakes with frames wake the control thread, which looks at what it learnt.
 *
 * Asleep, a worker is offline for QSBR: nobody waits for it.
 *
 * Threads: as each function says.
 */
#ifndef DVS_IDLE_H
#define DVS_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct dvs_worker;

/* Control. What a worker sleeps on; negative errno. */
int dvs_idle_init(struct dvs_worker *worker);
void dvs_idle_fini(struct dvs_worker *worker);

/* Any thread but workers: fd wakes the worker from now on / does not any more. */
int dvs_idle_watch(struct dvs_worker *worker, int fd);
void dvs_idle_forget(struct dvs_worker *worker, int fd);

/* Worker. Steps 1 and 2; true when each queue in use is armed. */
bool dvs_idle_begin(struct dvs_worker *worker);

/* Worker. Step 4. is_armed is what _begin returned. */
void dvs_idle_wait(struct dvs_worker *worker, bool is_armed);

/* Worker. Awake again: after _begin, in any case. */
void dvs_idle_end(struct dvs_worker *worker);

#endif
