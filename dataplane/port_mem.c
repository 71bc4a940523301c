/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "charge.h"
#include "frame.h"
#include "handover.h"
#include "spsc_ring.h"
#include "wake.h"

#define ACCEPT_ALL (DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO4 | DVS_ACCEPT_TSO6 | DVS_ACCEPT_ECN)

struct mem_port {
	struct rte_ring *to_switch[DVS_QUEUES_MAX];
	struct rte_ring *from_switch[DVS_QUEUES_MAX];
	uint32_t room; /* atomic */
	uint16_t n_queues;
	struct dvs_wake wake[DVS_QUEUES_MAX]; /* "asleep" is armed */
};

static void free_ring(struct rte_ring *ring)
{
	struct rte_mbuf *mbuf;

	while (ring != NULL && rte_ring_sc_dequeue(ring, (void **)&mbuf) == 0)
		rte_pktmbuf_free(mbuf);
	free(ring);
}

static void mem_destroy(struct dvs_portdev *dev)
{
	struct mem_port *port = dev->impl;

	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++) {
		free_ring(port->to_switch[q]);
		free_ring(port->from_switch[q]);
		dvs_wake_fini(&port->wake[q]);
	}
	free(port);
}

static int mem_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	struct mem_port *port = aligned_alloc(64, sizeof(*port));

	if (port == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	memset(port, 0, sizeof(*port));
	dev->impl = port;
	port->room = DVS_MEM_RING - 1;
	port->n_queues = dev->config.queues;
	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++)
		port->wake[q].fd = -1;
	for (unsigned int q = 0; q < dev->config.queues; q++) {
		port->to_switch[q] = dvs_spsc_ring_create("mem", sizeof(void *), DVS_MEM_RING);
		port->from_switch[q] = dvs_spsc_ring_create("mem", sizeof(void *), DVS_MEM_RING);
		if (port->to_switch[q] == NULL || port->from_switch[q] == NULL ||
		    dvs_wake_init(&port->wake[q]) < 0) {
			mem_destroy(dev);
			return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
		}
		dvs_portdev_watch(dev, (uint16_t)q, port->wake[q].fd);
	}
	dvs_portdev_set_link(dev, DVS_LINK_UP, dev->config.queues, ACCEPT_ALL);
	return 0;
}

/* ---- the switch's end ---- */

static uint16_t mem_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct mem_port *port = dev->impl;
	uint16_t first = batch->n;
	struct rte_mbuf *mbuf;

	while (batch->n < DVS_BATCH_MAX &&
	       rte_ring_sc_dequeue(port->to_switch[queue], (void **)&mbuf) == 0) {
		unsigned int i = batch->n++;

		dvs_frame_set_mbuf(batch, i, mbuf);
		batch->offload[i] = dvs_mbuf_private(mbuf)->offload;
		batch->in_port[i] = dev->id;
		if (batch->is_limited && !dvs_charge_frame(batch, i))
			break;
	}
	if (batch->n != first)
		dvs_wake_end(&port->wake[queue]);
	return (uint16_t)(batch->n - first);
}

static bool mem_arm(struct dvs_portdev *dev, uint16_t queue)
{
	struct mem_port *port = dev->impl;

	dvs_wake_announce(&port->wake[queue]);
	return true;
}

static uint64_t mem_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
		       const uint8_t *index, uint16_t n)
{
	struct mem_port *port = dev->impl;
	struct rte_ring *ring = port->from_switch[queue];
	uint16_t sent = 0;

	while (sent < n && rte_ring_count(ring) < __atomic_load_n(&port->room, __ATOMIC_RELAXED)) {
		unsigned int i = index[sent];
		struct rte_mbuf *copy = rte_pktmbuf_copy(batch->mbuf[i], dev->pool, 0, UINT32_MAX);

		if (copy == NULL)
			break;
		dvs_mbuf_private(copy)->offload = batch->offload[i];
		if (rte_ring_sp_enqueue(ring, copy) < 0) {
			rte_pktmbuf_free(copy);
			break;
		}
		sent++;
	}
	return dvs_taken_first(sent);
}

const struct dvs_portdev_ops dvs_mem_ops = {
	.name = "in-memory",
	.create = mem_create,
	.destroy = mem_destroy,
	.rx = mem_rx,
	.tx = mem_tx,
	.arm = mem_arm,
	.needs_mbufs = true,
};

/* ---- the far end ---- */

/* Copies into a chain of mbufs as long as it takes. */
static struct rte_mbuf *make_chain(struct rte_mempool *pool, const void *data, uint32_t length)
{
	struct rte_mbuf *head = NULL;
	uint32_t done = 0;

	do {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
		uint32_t part;

		if (mbuf == NULL || (head != NULL && rte_pktmbuf_chain(head, mbuf) < 0)) {
			rte_pktmbuf_free(mbuf);
			rte_pktmbuf_free(head);
			return NULL;
		}
		if (head == NULL)
			head = mbuf;
		part = rte_pktmbuf_tailroom(mbuf);
		if (part > length - done)
			part = length - done;
		memcpy(rte_pktmbuf_append(head, (uint16_t)part), (const char *)data + done, part);
		done += part;
	} while (done < length);
	return head;
}

int dvs_mem_inject(struct dvs_portdev *dev, uint16_t queue, const void *data, uint32_t length,
		   const struct dvs_offload *offload)
{
	struct mem_port *port = dev->impl;
	struct rte_mbuf *mbuf;

	if (queue >= port->n_queues || length > DVS_MEM_FRAME_MAX)
		return -EINVAL;
	mbuf = make_chain(dev->pool, data, length);
	if (mbuf == NULL)
		return -ENOBUFS;
	dvs_mbuf_private(mbuf)->offload =
		offload != NULL ? *offload : (struct dvs_offload){.needs_csum = 0};
	if (rte_ring_sp_enqueue(port->to_switch[queue], mbuf) < 0) {
		rte_pktmbuf_free(mbuf);
		return -ENOBUFS;
	}
	dvs_wake_up(&port->wake[queue]);
	return 0;
}

bool dvs_mem_collect(struct dvs_portdev *dev, uint16_t queue, struct dvs_mem_frame *ret_frame)
{
	struct mem_port *port = dev->impl;
	struct rte_mbuf *mbuf;
	const void *data;

	if (rte_ring_sc_dequeue(port->from_switch[queue], (void **)&mbuf) < 0)
		return false;
	ret_frame->length = mbuf->pkt_len;
	ret_frame->offload = dvs_mbuf_private(mbuf)->offload;
	data = rte_pktmbuf_read(mbuf, 0, mbuf->pkt_len, ret_frame->data);
	if (data != ret_frame->data)
		memcpy(ret_frame->data, data, mbuf->pkt_len);
	rte_pktmbuf_free(mbuf);
	return true;
}

unsigned int dvs_mem_pending(struct dvs_portdev *dev, uint16_t queue)
{
	return rte_ring_count(((struct mem_port *)dev->impl)->from_switch[queue]);
}

unsigned int dvs_mem_discard(struct dvs_portdev *dev, uint16_t queue)
{
	struct rte_ring *ring = ((struct mem_port *)dev->impl)->from_switch[queue];
	struct rte_mbuf *mbuf;
	unsigned int n = 0;

	while (rte_ring_sc_dequeue(ring, (void **)&mbuf) == 0) {
		rte_pktmbuf_free(mbuf);
		n++;
	}
	return n;
}

void dvs_mem_set_room(struct dvs_portdev *dev, unsigned int frames)
{
	__atomic_store_n(&((struct mem_port *)dev->impl)->room, frames, __ATOMIC_RELAXED);
}
