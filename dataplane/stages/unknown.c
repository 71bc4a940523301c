/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unknown: unicast that forward found no port for, and that is about to be flooded, keeps to the
 * port's rate (storm.h). A batch without frames to flood passes with one test of a bit.
 */
#include "stages.h"
#include "storm.h"
#include "worker.h"

void dvs_stage_unknown(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_storm_time time = {0};

	if ((batch->stages & DVS_STAGE_BIT_FLOOD) == 0)
		return;
	for (unsigned int i = 0; i < batch->n; i++)
		if (batch->out_port[i] == DVS_PORT_FLOOD && (batch->dst_key[i] >> 56 & 1) == 0 &&
		    dvs_batch_is_pending(batch, i))
			dvs_storm_judge(worker, batch, i, DVS_STORM_UNKNOWN, &time);
}
