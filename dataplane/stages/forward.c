/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward: the destination port by the MAC table. Unknown unicast, broadcast and multicast are
 * left to flood, which runs only when there are such frames.
 *
 * An entry whose port is not in the frame's segment (any more) is as good as none: isolation of
 * segments does not hang on the table being up to date.
 */
#include "fdb.h"
#include "stages.h"
#include "worker.h"

void dvs_stage_forward(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	uint64_t values[DVS_BATCH_MAX];

	dvs_fdb_lookup_bulk(worker->shared->fdb, batch->dst_key, batch->n, values);
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
