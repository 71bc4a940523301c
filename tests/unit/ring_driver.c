/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/virtio_config.h>

#include "ring_driver.h"

#define AREA_DRIVER 2048 /* offsets in the memory for rings */
#define AREA_DEVICE 4096

struct vring_desc *driver_desc(struct driver *driver)
{
	return (struct vring_desc *)driver->host[0];
}

struct vring_packed_desc *driver_packed(struct driver *driver)
{
	return (struct vring_packed_desc *)driver->host[0];
}

struct vring_avail *driver_avail(struct driver *driver)
{
	return (struct vring_avail *)(driver->host[0] + AREA_DRIVER);
}

struct vring_packed_desc_event *driver_event(struct driver *driver)
{
	return (struct vring_packed_desc_event *)(driver->host[0] + AREA_DRIVER);
}

struct vring_used *driver_used(struct driver *driver)
{
	return (struct vring_used *)(driver->host[0] + AREA_DEVICE);
}

void driver_create(struct driver *driver, uint16_t size, uint64_t features, uint16_t index)
{
	uint64_t data = (uint64_t)size * DRIVER_SLOT;

	memset(driver, 0, sizeof(*driver));
	assert_true(size <= DRIVER_SIZE_MAX);
	driver->size = size;
	driver->free_slots = size;
	driver->is_packed = (features >> VIRTIO_F_RING_PACKED & 1) != 0;
	/* The two halves meet in the middle of a buffer's memory. */
	driver->bytes[0] = DRIVER_RINGS + data / 2 / 4096 * 4096 + 4096;
	driver->bytes[1] = DRIVER_RINGS + data - driver->bytes[0];
	driver->bytes[2] = (uint64_t)size * DRIVER_TABLE;
	for (unsigned int i = 0; i < DRIVER_REGIONS; i++) {
		driver->host[i] = aligned_alloc(64, (driver->bytes[i] + 63) & ~UINT64_C(63));
		assert_non_null(driver->host[i]);
		memset(driver->host[i], 0, driver->bytes[i]);
	}
	assert_int_equal(dvs_guest_memory_add(&driver->memory, DRIVER_BASE, driver->bytes[0],
					      driver->host[0]),
			 0);
	assert_int_equal(dvs_guest_memory_add(&driver->memory, DRIVER_FAR, driver->bytes[2],
					      driver->host[2]),
			 0);
	assert_int_equal(dvs_guest_memory_add(&driver->memory, DRIVER_BASE + driver->bytes[0],
					      driver->bytes[1], driver->host[1]),
			 0);
	driver->avail_wrap = driver->used_wrap = true;
	driver->avail = driver->used = driver->is_packed ? 0 : index;
	driver->setup = (struct dvs_ring_setup){
		.desc = driver->host[0],
		.driver = driver->host[0] + AREA_DRIVER,
		.device = driver->host[0] + AREA_DEVICE,
		.memory = &driver->memory,
		.features = features,
		.size = size,
		.avail = driver->is_packed ? 0x8000 : index,
		.used = driver->is_packed ? 0x8000 : index,
		.call_fd = -1,
	};
	if (!driver->is_packed) {
		driver_avail(driver)->idx = index;
		driver_used(driver)->idx = index;
	}
}

void driver_free(struct driver *driver)
{
	for (unsigned int i = 0; i < DRIVER_REGIONS; i++)
		free(driver->host[i]);
}

uint8_t *driver_at(struct driver *driver, uint64_t address, uint32_t length)
{
	for (unsigned int i = 0; i < DRIVER_REGIONS; i++) {
		static const unsigned int which[] = {0, 2, 1};
		const struct dvs_guest_region *region = &driver->memory.regions[i];

		if (address >= region->address &&
		    address + length <= region->address + driver->bytes[which[i]])
			return driver->host[which[i]] + (address - region->address);
	}
	return NULL;
}

