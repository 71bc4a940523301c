/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl_to: frames to VMs whose ports' access control lists deny them. Ports that are members of a
 * segment with such a list have the stage.
 *
 * Frames with one destination go through the tries together with others to that port; of a flooded
 * one each list is asked once. Where another worker handed a flooded frame over it loses the same
 * ports; it is counted where it was received.
 */
#include "acl_judge.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

static void judge_unicast(struct dvs_worker *worker, struct dvs_batch *batch, uint64_t frames)
{
	const struct dvs_snapshot_port *ports = worker->snapshot->ports;

	while (frames != 0) {
		uint16_t out = batch->out_port[__builtin_ctzll(frames)];
		uint8_t index[DVS_BATCH_MAX];
		unsigned int n = 0;

		for (uint64_t left = frames; left != 0; left &= left - 1) {
			unsigned int i = (unsigned int)__builtin_ctzll(left);

			if (batch->out_port[i] != out)
				continue;
			index[n++] = (uint8_t)i;
			frames &= ~(UINT64_C(1) << i);
		}
		dvs_acl_judge(worker, batch, &ports[out], DVS_ACL_TO, index, n);
	}
}

/* Counted at the port that does not get it, as what does not fit there is. */
static bool is_denied(struct dvs_worker *worker, const struct dvs_batch *batch,
		      const struct dvs_snapshot_port *to, bool denies, bool *ret_audits)
{
	if (!denies)
		return false;
	if (to->acl_mode != DVS_GUARD_ENFORCE) {
		*ret_audits = true;
		return false;
	}
	if (batch->handed_by == worker->id)
		dvs_stats_bump(&to->dev->stats[worker->id]->tx_dropped, 1);
	return true;
}

static void judge_flooded(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_snapshot_port *ports = worker->snapshot->ports;
	const uint16_t *replicas = &worker->replicas[batch->replica[i]];
	uint16_t *kept = &worker->replicas[worker->n_replicas], n = 0;
	const struct dvs_acl *asked = NULL;
	bool denies = false, audits = false;

	for (unsigned int k = 0; k < batch->n_replicas[i]; k++) {
		const struct dvs_snapshot_port *to = &ports[replicas[k]];

		if (to->acl_to != NULL && to->acl_to != asked)
			denies = dvs_acl_denies(worker, batch, i, to->acl_to);
		if (to->acl_to != NULL)
			asked = to->acl_to;
		if (!is_denied(worker, batch, to, to->acl_to != NULL && denies, &audits))
			kept[n++] = replicas[k];
	}
	batch->replica[i] = worker->n_replicas;
	batch->n_replicas[i] = n;
	worker->n_replicas += n;
	if (batch->handed_by != worker->id)
		return;
	if (n == 0)
		dvs_batch_drop(batch, i, DVS_DROP_ACL_TO);
	else if (audits)
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_ACL_TO);
}

void dvs_stage_acl_to(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *ports = worker->snapshot->ports;
	uint64_t unicast = 0;

	for (unsigned int i = 0; i < batch->n; i++) {
		if (!dvs_batch_is_pending(batch, i) || batch->in_port[i] >= DVS_PORT_IDS)
			continue;
		if (batch->is_flooded[i])
			judge_flooded(worker, batch, i);
		else if (batch->handed_by == worker->id && batch->out_port[i] < DVS_PORT_IDS &&
			 ports[batch->out_port[i]].acl_to != NULL)
			unicast |= UINT64_C(1) << i;
	}
	judge_unicast(worker, batch, unicast);
}
