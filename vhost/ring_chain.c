/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers of several descriptors: chains (VIRTIO 1.2 sections 2.7.5 and 2.8.6) and indirect tables
 * (2.7.5.3, 2.8.7), which may end a chain but neither nest nor be followed by more.
 */
#include <linux/virtio_net.h>

#include "ring_packed.h"
#include "ring_split.h"

/* What is being read. */
struct walk {
	struct dvs_ring *ring;
	struct ring_chain *chain;
	uint16_t direction; /* VRING_DESC_F_WRITE or 0 */
	unsigned int n;	    /* descriptors seen, ring and table */
};

uint8_t *ring_translate(struct dvs_ring *ring, uint64_t address, uint32_t length)
{
	const struct dvs_guest_region *region = dvs_guest_memory_find(ring->memory, address);

	if (region == NULL)
		return NULL;
	ring->hit = *region;
	return dvs_guest_region_at(region, address, length);
}

static bool fail(struct dvs_ring *ring, enum dvs_ring_fault fault)
{
	dvs_ring_break(ring, fault);
	return false;
}

/* The bytes of one descriptor, which regions that lie side by side may share. */
static bool add_bytes(struct walk *walk, uint64_t address, uint32_t length)
{
	struct ring_chain *chain = walk->chain;
	struct dvs_ring *ring = walk->ring;

	chain->bytes += length;
	while (length > 0) {
		uint8_t *host = dvs_guest_region_at(&ring->hit, address, length);
		uint32_t part = length;

		if (host == NULL) {
			const struct dvs_guest_region *region =
				dvs_guest_memory_find(ring->memory, address);

			if (region == NULL)
				return fail(ring, DVS_RING_FAULT_ADDRESS);
			ring->hit = *region;
			host = region->host + (address - region->address);
			if (part > region->bytes - (address - region->address))
				part = (uint32_t)(region->bytes - (address - region->address));
		}
		if (chain->n == RING_PARTS_MAX) {
			chain->is_too_long = true;
			return true;
		}
		chain->parts[chain->n++] = (struct ring_part){host, address, part};
		address += part;
		length -= part;
	}
	return true;
}

static bool add_desc(struct walk *walk, const struct ring_desc *desc)
{
	if ((desc->flags & VRING_DESC_F_WRITE) != walk->direction)
		return fail(walk->ring, DVS_RING_FAULT_DIRECTION);
	/* Also of empty ones there are only so many: a guest must not keep us busy. */
	if (++walk->n > RING_PARTS_MAX)
		walk->chain->is_too_long = true;
	if (walk->chain->is_too_long)
		return true;
	return add_bytes(walk, desc->address, desc->length);
}

/* One descriptor of a table in the guest's memory; tables may straddle regions. */
static bool read_table(struct dvs_ring *ring, uint64_t address, struct ring_desc *ret_desc)
{
	const uint8_t *host = dvs_guest_region_at(&ring->hit, address, RING_DESC_BYTES);

	if (host == NULL) {
		const struct dvs_guest_region *region =
			dvs_guest_memory_find(ring->memory, address);

		if (region != NULL)
			host = dvs_guest_region_at(region, address, RING_DESC_BYTES);
	}
	if (host == NULL)
		return fail(ring, DVS_RING_FAULT_ADDRESS);
	if ((uintptr_t)host % sizeof(uint64_t) != 0)
		return fail(ring, DVS_RING_FAULT_TABLE);
	*ret_desc = split_read((const struct vring_desc *)host);
	return true;
}