/* Octet by octet: parts may be empty, and lie in two regions. */
void driver_write(struct driver *driver, const struct driver_buffer *buffer, uint32_t offset,
		  const uint8_t *from, uint32_t n)
{
	for (unsigned int k = 0; k < buffer->n && n > 0; k++) {
		uint32_t at = offset;

		for (; at < buffer->parts[k].length && n > 0; at++, n--)
			*driver_at(driver, buffer->parts[k].address + at, 1) = *from++;
		offset = offset > buffer->parts[k].length ? offset - buffer->parts[k].length : 0;
	}
	assert_int_equal(n, 0);
}

void driver_read(struct driver *driver, const struct driver_buffer *buffer, uint32_t offset,
		 uint8_t *to, uint32_t n)
{
	for (unsigned int k = 0; k < buffer->n && n > 0; k++) {
		uint32_t at = offset;

		for (; at < buffer->parts[k].length && n > 0; at++, n--)
			*to++ = *driver_at(driver, buffer->parts[k].address + at, 1);
		offset = offset > buffer->parts[k].length ? offset - buffer->parts[k].length : 0;
	}
	assert_int_equal(n, 0);
}

uint64_t driver_slot(const struct driver *driver, uint16_t id)
{
	(void)driver;
	return DRIVER_BASE + DRIVER_RINGS + (uint64_t)id * DRIVER_SLOT;
}

int driver_find(struct driver *driver, unsigned int slots)
{
	if (slots > driver->free_slots || driver->n_out == driver->size)
		return -1;
	for (uint16_t tries = 0, id = (uint16_t)(rand() % driver->size); tries < driver->size;
	     tries++, id = (uint16_t)((id + 1) % driver->size))
		if (!driver->buffers[id].is_out && !driver->is_used[id])
			return id;
	return -1;
}

/* ---- offer ---- */

static unsigned int ring_parts(const struct driver_buffer *buffer, enum driver_layout layout)
{
	switch (layout) {
	case DRIVER_DIRECT:
		return buffer->n;
	case DRIVER_INDIRECT:
		return 0;
	default:
		return 1;
	}
}

static uint64_t write_table(struct driver *driver, uint16_t id, unsigned int from, uint16_t write)
{
	const struct driver_buffer *buffer = &driver->buffers[id];
	uint64_t address = DRIVER_FAR + (uint64_t)id * DRIVER_TABLE;

	for (unsigned int k = from; k < buffer->n; k++) {
		uint8_t *at = driver_at(driver, address + (k - from) * 16, 16);
		const struct driver_part *part = &buffer->parts[k];
		bool is_last = k + 1 == buffer->n;

		if (driver->is_packed)
			*(struct vring_packed_desc *)at =
				(struct vring_packed_desc){part->address, part->length, 0, write};
		else
			*(struct vring_desc *)at = (struct vring_desc){
				part->address, part->length,
				(uint16_t)(write | (is_last ? 0 : VRING_DESC_F_NEXT)),
				(uint16_t)(is_last ? 0 : k - from + 1)};
	}
	return address;
}

static uint16_t find_desc(struct driver *driver)
{
	uint16_t at = (uint16_t)(rand() % driver->size);

	while (driver->is_used[at])
		at = (uint16_t)((at + 1) % driver->size);
	return at;
}

static void offer_split(struct driver *driver, uint16_t id, const struct vring_desc *descs,
			unsigned int n)
{
	struct vring_avail *avail = driver_avail(driver);
	uint16_t at = id;

	for (unsigned int k = 0; k < n; k++) {
		uint16_t next = 0;

		driver->is_used[at] = true;
		driver_desc(driver)[at] = descs[k];
		if (k + 1 < n) {
			next = find_desc(driver);
			driver_desc(driver)[at].flags |= VRING_DESC_F_NEXT;
			driver_desc(driver)[at].next = next;
		}
		at = next;
	}
	avail->ring[driver->avail % driver->size] = id;
	driver->avail++;
	__atomic_store_n(&avail->idx, driver->avail, __ATOMIC_RELEASE);
}

