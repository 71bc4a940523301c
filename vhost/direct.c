/* SPDX-License-Identifier: BSD-3-Clause */
#include "direct.h"

#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_vhost.h>

#include "broken.h"
#include "charge.h"
#include "datapath.h"
#include "guest_fault.h"
#include "ring.h"
#include "session.h"

#define RINGS_MAX  (2 * DVS_QUEUES_MAX)
#define RARP_BYTES 60

struct dvs_vhost_rings {
	uint64_t active; /* atomic: bitmap of rings that workers may use */
	bool announces;	 /* atomic: announcement is to be received */
	uint8_t announced_mac[6];

	/* Of the library's thread; constant for workers while a ring is active. */
	int vid; /* whose rings these are; -1: suspended */
	struct dvs_guest_memory memory;
	struct dvs_ring ring[RINGS_MAX] __attribute__((aligned(64)));
};

bool dvs_vhost_direct_create(struct dvs_vhost *port)
{
	size_t size = (sizeof(struct dvs_vhost_rings) + 63) & ~(size_t)63;
	struct dvs_vhost_rings *rings = aligned_alloc(64, size);

	if (rings == NULL)
		return false;
	memset(rings, 0, size);
	rings->vid = -1;
	port->rings = rings;
	return true;
}

void dvs_vhost_direct_free(struct dvs_vhost *port)
{
	free(port->rings);
	port->rings = NULL;
}

/* ---- the library's thread ---- */

void dvs_vhost_direct_suspend(struct dvs_vhost *port)
{
	struct dvs_vhost_rings *rings = port->rings;
	uint64_t active;

	if (rings == NULL || rings->vid < 0)
		return;
	active = __atomic_exchange_n(&rings->active, 0, __ATOMIC_ACQ_REL);
	dvs_portdev_quiesce(port->dev);
	for (uint16_t i = 0; i < RINGS_MAX; i++) {
		uint16_t avail, used;

		if ((active >> i & 1) == 0)
			continue;
		dvs_ring_position(&rings->ring[i], &avail, &used);
		rte_vhost_set_vring_base(rings->vid, i, avail, used);
	}
	rings->vid = -1;
}

/* False: the library has no memory of the guest, or none that can be used. */
static bool read_memory(struct dvs_guest_memory *memory, int vid, uint64_t features, bool has_log)
{
	struct rte_vhost_memory *table = NULL;
	bool is_good = true;
	uint64_t log = 0;

	memset(memory, 0, sizeof(*memory));
	if (rte_vhost_get_mem_table(vid, &table) < 0)
		return false;
	for (uint32_t i = 0; i < table->nregions; i++)
		is_good &=
			dvs_guest_memory_add(
				memory, table->regions[i].guest_phys_addr, table->regions[i].size,
				(void *)(uintptr_t)table->regions[i].host_user_addr) == 0;
	free(table);
	if (has_log && (features >> VHOST_F_LOG_ALL & 1) != 0 &&
	    rte_vhost_get_log_base(vid, &log, &memory->log_bytes) == 0)
		memory->log = (uint8_t *)(uintptr_t)log;
	return is_good && memory->n_regions != 0;
}

/* True: the ring can be used. */
static bool start_ring(struct dvs_vhost *port, int vid, uint64_t features, uint16_t i)
{
	struct dvs_vhost_rings *rings = port->rings;
	struct dvs_ring_setup setup = {.memory = &rings->memory, .features = features};
	struct rte_vhost_vring vring;

	if (rte_vhost_get_vhost_vring(vid, i, &vring) < 0 || vring.desc == NULL ||
	    vring.avail == NULL || vring.used == NULL ||
	    rte_vhost_get_vring_base(vid, i, &setup.avail, &setup.used) < 0)
		return false;
	setup.desc = vring.desc;
	setup.driver = vring.avail;
	setup.device = vring.used;
	setup.size = vring.size;
	setup.call_fd = vring.callfd;
	if (dvs_ring_init(&rings->ring[i], &setup) == 0)
		return true;
	dvs_vhost_broken_set(port, i, dvs_ring_fault(&rings->ring[i]));
	return false;
}

void dvs_vhost_direct_resume(struct dvs_vhost *port, int vid, uint64_t enabled, bool has_log)
{
	struct dvs_vhost_rings *rings = port->rings;
	uint64_t active = 0, features = 0;

	if (rings == NULL || dvs_vhost_is_broken(port) ||
	    rte_vhost_get_negotiated_features(vid, &features) < 0 ||
	    !read_memory(&rings->memory, vid, features, has_log))
		return;
	for (uint16_t i = 0; i < 2 * port->dev->config.queues; i++)
		if ((enabled >> i & 1) != 0 && start_ring(port, vid, features, i))
			active |= UINT64_C(1) << i;
	rings->vid = vid;
	__atomic_store_n(&rings->active, active, __ATOMIC_RELEASE);
	dvs_portdev_wake(port->dev);
}

