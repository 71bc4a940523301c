/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring_driver.h - a guest's virtio driver over memory that is only its own: slow, and as simple as
 * VIRTIO 1.2 sections 2.7 and 2.8 can be written down. Tests drive real rings with it.
 *
 * The guest has three regions: two that follow on each other in guest-physical addresses, but not
 * in ours, and one far away, where indirect tables are. The rings are at the start of the first.
 *
 * Threads: the test's.
 */
#ifndef DVS_TEST_RING_DRIVER_H
#define DVS_TEST_RING_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define DRIVER_REGIONS	 3
#define DRIVER_SIZE_MAX	 64	     /* of a ring */
#define DRIVER_PARTS_MAX 300	     /* of a buffer */
#define DRIVER_SLOT	 (72 * 1024) /* memory for the pieces of one buffer */
#define DRIVER_RINGS	 (8 * 1024)  /* memory for the ring */
#define DRIVER_BASE	 UINT64_C(0x100000)
#define DRIVER_FAR	 UINT64_C(0x8000000000)
#define DRIVER_TABLE	 (DRIVER_PARTS_MAX * 16)

struct driver_part {
	uint64_t address;
	uint32_t length;
};

/* A buffer that the device has. */
struct driver_buffer {
	bool is_out;
	unsigned int n;
	unsigned int slots; /* descriptors of the ring that it takes up */
	struct driver_part parts[DRIVER_PARTS_MAX];
};

enum driver_layout {
	DRIVER_DIRECT,	 /* a chain in the ring */
	DRIVER_INDIRECT, /* all in a table */
	DRIVER_MIXED,	 /* the first in the ring, the others in a table */
};

struct driver {
	uint8_t *host[DRIVER_REGIONS];
	uint64_t bytes[DRIVER_REGIONS];
	struct dvs_guest_memory memory;
	struct dvs_ring_setup setup;
	struct dvs_ring ring; /* what is tested */
	uint16_t size;
	bool is_packed;

	/* The driver's own state. */
	struct driver_buffer buffers[DRIVER_SIZE_MAX]; /* by id: head or buffer id */
	bool is_used[DRIVER_SIZE_MAX];		       /* split: descriptors in chains */
	uint16_t order[DRIVER_SIZE_MAX]; /* ids in the order in which they were offered */
	uint16_t first_out, n_out;
	uint16_t avail, used; /* index, or slot */
	bool avail_wrap, used_wrap;
	unsigned int free_slots;
};

/* Memory, and a ring of `size` that begins at index (split) or slot 0. features: VIRTIO bits. */
void driver_create(struct driver *driver, uint16_t size, uint64_t features, uint16_t index);
void driver_free(struct driver *driver);

/* Our address of a guest's, which is in one region with length bytes. */
uint8_t *driver_at(struct driver *driver, uint64_t address, uint32_t length);

/* Copies between a buffer's parts and memory of the test, across regions. */
void driver_write(struct driver *driver, const struct driver_buffer *buffer, uint32_t offset,
		  const uint8_t *from, uint32_t n);
void driver_read(struct driver *driver, const struct driver_buffer *buffer, uint32_t offset,
		 uint8_t *to, uint32_t n);

/* Where the memory of the buffer `id` begins. */
uint64_t driver_slot(const struct driver *driver, uint16_t id);

/* A free id, and whether there are slots for so many descriptors; -1: no. */
int driver_find(struct driver *driver, unsigned int slots);

/* Makes buffers[id], whose parts are set, available. */
void driver_offer(struct driver *driver, uint16_t id, bool is_writable, enum driver_layout layout);

/* The next used buffer, which must be the one that was offered first: its id, or -1. */
int driver_reap(struct driver *driver, uint32_t *ret_length);

/* A part in the ring, as the driver writes it; for tests that write something else. */
struct vring_desc *driver_desc(struct driver *driver);
struct vring_avail *driver_avail(struct driver *driver);
struct vring_used *driver_used(struct driver *driver);
struct vring_packed_desc *driver_packed(struct driver *driver);
struct vring_packed_desc_event *driver_event(struct driver *driver);

#endif