static bool add_table(struct walk *walk, uint64_t address, uint32_t bytes)
{
	struct dvs_ring *ring = walk->ring;
	uint32_t n = bytes / RING_DESC_BYTES, at = 0;

	if (n == 0 || n * RING_DESC_BYTES != bytes)
		return fail(ring, DVS_RING_FAULT_TABLE);
	for (uint32_t seen = 0; !walk->chain->is_too_long; seen++) {
		struct ring_desc desc;

		if (seen == n)
			return fail(ring, DVS_RING_FAULT_LOOP);
		if (!read_table(ring, address + (uint64_t)at * RING_DESC_BYTES, &desc))
			return false;
		if (ring->is_packed) {
			/* The members are those of a packed ring, of which only the writable flag
			 * counts here, and all follow on another. DPDK's driver sets it in tables
			 * of frames that it sends, too. */
			desc.flags = (uint16_t)(desc.next & walk->direction) |
				     (uint16_t)(seen + 1 < n ? VRING_DESC_F_NEXT : 0);
			desc.next = (uint16_t)(seen + 1);
		}
		if ((desc.flags & VRING_DESC_F_INDIRECT) != 0)
			return fail(ring, DVS_RING_FAULT_INDIRECT);
		if (!add_desc(walk, &desc))
			return false;
		if ((desc.flags & VRING_DESC_F_NEXT) == 0)
			break;
		if (desc.next >= n)
			return fail(ring, DVS_RING_FAULT_NEXT);
		at = desc.next;
	}
	return true;
}

/* A descriptor of the ring itself. */
static bool add_ring_desc(struct walk *walk, const struct ring_desc *desc)
{
	if ((desc->flags & VRING_DESC_F_INDIRECT) == 0)
		return add_desc(walk, desc);
	if (!walk->ring->has_indirect || (desc->flags & VRING_DESC_F_NEXT) != 0)
		return fail(walk->ring, DVS_RING_FAULT_INDIRECT);
	return add_table(walk, desc->address, desc->length);
}

static bool add_split(struct walk *walk, uint16_t head)
{
	struct dvs_ring *ring = walk->ring;
	uint16_t at = head;

	for (unsigned int seen = 0; !walk->chain->is_too_long; seen++) {
		struct ring_desc desc;

		if (at >= ring->size)
			return fail(ring, seen == 0 ? DVS_RING_FAULT_HEAD : DVS_RING_FAULT_NEXT);
		if (seen == ring->size)
			return fail(ring, DVS_RING_FAULT_LOOP);
		desc = split_read(&ring->desc[at]);
		if (!add_ring_desc(walk, &desc))
			return false;
		if ((desc.flags & VRING_DESC_F_NEXT) == 0)
			break;
		at = desc.next;
	}
	return true;
}

/* All of a chain has to be seen, as its id is in the last descriptor. */
static bool add_packed(struct walk *walk, struct ring_place place,
		       struct dvs_ring_buffer *ret_buffer)
{
	struct dvs_ring *ring = walk->ring;

	for (unsigned int slots = 1; slots <= ring->size; slots++) {
		struct ring_desc desc;

		if (!packed_read(ring, place, &desc)) {
			/* The first is made available last: the rest of a chain is there. */
			return slots == 1 ? false : fail(ring, DVS_RING_FAULT_NEXT);
		}
		if (!add_ring_desc(walk, &desc))
			return false;
		if ((desc.flags & VRING_DESC_F_NEXT) == 0) {
			*ret_buffer = (struct dvs_ring_buffer){desc.next, (uint16_t)slots};
			return true;
		}
		place = packed_step(ring, place, 1);
	}
	return fail(ring, DVS_RING_FAULT_LOOP);
}

bool ring_chain_add(struct dvs_ring *ring, struct ring_place place, bool is_writable,
		    struct ring_chain *chain, struct dvs_ring_buffer *ret_buffer)
{
	struct walk walk = {ring, chain, is_writable ? VRING_DESC_F_WRITE : 0, 0};
	uint16_t head;

	if (ring->is_packed)
		return add_packed(&walk, place, ret_buffer);
	head = split_head(ring, place.at);
	if (!add_split(&walk, head))
		return false;
	*ret_buffer = (struct dvs_ring_buffer){head, 1};
	return true;
}
