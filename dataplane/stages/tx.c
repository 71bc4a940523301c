/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx: sorts the batch's frames by destination port, keeping their order, and sends each port's
 * frames by one call where it can. Frames for a queue of another worker are handed over
 * (handover.h). What the receiver did not negotiate is completed in software before. Frames to a
 * trunk have a tag on while they are sent, if they are not of its native segment.
 *
 * A flooded frame is delivered when at least one port took it; else its last failure counts.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "egress.h"
#include "ethernet.h"
#include "frame.h"
#include "stages.h"
#include "tag.h"
#include "tx.h"
#include "worker.h"

/* One call's destination. */
struct target {
	struct dvs_portdev *dev;
	struct dvs_port_stats *stats;
	uint16_t queue;
	uint32_t accept;
	uint32_t frame_max;
	uint32_t tags_max; /* that do not count as payload */
};

static inline void fail(struct dvs_batch *batch, unsigned int i, enum dvs_drop_reason reason)
{
	if (batch->verdict[i] != DVS_VERDICT_DELIVERED)
		dvs_batch_drop(batch, i, reason);
}

/* ---- sort ---- */

static inline uint32_t queue_mask(unsigned int active)
{
	return (1u << active) - 1;
}

static inline unsigned int spread(uint32_t flow_hash, unsigned int n)
{
	return (unsigned int)((uint64_t)flow_hash * n >> 32);
}

/* The worker that sends a frame to the port: who received it when it owns a queue there, else the
 * owner of the queue that the flow hash names. A port that frames wait for has one worker for all
 * of them. Every worker comes to the same answer. */
static unsigned int route(const struct dvs_snapshot *snapshot, unsigned int by, uint16_t port,
			  uint32_t flow_hash)
{
	unsigned int active = dvs_snapshot_active(&snapshot->ports[port]);

	/* Without link the receiver finds out, and drops. */
	if (active != 0 && snapshot->ports[port].egress != NULL)
		return snapshot->ports[port].queue_worker[0];
	if (active == 0 || (snapshot->workers[by].owned[port] & queue_mask(active)) != 0)
		return by;
	return snapshot->ports[port].queue_worker[spread(flow_hash, active)];
}

static inline void sort_here(struct dvs_tx *tx, unsigned int i, uint16_t port)
{
	if (tx->count[port] == 0)
		tx->ports[tx->n_ports++] = port;
	tx->index[port][tx->count[port]++] = (uint8_t)i;
}

/* True when the frame goes somewhere from here, or to another worker. */
static bool sort_frame(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		       uint16_t port)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	struct dvs_tx *tx = &worker->tx;
	unsigned int owner;

	owner = route(snapshot, batch->handed_by, port, batch->flow_hash[i]);
	if (owner == worker->id) {
		sort_here(tx, i, port);
		return true;
	}
	if (batch->handed_by != worker->id)
		return false;
	tx->remote[i] |= UINT64_C(1) << owner;
	tx->remotes |= UINT64_C(1) << owner;
	return true;
}

static void sort_flooded(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i)
{
	const uint16_t *replicas = &worker->replicas[batch->replica[i]];
	bool goes = false;

	for (unsigned int k = 0; k < batch->n_replicas[i]; k++)
		goes |= sort_frame(worker, batch, i, replicas[k]);
	if (!goes)
		dvs_batch_drop(batch, i, DVS_DROP_DEST_DOWN);
}

static void sort_batch(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const uint16_t *owned = worker->snapshot->workers[worker->id].owned;
	bool is_last = batch->handed_by != worker->id;

	for (unsigned int i = 0; i < batch->n; i++) {
		uint16_t port = batch->out_port[i];

		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (batch->is_flooded[i])
			sort_flooded(worker, batch, i);
		else if (is_last || (owned[port] & 1) != 0) /* queue 0 is in use with any link */
			sort_here(&worker->tx, i, port);
		else
			sort_frame(worker, batch, i, port);
	}
}

/* ---- send ---- */

