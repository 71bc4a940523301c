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
 * frames' first bytes. What the first passes find is kept in a window of the ring; after a large
 * burst it is filled again at once, since memory for the next one can come in meanwhile.
 *
 * The guest may write to ring and buffers at any time, anything. So:
 *	- a descriptor is read once, into locals, and what was read is checked and used;
 *	- a buffer's addresses are translated by the table of regions (guest_memory.h), which the
 *	  guest has no say in;
 *	- all loops have a bound that the guest does not set;
 *	- what no correct driver does makes the ring broken: it moves nothing any more, until the
 *	  driver sets it up again, and says why (enum dvs_ring_fault).
 *
 * This is code over plain memory. It knows neither sockets nor librte_vhost: direct.h sets rings up,
 * and makes sure that no worker is inside while memory or ring are changed.
 *
 * Files: ring_split.h and ring_packed.h know the two layouts, ring_chain.c chains and indirect
 * tables of both; ring_receive.c and ring_send.c are the two directions, and are compiled once for
 * each width of a vector that a CPU may have (struct dvs_ring_code).
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
	X(SHORT, "a buffer has no room for the header")                                            \
	X(MEMORY, "memory of the guest is gone: its file became shorter, or has no pages left")

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

/* The next buffers from next_avail on, as their descriptors were when they were read. */
struct dvs_ring_window {
	uint16_t at, n;		      /* those from at to n - 1 are still to be used */
	uint8_t *host[DVS_BATCH_MAX]; /* NULL: not simple, or too short for a header */
	uint32_t length[DVS_BATCH_MAX];
	uint64_t address[DVS_BATCH_MAX]; /* the guest's; of writable buffers only */
	struct dvs_ring_buffer buffer[DVS_BATCH_MAX];
};

struct dvs_ring;

/* The two directions, compiled for one kind of CPU; what they do is told below. */
struct dvs_ring_code {
	const char *name;
	uint16_t (*receive)(struct dvs_ring *ring, struct dvs_batch *batch, uint16_t in_port);
	void (*release)(struct dvs_ring *ring);
	uint64_t (*send)(struct dvs_ring *ring, const struct dvs_batch *batch, const uint8_t *index,
			 uint16_t n);
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
	const struct dvs_ring_code *code;
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
	uint32_t last_burst;	    /* ring_bursts when it had one */
	struct dvs_ring_buffer held[DVS_BATCH_MAX];
	struct dvs_ring_window window;
};

/* What a ring is made of. Pointers are ours, into the guest's memory. */
struct dvs_ring_setup {
	void *desc;
	void *driver; /* available ring, or driver event suppression */
	void *device; /* used ring, or device event suppression */
	const struct dvs_guest_memory *memory;
	const struct dvs_ring_code *code; /* NULL: the best that this CPU can run */
	uint64_t features;		  /* VIRTIO bits negotiated */
	uint32_t size;
	uint16_t avail, used; /* where to go on; packed: wrap counter in bit 15 */
	int call_fd;
};

/* The code that this CPU can run, best first: number 0 always exists; NULL behind the last. */
const struct dvs_ring_code *dvs_ring_code_get(unsigned int number);

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

/* Worker: breaks the ring for a reason that it cannot see itself. */
static inline void dvs_ring_break(struct dvs_ring *ring, enum dvs_ring_fault fault)
{
	__atomic_store_n(&ring->fault, (uint8_t)fault, __ATOMIC_RELAXED);
}

/*
 * Takes frames that the guest sends: appends up to DVS_BATCH_MAX - batch->n to the batch. in_port
 * is what to set in_port to. Returns how many; their buffers are held until _release.
 */
static inline uint16_t dvs_ring_receive(struct dvs_ring *ring, struct dvs_batch *batch,
					uint16_t in_port)
{
	return ring->code->receive(ring, batch, in_port);
}

/*
 * Asks the driver to notify us of the next buffer that it makes available, while we do not poll; a
 * full barrier and a last look at the ring have to follow. _disarm takes that back; both do nothing
 * when it is so already.
 */
void dvs_ring_arm(struct dvs_ring *ring);
void dvs_ring_disarm(struct dvs_ring *ring);

/* Gives back what _receive took, and notifies the guest if it wants that. */
static inline void dvs_ring_release(struct dvs_ring *ring)
{
	if (ring->n_held != 0)
		ring->code->release(ring);
}

/*
 * Copies frames index[0..n-1] of the batch, n <= 64, into buffers that the guest made available,
 * and notifies it if it wants that. Returns which were taken, bit k for index[k]: one for which no
 * buffer is left is not, and so none behind it; one that is too long for a guest that cannot merge
 * buffers is not.
 */
static inline uint64_t dvs_ring_send(struct dvs_ring *ring, const struct dvs_batch *batch,
				     const uint8_t *index, uint16_t n)
{
	return ring->code->send(ring, batch, index, n);
}

#endif
