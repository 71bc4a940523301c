/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spsc_ring.h - an rte_ring between one producer and one consumer, in ordinary memory.
 *
 * Threads: any.
 */
#ifndef DVS_SPSC_RING_H
#define DVS_SPSC_RING_H

#include <stdlib.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

/* entry: bytes, a multiple of 4; count: a power of two, of which one place stays free. To be freed
 * with free(); NULL when memory is out. */
static inline struct rte_ring *dvs_spsc_ring_create(const char *name, unsigned int entry,
						    unsigned int count)
{
	ssize_t size = rte_ring_get_memsize_elem(entry, count);
	struct rte_ring *ring = size < 0 ? NULL : aligned_alloc(64, (size_t)size);

	if (ring != NULL && rte_ring_init(ring, name, count, RING_F_SP_ENQ | RING_F_SC_DEQ) < 0) {
		free(ring);
		ring = NULL;
	}
	return ring;
}

#endif