/* How many the port took. */
static unsigned int send_run(const struct target *to, struct dvs_batch *batch, const uint8_t *index,
			     unsigned int n)
{
	uint64_t taken = to->dev->ops->tx(to->dev, to->queue, batch, index, (uint16_t)n);
	unsigned int n_taken = (unsigned int)__builtin_popcountll(taken);
	uint64_t bytes = 0;

	for (unsigned int k = 0; k < n; k++) {
		if (likely((taken >> k & 1) != 0)) {
			bytes += batch->length[index[k]];
			batch->verdict[index[k]] = DVS_VERDICT_DELIVERED;
		} else {
			fail(batch, index[k], DVS_DROP_DEST_FULL);
		}
	}
	dvs_stats_bump(&to->stats->tx_frames, n_taken);
	dvs_stats_bump(&to->stats->tx_bytes, bytes);
	if (unlikely(n_taken != n))
		dvs_stats_bump(&to->stats->tx_dropped, n - n_taken);
	return n_taken;
}

/* What the frame asks of its receiver, as enum dvs_accept. */
static inline uint32_t requests(const struct dvs_offload *offload)
{
	uint32_t needed = 0;

	if (likely((offload->needs_csum | offload->gso) == 0))
		return 0;
	if (offload->needs_csum)
		needed |= DVS_ACCEPT_CSUM;
	if (offload->gso == DVS_GSO_TCPV4)
		needed |= DVS_ACCEPT_TSO4;
	else if (offload->gso == DVS_GSO_TCPV6)
		needed |= DVS_ACCEPT_TSO6;
	if (offload->gso != DVS_GSO_NONE && offload->has_ecn)
		needed |= DVS_ACCEPT_ECN;
	return needed;
}

/* Within the destination's MTU, VLAN tags and segmentation looked at. */
static bool fits(const struct target *to, const struct dvs_batch *batch, unsigned int i)
{
	uint32_t longest = batch->length[i], frame_max = to->frame_max;
	const uint8_t *header = batch->header[i];

	if (longest <= frame_max)
		return true;
	if (batch->offload[i].gso != DVS_GSO_NONE)
		longest = dvs_offload_segment_length(&batch->offload[i], header,
						     batch->header_len[i], longest);
	for (unsigned int at = 12;
	     at < 12 + to->tags_max * DVS_TAG_BYTES && at + 2 <= batch->header_len[i];
	     at += DVS_TAG_BYTES) {
		if (!(header[at] == 0x81 && header[at + 1] == 0x00) &&
		    !(header[at] == 0x88 && header[at + 1] == 0xa8))
			break;
		frame_max += DVS_TAG_BYTES;
	}
	return longest <= frame_max;
}

/* Segments of a batch's frame, which are in segments->mbuf, to the port; how many it took. */
static unsigned int send_round(struct dvs_worker *worker, const struct target *to,
			       const struct dvs_batch *batch, unsigned int i, unsigned int n)
{
	struct dvs_batch *segments = &worker->segments;
	uint8_t index[DVS_BATCH_MAX];
	unsigned int n_taken;

	segments->n = (uint16_t)n;
	segments->has_tci = batch->has_tci;
	for (unsigned int k = 0; k < n; k++) {
		dvs_frame_set_mbuf(segments, k, segments->mbuf[k]);
		segments->offload[k] = (struct dvs_offload){0};
		segments->in_port[k] = batch->in_port[i];
		segments->flow_hash[k] = batch->flow_hash[i];
		segments->tci[k] = batch->has_tci ? batch->tci[i] : 0;
		segments->verdict[k] = DVS_VERDICT_PENDING;
		index[k] = (uint8_t)k;
	}
	n_taken = send_run(to, segments, index, n);
	rte_pktmbuf_free_bulk(segments->mbuf, n);
	return n_taken;
}

/*
 * The frame in segments, a batch of them at a time. The first round that is not taken whole is the
 * last: the receiver is full, and a guest cannot make this worker cut what nobody gets.
 */
