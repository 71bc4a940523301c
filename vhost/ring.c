/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring begins, says where it is, and notifies its driver. */
#include "ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "ring_packed.h"
#include "ring_split.h"

#define WRAP_BIT     (1u << 15)
#define HEADER_BASIC (sizeof(struct virtio_net_hdr))

__thread uint32_t ring_bursts;

static bool runs_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2");
}

static bool runs_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

static bool runs_base(void)
{
	return true;
}

static const struct {
	struct dvs_ring_code code;
	bool (*runs)(void);
} variants[] = {
#define VARIANT(variant)                                                                           \
	{{#variant, dvs_ring_receive_##variant, dvs_ring_release_##variant,                        \
	  dvs_ring_send_##variant},                                                                \
	 runs_##variant},
	RING_VARIANTS(VARIANT)
#undef VARIANT
};

const struct dvs_ring_code *dvs_ring_code_get(unsigned int number)
{
	for (unsigned int i = 0; i < RTE_DIM(variants); i++)
		if (variants[i].runs() && number-- == 0)
			return &variants[i].code;
	return NULL;
}

static const char *const fault_texts[] = {
#define FAULT_TEXT(symbol, text) text,
	DVS_RING_FAULTS(FAULT_TEXT)
#undef FAULT_TEXT
};

const char *dvs_ring_fault_text(unsigned int fault)
{
	return fault < DVS_RING_N_FAULTS ? fault_texts[fault] : "unknown";
}

static bool has(const struct dvs_ring_setup *setup, unsigned int bit)
{
	return (setup->features >> bit & 1) != 0;
}

/* Is an area of the ring aligned and in the guest's memory? */
static bool area_is_valid(const struct dvs_ring_setup *setup, const void *area, size_t bytes,
			  size_t alignment, uint64_t *ret_address)
{
	return area != NULL && (uintptr_t)area % alignment == 0 &&
	       dvs_guest_memory_covers(setup->memory, area, bytes, ret_address);
}

/* Sections 2.7 and 2.8.10: sizes and alignments of the areas. Each has the two octets for events,
 * whether they are negotiated or not. */
static bool areas_are_valid(const struct dvs_ring_setup *setup, bool is_packed,
			    uint64_t *ret_used_address)
{
	uint64_t desc, driver, device;
	size_t n = setup->size;

	if (!area_is_valid(setup, setup->desc, n * RING_DESC_BYTES, RING_DESC_BYTES, &desc) ||
	    !area_is_valid(setup, setup->driver, is_packed ? 4 : 6 + 2 * n, is_packed ? 4 : 2,
			   &driver) ||
	    !area_is_valid(setup, setup->device, is_packed ? 4 : 6 + 8 * n, 4, &device))
		return false;
	*ret_used_address = is_packed ? desc : device;
	return true;
}

static bool size_is_valid(uint32_t size, bool is_packed)
{
	return size >= 1 && size <= DVS_RING_SIZE_MAX && (is_packed || (size & (size - 1)) == 0);
}

static void set_position(struct dvs_ring *ring, const struct dvs_ring_setup *setup)
{
	if (!ring->is_packed) {
		ring->next_avail = ring->avail_seen = setup->avail;
		ring->next_used = setup->used;
		return;
	}
	ring->next_avail = setup->avail & (WRAP_BIT - 1);
	ring->next_used = setup->used & (WRAP_BIT - 1);
	ring->avail_wrap = (setup->avail & WRAP_BIT) != 0;
	ring->used_wrap = (setup->used & WRAP_BIT) != 0;
}

/* With event indices a split ring's driver compares with the available index: one that is just
 * passed comes again after 65536 buffers. */
static void refuse_kicks(struct dvs_ring *ring)
{
	if (ring->is_packed)
		__atomic_store_n(&ring->device_event->flags, VRING_PACKED_EVENT_FLAG_DISABLE,
				 __ATOMIC_RELAXED);
	else if (ring->has_event_idx)
		__atomic_store_n((uint16_t *)&ring->used->ring[ring->size],
				 (uint16_t)(ring->next_avail - 1), __ATOMIC_RELAXED);
	else
		__atomic_store_n(&ring->used->flags, VRING_USED_F_NO_NOTIFY, __ATOMIC_RELAXED);
}

/* Sections 2.7.10 and 2.8.10, from the device's side. */
static void ask_for_kicks(struct dvs_ring *ring)
{
	uint16_t next = ring->next_avail;

	if (ring->is_packed && ring->has_event_idx) {
		next = (uint16_t)(next | (ring->avail_wrap ? WRAP_BIT : 0));
		__atomic_store_n(&ring->device_event->off_wrap, next, __ATOMIC_RELAXED);
		__atomic_store_n(&ring->device_event->flags, VRING_PACKED_EVENT_FLAG_DESC,
				 __ATOMIC_RELEASE);
	} else if (ring->is_packed) {
		__atomic_store_n(&ring->device_event->flags, VRING_PACKED_EVENT_FLAG_ENABLE,
				 __ATOMIC_RELAXED);
	} else if (ring->has_event_idx) {
		__atomic_store_n((uint16_t *)&ring->used->ring[ring->size], next, __ATOMIC_RELAXED);
	} else {
		__atomic_store_n(&ring->used->flags, 0, __ATOMIC_RELAXED);
	}
}

/* What is written here need not be logged: a ring is armed anew wherever its guest goes. */
void dvs_ring_arm(struct dvs_ring *ring)
{
	if (ring->is_armed || ring->fault != DVS_RING_FAULT_NONE)
		return;
	ask_for_kicks(ring);
	ring->is_armed = true;
}

void dvs_ring_disarm(struct dvs_ring *ring)
{
	if (!ring->is_armed)
		return;
	refuse_kicks(ring);
	ring->is_armed = false;
}

int dvs_ring_init(struct dvs_ring *ring, const struct dvs_ring_setup *setup)
{
	memset(ring, 0, sizeof(*ring));
	ring->code = setup->code != NULL ? setup->code : dvs_ring_code_get(0);
	ring->is_packed = has(setup, VIRTIO_F_RING_PACKED);
	if (!size_is_valid(setup->size, ring->is_packed)) {
		dvs_ring_break(ring, DVS_RING_FAULT_SIZE);
		return -EINVAL;
	}
	if (!areas_are_valid(setup, ring->is_packed, &ring->used_address)) {
		dvs_ring_break(ring, DVS_RING_FAULT_AREA);
		return -EINVAL;
	}
	ring->desc = setup->desc;
	ring->avail = setup->driver;
	ring->used = setup->device;
	ring->memory = setup->memory;
	ring->hit = setup->memory->regions[0];
	ring->size = (uint16_t)setup->size;
	ring->has_event_idx = has(setup, VIRTIO_RING_F_EVENT_IDX);
	ring->has_indirect = has(setup, VIRTIO_RING_F_INDIRECT_DESC);
	ring->is_mergeable = has(setup, VIRTIO_NET_F_MRG_RXBUF);
	ring->header_bytes = ring->is_mergeable || has(setup, VIRTIO_F_VERSION_1)
				     ? sizeof(struct virtio_net_hdr_v1)
				     : HEADER_BASIC;
	ring->call_fd = setup->call_fd;
	ring->must_call = true;
	set_position(ring, setup);
	if (ring->is_packed && (ring->next_avail >= ring->size || ring->next_used >= ring->size)) {
		dvs_ring_break(ring, DVS_RING_FAULT_INDEX);
		return -EINVAL;
	}
	refuse_kicks(ring);
	return 0;
}

void dvs_ring_position(const struct dvs_ring *ring, uint16_t *ret_avail, uint16_t *ret_used)
{
	*ret_avail = ring->next_avail;
	*ret_used = ring->next_used;
	if (ring->is_packed) {
		*ret_avail |= (uint16_t)(ring->avail_wrap ? WRAP_BIT : 0);
		*ret_used |= (uint16_t)(ring->used_wrap ? WRAP_BIT : 0);
	}
}

/* Entries first to last - 1 of the area that we write; both with entries of entry_bytes from base
 * on. */
static void mark_entries(const struct dvs_ring *ring, uint64_t base, uint64_t entry_bytes,
			 uint64_t first, uint64_t last)
{
	dvs_guest_memory_mark(ring->memory, base + first * entry_bytes,
			      (last - first) * entry_bytes);
}

void ring_mark_used(const struct dvs_ring *ring, uint16_t used_before)
{
	uint64_t base = ring->used_address, bytes = RING_DESC_BYTES;
	uint32_t first = used_before, last = ring->next_used;

	if (!ring->is_packed) {
		dvs_guest_memory_mark(ring->memory, base, offsetof(struct vring_used, ring));
		base += offsetof(struct vring_used, ring);
		bytes = sizeof(struct vring_used_elem);
		first &= ring->size - 1u;
		last &= ring->size - 1u;
	}
	/* Where it went around the end, or once around, both parts were written. */
	if (first < last) {
		mark_entries(ring, base, bytes, first, last);
	} else {
		mark_entries(ring, base, bytes, first, ring->size);
		mark_entries(ring, base, bytes, 0, last);
	}
}

/* Section 2.7.7, device side. */
static bool split_wants_call(const struct dvs_ring *ring, uint16_t before)
{
	uint16_t event;

	if (!ring->has_event_idx)
		return (__atomic_load_n(&ring->avail->flags, __ATOMIC_RELAXED) &
			VRING_AVAIL_F_NO_INTERRUPT) == 0;
	event = __atomic_load_n(&ring->avail->ring[ring->size], __ATOMIC_RELAXED);
	return ring->must_call || vring_need_event(event, ring->next_used, before) != 0;
}

/* Section 2.8.10. Slots are made comparable by counting those of the lap before as negative. */
static bool packed_wants_call(const struct dvs_ring *ring, uint16_t before)
{
	uint16_t flags = __atomic_load_n(&ring->driver_event->flags, __ATOMIC_ACQUIRE) & 3;
	uint16_t event = __atomic_load_n(&ring->driver_event->off_wrap, __ATOMIC_RELAXED);
	bool wrap = (event & WRAP_BIT) != 0;

	if (flags != VRING_PACKED_EVENT_FLAG_DESC || !ring->has_event_idx)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	event &= WRAP_BIT - 1;
	if (ring->next_used <= before)
		before = (uint16_t)(before - ring->size);
	if (wrap != ring->used_wrap)
		event = (uint16_t)(event - ring->size);
	return ring->must_call || vring_need_event(event, ring->next_used, before) != 0;
}

void ring_notify(struct dvs_ring *ring, uint16_t used_before)
{
	uint64_t one = 1;
	bool wants;

	/* What was used must be seen before we look whether the driver waits for it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	wants = ring->is_packed ? packed_wants_call(ring, used_before)
				: split_wants_call(ring, used_before);
	if (likely(!wants))
		return;
	ring->must_call = false;
	/* A full counter means that the driver has not even looked at the last call. */
	if (ring->call_fd >= 0 && write(ring->call_fd, &one, sizeof(one)) < 0)
		return;
}
