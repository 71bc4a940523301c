/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wake.h - how a thread that may be asleep is woken by a system call only when it is.
 *
 * Who is going to sleep says so (_announce), then looks for work once more, then waits for fd. Who
 * has work for it makes the work visible, then calls _up. Both have a full barrier in between, so
 * that either the work is seen or the sleeper is.
 *
 * Threads: _init, _fini: control; _announce, _end: the sleeper; _up: any.
 */
#ifndef DVS_WAKE_H
#define DVS_WAKE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_atomic.h>

struct dvs_wake {
	int fd;		/* constant: eventfd, readable after _up */
	bool is_asleep; /* atomic */
} __attribute__((aligned(64)));

static inline int dvs_wake_init(struct dvs_wake *wake)
{
	wake->is_asleep = false;
	wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return wake->fd < 0 ? -errno : 0;
}

static inline void dvs_wake_fini(struct dvs_wake *wake)
{
	if (wake->fd >= 0)
		close(wake->fd);
	wake->fd = -1;
}

static inline void dvs_wake_announce(struct dvs_wake *wake)
{
	__atomic_store_n(&wake->is_asleep, true, __ATOMIC_RELAXED);
	rte_mb();
}

static inline void dvs_wake_end(struct dvs_wake *wake)
{
	__atomic_store_n(&wake->is_asleep, false, __ATOMIC_RELAXED);
}

static inline bool dvs_wake_is_asleep(const struct dvs_wake *wake)
{
	return __atomic_load_n(&wake->is_asleep, __ATOMIC_RELAXED);
}

static inline void dvs_wake_up(struct dvs_wake *wake)
{
	uint64_t one = 1;

	rte_mb();
	if (!dvs_wake_is_asleep(wake) ||
	    !__atomic_exchange_n(&wake->is_asleep, false, __ATOMIC_RELAXED))
		return;
	/* It fails when the counter is full, and then fd is readable. */
	if (write(wake->fd, &one, sizeof(one)) < 0)
		return;
}

#endif