static void send_segments(struct dvs_worker *worker, const struct target *to,
			  struct dvs_batch *batch, unsigned int i)
{
	uint32_t n = dvs_offload_segment_count(&batch->offload[i], batch->header[i],
					       batch->header_len[i], batch->length[i]);
	enum dvs_drop_reason reason = DVS_DROP_DEST_FULL;
	uint32_t tried = 0, n_taken = 0;

	while (tried < n && n_taken == tried) {
		int made = dvs_offload_segment(batch->mbuf[i], &batch->offload[i], worker->pool,
					       tried, worker->segments.mbuf, DVS_BATCH_MAX);

		if (made <= 0) {
			reason = made == -ENOMEM ? DVS_DROP_NO_BUFFER : DVS_DROP_BAD_OFFLOAD;
			break;
		}
		tried += (unsigned int)made;
		n_taken += send_round(worker, to, batch, i, (unsigned int)made);
	}
	if (n_taken != 0)
		batch->verdict[i] = DVS_VERDICT_DELIVERED;
	else
		fail(batch, i, reason);
	if (tried < n)
		dvs_stats_bump(&to->stats->tx_dropped, n - tried);
}

/* What the receiver does not take as it is? */
static inline bool needs_software(const struct target *to, const struct dvs_batch *batch,
				  unsigned int i)
{
	return (requests(&batch->offload[i]) & ~to->accept) != 0;
}

static inline bool needs_mbuf(const struct target *to, const struct dvs_batch *batch,
			      unsigned int i)
{
	return batch->mbuf[i] == NULL &&
	       (to->dev->ops->needs_mbufs || needs_software(to, batch, i));
}

/* Frames of which some need work, in order: runs of those that are ready, and what is between. */
static void send_mixed(struct dvs_worker *worker, const struct target *to, struct dvs_batch *batch,
		       const uint8_t *index, unsigned int n)
{
	uint8_t run[DVS_BATCH_MAX];
	unsigned int n_run = 0;

	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index[k];
		struct dvs_offload *offload = &batch->offload[i];

		if (!fits(to, batch, i)) {
			fail(batch, i, DVS_DROP_DEST_MTU);
			dvs_stats_bump(&to->stats->tx_dropped, 1);
			continue;
		}
		if (needs_mbuf(to, batch, i) && !dvs_frame_materialise(batch, i, worker->pool)) {
			fail(batch, i, DVS_DROP_NO_BUFFER);
			dvs_stats_bump(&to->stats->tx_dropped, 1);
			continue;
		}
		if (needs_software(to, batch, i) && offload->gso != DVS_GSO_NONE) {
			if (n_run != 0)
				send_run(to, batch, run, n_run);
			n_run = 0;
			send_segments(worker, to, batch, i);
			continue;
		}
		if (needs_software(to, batch, i))
			dvs_offload_complete(batch->mbuf[i], offload);
		run[n_run++] = (uint8_t)i;
	}
	if (n_run != 0)
		send_run(to, batch, run, n_run);
}

static void send_queue(struct dvs_worker *worker, const struct target *to, struct dvs_batch *batch,
		       const uint8_t *index, unsigned int n)
{
	bool needs_mbufs = to->dev->ops->needs_mbufs, is_plain = true;

	for (unsigned int k = 0; k < n; k++)
		is_plain &= batch->length[index[k]] <= to->frame_max &&
			    !needs_software(to, batch, index[k]) &&
			    (!needs_mbufs || batch->mbuf[index[k]] != NULL);
	if (likely(is_plain))
		send_run(to, batch, index, n);
	else
		send_mixed(worker, to, batch, index, n);
}

/* The port has several queues that are this worker's: each flow keeps to one. */
static void send_spread(struct dvs_worker *worker, struct target *to, struct dvs_batch *batch,
			uint32_t queues, const uint8_t *index, unsigned int n)
{
	unsigned int n_queues = (unsigned int)__builtin_popcount(queues);

	for (unsigned int q = 0; q < n_queues; q++, queues &= queues - 1) {
		uint8_t chosen[DVS_BATCH_MAX];
		unsigned int n_chosen = 0;

		for (unsigned int k = 0; k < n; k++)
			if (spread(batch->flow_hash[index[k]], n_queues) == q)
				chosen[n_chosen++] = index[k];
		to->queue = (uint16_t)__builtin_ctz(queues);
		if (n_chosen != 0)
			send_queue(worker, to, batch, chosen, n_chosen);
	}
}

