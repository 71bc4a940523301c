/* SPDX-License-Identifier: BSD-3-Clause */
/* ring_packed.h - the layout of a packed ring, VIRTIO 1.2 section 2.8. */
#ifndef DVS_RING_PACKED_H
#define DVS_RING_PACKED_H

#include "ring_private.h"

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED  (1u << VRING_PACKED_DESC_F_USED)

static inline struct ring_place packed_step(const struct dvs_ring *ring, struct ring_place place,
					    unsigned int slots)
{
	unsigned int at = place.at + slots;

	if (at >= ring->size) {
		at -= ring->size;
		place.wrap = !place.wrap;
	}
	place.at = (uint16_t)at;
	return place;
}

/* Reads the descriptor at place; false when the driver has not made it available. */
static inline bool packed_read(const struct dvs_ring *ring, struct ring_place place,
			       struct ring_desc *ret_desc)
{
	const uint64_t *words = (const uint64_t *)&ring->packed[place.at];
	/* Length, id and flags are one aligned word; the address was written before the flags. */
	uint64_t rest = __atomic_load_n(&words[1], __ATOMIC_ACQUIRE);
	uint16_t flags = (uint16_t)(rest >> 48);

	if (((flags & PACKED_AVAIL) != 0) != place.wrap ||
	    ((flags & PACKED_USED) != 0) == place.wrap)
		return false;
	ret_desc->address = __atomic_load_n(&words[0], __ATOMIC_RELAXED);
	ret_desc->length = (uint32_t)rest;
	ret_desc->flags = flags & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT);
	ret_desc->next = (uint16_t)(rest >> 32);
	return true;
}

/* Buffers that are being given back. The driver sees each by its flags, and looks at them in order:
 * at none before the first, which is written last. */
struct packed_used {
	struct ring_place place; /* where the next one goes */
	uint64_t *first;	 /* length, id and flags of the first; NULL: none yet */
	uint64_t first_word;
};

static inline struct packed_used packed_used_begin(const struct dvs_ring *ring)
{
	return (struct packed_used){{ring->next_used, ring->used_wrap}, NULL, 0};
}

static inline void packed_put(const struct dvs_ring *ring, struct packed_used *used,
			      struct dvs_ring_buffer buffer, uint32_t length)
{
	uint64_t *at = (uint64_t *)&ring->packed[used->place.at] + 1;
	uint64_t flags = (used->place.wrap ? PACKED_AVAIL | PACKED_USED : 0) |
			 (length != 0 ? VRING_DESC_F_WRITE : 0);
	uint64_t word = flags << 48 | (uint64_t)buffer.id << 32 | length;

	if (used->first == NULL) {
		used->first = at;
		used->first_word = word;
	} else {
		__atomic_store_n(at, word, __ATOMIC_RELEASE);
	}
	used->place = packed_step(ring, used->place, buffer.slots);
}

static inline void packed_publish(struct dvs_ring *ring, const struct packed_used *used)
{
	__atomic_store_n(used->first, used->first_word, __ATOMIC_RELEASE);
	ring->next_used = used->place.at;
	ring->used_wrap = used->place.wrap;
}

#endif
