/* SPDX-License-Identifier: BSD-3-Clause */
#include "violation.h"

#include <string.h>

#include <rte_common.h>
#include <rte_pause.h>

#define READ_TRIES 1000

void dvs_offender_note(struct dvs_offenders *offenders, enum dvs_drop_reason reason, uint32_t now_s,
		       const struct dvs_batch *batch, unsigned int i)
{
	struct dvs_offender *last = &offenders->last[reason];
	uint32_t sequence = __atomic_load_n(&last->sequence, __ATOMIC_RELAXED);

	if (__atomic_load_n(&last->when_s, __ATOMIC_RELAXED) == now_s || (sequence & 1) != 0 ||
	    !__atomic_compare_exchange_n(&last->sequence, &sequence, sequence + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	last->length = batch->length[i];
	last->header_length = RTE_MIN((uint32_t)batch->header_len[i], (uint32_t)DVS_HEADER_KEPT);
	memcpy(last->header, batch->header[i], last->header_length);
	__atomic_store_n(&last->when_s, now_s, __ATOMIC_RELAXED);
	__atomic_store_n(&last->sequence, sequence + 2, __ATOMIC_RELEASE);
}

bool dvs_offender_read(const struct dvs_offenders *offenders, enum dvs_drop_reason reason,
		       struct dvs_offender *ret_offender)
{
	const struct dvs_offender *last = &offenders->last[reason];

	for (unsigned int i = 0; i < READ_TRIES; i++) {
		uint32_t before = __atomic_load_n(&last->sequence, __ATOMIC_ACQUIRE);

		memcpy(ret_offender, last, sizeof(*ret_offender));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if ((before & 1) == 0 &&
		    __atomic_load_n(&last->sequence, __ATOMIC_RELAXED) == before)
			return ret_offender->when_s != 0;
		rte_pause();
	}
	return false;
}

bool dvs_violate(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		 enum dvs_guard_mode mode, enum dvs_drop_reason reason)
{
	const struct dvs_portdev *dev = worker->snapshot->ports[batch->in_port[i]].dev;

	/* A drop is counted and its header kept when the batch is accounted. */
	if (mode == DVS_GUARD_ENFORCE) {
		dvs_batch_drop(batch, i, reason);
		return true;
	}
	if (dev != NULL) {
		dvs_stats_bump(&dev->stats[worker->id]->audited[reason], 1);
		dvs_offender_note(dev->offenders, reason, worker->now_s, batch, i);
	}
	return false;
}
