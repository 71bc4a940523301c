/* SPDX-License-Identifier: BSD-3-Clause */
/* The worker's side of queues towards ports: frames come in, wait, and go. */
#include "egress.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "charge.h"
#include "class.h"
#include "dsfield.h"
#include "frame.h"
#include "handover.h"
#include "tx.h"
#include "worker.h"

#define FIRE_FRAMES	DVS_BATCH_MAX /* of one port at a time */
#define FIRE_PORTS	64	      /* in one sweep */
#define FIRE_FRAMES_MAX 256

static struct dvs_egress_queue *queue_of(struct dvs_egress *egress,
					 const struct dvs_scheduler_node *leaf)
{
	return &egress->queues[leaf - egress->scheduler->nodes];
}

static void drop(struct dvs_egress_queue *queue, enum dvs_queue_drop reason)
{
	dvs_stats_bump(&queue->counters.drops[reason], 1);
}

/* Sets the timer to when there is something to do. */
static void arm(struct dvs_worker *worker, uint64_t now)
{
	struct dvs_wheel_entry *entry = &worker->egress_timer.entry;
	uint64_t at = dvs_scheduler_next(&worker->egress.host);

	if (!TAILQ_EMPTY(&worker->egress.host.ready))
		at = now + (UINT64_C(1) << DVS_WORKER_TICK_SHIFT);
	if (at != UINT64_MAX && (!dvs_wheel_has(entry) || entry->at > at))
		dvs_timer_set(worker, &worker->egress_timer, at);
}

/* ---- in ---- */

static struct dvs_scheduler_node *leaf_of(const struct dvs_egress *egress,
					  const struct dvs_batch *batch, unsigned int i)
{
	uint32_t first = dvs_egress_first(egress, batch->in_port[i]);

	if (egress->n_classes > 1)
		first += dvs_batch_class(batch, i);
	return &egress->scheduler->nodes[first];
}

/* Has the worker, and the queue, room for one more frame of so many mbufs? */
static bool has_room(const struct dvs_worker *worker, const struct dvs_egress *egress,
		     const struct dvs_scheduler_node *leaf, uint32_t n_mbufs)
{
	const struct dvs_egress_host *host = &worker->egress;

	return leaf->bytes < egress->queue_bytes && host->n_mbufs + n_mbufs <= host->max_mbufs &&
	       egress->n_mbufs + n_mbufs <= host->max_mbufs / 2;
}

/* An mbuf of the frame that may outlive the batch. NULL: no buffer. */
static struct rte_mbuf *keep_frame(struct dvs_worker *worker, struct dvs_batch *batch,
				   unsigned int i)
{
	struct rte_mbuf *mbuf;

	if (!dvs_frame_materialise(batch, i, worker->pool))
		return NULL;
	mbuf = batch->mbuf[i];
	if (!batch->is_flooded[i] && rte_mbuf_refcnt_read(mbuf) == 1) {
		rte_pktmbuf_refcnt_update(mbuf, 1);
		return mbuf;
	}
	/* Others have it, too: the data is shared and complete, what is known of it is its own. */
	dvs_offload_complete(mbuf, &batch->offload[i]);
	return rte_pktmbuf_clone(mbuf, worker->pool);
}

static void describe(struct rte_mbuf *mbuf, const struct dvs_batch *batch, unsigned int i,
		     uint16_t port, const struct dvs_offload *offload)
{
	struct dvs_mbuf_private *private = dvs_mbuf_private(mbuf);

	dvs_handover_describe(mbuf, batch, i);
	private->offload = *offload;
	private->out_port = port;
}

static void put(struct dvs_worker *worker, struct dvs_egress *egress,
		struct dvs_scheduler_node *leaf, struct rte_mbuf *mbuf,
		const struct dvs_scheduler_cost *cost, uint64_t now)
{
	struct dvs_scheduler_item *item = &dvs_mbuf_private(mbuf)->item;

	item->cost = *cost;
	worker->egress.n_mbufs += mbuf->nb_segs;
	egress->n_mbufs += mbuf->nb_segs;
	dvs_scheduler_push(egress->scheduler, leaf, item, now);
}

