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
		dvs_ring_break(ring, DVS_RING_FAULT_INDEX);
		return 0;
	}
	return n;
}

/* The descriptor at which the buffer begins that is available at place. */
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

/* Buffers that are being given back, from next_used on. */
struct split_used {
	struct vring_used_elem *elems;
	unsigned int mask, next;
	unsigned int n; /* so far */
};

static inline struct split_used split_used_begin(const struct dvs_ring *ring)
{
	return (struct split_used){ring->used->ring, ring->size - 1u, ring->next_used, 0};
}

/* The driver does not see it yet. */
static inline void split_put(struct split_used *used, uint16_t id, uint32_t length)
{
	uint64_t elem = (uint64_t)length << 32 | id;

	/* As one move: an element is aligned to four octets only. */
	memcpy(&used->elems[(used->next + used->n++) & used->mask], &elem, sizeof(elem));
}

static inline void split_publish(struct dvs_ring *ring, const struct split_used *used)
{
	ring->next_used = (uint16_t)(used->next + used->n);
	__atomic_store_n(&ring->used->idx, ring->next_used, __ATOMIC_RELEASE);
}

#endif
