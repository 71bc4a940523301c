/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filter: ports that a frame may not go to, though it was looked up or is flooded there.
 *
 * - Private VLAN: an isolated port's frames go to promiscuous ports only, a community's also within
 *   the community. What is not in a private VLAN is promiscuous.
 * - Unknown unicast does not go to ports that block it, nor to those that get what is for their own
 *   MAC only (mac_change).
 * - VEPA (IEEE 802.1Qbg, section 5.22.1 of 802.1Q-2022): what comes back from an uplink does not go
 *   to the port that sent it, which is the one that owns its source.
 *
 * The stage runs for ports of which one of these can be true. A flooded frame that another worker
 * handed over has its replication set anew, and so loses the same ports here; it is counted only
 * where it was received.
 */
#include "fdb.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

/* What decides where a frame may not go. Frames that are alike in this have one set. */
struct view {
	const struct dvs_snapshot_port *from;
	uint32_t set;	   /* first replica */
	uint16_t owner;	   /* VEPA port that owns the source; DVS_PORT_NONE: none */
	bool is_unknown;   /* unicast */
	bool has_blockers; /* of unknown unicast in the segment, mac_change included */
};

/* What became of a replication set. */
struct outcome {
	uint32_t first;
	uint16_t n;
	bool lost_private; /* the private VLAN took some away */
	bool lost_blocked;
	bool none_private; /* it would have taken all that others left */
};

static uint16_t find_owner(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i)
{
	uint64_t key = dvs_fdb_key(batch->header[i] + DVS_MAC_LEN, batch->segment[i]);
	uint64_t value = dvs_fdb_lookup(worker->shared->fdb, key);
	uint16_t port = dvs_fdb_port(value);

	return value != DVS_FDB_MISS && worker->snapshot->ports[port].is_vepa ? port
									      : DVS_PORT_NONE;
}

static bool has_vepa(const struct dvs_snapshot *snapshot, uint16_t segment)
{
	return segment < snapshot->n_segments && snapshot->segments[segment].has_vepa;
}

/* ---- one destination ---- */

static void filter_unicast(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
			   const struct dvs_snapshot_port *from)
{
	const struct dvs_snapshot_port *to = &worker->snapshot->ports[batch->out_port[i]];

	if (to == from) /* the switch's own answer */
		return;
	if (!dvs_snapshot_may_talk(from, to) && from->isolation_mode != DVS_GUARD_OFF &&
	    dvs_violate(worker, batch, i, from->isolation_mode, DVS_DROP_PRIVATE_VLAN))
		return;
	if (from->is_uplink && to->is_vepa && find_owner(worker, batch, i) == batch->out_port[i])
		dvs_batch_drop(batch, i, DVS_DROP_SAME_PORT);
}

/* ---- flooded ---- */

/* The port keeps to its own MAC, and the frame is for another one. */
static bool is_for_another(const struct dvs_snapshot_port *to, const uint8_t *dst)
{
	uint64_t own;

	if (!to->guard.gets_own_only)
		return false;
	own = dvs_snapshot_mac(to);
	return own != 0 && own != dvs_fdb_key(dst, 0) >> 16;
}

/* The port does not get the unknown unicast frame; it is said there. */
static bool blocks(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i,
		   const struct dvs_snapshot_port *to)
{
	struct dvs_port_stats *stats = to->dev->stats[worker->id];
	bool is_enforced = to->unknown_unicast_block == DVS_GUARD_ENFORCE;

	if (to->unknown_unicast_block == DVS_GUARD_OFF || batch->handed_by != worker->id)
		return is_enforced;
	if (is_enforced) {
		dvs_stats_bump(&stats->tx_dropped, 1);
		return true;
	}
	dvs_stats_bump(&stats->audited[DVS_DROP_UNKNOWN_BLOCKED], 1);
	dvs_offender_note(to->dev->offenders, DVS_DROP_UNKNOWN_BLOCKED, worker->now_s, batch, i);
	return false;
}

