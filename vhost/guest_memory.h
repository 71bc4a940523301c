/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_memory.h - a guest's memory as the switch has it mapped, and the log of what it wrote
 * there.
 *
 * A guest names its memory by guest-physical addresses. A hypervisor shares up to 8 regions of it;
 * what lies in no region does not exist for us. Every address that comes from a guest goes through
 * dvs_guest_region_at or dvs_guest_memory_find before it is used, each time that it is read.
 *
 * During a live migration the hypervisor asks to be told which pages we write (VIRTIO's
 * VHOST_F_LOG_ALL): one bit for each page of 4096 bytes in memory that it shares. It clears bits
 * while we set them, and copies a page after it has cleared its bit: so pages are marked after they
 * were written.
 *
 * Threads: set up while no worker uses it, constant then; the log's bytes are written atomically.
 */
#ifndef DVS_GUEST_MEMORY_H
#define DVS_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DVS_GUEST_REGIONS_MAX 8 /* VHOST_MEMORY_MAX_NREGIONS of librte_vhost */
#define DVS_LOG_PAGE	      4096

struct dvs_guest_region {
	uint64_t address; /* guest-physical */
	uint64_t bytes;
	uint8_t *host;
};

struct dvs_guest_memory {
	struct dvs_guest_region regions[DVS_GUEST_REGIONS_MAX];
	uint32_t n_regions;
	uint8_t *log; /* NULL: nobody asks */
	uint64_t log_bytes;
};

/* -EINVAL: empty, or it wraps around an address space; -ENOSPC: more than 8. */
int dvs_guest_memory_add(struct dvs_guest_memory *memory, uint64_t address, uint64_t bytes,
			 void *host);

/* The region that address is in, or NULL. */
const struct dvs_guest_region *dvs_guest_memory_find(const struct dvs_guest_memory *memory,
						     uint64_t address);

/* True when the bytes from host on are all in one region; then *ret_address is where the guest sees
 * them. */
bool dvs_guest_memory_covers(const struct dvs_guest_memory *memory, const void *host, size_t bytes,
			     uint64_t *ret_address);

/* Marks the pages of these bytes in the log, which there is. */
void dvs_guest_memory_mark(const struct dvs_guest_memory *memory, uint64_t address, uint64_t bytes);

/* Where length bytes from a guest address on are, or NULL when they are not all in the region. */
static inline uint8_t *dvs_guest_region_at(const struct dvs_guest_region *region, uint64_t address,
					   uint32_t length)
{
	uint64_t offset = address - region->address;

	if (__builtin_expect(offset >= region->bytes || length > region->bytes - offset, 0))
		return NULL;
	return region->host + offset;
}

#endif
