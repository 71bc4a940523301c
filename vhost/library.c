/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in and out by librte_vhost's own datapath, for ports with datapath=library. */
#include <rte_mbuf.h>
#include <rte_vhost.h>

#include "datapath.h"
#include "frame.h"
#include "metadata.h"
#include "session.h"

#define BURST 32 /* what the library moves in a call */

static void describe_frame(const struct dvs_portdev *dev, struct dvs_batch *batch, unsigned int i)
{
	dvs_frame_set_mbuf(batch, i, batch->mbuf[i]);
	batch->in_port[i] = dev->id;
	dvs_vhost_metadata_get(batch->mbuf[i], &batch->offload[i]);
}

static uint16_t library_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	const struct dvs_vhost *port = dev->impl;
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);
	uint16_t first = batch->n, n;

	if (vid < 0)
		return 0;
	do {
		uint16_t room = (uint16_t)RTE_MIN(DVS_BATCH_MAX - batch->n, BURST);

		if (room == 0)
			break;
		n = rte_vhost_dequeue_burst(vid, GUEST_TX_RING(queue), dev->pool,
					    &batch->mbuf[batch->n], room);
		batch->n = (uint16_t)(batch->n + n);
	} while (n == BURST);
	for (unsigned int i = first; i < batch->n; i++)
		describe_frame(dev, batch, i);
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
	const struct dvs_vhost *port = dev->impl;
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);
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
	.needs_mbufs = true,
	.get_state = dvs_vhost_get_state,
};
