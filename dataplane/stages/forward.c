/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward: the destination port by the MAC table. Unknown unicast, broadcast and multicast are
 * left to flood, which runs only when there are such frames.
 *
 * In VEPA mode all frames of a port go to an uplink of their segment, the known owner if that is
 * one, else the same one for all of a source, so that they keep their order and come once.
 *
 * An entry whose port is not in the frame's segment (any more) is as good as none: isolation of
 * segments does not hang on the table being up to date.
 */
#include <rte_branch_prediction.h>

#include "fdb.h"
#include "stages.h"
#include "worker.h"

/* An uplink that is up, by source; DVS_PORT_NONE: none is. */
static uint16_t choose_uplink(const struct dvs_snapshot *snapshot, const struct dvs_batch *batch,
			      unsigned int i)
{
	const struct dvs_snapshot_segment *segment = &snapshot->segments[batch->segment[i]];
	uint64_t hash = (batch->src_key[i] >> 16) * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (unsigned int k = 0; k < segment->n_uplinks; k++) {
		uint16_t port = segment->members[(hash + k) % segment->n_uplinks];

		if (dvs_snapshot_active(&snapshot->ports[port]) != 0)
			return port;
	}
	return DVS_PORT_NONE;
}

static __attribute__((noinline)) void forward_vepa(struct dvs_worker *worker,
						   struct dvs_batch *batch, const uint64_t *values)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;

	for (unsigned int i = 0; i < batch->n; i++) {
		uint16_t out = dvs_fdb_port(values[i]);

		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (values[i] == DVS_FDB_MISS || !snapshot->ports[out].is_uplink ||
		    !dvs_snapshot_is_member(snapshot, &snapshot->ports[out], batch->segment[i]))
			out = choose_uplink(snapshot, batch, i);
		batch->out_port[i] = out;
		if (out == DVS_PORT_NONE)
			dvs_batch_drop(batch, i, DVS_DROP_NO_UPLINK);
	}
}

void dvs_stage_forward(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	uint64_t values[DVS_BATCH_MAX];

	dvs_fdb_lookup_bulk(worker->shared->fdb, batch->dst_key, batch->n, values);
	if (unlikely(snapshot->ports[batch->in_port[0]].is_vepa)) {
		forward_vepa(worker, batch, values);
		return;
	}
	for (unsigned int i = 0; i < batch->n; i++) {
		uint16_t out = dvs_fdb_port(values[i]);

		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (values[i] == DVS_FDB_MISS ||
		    !dvs_snapshot_is_member(snapshot, &snapshot->ports[out], batch->segment[i])) {
			batch->out_port[i] = DVS_PORT_FLOOD;
			batch->stages |= DVS_STAGE_BIT_FLOOD;
		} else if (out == batch->in_port[i]) {
			dvs_batch_drop(batch, i, DVS_DROP_SAME_PORT);
		} else {
			batch->out_port[i] = out;
		}
	}
}
