/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * learn: is the source known behind the port that it came from? Nearly always yes, and fresh: then
 * nothing is written. Unknown and moved sources are reported to the control thread, which writes
 * the table; a source that is static behind another port is left alone.
 *
 * Until the control thread has acted, each further frame would report again: a small table of what
 * was reported since the control thread last looked keeps these back. A port has a part of the ring
 * only, so one that invents MACs does not keep others from being learnt.
 *
 * A port with a mac_limit lets no more sources in than that, also while the control thread has not
 * looked yet: each that is reported is claimed in a counter that all workers share, and what is
 * claimed and what the table has are the limit at most. A port with mac_change has only its own MAC
 * learnt.
 */
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "fdb.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

static inline unsigned int recent_slot(uint64_t key)
{
	return (unsigned int)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (DVS_LEARN_RECENT - 1);
}

static bool is_recent(const struct dvs_worker *worker, uint64_t key, uint16_t port)
{
	const struct dvs_learn_report *recent = &worker->recent[recent_slot(key)];

	return recent->key == key && recent->port == port && recent->epoch == worker->learn_epoch;
}

/* May the port report once more before the control thread has looked? */
static bool take_part(struct dvs_worker *worker, uint16_t port)
{
	if (worker->learn_parts_epoch != worker->learn_epoch) {
		worker->learn_parts_epoch = worker->learn_epoch;
		memset(worker->learn_parts, 0, sizeof(worker->learn_parts));
	}
	if (worker->learn_parts[port] == DVS_LEARN_PART)
		return false;
	worker->learn_parts[port]++;
	return true;
}

/* True when the report was put into the ring. Claims are kept in bounds by the port's limit. */
static bool report(struct dvs_worker *worker, uint64_t key, uint16_t port, bool is_claim)
{
	struct dvs_learn_report entry = {
		.key = key, .port = port, .is_claim = is_claim, .epoch = worker->learn_epoch};

	if ((!is_claim && !take_part(worker, port)) ||
	    rte_ring_sp_enqueue_elem(worker->learn_ring, &entry, sizeof(entry)) != 0)
		return false;
	worker->recent[recent_slot(key)] = entry;
	return true;
}

/* ---- ports with a limit ---- */

static bool claim(struct dvs_worker *worker, const struct dvs_snapshot_port *port)
{
	uint32_t *claims = &port->dev->memory->claims;
	uint32_t known = dvs_fdb_port_count(worker->shared->fdb, port->dev->id);

	if (known + __atomic_fetch_add(claims, 1, __ATOMIC_RELAXED) < port->guard.mac_limit)
		return true;
	__atomic_fetch_sub(claims, 1, __ATOMIC_RELAXED);
	return false;
}

/* An unknown source of a port with a limit: true when it is within the limit. */
static bool admit(struct dvs_worker *worker, const struct dvs_snapshot_port *port, uint64_t key)
{
	if (is_recent(worker, key, port->dev->id))
		return true;
	if (!claim(worker, port)) {
		if (port->guard.mac_limit_action == DVS_MAC_LIMIT_AUDIT)
			report(worker, key, port->dev->id, false);
		return false;
	}
	if (!report(worker, key, port->dev->id, true))
		__atomic_fetch_sub(&port->dev->memory->claims, 1, __ATOMIC_RELAXED);
	return true;
}

static void ask_to_shut(struct dvs_worker *worker, uint64_t key, uint16_t port)
{
	struct dvs_learn_report request = {.key = key, .port = port, .is_over_limit = true};

	rte_ring_sp_enqueue_elem(worker->learn_ring, &request, sizeof(request));
}

/* Frames whose source is one of those not admitted: bit k of over is the k-th source of the batch,
 * as the stage counts them. */
static void refuse(struct dvs_worker *worker, struct dvs_batch *batch, uint64_t over)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	unsigned int action = port->guard.mac_limit_action, k = 0;
	bool is_drop = action == DVS_MAC_LIMIT_DROP || action == DVS_MAC_LIMIT_SHUTDOWN;
	uint64_t key = 0;

	for (unsigned int i = 0; i < batch->n; i++) {
		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (key != 0 && key != batch->src_key[i])
			k++;
		key = batch->src_key[i];
		if ((over >> k & 1) != 0)
			dvs_violate(worker, batch, i, is_drop ? DVS_GUARD_ENFORCE : DVS_GUARD_AUDIT,
				    DVS_DROP_MAC_LIMIT);
	}
	if (action == DVS_MAC_LIMIT_SHUTDOWN)
		ask_to_shut(worker, key, port->dev->id);
}

/* Sources that the table does not have behind the port, with guards that have a say in it. */
static __attribute__((noinline)) void learn_guarded(struct dvs_worker *worker,
						    struct dvs_batch *batch, const uint64_t *keys,
						    uint64_t unknown)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	uint64_t own = port->guard.mac_change == DVS_GUARD_ENFORCE ? dvs_snapshot_mac(port) : 0;
	uint64_t over = 0;

	for (; unknown != 0; unknown &= unknown - 1) {
		unsigned int k = (unsigned int)__builtin_ctzll(unknown);

		if (own != 0 && keys[k] >> 16 != own)
			continue;
		if (port->guard.mac_limit == 0) {
			if (!is_recent(worker, keys[k], port->dev->id))
				report(worker, keys[k], port->dev->id, false);
		} else if (!admit(worker, port, keys[k])) {
			over |= UINT64_C(1) << k;
		}
	}
	if (over != 0)
		refuse(worker, batch, over);
}

void dvs_stage_learn(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_fdb *fdb = worker->shared->fdb;
	uint64_t keys[DVS_BATCH_MAX], values[DVS_BATCH_MAX], unknown = 0;
	uint16_t port = batch->in_port[0];
	unsigned int n = 0, reports = 0;

	/* A VM's frames have one source, mostly: look up each only when it changes. */
	for (unsigned int i = 0; i < batch->n; i++)
		if (dvs_batch_is_pending(batch, i) && (n == 0 || keys[n - 1] != batch->src_key[i]))
			keys[n++] = batch->src_key[i];
	if (n == 0)
		return;
	dvs_fdb_lookup_bulk(fdb, keys, n, values);
	for (unsigned int i = 0; i < n; i++) {
		if (values[i] != DVS_FDB_MISS && dvs_fdb_port(values[i]) == port)
			dvs_fdb_touch(fdb, keys[i], values[i], worker->now_s);
		else if (!dvs_fdb_is_static(values[i]) &&
			 (values[i] == DVS_FDB_MISS ||
			  !dvs_snapshot_is_reflected(worker->snapshot, port,
						     dvs_fdb_port(values[i]))))
			unknown |= UINT64_C(1) << i;
	}
	if (likely(unknown == 0))
		return;
	if (worker->snapshot->ports[port].guard.limits_sources) {
		learn_guarded(worker, batch, keys, unknown);
		return;
	}
	for (; unknown != 0 && reports < DVS_LEARN_BATCH_LIMIT; unknown &= unknown - 1) {
		uint64_t key = keys[__builtin_ctzll(unknown)];

		if (!is_recent(worker, key, port))
			reports += report(worker, key, port, false);
	}
}