static inline void send_queues(struct dvs_worker *worker, struct target *to,
			       struct dvs_batch *batch, uint32_t queues, const uint8_t *index,
			       unsigned int n)
{
	to->queue = (uint16_t)__builtin_ctz(queues);
	if (likely((queues & (queues - 1)) == 0))
		send_queue(worker, to, batch, index, n);
	else
		send_spread(worker, to, batch, queues, index, n);
}

static inline uint16_t ethertype_at_12(const uint8_t *header)
{
	return (uint16_t)(header[12] << 8 | header[13]);
}

/*
 * The tag that frame i has behind the trunk: TPID << 16 | TCI. 0: none, as of the native segment;
 * but when such a frame begins with a tag that is payload, the trunk's far end would take that for
 * its VLAN, so that it gets a priority tag in front (IEEE 802.1Q-2022 section 6.9: of the native
 * VLAN). False: the trunk does not have the frame's segment any more.
 */
static inline bool find_tag(const struct dvs_snapshot *snapshot,
			    const struct dvs_snapshot_port *port, const struct dvs_batch *batch,
			    unsigned int i, uint32_t *ret_tag)
{
	uint32_t priority = batch->has_tci ? batch->tci[i] & DVS_TCI_PRIORITY : 0;
	uint16_t vlan = 0;

	*ret_tag = 0;
	if (batch->segment[i] == port->segment) {
		if (likely(ethertype_at_12(batch->header[i]) != port->tpid))
			return true;
	} else {
		vlan = dvs_snapshot_vlan(snapshot, batch->segment[i]);
		if (!dvs_snapshot_trunk_has(port, vlan))
			return false;
	}
	*ret_tag = (uint32_t)port->tpid << 16 | priority | vlan;
	return true;
}

static void refuse(const struct target *to, struct dvs_batch *batch, unsigned int i,
		   enum dvs_drop_reason reason)
{
	fail(batch, i, reason);
	dvs_stats_bump(&to->stats->tx_dropped, 1);
}

static __attribute__((noinline)) void send_trunk(struct dvs_worker *worker, struct target *to,
						 struct dvs_batch *batch, uint32_t queues,
						 const struct dvs_snapshot_port *port,
						 const uint8_t *index, unsigned int n)
{
	struct dvs_tag_undo undo[DVS_BATCH_MAX];
	uint8_t kept[DVS_BATCH_MAX];
	unsigned int n_kept = 0;
	uint64_t tagged = 0;

	to->tags_max++;
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index[k];
		uint32_t tag;

		if (!find_tag(worker->snapshot, port, batch, i, &tag)) {
			refuse(to, batch, i, DVS_DROP_DEST_DOWN);
			continue;
		}
		if (tag != 0 &&
		    !dvs_tag_push(batch, i, tag, worker->tagged[i], worker->pool, &undo[i])) {
			refuse(to, batch, i, DVS_DROP_NO_BUFFER);
			continue;
		}
		tagged |= (uint64_t)(tag != 0) << i;
		kept[n_kept++] = (uint8_t)i;
	}
	if (n_kept != 0)
		send_queues(worker, to, batch, queues, kept, n_kept);
	for (; tagged != 0; tagged &= tagged - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(tagged);

		dvs_tag_undo(batch, i, &undo[i]);
	}
}

/* What the port is like, but for the queue. */
static inline void aim(const struct dvs_worker *worker, const struct dvs_snapshot_port *port,
		       struct target *ret_to)
{
	ret_to->dev = port->dev;
	ret_to->stats = port->dev->stats[worker->id];
	ret_to->accept = __atomic_load_n(&port->dev->accept, __ATOMIC_RELAXED);
	ret_to->frame_max = port->frame_max;
	ret_to->tags_max = 2;
}

