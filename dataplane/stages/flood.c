/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flood: the replication set of frames without a single destination: every other port of the
 * segment that is enabled and has a link, of DHCP clients' messages those that are trusted with
 * DHCP. Frames of one port and segment share one set.
 */
#include "stages.h"
#include "worker.h"

static uint16_t collect(struct dvs_worker *worker, uint16_t segment_id, uint16_t in_port,
			bool is_dhcp)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	const struct dvs_snapshot_segment *segment = &snapshot->segments[segment_id];
	uint16_t *replicas = &worker->replicas[worker->n_replicas], n = 0;

	if (segment_id >= snapshot->n_segments) /* it is gone since the frame was handed over */
		return 0;
	for (unsigned int m = 0; m < segment->n_members; m++) {
		uint16_t port = segment->members[m];

		if (port != in_port && dvs_snapshot_active(&snapshot->ports[port]) != 0 &&
		    (!is_dhcp || snapshot->ports[port].addresses.is_dhcp_trusted))
			replicas[n++] = port;
	}
	worker->n_replicas += n;
	return n;
}

void dvs_stage_flood(struct dvs_worker *worker, struct dvs_batch *batch)
{
	uint16_t n = 0, segment = 0, in_port = DVS_PORT_NONE, to = DVS_PORT_NONE;
	uint32_t first = 0;

	worker->n_replicas = 0;
	for (unsigned int i = 0; i < batch->n; i++) {
		if (!dvs_batch_is_pending(batch, i) ||
		    (batch->out_port[i] != DVS_PORT_FLOOD && batch->out_port[i] != DVS_PORT_DHCP))
			continue;
		if (segment != batch->segment[i] || in_port != batch->in_port[i] ||
		    to != batch->out_port[i]) {
			to = batch->out_port[i];
			segment = batch->segment[i];
			in_port = batch->in_port[i];
			first = worker->n_replicas;
			n = collect(worker, segment, in_port, to == DVS_PORT_DHCP);
		}
		batch->is_flooded[i] = 1;
		batch->replica[i] = first;
		batch->n_replicas[i] = n;
		if (n == 0)
			dvs_batch_drop(batch, i,
				       to == DVS_PORT_DHCP ? DVS_DROP_NO_DHCP_SERVER
							   : DVS_DROP_NO_DESTINATION);
	}
}