/* A set of its own, behind those that there are. */
static struct outcome reduce(struct dvs_worker *worker, const struct dvs_batch *batch,
			     unsigned int i, const struct view *view)
{
	const struct dvs_snapshot_port *ports = worker->snapshot->ports, *from = view->from;
	const uint16_t *replicas = &worker->replicas[batch->replica[i]];
	uint16_t *kept = &worker->replicas[worker->n_replicas];
	struct outcome outcome = {.first = worker->n_replicas, .none_private = true};
	unsigned int n_replicas = batch->n_replicas[i];

	for (unsigned int k = 0; k < n_replicas; k++) {
		uint16_t port = replicas[k];

		if (port == view->owner)
			continue;
		if (view->is_unknown && is_for_another(&ports[port], batch->header[i]))
			continue;
		if (view->is_unknown && blocks(worker, batch, i, &ports[port])) {
			outcome.lost_blocked = true;
			continue;
		}
		if (from->isolation_mode != DVS_GUARD_OFF &&
		    !dvs_snapshot_may_talk(from, &ports[port])) {
			outcome.lost_private = true;
			if (from->isolation_mode == DVS_GUARD_ENFORCE)
				continue;
		} else {
			outcome.none_private = false;
		}
		kept[outcome.n++] = port;
	}
	outcome.none_private &= outcome.lost_private;
	worker->n_replicas += outcome.n;
	return outcome;
}

static void conclude(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		     const struct view *view, const struct outcome *outcome)
{
	batch->replica[i] = outcome->first;
	batch->n_replicas[i] = outcome->n;
	if (batch->handed_by != worker->id)
		return;
	if (outcome->none_private)
		dvs_violate(worker, batch, i, view->from->isolation_mode, DVS_DROP_PRIVATE_VLAN);
	else if (outcome->n == 0)
		dvs_batch_drop(batch, i,
			       outcome->lost_blocked ? DVS_DROP_UNKNOWN_BLOCKED
						     : DVS_DROP_NO_DESTINATION);
}

static struct view view_of(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	uint16_t segment = batch->segment[i];
	struct view view = {
		.from = &snapshot->ports[batch->in_port[i]],
		.set = batch->replica[i],
		.owner = DVS_PORT_NONE,
		.is_unknown =
			batch->out_port[i] == DVS_PORT_FLOOD && !dvs_mac_is_group(batch->header[i]),
		.has_blockers = segment < snapshot->n_segments &&
				(snapshot->segments[segment].has_unknown_block ||
				 snapshot->segments[segment].has_own_only),
	};

	if (view.from->is_uplink && has_vepa(snapshot, segment))
		view.owner = find_owner(worker, batch, i);
	view.is_unknown &= view.has_blockers;
	return view;
}

/* The outcome is the same, and nothing else is to be counted. */
static bool is_alike(const struct view *a, const struct view *b)
{
	return a->from == b->from && a->set == b->set && a->owner == b->owner && !a->is_unknown &&
	       !b->is_unknown;
}

void dvs_stage_filter(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct outcome outcome = {0};
	struct view last = {.from = NULL};

	/* Frames of one port, which all have a destination of their own. */
	if (batch->handed_by == worker->id && (batch->stages & DVS_STAGE_BIT_FLOOD) == 0 &&
	    !worker->snapshot->ports[batch->in_port[0]].filters_known)
		return;
	for (unsigned int i = 0; i < batch->n; i++) {
		const struct dvs_snapshot_port *from;
		struct view view;

		if (!dvs_batch_is_pending(batch, i) || batch->in_port[i] >= DVS_PORT_IDS)
			continue;
		from = &worker->snapshot->ports[batch->in_port[i]];
		if ((from->stages & DVS_STAGE_BIT_FILTER) == 0)
			continue;
		if (!batch->is_flooded[i]) {
			if (batch->handed_by == worker->id)
				filter_unicast(worker, batch, i, from);
			continue;
		}
		view = view_of(worker, batch, i);
		if (!is_alike(&view, &last))
			outcome = reduce(worker, batch, i, &view);
		last = view;
		conclude(worker, batch, i, &view, &outcome);
	}
}