static void refuse(struct dvs_worker *worker, struct dvs_egress_queue *queue,
		   struct dvs_batch *batch, unsigned int i, uint16_t port,
		   enum dvs_queue_drop reason)
{
	struct dvs_portdev *dev = worker->snapshot->ports[port].dev;

	drop(queue, reason);
	dvs_stats_bump(&dev->stats[worker->id]->tx_dropped, 1);
	if (batch->verdict[i] != DVS_VERDICT_DELIVERED)
		dvs_batch_drop(batch, i,
			       reason == DVS_QUEUE_DROP_FULL ? DVS_DROP_QUEUE_FULL
							     : DVS_DROP_NO_BUFFER);
}

/* The frame waits as it is. */
static void wait_whole(struct dvs_worker *worker, struct dvs_egress *egress,
		       struct dvs_scheduler_node *leaf, struct dvs_batch *batch, unsigned int i,
		       const struct dvs_scheduler_cost *cost, uint64_t now)
{
	struct dvs_egress_queue *queue = queue_of(egress, leaf);
	uint32_t n_mbufs = batch->length[i] / RTE_MBUF_DEFAULT_DATAROOM + 1;
	struct rte_mbuf *mbuf;

	if (!has_room(worker, egress, leaf, n_mbufs)) {
		refuse(worker, queue, batch, i, egress->port, DVS_QUEUE_DROP_FULL);
		return;
	}
	mbuf = keep_frame(worker, batch, i);
	if (mbuf == NULL) {
		refuse(worker, queue, batch, i, egress->port, DVS_QUEUE_DROP_NO_BUFFER);
		return;
	}
	describe(mbuf, batch, i, egress->port, &batch->offload[i]);
	put(worker, egress, leaf, mbuf, cost, now);
	batch->verdict[i] = DVS_VERDICT_DELIVERED;
}

/* Segments of a GSO frame wait; how many there was room for. */
static unsigned int wait_segments(struct dvs_worker *worker, struct dvs_egress *egress,
				  struct dvs_scheduler_node *leaf, const struct dvs_batch *batch,
				  unsigned int i, struct rte_mbuf **segments, unsigned int n,
				  uint64_t now)
{
	static const struct dvs_offload none;
	unsigned int k;

	for (k = 0; k < n && has_room(worker, egress, leaf, segments[k]->nb_segs); k++) {
		struct dvs_scheduler_cost cost = {
			dvs_charge_length(segments[k]->pkt_len, egress->counts), 1};

		describe(segments[k], batch, i, egress->port, &none);
		put(worker, egress, leaf, segments[k], &cost, now);
	}
	if (k < n)
		rte_pktmbuf_free_bulk(&segments[k], n - k);
	return k;
}

/* A GSO frame that is longer than what may go at once. What there is no room for is lost as it
 * would be in a network: the rest of a frame is of use to TCP. */
static __attribute__((noinline)) void cut(struct dvs_worker *worker, struct dvs_egress *egress,
					  struct dvs_scheduler_node *leaf, struct dvs_batch *batch,
					  unsigned int i, uint64_t now)
{
	struct dvs_egress_queue *queue = queue_of(egress, leaf);
	struct rte_mbuf **segments = worker->segments.mbuf;
	enum dvs_queue_drop reason = DVS_QUEUE_DROP_FULL;
	uint32_t tried = 0, n_put = 0;

	if (!dvs_frame_materialise(batch, i, worker->pool)) {
		refuse(worker, queue, batch, i, egress->port, DVS_QUEUE_DROP_NO_BUFFER);
		return;
	}
	while (tried == n_put && has_room(worker, egress, leaf, 1)) {
		int made = dvs_offload_segment(batch->mbuf[i], &batch->offload[i], worker->pool,
					       tried, segments, DVS_BATCH_MAX);

		if (made == 0)
			break;
		if (made < 0) {
			reason = DVS_QUEUE_DROP_NO_BUFFER;
			break;
		}
		tried += (unsigned int)made;
		n_put += wait_segments(worker, egress, leaf, batch, i, segments, (unsigned int)made,
				       now);
	}
	if (n_put == 0)
		refuse(worker, queue, batch, i, egress->port, reason);
	else if (tried != n_put)
		dvs_stats_bump(&queue->counters.drops[DVS_QUEUE_DROP_FULL], tried - n_put);
	if (n_put != 0)
		batch->verdict[i] = DVS_VERDICT_DELIVERED;
}

