/* SPDX-License-Identifier: BSD-3-Clause */
#include "handover.h"

#include <stdlib.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ring.h>

#include "frame.h"
#include "spsc_ring.h"
#include "stages.h"
#include "worker.h"

struct dvs_handover_queue *dvs_handover_create(struct dvs_wake *wake)
{
	struct dvs_handover_queue *queue = aligned_alloc(64, sizeof(*queue));

	if (queue == NULL)
		return NULL;
	queue->wake = wake;
	queue->put = 0;
	queue->decided = 0;
	queue->ring = dvs_spsc_ring_create("handover", sizeof(void *), DVS_HANDOVER_RING);
	queue->shares = calloc(DVS_PORT_IDS, sizeof(queue->shares[0]));
	if (queue->ring == NULL || queue->shares == NULL) {
		free(queue->ring);
		free(queue->shares);
		free(queue);
		return NULL;
	}
	return queue;
}

void dvs_handover_free(struct dvs_handover_queue *queue)
{
	struct rte_mbuf *mbuf;

	if (queue == NULL)
		return;
	while (rte_ring_sc_dequeue(queue->ring, (void **)&mbuf) == 0)
		rte_pktmbuf_free(mbuf);
	free(queue->ring);
	free(queue->shares);
	free(queue);
}

uint64_t dvs_handover_mark(const struct dvs_handover_queue *queue)
{
	return __atomic_load_n(&queue->put, __ATOMIC_ACQUIRE);
}

bool dvs_handover_is_done(const struct dvs_handover_queue *queue, uint64_t mark)
{
	return __atomic_load_n(&queue->decided, __ATOMIC_ACQUIRE) >= mark;
}

/* ---- put ---- */

/* How many workers did not get their reference, by frame. */
struct refusals {
	uint8_t n[DVS_BATCH_MAX];
};

void dvs_handover_describe(struct rte_mbuf *mbuf, const struct dvs_batch *batch, unsigned int i)
{
	struct dvs_mbuf_private *private = dvs_mbuf_private(mbuf);

	private->offload = batch->offload[i];
	private->flow_hash = batch->flow_hash[i];
	private->in_port = batch->in_port[i];
	private->out_port = batch->out_port[i];
	private->segment = batch->segment[i];
	private->ethertype = batch->ethertype[i];
	private->l3 = batch->l3[i];
	private->tci = batch->has_tci ? batch->tci[i] : 0;
}

static void describe(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i)
{
	struct dvs_mbuf_private *private = dvs_mbuf_private(batch->mbuf[i]);
	unsigned int n_workers = (unsigned int)__builtin_popcountll(worker->tx.remote[i]);

	dvs_handover_describe(batch->mbuf[i], batch, i);
	private->delivered = 0;
	private->verdict = 0;
	if (!batch->is_flooded[i]) {
		private->undecided = 1;
		return;
	}
	/* This worker decides too, unless it has delivered the frame already. */
	private->undecided =
		(uint16_t)(batch->verdict[i] == DVS_VERDICT_DELIVERED ? 0 : n_workers + 1);
	rte_pktmbuf_refcnt_update(batch->mbuf[i], (int16_t)n_workers);
}

/* A frame that the ring to a worker had no room for. */
static void refuse(struct dvs_batch *batch, unsigned int i, struct refusals *refusals)
{
	if (batch->is_flooded[i]) {
		rte_pktmbuf_refcnt_update(batch->mbuf[i], -1);
		refusals->n[i]++;
		if (batch->verdict[i] != DVS_VERDICT_DELIVERED)
			dvs_batch_drop(batch, i, DVS_DROP_HANDOVER_FULL);
	} else {
		dvs_batch_drop(batch, i, DVS_DROP_HANDOVER_FULL);
	}
}

/* How many of n frames from the port may go into the ring, which has a share for each port. */
static unsigned int fair_part(struct dvs_handover_queue *queue, uint16_t port, unsigned int n)
{
	unsigned int room = rte_ring_free_count(queue->ring);
	uint32_t lap = (uint32_t)(queue->put / DVS_HANDOVER_RING);
	struct dvs_handover_share *share;

	if (likely(room >= DVS_HANDOVER_RING / 2 + n) || port >= DVS_PORT_IDS)
		return n;
	share = &queue->shares[port];
	if (share->lap != lap)
		*share = (struct dvs_handover_share){.lap = lap};
	if (room <= share->n)
		return 0;
	n = RTE_MIN(n, (room - share->n + 1) / 2);
	share->n += n;
	return n;
}

static void put_to(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int to,
		   struct refusals *refusals)
{
	struct dvs_handover_queue *queue = worker->out[to];
	void *mbufs[DVS_BATCH_MAX];
	uint8_t index[DVS_BATCH_MAX];
	unsigned int n = 0, taken;

	for (unsigned int i = 0; i < batch->n; i++)
		if ((worker->tx.remote[i] >> to & 1) != 0) {
			mbufs[n] = batch->mbuf[i];
			index[n++] = (uint8_t)i;
		}
	if (n == 0)
		return;
	/* Frames of a queue are of one port; those of the control thread are few. */
	taken = rte_ring_sp_enqueue_burst(queue->ring, mbufs,
					  fair_part(queue, batch->in_port[index[0]], n), NULL);
	__atomic_store_n(&queue->put, queue->put + taken, __ATOMIC_RELEASE);
	for (unsigned int k = 0; k < taken; k++)
		if (!batch->is_flooded[index[k]]) {
			batch->mbuf[index[k]] = NULL;
			batch->verdict[index[k]] = DVS_VERDICT_HANDED_OVER;
		}
	for (unsigned int k = taken; k < n; k++)
		refuse(batch, index[k], refusals);
	dvs_stats_bump(&worker->counters.handed_over, taken);
	dvs_wake_up(queue->wake);
}