void dvs_vhost_direct_announce(struct dvs_vhost *port, const uint8_t mac[6])
{
	if (port->rings == NULL)
		return;
	memcpy(port->rings->announced_mac, mac, sizeof(port->rings->announced_mac));
	__atomic_store_n(&port->rings->announces, true, __ATOMIC_RELEASE);
	dvs_portdev_wake(port->dev);
}

/* ---- workers ---- */

/* RFC 903: "reverse request", the guest asks for its own address; nobody need answer. */
static uint16_t receive_announcement(struct dvs_portdev *dev, struct dvs_vhost_rings *rings,
				     struct dvs_batch *batch)
{
	static const uint8_t rarp[] = {0x80, 0x35, 0, 1, 0x08, 0x00, 6, 4, 0, 3};
	unsigned int i = batch->n;
	uint8_t *frame = batch->snapshot[i];

	if (!__atomic_exchange_n(&rings->announces, false, __ATOMIC_ACQUIRE))
		return 0;
	memset(frame, 0, DVS_SNAPSHOT_BYTES);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, rings->announced_mac, 6);
	memcpy(frame + 12, rarp, sizeof(rarp));
	memcpy(frame + 22, rings->announced_mac, 6); /* sender; its IP address stays zero */
	memcpy(frame + 32, rings->announced_mac, 6); /* target */
	batch->mbuf[i] = NULL;
	batch->header[i] = frame;
	batch->header_len[i] = RARP_BYTES;
	batch->length[i] = RARP_BYTES;
	batch->extent[i] = batch->extents_of[i] = 0;
	memset(&batch->offload[i], 0, sizeof(batch->offload[i]));
	batch->in_port[i] = dev->id;
	batch->n++;
	if (batch->is_limited)
		dvs_charge_frame(batch, i);
	return 1;
}

/* The ring, or NULL when it cannot be used now. */
static inline struct dvs_ring *active_ring(struct dvs_vhost_rings *rings, unsigned int i)
{
	if (unlikely((__atomic_load_n(&rings->active, __ATOMIC_ACQUIRE) >> i & 1) == 0))
		return NULL;
	return &rings->ring[i];
}

/* After each use of a ring: may it go on? What is read from memory that is gone means nothing. */
static inline void check_ring(struct dvs_vhost *port, struct dvs_ring *ring)
{
	struct dvs_vhost_rings *rings = port->rings;

	if (unlikely(dvs_guest_fault_happened(rings->vid)))
		dvs_ring_break(ring, DVS_RING_FAULT_MEMORY);
	if (unlikely(dvs_ring_fault(ring) != DVS_RING_FAULT_NONE))
		dvs_vhost_broken_set(port, (unsigned int)(ring - rings->ring),
				     dvs_ring_fault(ring));
}

static uint16_t direct_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct dvs_vhost *port = dev->impl;
	struct dvs_ring *ring = active_ring(port->rings, GUEST_TX_RING(queue));
	uint16_t n;

	if (unlikely(ring == NULL))
		return 0;
	if (unlikely(queue == 0 && __atomic_load_n(&port->rings->announces, __ATOMIC_RELAXED)))
		return receive_announcement(dev, port->rings, batch);
	n = dvs_ring_receive(ring, batch, dev->id);
	if (unlikely(ring->is_armed && n != 0))
		dvs_ring_disarm(ring);
	check_ring(port, ring);
	return n;
}

static bool direct_arm(struct dvs_portdev *dev, uint16_t queue)
{
	struct dvs_vhost *port = dev->impl;
	struct dvs_ring *ring = active_ring(port->rings, GUEST_TX_RING(queue));

	if (ring != NULL) /* else its resume wakes us */
		dvs_ring_arm(ring);
	return true;
}

static void direct_release(struct dvs_portdev *dev, uint16_t queue)
{
	struct dvs_vhost *port = dev->impl;

	dvs_ring_release(&port->rings->ring[GUEST_TX_RING(queue)]);
}

static uint64_t direct_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
			  const uint8_t *index, uint16_t n)
{
	struct dvs_vhost *port = dev->impl;
	struct dvs_ring *ring = active_ring(port->rings, GUEST_RX_RING(queue));
	uint64_t taken;

	if (unlikely(ring == NULL))
		return 0;
	taken = dvs_ring_send(ring, batch, index, n);
	check_ring(port, ring);
	return taken;
}

const struct dvs_portdev_ops dvs_vhost_direct_ops = {
	.name = "vhost-user",
	.destroy = dvs_vhost_destroy,
	.rx = direct_rx,
	.release = direct_release,
	.tx = direct_tx,
	.arm = direct_arm,
	.get_state = dvs_vhost_get_state,
};
