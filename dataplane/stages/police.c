/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * police: storm control of broadcast and multicast (storm.h). Unicast passes with one test of a
 * bit.
 */
#include "stages.h"
#include "storm.h"
#include "worker.h"

#define BROADCAST UINT64_C(0xffffffffffff)

void dvs_stage_police(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_storm_time time = {0};

	for (unsigned int i = 0; i < batch->n; i++) {
		uint64_t dst = batch->dst_key[i];

		if ((dst >> 56 & 1) == 0 || !dvs_batch_is_pending(batch, i))
			continue;
		dvs_storm_judge(worker, batch, i,
				dst >> 16 == BROADCAST ? DVS_STORM_BROADCAST : DVS_STORM_MULTICAST,
				&time);
	}
}
