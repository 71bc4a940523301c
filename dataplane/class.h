/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * class.h - the traffic class of a frame: 0 to 7, which is the queue that it waits in where its
 * port has queues.
 *
 * Class n is what priority n means in IEEE 802.1Q and class selector n in DSCP: 0 best effort, 1
 * background, up to 7. Nothing but the operator's configuration of queues says which class goes
 * before another.
 *
 * The classify stage sets it, for ports that classify; frames of others are of class 0. It travels
 * with the tag information of the frame (batch->tci): over a handover, with the segments of a large
 * frame, and with frames of the switch itself (DVS_CLASS_CONTROL).
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_CLASS_H
#define DVS_CLASS_H

#include "batch.h"
#include "tag.h"

#define DVS_CLASS_CONTROL 6 /* internetwork control (RFC 4594 section 3.1) */

static inline unsigned int dvs_batch_class(const struct dvs_batch *batch, unsigned int i)
{
	return batch->has_tci ? (batch->tci[i] & DVS_TCI_CLASS) >> DVS_TCI_CLASS_SHIFT : 0;
}

/* batch->tci is set. */
static inline void dvs_batch_set_class(struct dvs_batch *batch, unsigned int i, unsigned int class)
{
	batch->tci[i] = (uint16_t)((batch->tci[i] & ~DVS_TCI_CLASS) | class << DVS_TCI_CLASS_SHIFT);
}

#endif
