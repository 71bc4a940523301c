/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring_private.h - what the ring's files share.
 *
 * The two directions are written once, as inline functions with a constant is_packed: the compiler
 * makes a split and a packed version of each, and a test of is_packed costs nothing there.
 */
#ifndef DVS_RING_PRIVATE_H
#define DVS_RING_PRIVATE_H

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "ring.h"

#define RING_DESC_BYTES 16 /* of a descriptor, of either layout and in tables */

/* A descriptor as it was when it was read. Flags: VRING_DESC_F_NEXT, _WRITE, _INDIRECT only. */
struct ring_desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next; /* split: next descriptor of the chain; packed: the buffer's id */
};

/* A place in the sequence of available buffers. */
struct ring_place {
	uint16_t at; /* free-running (split), slot (packed) */
	bool wrap;   /* packed */
};

/* A piece of a buffer, in one region. */
struct ring_part {
	uint8_t *host;
	uint64_t address; /* guest's */
	uint32_t length;
};

#define RING_PARTS_MAX (DVS_EXTENTS_MAX + 1) /* a header of its own, and the frame */

/* Whole buffers, as the pieces of their descriptors. */
struct ring_chain {
	unsigned int n;	  /* parts */
	uint64_t bytes;	  /* of all descriptors, also of parts beyond RING_PARTS_MAX */
	bool is_too_long; /* more than RING_PARTS_MAX parts */
	struct ring_part parts[RING_PARTS_MAX];
};

/* A burst from which on the window is filled ahead for the next one, when that comes within so many
 * bursts of the thread's other rings: later, what was brought into the cache would be gone again.
 */
#define RING_LARGE_BURST 32
#define RING_NEAR_BURSTS 48

extern __thread uint32_t ring_bursts; /* of this thread, from whatever ring */

/* A burst of n frames is over: is it worth to look ahead? */
static inline bool ring_looks_ahead(struct dvs_ring *ring, unsigned int n)
{
	uint32_t passed = ring_bursts - ring->last_burst;

	ring->last_burst = ring_bursts;
	return n >= RING_LARGE_BURST && passed <= RING_NEAR_BURSTS &&
	       ring->window.at == ring->window.n;
}

/* Names of what is compiled more than once: dvs_ring_WHAT_VARIANT. */
#define RING_VARIANTS(X)	  X(avx512) X(avx2) X(base)
#define RING_NAME_(what, variant) dvs_ring_##what##_##variant
#define RING_NAME(what, variant)  RING_NAME_(what, variant)
#define RING_DECLARE(variant)                                                                      \
	uint16_t dvs_ring_receive_##variant(struct dvs_ring *, struct dvs_batch *, uint16_t);      \
	void dvs_ring_release_##variant(struct dvs_ring *);                                        \
	uint64_t dvs_ring_send_##variant(struct dvs_ring *, const struct dvs_batch *,              \
					 const uint8_t *, uint16_t);
RING_VARIANTS(RING_DECLARE)
#undef RING_DECLARE

/* Where a buffer is that is not in the region of the one before; NULL: in no single one. */
uint8_t *ring_translate(struct dvs_ring *ring, uint64_t address, uint32_t length);

/*
 * Appends the parts of the buffer at place to the chain, whose descriptors are all writable or all
 * not, and says what it is called. False: the ring is broken, or (packed) it is not available.
 */
bool ring_chain_add(struct dvs_ring *ring, struct ring_place place, bool is_writable,
		    struct ring_chain *chain, struct dvs_ring_buffer *ret_buffer);

/* Marks in the log what was written of the ring since next_used was used_before. */
void ring_mark_used(const struct dvs_ring *ring, uint16_t used_before);

/* Tells the guest that there is something used, unless it does not want to know; used_before is
 * next_used when this was last called. */
void ring_notify(struct dvs_ring *ring, uint16_t used_before);

#endif