static void offer_packed(struct driver *driver, uint16_t id, const struct vring_desc *descs,
			 unsigned int n)
{
	struct vring_packed_desc *ring = driver_packed(driver);
	uint16_t first = driver->avail, first_flags = 0;

	for (unsigned int k = 0; k < n; k++) {
		uint16_t flags = (uint16_t)(descs[k].flags | (k + 1 < n ? VRING_DESC_F_NEXT : 0));

		flags |= (uint16_t)(driver->avail_wrap ? 1u << VRING_PACKED_DESC_F_AVAIL
						       : 1u << VRING_PACKED_DESC_F_USED);
		ring[driver->avail].addr = descs[k].addr;
		ring[driver->avail].len = descs[k].len;
		ring[driver->avail].id = id;
		if (k == 0)
			first_flags = flags;
		else
			ring[driver->avail].flags = flags;
		if (++driver->avail == driver->size) {
			driver->avail = 0;
			driver->avail_wrap = !driver->avail_wrap;
		}
	}
	__atomic_store_n(&ring[first].flags, first_flags, __ATOMIC_RELEASE);
}

void driver_offer(struct driver *driver, uint16_t id, bool is_writable, enum driver_layout layout)
{
	struct driver_buffer *buffer = &driver->buffers[id];
	uint16_t write = is_writable ? VRING_DESC_F_WRITE : 0;
	struct vring_desc descs[DRIVER_PARTS_MAX];
	unsigned int n = ring_parts(buffer, layout);

	for (unsigned int k = 0; k < n; k++)
		descs[k] = (struct vring_desc){buffer->parts[k].address, buffer->parts[k].length,
					       write, 0};
	if (n < buffer->n) {
		uint64_t table = write_table(driver, id, n, write);

		descs[n] =
			(struct vring_desc){table, (buffer->n - n) * 16, VRING_DESC_F_INDIRECT, 0};
		n++;
	}
	assert_true(n <= driver->free_slots);
	driver->free_slots -= n;
	buffer->slots = n;
	buffer->is_out = true;
	driver->order[(driver->first_out + driver->n_out++) % driver->size] = id;
	if (driver->is_packed)
		offer_packed(driver, id, descs, n);
	else
		offer_split(driver, id, descs, n);
}

/* ---- reap ---- */

static int reap_split(struct driver *driver, uint32_t *ret_length)
{
	struct vring_used *used = driver_used(driver);
	const struct vring_used_elem *elem = &used->ring[driver->used % driver->size];
	uint16_t at;

	if (__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) == driver->used)
		return -1;
	assert_true(elem->id < driver->size);
	at = (uint16_t)elem->id;
	for (unsigned int k = 0; k < driver->buffers[elem->id].slots; k++) {
		assert_true(driver->is_used[at]);
		driver->is_used[at] = false;
		at = driver_desc(driver)[at].next;
	}
	driver->used++;
	*ret_length = elem->len;
	return (int)elem->id;
}

static int reap_packed(struct driver *driver, uint32_t *ret_length)
{
	const struct vring_packed_desc *desc = &driver_packed(driver)[driver->used];
	uint16_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);
	bool avail = (flags >> VRING_PACKED_DESC_F_AVAIL & 1) != 0;
	bool used = (flags >> VRING_PACKED_DESC_F_USED & 1) != 0;
	uint16_t id = desc->id;

	if (avail != used || used != driver->used_wrap || driver->n_out == 0)
		return -1;
	assert_true(id < driver->size);
	driver->used = (uint16_t)(driver->used + driver->buffers[id].slots);
	if (driver->used >= driver->size) {
		driver->used = (uint16_t)(driver->used - driver->size);
		driver->used_wrap = !driver->used_wrap;
	}
	*ret_length = desc->len;
	return id;
}

int driver_reap(struct driver *driver, uint32_t *ret_length)
{
	int id = driver->is_packed ? reap_packed(driver, ret_length)
				   : reap_split(driver, ret_length);

	if (id < 0)
		return -1;
	assert_int_equal(id, driver->order[driver->first_out]);
	assert_true(driver->buffers[id].is_out);
	driver->first_out = (uint16_t)((driver->first_out + 1) % driver->size);
	driver->n_out--;
	driver->buffers[id].is_out = false;
	driver->free_slots += driver->buffers[id].slots;
	return id;
}