unsigned int dvs_egress_admit(struct dvs_worker *worker, struct dvs_egress *egress,
			      struct dvs_batch *batch, const uint8_t *index, unsigned int n,
			      uint8_t kept[])
{
	uint64_t now = dvs_worker_tsc(worker);
	unsigned int n_kept = 0;

	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index[k];
		struct dvs_scheduler_node *leaf = leaf_of(egress, batch, i);
		struct dvs_egress_queue *queue = queue_of(egress, leaf);
		struct dvs_scheduler_cost cost = {dvs_charge_bytes(batch, i, egress->counts),
						  dvs_charge_frames(batch, i)};

		if (unlikely(batch->offload[i].gso != DVS_GSO_NONE && cost.bytes > egress->burst)) {
			cut(worker, egress, leaf, batch, i, now);
		} else if (dvs_scheduler_pass(egress->scheduler, leaf, now, &cost)) {
			dvs_stats_bump(&queue->counters.frames, 1);
			dvs_stats_bump(&queue->counters.bytes, cost.bytes);
			kept[n_kept++] = (uint8_t)i;
		} else {
			wait_whole(worker, egress, leaf, batch, i, &cost, now);
		}
	}
	if (n_kept != n)
		arm(worker, now);
	return n_kept;
}

/* ---- out ---- */

/* Tells the frame's sender to slow down by its congestion bits, if it knows them. */
static bool mark(struct rte_mbuf *mbuf)
{
	const struct dvs_mbuf_private *private = dvs_mbuf_private(mbuf);

	if (!RTE_MBUF_DIRECT(mbuf) || rte_mbuf_refcnt_read(mbuf) != 1 ||
	    private->l3 >= mbuf->data_len)
		return false;
	return dvs_ecn_mark(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, private->l3),
			    (uint32_t)mbuf->data_len - private->l3, private->ethertype);
}

static void count_out(struct dvs_worker *worker, struct dvs_egress *egress,
		      const struct rte_mbuf *mbuf)
{
	worker->egress.n_mbufs -= mbuf->nb_segs;
	egress->n_mbufs -= mbuf->nb_segs;
}

/* The next frame of the leaf that is to be sent; NULL: it has none any more. */
static struct rte_mbuf *take_frame(struct dvs_worker *worker, struct dvs_egress *egress,
				   struct dvs_scheduler_node *leaf, uint64_t now)
{
	struct dvs_egress_queue *queue = queue_of(egress, leaf);
	struct dvs_scheduler_item *item;

	while ((item = dvs_scheduler_pop(leaf)) != NULL) {
		struct rte_mbuf *mbuf = dvs_mbuf_of_item(item);

		count_out(worker, egress, mbuf);
		if (likely(!dvs_codel_sheds(&queue->codel, &egress->codel, now, item->since,
					    leaf->bytes)))
			return mbuf;
		if (mark(mbuf)) {
			dvs_stats_bump(&queue->counters.marked, 1);
			return mbuf;
		}
		drop(queue, DVS_QUEUE_DROP_DELAY);
		rte_pktmbuf_free(mbuf);
	}
	return NULL;
}

static void count_delay(struct dvs_egress_queue *queue, uint64_t cycles)
{
	uint64_t us = cycles / (rte_get_tsc_hz() / 1000000);
	unsigned int n = us == 0 ? 0 : 64 - (unsigned int)__builtin_clzll(us);

	dvs_stats_bump(&queue->counters.delays[n < DVS_QUEUE_DELAYS ? n : DVS_QUEUE_DELAYS - 1], 1);
}

