/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests with one receive and one send ring. Buffer i of a ring is always in its slot i, and all
 * buffers are used in order, so that the driver's side is a few counters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "bench_port.h"
#include "ring.h"

#define SIZE	 256 /* of a ring */
#define BUFFER	 2048
#define HEADROOM 116 /* the net header ends where a cache line does */
#define NET	 sizeof(struct virtio_net_hdr_v1)
#define BASE	 UINT64_C(0x100000000)
#define FEATURES (UINT64_C(1) << VIRTIO_F_VERSION_1 | 1u << VIRTIO_NET_F_MRG_RXBUF)

struct area {
	union {
		struct vring_desc split[SIZE];
		struct vring_packed_desc packed[SIZE];
	} desc __attribute__((aligned(4096)));
	union {
		struct {
			uint16_t flags, idx, ring[SIZE + 1]; /* struct vring_avail */
		} split;
		struct vring_packed_desc_event packed;
	} driver __attribute__((aligned(4096)));
	union {
		struct {
			uint16_t flags, idx; /* struct vring_used */
			struct vring_used_elem ring[SIZE + 1];
		} split;
		struct vring_packed_desc_event packed;
	} device __attribute__((aligned(4096)));
	uint8_t buffers[SIZE][BUFFER] __attribute__((aligned(4096)));
};

struct queue {
	struct area *area;
	struct dvs_ring ring;
	uint32_t offered, used; /* buffers, ever */
};

struct ring_port {
	struct dvs_guest_memory memory;
	bool is_packed;
	struct queue to_guest, from_guest;
	struct area areas[2];
};

/* ---- the guest's driver ---- */

static uint64_t guest_address(const struct ring_port *port, const void *at)
{
	return BASE + (uint64_t)((const uint8_t *)at - (const uint8_t *)port->areas);
}

static void offer(struct ring_port *port, struct queue *queue, uint32_t length, uint16_t flags)
{
	uint16_t slot = (uint16_t)(queue->offered % SIZE);
	uint64_t address = guest_address(port, queue->area->buffers[slot] + HEADROOM);
	bool wrap = queue->offered / SIZE % 2 == 0;

	queue->offered++;
	if (port->is_packed) {
		flags |= (uint16_t)(1u << (wrap ? VRING_PACKED_DESC_F_AVAIL
						: VRING_PACKED_DESC_F_USED));
		queue->area->desc.packed[slot] =
			(struct vring_packed_desc){address, length, slot, flags};
		return;
	}
	queue->area->desc.split[slot] = (struct vring_desc){address, length, flags, 0};
	queue->area->driver.split.ring[slot] = slot;
	queue->area->driver.split.idx = (uint16_t)queue->offered;
}

/* Buffers that came back since the last call. */
static unsigned int reap(struct ring_port *port, struct queue *queue)
{
	uint32_t before = queue->used;

	if (!port->is_packed) {
		queue->used += (uint16_t)(queue->area->device.split.idx - queue->used);
		return queue->used - before;
	}
	while (queue->used != queue->offered) {
		uint16_t flags = queue->area->desc.packed[queue->used % SIZE].flags;
		bool wrap = queue->used / SIZE % 2 == 0;

		if ((flags >> VRING_PACKED_DESC_F_AVAIL & 1) != wrap ||
		    (flags >> VRING_PACKED_DESC_F_USED & 1) != wrap)
			break;
		queue->used++;
	}
	return queue->used - before;
}

static bool ring_push(struct dvs_portdev *dev, const uint8_t header[BENCH_HEADER], uint32_t length)
{
	struct ring_port *port = dev->impl;
	struct queue *queue = &port->from_guest;
	uint8_t *buffer = queue->area->buffers[queue->offered % SIZE] + HEADROOM;

	reap(port, queue);
	if (queue->offered - queue->used >= DVS_BATCH_MAX || length > BENCH_FRAME_MAX)
		return false;
	memset(buffer, 0, NET);
	memcpy(buffer + NET, header, BENCH_HEADER);
	offer(port, queue, (uint32_t)NET + length, 0);
	return true;
}

static unsigned int ring_taken(struct dvs_portdev *dev)
{
	struct ring_port *port = dev->impl;
	unsigned int n = reap(port, &port->to_guest);

	for (unsigned int i = 0; i < n; i++)
		offer(port, &port->to_guest, BUFFER - HEADROOM, VRING_DESC_F_WRITE);
	return n;
}

/* ---- the port ---- */

static int start_queue(struct ring_port *port, struct queue *queue, struct area *area)
{
	uint64_t packed = port->is_packed ? UINT64_C(1) << VIRTIO_F_RING_PACKED : 0;
	uint16_t start = port->is_packed ? 0x8000 : 0; /* wrap counter */

	queue->area = area;
	return dvs_ring_init(&queue->ring, &(struct dvs_ring_setup){.desc = &area->desc,
								    .driver = &area->driver,
								    .device = &area->device,
								    .memory = &port->memory,
								    .features = FEATURES | packed,
								    .size = SIZE,
								    .avail = start,
								    .used = start,
								    .call_fd = -1});
}

static int create(struct dvs_portdev *dev, bool is_packed, struct dvs_error *err)
{
	struct ring_port *port = aligned_alloc(4096, (sizeof(*port) + 4095) / 4096 * 4096);

	if (port == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	memset(port, 0, sizeof(*port));
	port->is_packed = is_packed;
	dev->impl = port;
	if (dvs_guest_memory_add(&port->memory, BASE, sizeof(port->areas), port->areas) < 0 ||
	    start_queue(port, &port->to_guest, &port->areas[0]) < 0 ||
	    start_queue(port, &port->from_guest, &port->areas[1]) < 0) {
		free(port);
		return dvs_error_set(err, -EINVAL, NULL, NULL, "the rings do not start");
	}
	for (unsigned int i = 0; i < SIZE; i++)
		offer(port, &port->to_guest, BUFFER - HEADROOM, VRING_DESC_F_WRITE);
	dvs_portdev_set_link(dev, DVS_LINK_UP, dev->config.queues, 0);
	return 0;
}

static int split_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	return create(dev, false, err);
}

static int packed_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	return create(dev, true, err);
}

static void ring_destroy(struct dvs_portdev *dev)
{
	free(dev->impl);
}

static uint16_t ring_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct ring_port *port = dev->impl;

	(void)queue;
	return dvs_ring_receive(&port->from_guest.ring, batch, dev->id);
}

static void ring_release(struct dvs_portdev *dev, uint16_t queue)
{
	struct ring_port *port = dev->impl;

	(void)queue;
	dvs_ring_release(&port->from_guest.ring);
}

static uint64_t ring_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
			const uint8_t *index, uint16_t n)
{
	struct ring_port *port = dev->impl;

	(void)queue;
	return dvs_ring_send(&port->to_guest.ring, batch, index, n);
}

static const struct dvs_portdev_ops split_ops = {
	.name = "split ring",
	.create = split_create,
	.destroy = ring_destroy,
	.rx = ring_rx,
	.release = ring_release,
	.tx = ring_tx,
};

static const struct dvs_portdev_ops packed_ops = {
	.name = "packed ring",
	.create = packed_create,
	.destroy = ring_destroy,
	.rx = ring_rx,
	.release = ring_release,
	.tx = ring_tx,
};

const struct bench_port bench_split = {&split_ops, ring_push, ring_taken};
const struct bench_port bench_packed = {&packed_ops, ring_push, ring_taken};