static inline void send_now(struct dvs_worker *worker, struct dvs_batch *batch, uint16_t id,
			    const uint8_t *index, unsigned int n)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[id];
	unsigned int active = dvs_snapshot_active(port);
	uint32_t queues = worker->snapshot->workers[worker->id].owned[id] & queue_mask(active);
	struct target to;

	if (unlikely(queues == 0)) {
		for (unsigned int k = 0; k < n; k++)
			fail(batch, index[k], DVS_DROP_DEST_DOWN);
		if (port->dev != NULL)
			dvs_stats_bump(&port->dev->stats[worker->id]->tx_dropped, n);
		return;
	}
	aim(worker, port, &to);
	if (likely(port->tpid == 0))
		send_queues(worker, &to, batch, queues, index, n);
	else
		send_trunk(worker, &to, batch, queues, port, index, n);
}

void dvs_tx_send(struct dvs_worker *worker, struct dvs_batch *batch, uint16_t port,
		 const uint8_t *index, unsigned int n)
{
	send_now(worker, batch, port, index, n);
}

/* The port's frames may have to wait: those that need not are sent. */
static __attribute__((noinline)) void send_limited(struct dvs_worker *worker,
						   struct dvs_batch *batch, uint16_t id,
						   const uint8_t *index, unsigned int n)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[id];
	uint8_t fitting[DVS_BATCH_MAX], kept[DVS_BATCH_MAX];
	unsigned int n_fitting = 0;
	struct target to;

	/* Without link, and when its link came up after the frames were sorted, nothing waits. */
	if (dvs_snapshot_active(port) == 0 ||
	    (worker->snapshot->workers[worker->id].owned[id] & 1) == 0) {
		for (unsigned int k = 0; k < n; k++)
			fail(batch, index[k], DVS_DROP_DEST_DOWN);
		dvs_stats_bump(&port->dev->stats[worker->id]->tx_dropped, n);
		return;
	}
	aim(worker, port, &to);
	to.tags_max += port->tpid != 0;
	for (unsigned int k = 0; k < n; k++) {
		if (fits(&to, batch, index[k]))
			fitting[n_fitting++] = index[k];
		else
			refuse(&to, batch, index[k], DVS_DROP_DEST_MTU);
	}
	n = dvs_egress_admit(worker, port->egress, batch, fitting, n_fitting, kept);
	if (n != 0)
		dvs_tx_send(worker, batch, id, kept, n);
}

static void send_port(struct dvs_worker *worker, struct dvs_batch *batch, uint16_t id)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[id];
	unsigned int n = worker->tx.count[id];

	worker->tx.count[id] = 0;
	if (likely(port->egress == NULL))
		send_now(worker, batch, id, worker->tx.index[id], n);
	else
		send_limited(worker, batch, id, worker->tx.index[id], n);
}

/* What other workers will read has to be in an mbuf, and complete where several read at once. */
static void prepare_remotes(struct dvs_worker *worker, struct dvs_batch *batch)
{
	for (unsigned int i = 0; i < batch->n; i++) {
		if (worker->tx.remote[i] == 0)
			continue;
		if (!dvs_frame_materialise(batch, i, worker->pool)) {
			/* A flooded frame's local part goes on, and may still deliver it. */
			worker->tx.remote[i] = 0;
			dvs_batch_drop(batch, i, DVS_DROP_NO_BUFFER);
			continue;
		}
		if (batch->is_flooded[i])
			dvs_offload_complete(batch->mbuf[i], &batch->offload[i]);
	}
}

void dvs_stage_tx(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_tx *tx = &worker->tx;

	sort_batch(worker, batch);
	if (unlikely(tx->remotes != 0))
		prepare_remotes(worker, batch);
	for (unsigned int k = 0; k < tx->n_ports; k++)
		send_port(worker, batch, tx->ports[k]);
	tx->n_ports = 0;
	if (unlikely(tx->remotes != 0))
		dvs_handover_put(worker, batch);
}
