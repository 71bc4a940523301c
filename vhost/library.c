/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in and out by librte_vhost's own datapath, for ports with datapath=library. */
#include <linux/virtio_config.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_vhost.h>

#include "broken.h"
#include "charge.h"
#include "datapath.h"
#include "frame.h"
#include "guest_fault.h"
#include "metadata.h"
#include "session.h"

#define BURST 32 /* what the library moves in a call */

static void describe_frame(const struct dvs_portdev *dev, struct dvs_batch *batch, unsigned int i)
{
	dvs_frame_set_mbuf(batch, i, batch->mbuf[i]);
	batch->in_port[i] = dev->id;
	dvs_vhost_metadata_get(batch->mbuf[i], &batch->offload[i]);
}

static void disarm(struct dvs_vhost *port, int vid, uint16_t queue)
{
	rte_vhost_enable_guest_notification(vid, GUEST_TX_RING(queue), 0);
	port->armed[queue] = 0;
}

/* Are there frames that the library did not take, since its lock was held or no mbuf was free? It
 * can tell only of split rings. */
static bool has_left_some(const struct dvs_vhost *port, int vid, uint16_t queue)
{
	uint64_t features = __atomic_load_n(&port->features, __ATOMIC_RELAXED);

	return (features >> VIRTIO_F_RING_PACKED & 1) == 0 &&
	       rte_vhost_rx_queue_count(vid, GUEST_TX_RING(queue)) != 0;
}

/* The session that a worker may use now, or -1. */
static inline int usable_session(struct dvs_vhost *port)
{
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);

	if (unlikely(vid >= 0 && dvs_guest_fault_happened(vid))) {
		dvs_vhost_broken_set(port, 0, DVS_RING_FAULT_MEMORY);
		return -1;
	}
	return vid;
}

static bool library_arm(struct dvs_portdev *dev, uint16_t queue)
{
	struct dvs_vhost *port = dev->impl;
	uint32_t session = __atomic_load_n(&dev->sessions, __ATOMIC_RELAXED);
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);

	if (vid < 0)
		return true;
	if (port->armed[queue] != session) {
		rte_vhost_enable_guest_notification(vid, GUEST_TX_RING(queue), 1);
		port->armed[queue] = session;
		rte_mb();
	}
	return !has_left_some(port, vid, queue);
}

/* Frames to ask for at most: of a limited batch, so many as fit if all were the longest. One that
 * is longer than what is left is asked for, too, by itself. */
static uint16_t room_in(const struct dvs_batch *batch)
{
	uint64_t room = RTE_MIN(DVS_BATCH_MAX - (unsigned int)batch->n, (unsigned int)BURST);

	if (batch->is_limited && room != 0) {
		room = RTE_MIN(room, (batch->byte_limit - batch->bytes) / DVS_FRAME_MAX);
		room = RTE_MIN(room, batch->frame_limit - batch->frames);
		room = RTE_MAX(room, UINT64_C(1));
	}
	return (uint16_t)room;
}

/* False: a limit is reached. */
static bool charge(struct dvs_batch *batch, unsigned int first)
{
	bool may_go_on = true;

	for (unsigned int i = first; batch->is_limited && i < batch->n; i++)
		may_go_on = dvs_charge_frame(batch, i);
	return may_go_on;
}

static uint16_t library_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct dvs_vhost *port = dev->impl;
	int vid = usable_session(port);
	uint16_t first = batch->n, room, n;

	if (vid < 0)
		return 0;
	do {
		unsigned int at = batch->n;

		room = room_in(batch);
		if (room == 0)
			break;
		n = rte_vhost_dequeue_burst(vid, GUEST_TX_RING(queue), dev->pool, &batch->mbuf[at],
					    room);
		batch->n = (uint16_t)(at + n);
		for (unsigned int i = at; i < batch->n; i++)
			describe_frame(dev, batch, i);
		if (!charge(batch, at))
			break;
	} while (n == room);
	if (unlikely(port->armed[queue] != 0) && batch->n != first)
		disarm(port, vid, queue);
	return (uint16_t)(batch->n - first);
}

/* A copy of the frame with its checksum completed, or NULL. */
static struct rte_mbuf *complete_copy(const struct dvs_portdev *dev, const struct rte_mbuf *mbuf,
				      const struct dvs_offload *offload)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(mbuf, dev->pool, 0, UINT32_MAX);

	if (copy != NULL)
		dvs_offload_checksum(copy, offload);
	return copy;
}

/* Sends up to BURST frames. */
static uint16_t send_burst(const struct dvs_portdev *dev, int vid, uint16_t queue,
			   const struct dvs_batch *batch, const uint8_t *index, uint16_t n)
{
	struct dvs_vhost_view views[BURST];
	struct rte_mbuf *frames[BURST], *copies[BURST];
	unsigned int n_copies = 0;
	uint16_t ready, sent;

	for (ready = 0; ready < n; ready++) {
		unsigned int i = index[ready];
		const struct dvs_offload *offload = &batch->offload[i];

		frames[ready] = batch->mbuf[i];
		if (!offload->needs_csum)
			continue;
		if (dvs_vhost_metadata_is_expressible(offload)) {
			frames[ready] = dvs_vhost_metadata_view(&views[ready], batch->mbuf[i],
								batch->header[i], offload);
			continue;
		}
		frames[ready] = complete_copy(dev, batch->mbuf[i], offload);
		if (frames[ready] == NULL)
			break;
		copies[n_copies++] = frames[ready];
	}
	sent = rte_vhost_enqueue_burst(vid, GUEST_RX_RING(queue), frames, ready);
	rte_pktmbuf_free_bulk(copies, n_copies);
	return sent;
}

static uint64_t library_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
			   const uint8_t *index, uint16_t n)
{
	int vid = usable_session(dev->impl);
	uint16_t sent = 0;

	if (vid < 0)
		return 0;
	while (sent < n) {
		uint16_t burst = (uint16_t)RTE_MIN(n - sent, BURST);
		uint16_t taken = send_burst(dev, vid, queue, batch, &index[sent], burst);

		sent = (uint16_t)(sent + taken);
		if (taken < burst)
			break;
	}
	return dvs_taken_first(sent);
}

const struct dvs_portdev_ops dvs_vhost_library_ops = {
	.name = "vhost-user",
	.destroy = dvs_vhost_destroy,
	.rx = library_rx,
	.tx = library_tx,
	.arm = library_arm,
	.needs_mbufs = true,
	.get_state = dvs_vhost_get_state,
};
