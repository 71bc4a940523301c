/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * charge.h - what a frame costs of a rate, in bytes and in packets.
 *
 * A byte is one of the frame without its FCS (counts FRAME), or one of the wire (WIRE): then each
 * frame is at least as long as Ethernet's shortest, and costs preamble, FCS and the gap behind it,
 * too (IEEE 802.3-2022 sections 3.2, 4.4.2). A GSO frame costs what the segments cost that it
 * becomes, each with its headers.
 *
 * A request for segments is charged for before it is checked: nothing is believed, and a frame that
 * is dropped for its request has been paid for, too.
 *
 * Threads: any, on their own batches.
 */
#ifndef DVS_CHARGE_H
#define DVS_CHARGE_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "objects.h"

#define DVS_CHARGE_WIRE	    24 /* preamble 8, FCS 4, gap 12 */
#define DVS_CHARGE_SHORTEST 60 /* bytes of a frame on a wire, without FCS */

/* The same as below for a GSO frame. */
uint32_t dvs_charge_gso_bytes(const struct dvs_batch *batch, unsigned int i, uint8_t counts);
uint32_t dvs_charge_gso_frames(const struct dvs_batch *batch, unsigned int i);

/* Bytes that a frame of this length costs, which is no GSO frame. */
static inline uint32_t dvs_charge_length(uint32_t length, uint8_t counts)
{
	if (counts == DVS_RATE_COUNTS_FRAME)
		return length;
	return (length > DVS_CHARGE_SHORTEST ? length : DVS_CHARGE_SHORTEST) + DVS_CHARGE_WIRE;
}

/* Bytes that frame i costs; its header, length and offload are set. counts: enum dvs_rate_counts.
 */
static inline uint32_t dvs_charge_bytes(const struct dvs_batch *batch, unsigned int i,
					uint8_t counts)
{
	if (__builtin_expect(batch->offload[i].gso != DVS_GSO_NONE, 0))
		return dvs_charge_gso_bytes(batch, i, counts);
	return dvs_charge_length(batch->length[i], counts);
}

/* Packets that it costs. */
static inline uint32_t dvs_charge_frames(const struct dvs_batch *batch, unsigned int i)
{
	if (__builtin_expect(batch->offload[i].gso != DVS_GSO_NONE, 0))
		return dvs_charge_gso_frames(batch, i);
	return 1;
}

/* Limits the batch, which is empty, for rx; both limits are more than 0. */
static inline void dvs_charge_begin(struct dvs_batch *batch, uint8_t counts, uint64_t byte_limit,
				    uint64_t frame_limit)
{
	batch->is_limited = true;
	batch->counts = counts;
	batch->byte_limit = byte_limit;
	batch->frame_limit = frame_limit;
	batch->bytes = batch->frames = 0;
}

/* rx has taken frame i of a limited batch. May it take another one? */
static inline bool dvs_charge_frame(struct dvs_batch *batch, unsigned int i)
{
	batch->bytes += dvs_charge_bytes(batch, i, batch->counts);
	batch->frames += dvs_charge_frames(batch, i);
	return batch->bytes < batch->byte_limit && batch->frames < batch->frame_limit;
}

#endif
