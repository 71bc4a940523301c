/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter.h - counters that one thread writes and others read while it goes on.
 *
 * A plain add for the writer, no lock prefix; a reader sees a whole value, perhaps a moment old.
 */
#ifndef DVS_GEN_COUNTER_H
#define DVS_GEN_COUNTER_H

#include <stdint.h>

static inline void dvs_counter_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

static inline void dvs_counter_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline uint64_t dvs_counter_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
