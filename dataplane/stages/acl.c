/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl: frames from the VM that the port's access control list denies. All that the batch has go
 * through the tries together.
 */
#include "acl_judge.h"
#include "stages.h"
#include "worker.h"

void dvs_stage_acl(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	uint8_t index[DVS_BATCH_MAX];
	unsigned int n = 0;

	for (unsigned int i = 0; i < batch->n; i++)
		if (dvs_batch_is_pending(batch, i))
			index[n++] = (uint8_t)i;
	if (n != 0)
		dvs_acl_judge(worker, batch, port, DVS_ACL_FROM, index, n);
}
