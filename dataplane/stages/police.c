/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * police: rates of all that the port sends, where they are not shaped (from_limit.h); then storm
 * control of broadcast and multicast (storm.h), which unicast passes with one test of a bit.
 */
#include "charge.h"
#include "from_limit.h"
#include "stages.h"
#include "storm.h"
#include "worker.h"

#define BROADCAST UINT64_C(0xffffffffffff)

static __attribute__((noinline)) void police_all(struct dvs_worker *worker, struct dvs_batch *batch,
						 struct dvs_from_limit *limit)
{
	uint64_t now = dvs_worker_tsc(worker);

	for (unsigned int i = 0; i < batch->n; i++)
		if (dvs_batch_is_pending(batch, i) &&
		    !dvs_from_limit_take(limit, now,
					 dvs_charge_bytes(batch, i, limit->rates.counts),
					 dvs_charge_frames(batch, i)))
			dvs_batch_drop(batch, i, DVS_DROP_FROM_RATE);
}

void dvs_stage_police(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct dvs_from_limit *limit = worker->snapshot->ports[batch->in_port[0]].from;
	struct dvs_storm_time time = {0};

	if (dvs_from_limit_polices(limit))
		police_all(worker, batch, limit);
	for (unsigned int i = 0; i < batch->n; i++) {
		uint64_t dst = batch->dst_key[i];

		if ((dst >> 56 & 1) == 0 || !dvs_batch_is_pending(batch, i))
			continue;
		dvs_storm_judge(worker, batch, i,
				dst >> 16 == BROADCAST ? DVS_STORM_BROADCAST : DVS_STORM_MULTICAST,
				&time);
	}
}
