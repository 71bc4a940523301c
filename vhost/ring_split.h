/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_split.h - the layout of a split ring, VIRTIO 1.2 section 2.7. */
#ifndef DVS_RING_SPLIT_H
#define DVS_RING_SPLIT_H

#include <string.h>

#include "ring_private.h"

/* Available buffers from next_avail on, at least max if there are so many. */
static inline unsigned int split_available(struct dvs_ring *ring, unsigned int max)
{
	uint16_t n = (uint16_t)(ring->avail_seen - ring->next_avail);

	if (n >= max)
		return n;
	ring->avail_seen = __atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE);
	n = (uint16_t)(ring->avail_seen - ring->next_avail);
	if (unlikely(n > ring->size)) {
		ring->avail_seen = ring->next_avail;
		ring_break(ring, DVS_RING_FAULT_INDEX);
		return 0;
	}
	return n;
}

static inline uint16_t split_head(const struct dvs_ring *ring, uint16_t at)
{
	return __atomic_load_n(&ring->avail->ring[at & (ring->size - 1)], __ATOMIC_RELAXED);
}

/* Reads one descriptor, of the ring or of a table. */
static inline struct ring_desc split_read(const struct vring_desc *from)
{
	const uint64_t *words = (const uint64_t *)from;
	uint64_t address = __atomic_load_n(&words[0], __ATOMIC_RELAXED);
	uint64_t rest = __atomic_load_n(&words[1], __ATOMIC_RELAXED);

	return (struct ring_desc){
		.address = address,
		.length = (uint32_t)rest,
		.flags = (uint16_t)(rest >> 32 & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE |
						  VRING_DESC_F_INDIRECT)),
		.next = (uint16_t)(rest >> 48),
	};
}

/* Puts the n-th buffer (from 0) behind next_used; the driver does not see it yet. */
static inline void split_put(struct dvs_ring *ring, unsigned int n, uint16_t id, uint32_t length)
{
	const struct vring_used_elem elem = {.id = id, .len = length};

	/* As one move: an element is aligned to four octets only. */
	memcpy(&ring->used->ring[(uint16_t)(ring->next_used + n) & (ring->size - 1)], &elem,
	       sizeof(elem));
}

static inline void split_publish(struct dvs_ring *ring, unsigned int n)
{
	ring->next_used = (uint16_t)(ring->next_used + n);
	__atomic_store_n(&ring->used->idx, ring->next_used, __ATOMIC_RELEASE);
}

#endif
