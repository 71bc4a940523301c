/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.h - time as an object, so that tests can warp it.
 *
 * Threads: dvs_clock_monotonic is safe from any thread. A warped clock is moved by one thread and
 * may be read by others.
 */
#ifndef DVS_CLOCK_H
#define DVS_CLOCK_H

#include <stdint.h>
#include <time.h>

struct dvs_clock {
	/* Nanoseconds that never go back; the zero point has no meaning. */
	uint64_t (*now_ns)(const struct dvs_clock *clock);
	uint64_t warped_ns; /* of a warped clock */
};

static inline uint64_t dvs_clock_now_ns(const struct dvs_clock *clock)
{
	return clock->now_ns(clock);
}

static inline uint64_t dvs_clock_monotonic_ns(const struct dvs_clock *clock)
{
	struct timespec ts;

	(void)clock;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static inline uint64_t dvs_clock_warped_ns(const struct dvs_clock *clock)
{
	return __atomic_load_n(&clock->warped_ns, __ATOMIC_RELAXED);
}

static inline void dvs_clock_warp(struct dvs_clock *clock, uint64_t add_ns)
{
	__atomic_fetch_add(&clock->warped_ns, add_ns, __ATOMIC_RELAXED);
}

#endif
