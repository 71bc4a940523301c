/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring_window.h - the first passes over a burst, in both directions: which buffers are available,
 * their descriptors, where they are. Each pass prefetches what the next one reads.
 *
 * A buffer of one descriptor in one region is simple and described here. Of others only the place
 * counts: ring_chain.c looks at them when it is their turn.
 */
#ifndef DVS_RING_WINDOW_H
#define DVS_RING_WINDOW_H

#include "ring_packed.h"
#include "ring_split.h"

#define CACHE_LINE 64

/* Brings in the header and the first bytes of the frame: two lines, of longer frames three. */
static inline void window_prefetch(const uint8_t *host, uint32_t length, const bool is_writable)
{
	if (is_writable) {
		__builtin_prefetch(host, 1);
		__builtin_prefetch(host + CACHE_LINE, 1);
	} else {
		__builtin_prefetch(host);
		__builtin_prefetch(host + CACHE_LINE);
		if (length > 2 * CACHE_LINE)
			__builtin_prefetch(host + 2 * CACHE_LINE);
	}
}

/* Names up to max buffers of a split ring; returns how many there are. Members of the ring are read
 * into locals here and below, as the compiler cannot know that no store goes to them. */
static inline unsigned int window_heads(struct dvs_ring *ring, struct dvs_ring_buffer *buffers,
					unsigned int max)
{
	unsigned int n = RTE_MIN(split_available(ring, max), max);
	unsigned int at = ring->next_avail, size = ring->size, mask = size - 1;
	const uint16_t *heads = ring->avail->ring;
	const struct vring_desc *desc = ring->desc;

	for (unsigned int k = 0; k < n; k++) {
		uint16_t head = __atomic_load_n(&heads[(at + k) & mask], __ATOMIC_RELAXED);

		if (unlikely(head >= size)) {
			/* Those before are good, and are moved yet. */
			dvs_ring_break(ring, DVS_RING_FAULT_HEAD);
			return k;
		}
		buffers[k].id = head;
		__builtin_prefetch(&desc[head]);
	}
	return n;
}

/* The place of the buffer that is n single slots behind next_avail. */
static inline struct ring_place window_place(const struct dvs_ring *ring, unsigned int n,
					     const bool is_packed)
{
	if (is_packed)
		return packed_step(ring, (struct ring_place){ring->next_avail, ring->avail_wrap},
				   n);
	return (struct ring_place){(uint16_t)(ring->next_avail + n), false};
}

/* n slots from next_avail on are done with. */
static inline void window_pass(struct dvs_ring *ring, unsigned int n, const bool is_packed)
{
	struct ring_place place = window_place(ring, n, is_packed);

	ring->next_avail = place.at;
	ring->avail_wrap = place.wrap;
}

/* Not in the region of the buffers before it, or no simple buffer: then NULL. */
static inline uint8_t *window_other(struct dvs_ring *ring, const struct ring_desc *desc,
				    uint16_t expected)
{
	if (desc->flags != expected || desc->length < ring->header_bytes)
		return NULL;
	return ring_translate(ring, desc->address, desc->length);
}

/* Fills the ring's window, which is used up, with up to max <= 64 buffers, all for one direction.
 */
static __rte_always_inline void window_fill(struct dvs_ring *ring, unsigned int max,
					    const bool is_writable, const bool is_packed)
{
	const uint16_t expected = is_writable ? VRING_DESC_F_WRITE : 0;
	struct dvs_ring_window *window = &ring->window;
	struct ring_place place = {ring->next_avail, ring->avail_wrap};
	unsigned int n = is_packed ? max : window_heads(ring, window->buffer, max), k;
	const struct vring_desc *descs = ring->desc;
	struct dvs_guest_region hit = ring->hit;
	uint32_t least = ring->header_bytes;

	for (k = 0; k < n; k++) {
		struct ring_desc desc;
		uint8_t *host;

		if (is_packed) {
			if (!packed_read(ring, place, &desc))
				break;
			window->buffer[k] = (struct dvs_ring_buffer){.id = desc.next, .slots = 1};
			place = packed_step(ring, place, 1);
		} else {
			desc = split_read(&descs[window->buffer[k].id]);
		}
		host = dvs_guest_region_at(&hit, desc.address, desc.length);
		if (unlikely(host == NULL || desc.flags != expected || desc.length < least)) {
			host = window_other(ring, &desc, expected);
			hit = ring->hit;
		}
		window->host[k] = host;
		window->length[k] = desc.length;
		if (is_writable)
			window->address[k] = desc.address;
		if (is_packed && unlikely((desc.flags & VRING_DESC_F_NEXT) != 0)) {
			k++; /* where the next buffer is is only known at the end of the chain */
			break;
		}
		if (likely(host != NULL))
			window_prefetch(host, desc.length, is_writable);
	}
	window->at = 0;
	window->n = (uint16_t)k;
}

#endif
