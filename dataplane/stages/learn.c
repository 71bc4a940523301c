/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * learn: is the source known behind the port that it came from? Nearly always yes, and fresh: then
 * nothing is written. Unknown and moved sources are reported to the control thread, which writes
 * the table; a source that is static behind another port is left alone.
 *
 * Until the control thread has acted, each further frame would report again: a small table of what
 * was reported since the control thread last looked keeps these back.
 */
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "fdb.h"
#include "stages.h"
#include "worker.h"

static inline unsigned int recent_slot(uint64_t key)
{
	return (unsigned int)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (DVS_LEARN_RECENT - 1);
}

/* True when a report was put into the ring. */
static bool report(struct dvs_worker *worker, uint64_t key, uint16_t port)
{
	struct dvs_learn_report *recent = &worker->recent[recent_slot(key)];

	if (recent->key == key && recent->port == port && recent->epoch == worker->learn_epoch)
		return false;
	recent->key = key;
	recent->port = port;
	recent->epoch = worker->learn_epoch;
	return rte_ring_sp_enqueue_elem(worker->learn_ring, recent, sizeof(*recent)) == 0;
}

void dvs_stage_learn(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_fdb *fdb = worker->shared->fdb;
	uint64_t keys[DVS_BATCH_MAX], values[DVS_BATCH_MAX];
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
		else if (!dvs_fdb_is_static(values[i]) && reports < DVS_LEARN_BATCH_LIMIT &&
			 (values[i] == DVS_FDB_MISS ||
			  !dvs_snapshot_is_reflected(worker->snapshot, port,
						     dvs_fdb_port(values[i]))))
			reports += report(worker, keys[i], port);
	}
}
