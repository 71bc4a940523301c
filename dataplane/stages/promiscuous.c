/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * promiscuous: frames with a single destination, in a segment with promiscuous ports, become a
 * small flood: to their destination and to those. Only ports of such segments have this stage, and
 * frames that another worker handed over, which it sorts as that worker did.
 *
 * What a port in VEPA mode sends leaves by an uplink only: the copy is made of what comes back.
 */
#include "stages.h"
#include "worker.h"

/* Without the frame's own port. Returns how many, with the destination. */
static uint16_t collect(struct dvs_worker *worker, const struct dvs_snapshot_segment *segment,
			uint16_t in_port, uint16_t out_port)
{
	const struct dvs_snapshot_port *ports = worker->snapshot->ports;
	uint16_t *replicas = &worker->replicas[worker->n_replicas], n = 0;

	replicas[n++] = out_port;
	for (unsigned int m = 0; m < segment->n_promiscuous; m++) {
		uint16_t port = segment->promiscuous[m];

		if (port != in_port && port != out_port && dvs_snapshot_active(&ports[port]) != 0)
			replicas[n++] = port;
	}
	return n;
}

static bool is_of_vepa(const struct dvs_snapshot *snapshot, const struct dvs_batch *batch,
		       unsigned int i)
{
	return batch->in_port[i] < DVS_PORT_IDS && snapshot->ports[batch->in_port[i]].is_vepa;
}

static void copy_frame(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	uint16_t n;

	if (batch->segment[i] >= snapshot->n_segments ||
	    snapshot->segments[batch->segment[i]].n_promiscuous == 0 ||
	    is_of_vepa(snapshot, batch, i))
		return;
	n = collect(worker, &snapshot->segments[batch->segment[i]], batch->in_port[i],
		    batch->out_port[i]);
	if (n == 1)
		return;
	batch->is_flooded[i] = 1;
	batch->replica[i] = worker->n_replicas;
	batch->n_replicas[i] = n;
	worker->n_replicas += n;
}

void dvs_stage_promiscuous(struct dvs_worker *worker, struct dvs_batch *batch)
{
	if ((batch->stages & DVS_STAGE_BIT_FLOOD) == 0)
		worker->n_replicas = 0; /* flood has not begun */
	for (unsigned int i = 0; i < batch->n; i++)
		if (dvs_batch_is_pending(batch, i) && !batch->is_flooded[i])
			copy_frame(worker, batch, i);
}
