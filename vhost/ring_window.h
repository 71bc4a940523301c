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

/* Where a buffer is that is not in the region of the one before; NULL: in no single one. */
uint8_t *ring_translate(struct dvs_ring *ring, uint64_t address, uint32_t length);

/* Brings in the header and the first bytes of the frame: two lines, of longer buffers three. */
static inline void window_prefetch(const uint8_t *host, uint32_t length, bool is_writable)
{
	if (is_writable) {
		__builtin_prefetch(host, 1);
		__builtin_prefetch(host + CACHE_LINE, 1);
		return;
	}
	__builtin_prefetch(host);
	__builtin_prefetch(host + CACHE_LINE);
	if (length > 2 * CACHE_LINE)
		__builtin_prefetch(host + 2 * CACHE_LINE);
}

static inline unsigned int window_heads(struct dvs_ring *ring, struct ring_window *window,
					unsigned int max)
{
	unsigned int n = RTE_MIN(split_available(ring, max), max);

	for (unsigned int k = 0; k < n; k++) {
		uint16_t head = split_head(ring, (uint16_t)(ring->next_avail + k));

		if (unlikely(head >= ring->size)) {
			/* Those before are good, and are moved yet. */
			ring_break(ring, DVS_RING_FAULT_HEAD);
			return k;
		}
		window->buffer[k] = (struct dvs_ring_buffer){head, 1};
		__builtin_prefetch(&ring->desc[head]);
	}
	return n;
}

static inline struct ring_place window_place(const struct dvs_ring *ring,
					     const struct ring_window *window, unsigned int k,
					     const bool is_packed)
{
	if (is_packed)
		return packed_step(ring, window->start, k);
	return (struct ring_place){(uint16_t)(window->start.at + k), false};
}

/* Describes up to max <= 64 buffers from next_avail on, all for one direction. */
static __rte_always_inline void window_fill(struct dvs_ring *ring, struct ring_window *window,
					    unsigned int max, const bool is_writable,
					    const bool is_packed)
{
	const uint16_t expected = is_writable ? VRING_DESC_F_WRITE : 0;
	struct ring_place place = {ring->next_avail, ring->avail_wrap};
	unsigned int n = is_packed ? max : window_heads(ring, window, max), k;

	window->start = place;
	for (k = 0; k < n; k++) {
		struct ring_desc desc;
		uint8_t *host;

		if (is_packed) {
			if (!packed_read(ring, place, &desc))
				break;
			window->buffer[k] = (struct dvs_ring_buffer){desc.next, 1};
			place = packed_step(ring, place, 1);
		} else {
			desc = split_read(&ring->desc[window->buffer[k].id]);
		}
		host = dvs_guest_region_at(&ring->hit, desc.address, desc.length);
		if (unlikely(desc.flags != expected))
			host = NULL;
		else if (unlikely(host == NULL))
			host = ring_translate(ring, desc.address, desc.length);
		window->host[k] = host;
		window->address[k] = desc.address;
		window->length[k] = desc.length;
		if (is_packed && unlikely((desc.flags & VRING_DESC_F_NEXT) != 0)) {
			k++; /* how long the chain is, and so where the next buffer is, we do not
				know */
			break;
		}
		if (likely(host != NULL))
			window_prefetch(host, desc.length, is_writable);
	}
	window->n = k;
}

#endif
