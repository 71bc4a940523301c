/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring.h - a virtqueue of a guest's NIC, split or packed (VIRTIO 1.2 sections 2.7 and 2.8), as the
 * device sees it, and frames in and out of the guest's memory.
 *
 * A frame is copied once: dvs_ring_receive copies only its first 128 bytes, by which everything is
 * decided, and says where the rest is; dvs_ring_send of the destination's ring copies both into the
 * other guest. Only then dvs_ring_release gives the buffers back to their guest.
 *
 * Each goes over a burst of up to 64 frames in passes, so that memory which another core has
 * written comes in while we do something else: which buffers there are, their descriptors, the
 * frames' first bytes.
 *
 * The guest may write to ring and buffers at any time, anything. So:
 *	- a descriptor is read once, into locals, and what was read is checked and used;
 *	- a buffer's addresses are translated by the table of regions (guest_memory.h), which the
 *	  guest has no say in;
 *	- all loops have a bound that the guest does not set;
 *	- what no correct driver does makes the ring broken: it moves nothing any more, until the
 *	  driver sets it up again, and says why (enum dvs_ring_fault).
 *
 * This is code over plain memory. It knows neither sockets nor librte_vhost: the session
 *(session.h) sets rings up, and makes sure that no worker is inside while memory or ring are
 *changed.
 *
 * Files: ring_split.h and ring_packed.h know the two layouts, ring_chain.c chains and indirect
 * tables of both, ring_receive.c and ring_send.c are the two directions.
 *
 * Threads: one worker at a time; dvs_ring_fault any thread; the rest while no worker is inside.
 */
#ifndef DVS_RING_H
#define DVS_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#include "batch.h"
#include "guest_memory.h"

#define DVS_RING_SIZE_MAX 32768

/*	symbol	   what the driver did */
#define DVS_RING_FAULTS(X)                                                                         \
	X(NONE, "")                                                                                \
	X(SIZE, "the size of the ring is not a possible one")                                      \
	X(AREA, "the ring is not inside the guest's memory, or not aligned")                       \
	X(INDEX, "the available index moved further than the ring is long")                        \
	X(HEAD, "an available entry names a descriptor beyond the ring")                           \
	X(NEXT, "a chain goes on beyond its ring or table")                                        \
	X(LOOP, "a chain is longer than its ring or table")                                        \
	X(INDIRECT, "an indirect table was not negotiated, is in another, or is followed by more") \
	X(TABLE, "an indirect table is not aligned, or no number of whole descriptors")            \
	X(ADDRESS, "a buffer is outside the guest's memory")                                       \
	X(DIRECTION, "a buffer to send is writable, or one to receive into is not")                \
	X(SHORT, "a buffer has no room for the header")

enum dvs_ring_fault {
#define DVS_RING_FAULT_ENUM(symbol, text) DVS_RING_FAULT_##symbol,
	DVS_RING_FAULTS(DVS_RING_FAULT_ENUM)
#undef DVS_RING_FAULT_ENUM
		DVS_RING_N_FAULTS
};

/* A buffer that a guest made available: what has to be said when it is given back. */
struct dvs_ring_buffer {
	uint16_t id;	/* of its first descriptor (split), or what the driver calls it (packed) */
	uint16_t slots; /* descriptors of the ring that it takes up (packed) */
};

struct dvs_ring {
	/* Constant while the ring is in use. */
	union {
		const struct vring_desc *desc;
		struct vring_packed_desc *packed;
	};
	union {
		const struct vring_avail *avail;
		const struct vring_packed_desc_event *driver_event;
	};
	union {
		struct vring_used *used;
		struct vring_packed_desc_event *device_event;
	};
	const struct dvs_guest_memory *memory;
	uint64_t used_address; /* guest's, of what we write: used ring, or packed descriptors */
	uint16_t size;
	uint8_t header_bytes; /* of struct virtio_net_hdr_v1: 10 or 12 */
	bool is_packed;
	bool has_event_idx;
	bool has_indirect;
	bool is_mergeable;
	int call_fd; /* eventfd, non-blocking; -1: none */

	/* Worker. */
	struct dvs_guest_region hit; /* the region that was right the last time */
	uint16_t next_avail; /* the next buffer to take: free-running (split), slot (packed) */
	uint16_t next_used;  /* where the next buffer goes back to, likewise */
	bool avail_wrap, used_wrap; /* packed: wrap counters of the two */
	bool must_call;		    /* the driver may not know of what was used before */
	bool is_armed;		    /* the driver was asked to notify us */
	uint8_t fault;		    /* enum dvs_ring_fault; atomic: any thread reads */
	uint16_t avail_seen;	    /* split: available index when it was last read */
	uint16_t n_held;	    /* received and not yet released */
	struct dvs_ring_buffer held[DVS_BATCH_MAX];
};

/* What a ring is made of. Pointers are ours, into the guest's memory. */
struct dvs_ring_setup {
	void *desc;
	void *driver; /* available ring, or driver event suppression */
	void *device; /* used ring, or device event suppression */
	const struct dvs_guest_memory *memory;
	uint64_t features; /* VIRTIO bits negotiated */
	uint32_t size;
	uint16_t avail, used; /* where to go on; packed: wrap counter in bit 15 */
	int call_fd;
};

/*
 * Starts a ring. It asks the driver not to notify us, since workers poll. 0, or -EINVAL: the ring
 * is broken, as its fault says.
 */
int dvs_ring_init(struct dvs_ring *ring, const struct dvs_ring_setup *setup);

/* Where the ring is, in the form of the setup. */
void dvs_ring_position(const struct dvs_ring *ring, uint16_t *ret_avail, uint16_t *ret_used);

/* enum dvs_ring_fault, and why the ring is broken: a sentence without end. */
static inline unsigned int dvs_ring_fault(const struct dvs_ring *ring)
{
	return __atomic_load_n(&ring->fault, __ATOMIC_RELAXED);
}
const char *dvs_ring_fault_text(unsigned int fault);

/*
 * Takes frames that the guest sends: appends up to DVS_BATCH_MAX - batch->n to the batch. in_port
 * is what to set in_port to. Returns how many; their buffers are held until _release.
 */
uint16_t dvs_ring_receive(struct dvs_ring *ring, struct dvs_batch *batch, uint16_t in_port);

/*
 * Asks the driver to notify us of the next buffer that it makes available, while we do not poll; a
 * full barrier and a last look at the ring have to follow. _disarm takes that back; both do nothing
 * when it is so already.
 */
void dvs_ring_arm(struct dvs_ring *ring);
void dvs_ring_disarm(struct dvs_ring *ring);

/* Gives back what _receive took, and notifies the guest if it wants that. */
void dvs_ring_release(struct dvs_ring *ring);

/*
 * Copies frames index[0..n-1] of the batch, n <= 64, into buffers that the guest made available,
 * and notifies it if it wants that. Returns which were taken, bit k for index[k]: one for which no
 * buffer is left is not, and so none behind it; one that is too long for a guest that cannot merge
 * buffers is not.
 */
uint64_t dvs_ring_send(struct dvs_ring *ring, const struct dvs_batch *batch, const uint8_t *index,
		       uint16_t n);

#endif