/* The worker's own part of deciding a flooded frame that it could not deliver itself. */
static void decide_own_part(struct dvs_batch *batch, unsigned int i, unsigned int refused)
{
	struct dvs_mbuf_private *private = dvs_mbuf_private(batch->mbuf[i]);
	uint16_t left =
		__atomic_sub_fetch(&private->undecided, (uint16_t)(refused + 1), __ATOMIC_ACQ_REL);

	if (left != 0)
		batch->verdict[i] = DVS_VERDICT_HANDED_OVER;
	else if (__atomic_load_n(&private->delivered, __ATOMIC_RELAXED))
		batch->verdict[i] = DVS_VERDICT_DELIVERED;
	else if (batch->verdict[i] == DVS_VERDICT_PENDING)
		batch->verdict[i] = __atomic_load_n(&private->verdict, __ATOMIC_RELAXED);
}

void dvs_handover_put(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_tx *tx = &worker->tx;
	struct refusals refusals = {{0}};

	for (unsigned int i = 0; i < batch->n; i++)
		if (tx->remote[i] != 0)
			describe(worker, batch, i);
	for (uint64_t left = tx->remotes; left != 0; left &= left - 1)
		put_to(worker, batch, (unsigned int)__builtin_ctzll(left), &refusals);
	for (unsigned int i = 0; i < batch->n; i++) {
		if (tx->remote[i] != 0 && batch->is_flooded[i] &&
		    batch->verdict[i] != DVS_VERDICT_DELIVERED)
			decide_own_part(batch, i, refusals.n[i]);
		tx->remote[i] = 0;
	}
	tx->remotes = 0;
}

/* ---- take ---- */

void dvs_handover_fill(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf)
{
	const struct dvs_mbuf_private *private = dvs_mbuf_private(mbuf);

	dvs_frame_set_mbuf(batch, i, mbuf);
	batch->offload[i] = private->offload;
	batch->in_port[i] = private->in_port;
	batch->segment[i] = private->segment;
	batch->ethertype[i] = private->ethertype;
	batch->l3[i] = private->l3;
	batch->tci[i] = private->tci;
	batch->flow_hash[i] = private->flow_hash;
	batch->out_port[i] = private->out_port;
	batch->is_flooded[i] = 0;
	batch->verdict[i] = DVS_VERDICT_PENDING;
	if (private->out_port == DVS_PORT_GROUP || private->out_port == DVS_PORT_ROUTERS)
		batch->stages |= DVS_STAGE_BIT_GROUP;
}

/* What is not this worker's to count becomes HANDED_OVER. */
static void decide_frame(struct dvs_batch *batch, unsigned int i)
{
	struct dvs_mbuf_private *private = dvs_mbuf_private(batch->mbuf[i]);
	uint8_t verdict = batch->verdict[i];
	uint16_t undecided = __atomic_load_n(&private->undecided, __ATOMIC_ACQUIRE);

	if (undecided > 1) {
		if (verdict == DVS_VERDICT_DELIVERED)
			__atomic_store_n(&private->delivered, 1, __ATOMIC_RELAXED);
		else
			__atomic_store_n(&private->verdict, verdict, __ATOMIC_RELAXED);
		if (__atomic_sub_fetch(&private->undecided, 1, __ATOMIC_ACQ_REL) != 0)
			undecided = 0;
	}
	if (undecided == 0)
		batch->verdict[i] = DVS_VERDICT_HANDED_OVER;
	else if (__atomic_load_n(&private->delivered, __ATOMIC_RELAXED))
		batch->verdict[i] = DVS_VERDICT_DELIVERED;
}

static unsigned int take_batch(struct dvs_worker *worker, unsigned int from, unsigned int max)
{
	struct dvs_handover_queue *queue = worker->in[from];
	struct dvs_batch *batch = &worker->batch;
	struct rte_mbuf *mbufs[DVS_BATCH_MAX];
	unsigned int n;

	n = rte_ring_sc_dequeue_burst(queue->ring, (void **)mbufs, max, NULL);
	/* Not older than what the other worker saw: every id in the frames means something. */
	worker->snapshot = __atomic_load_n(&worker->shared->snapshot, __ATOMIC_ACQUIRE);
	dvs_batch_begin(batch, (uint16_t)from, DVS_STAGES_EGRESS);
	batch->n = (uint16_t)n;
	batch->has_tci = true;
	for (unsigned int i = 0; i < n; i++)
		rte_prefetch0(dvs_mbuf_private(mbufs[i]));
	for (unsigned int i = 0; i < n; i++) {
		dvs_handover_fill(batch, i, mbufs[i]);
		if (batch->in_port[i] < DVS_PORT_IDS)
			batch->stages |= worker->snapshot->ports[batch->in_port[i]].stages &
					 (DVS_STAGE_BIT_PROMISCUOUS | DVS_STAGES_FILTERING);
	}
	dvs_worker_run(worker, batch);
	for (unsigned int i = 0; i < n; i++)
		decide_frame(batch, i);
	dvs_worker_account(worker, batch);
	rte_pktmbuf_free_bulk(batch->mbuf, n);
	__atomic_store_n(&queue->decided, queue->decided + n, __ATOMIC_RELEASE);
	return n;
}

unsigned int dvs_handover_take(struct dvs_worker *worker)
{
	unsigned int frames = 0;

	for (unsigned int from = 0; from < worker->n_workers; from++) {
		unsigned int left = from == worker->id ? 0 : rte_ring_count(worker->in[from]->ring);

		while (left != 0) {
			unsigned int n = take_batch(worker, from,
						    left < DVS_BATCH_MAX ? left : DVS_BATCH_MAX);

			frames += n;
			left -= n;
		}
	}
	return frames;
}
