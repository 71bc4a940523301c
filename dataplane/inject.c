/* SPDX-License-Identifier: BSD-3-Clause */
#include "inject.h"

#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "bytes.h"
#include "class.h"
#include "ethernet.h"
#include "handover.h"
#include "stages.h"
#include "switch_private.h"

/* ---- control ---- */

static struct rte_mbuf *make_mbuf(const struct dvs_worker *worker, uint16_t segment, uint16_t port,
				  const uint8_t *frame, size_t length)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(worker->pool);

	if (mbuf == NULL)
		return NULL;
	memcpy(rte_pktmbuf_append(mbuf, (uint16_t)length), frame, length);
	*dvs_mbuf_private(mbuf) = (struct dvs_mbuf_private){
		.in_port = DVS_PORT_NONE,
		.out_port = port,
		.segment = segment,
		.ethertype = dvs_load16(frame + DVS_ETHERNET_TYPE_AT),
		.l3 = DVS_ETHERNET_HEADER,
		.tci = DVS_CLASS_CONTROL << DVS_TCI_CLASS_SHIFT,
	};
	return mbuf;
}

int dvs_inject(struct dvs_switch *sw, uint16_t segment, uint16_t port, const uint8_t *frame,
	       size_t length)
{
	const struct dvs_snapshot *snapshot = sw->shared.snapshot;
	struct dvs_worker *worker =
		sw->workers[port < DVS_PORT_IDS ? snapshot->ports[port].queue_worker[0] : 0];
	struct dvs_handover_queue *queue = worker->injected;
	struct rte_mbuf *mbuf;

	if (length < DVS_ETHERNET_HEADER || length > DVS_INJECT_MAX)
		return -EINVAL;
	mbuf = make_mbuf(worker, segment, port, frame, length);
	if (mbuf == NULL)
		return -ENOMEM;
	if (rte_ring_sp_enqueue(queue->ring, mbuf) != 0) {
		rte_pktmbuf_free(mbuf);
		return -ENOBUFS;
	}
	__atomic_store_n(&queue->put, queue->put + 1, __ATOMIC_RELEASE);
	dvs_wake_up(queue->wake);
	return 0;
}

/* ---- worker ---- */

/* To a port that has left the segment: gone. */
static void check_port(const struct dvs_snapshot *snapshot, struct dvs_batch *batch, unsigned int i)
{
	uint16_t port = batch->out_port[i];

	if (port == DVS_PORT_FLOOD)
		return;
	if (port >= DVS_PORT_IDS ||
	    !dvs_snapshot_is_member(snapshot, &snapshot->ports[port], batch->segment[i]))
		dvs_batch_drop(batch, i, DVS_DROP_DEST_DOWN);
}

static unsigned int take_batch(struct dvs_worker *worker, unsigned int max)
{
	struct dvs_handover_queue *queue = worker->injected;
	struct dvs_batch *batch = &worker->batch;
	void *mbufs[DVS_BATCH_MAX];
	unsigned int n = rte_ring_sc_dequeue_burst(queue->ring, mbufs, max, NULL);

	/* Not older than what the control thread saw. */
	worker->snapshot = __atomic_load_n(&worker->shared->snapshot, __ATOMIC_ACQUIRE);
	dvs_batch_begin(batch, worker->id, DVS_STAGES_EGRESS);
	batch->n = (uint16_t)n;
	batch->has_tci = true;
	for (unsigned int i = 0; i < n; i++) {
		dvs_handover_fill(batch, i, mbufs[i]);
		check_port(worker->snapshot, batch, i);
	}
	dvs_worker_run(worker, batch);
	rte_pktmbuf_free_bulk(batch->mbuf, n);
	__atomic_store_n(&queue->decided, queue->decided + n, __ATOMIC_RELEASE);
	return n;
}

unsigned int dvs_inject_take(struct dvs_worker *worker)
{
	unsigned int left = rte_ring_count(worker->injected->ring), frames = 0;

	while (left != 0) {
		unsigned int n = take_batch(worker, left < DVS_BATCH_MAX ? left : DVS_BATCH_MAX);

		frames += n;
		left -= n;
	}
	return frames;
}