/* Takes frames that may go out into the batch, and says of which queue each is. */
static void take_batch(struct dvs_worker *worker, struct dvs_egress *egress,
		       struct dvs_batch *batch, struct dvs_egress_queue *ret_queues[FIRE_FRAMES],
		       uint64_t now)
{
	struct dvs_scheduler *scheduler = egress->scheduler;

	while (batch->n < FIRE_FRAMES && scheduler->nodes[0].is_offered) {
		struct dvs_scheduler_node *leaf = dvs_scheduler_pick(scheduler, now);
		struct rte_mbuf *mbuf = take_frame(worker, egress, leaf, now);
		struct dvs_scheduler_cost cost = {0};

		if (mbuf != NULL) {
			const struct dvs_scheduler_item *item = &dvs_mbuf_private(mbuf)->item;
			struct dvs_egress_queue *queue = queue_of(egress, leaf);

			cost = item->cost;
			count_delay(queue, now - item->since);
			ret_queues[batch->n] = queue;
			dvs_handover_fill(batch, batch->n++, mbuf);
		}
		dvs_scheduler_sent(scheduler, leaf, now, &cost);
	}
}

static void count_sent(struct dvs_batch *batch, struct dvs_egress_queue *queues[FIRE_FRAMES])
{
	for (unsigned int i = 0; i < batch->n; i++) {
		struct dvs_egress_queue *queue = queues[i];

		if (batch->verdict[i] != DVS_VERDICT_DELIVERED) {
			drop(queue, DVS_QUEUE_DROP_PORT);
			continue;
		}
		dvs_stats_bump(&queue->counters.frames, 1);
		dvs_stats_bump(&queue->counters.waited, 1);
		dvs_stats_bump(&queue->counters.bytes,
			       dvs_mbuf_private(batch->mbuf[i])->item.cost.bytes);
	}
}

static unsigned int send_some(struct dvs_worker *worker, struct dvs_egress *egress, uint64_t now)
{
	struct dvs_batch *batch = &worker->batch;
	struct dvs_egress_queue *queues[FIRE_FRAMES];
	uint8_t index[FIRE_FRAMES];

	dvs_batch_begin(batch, worker->id, 0);
	batch->has_tci = true;
	take_batch(worker, egress, batch, queues, now);
	if (batch->n == 0)
		return 0;
	for (unsigned int i = 0; i < batch->n; i++)
		index[i] = (uint8_t)i;
	dvs_tx_send(worker, batch, egress->port, index, batch->n);
	count_sent(batch, queues);
	rte_pktmbuf_free_bulk(batch->mbuf, batch->n);
	return batch->n;
}

static unsigned int fire(struct dvs_worker *worker, struct dvs_timer *timer)
{
	struct dvs_egress_host *host = &worker->egress;
	uint64_t now = dvs_worker_tsc(worker);
	unsigned int frames = 0;

	(void)timer;
	if (dvs_scheduler_next(&host->host) <= now)
		dvs_scheduler_expire(&host->host, now);
	for (unsigned int i = 0; i < FIRE_PORTS && frames < FIRE_FRAMES_MAX; i++) {
		struct dvs_scheduler *scheduler = TAILQ_FIRST(&host->host.ready);

		if (scheduler == NULL)
			break;
		/* Others before it comes again. */
		TAILQ_REMOVE(&host->host.ready, scheduler, in_ready);
		TAILQ_INSERT_TAIL(&host->host.ready, scheduler, in_ready);
		frames += send_some(worker, scheduler->owner, now);
	}
	arm(worker, now);
	return frames;
}

void dvs_egress_init(struct dvs_worker *worker)
{
	dvs_scheduler_host_init(&worker->egress.host, DVS_WORKER_TICK_SHIFT, 0);
	worker->egress.max_mbufs = worker->pool->size / 2 / worker->n_workers;
	worker->egress_timer.fire = fire;
}
