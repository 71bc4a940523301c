/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * charge.h - what a frame costs of a rate, in bytes and in packets.
 *
 * A byte is one of the frame without its FCS. A GSO frame costs what the segments cost that it
 * becomes, each with its headers.
 *
 * Threads: any, on their own batches.
 */
#ifndef DVS_CHARGE_H
#define DVS_CHARGE_H

#include "batch.h"

#define DVS_CHARGE_WIRE	    24 /* preamble 8, FCS 4, gap 12 */
#define DVS_CHARGE_SHORTEST 60 /* bytes of a frame on a wire, without FCS */

enum dvs_rate_counts { DVS_RATE_COUNTS_FRAME, DVS_RATE_COUNTS_WIRE };

static inline uint32_t dvs_charge_frames(const struct dvs_batch *batch, unsigned int i)
{
	if (__builtin_expect(batch->offload[i].gso == DVS_GSO_NONE, 1))
		return 1;
	return dvs_offload_segment_count(&batch->offload[i], batch->header[i], batch->header_len[i],
					 batch->length[i]);
}

static inline uint32_t dvs_charge_bytes(const struct dvs_batch *batch, unsigned int i,
					uint8_t counts)
{
	uint32_t n = dvs_charge_frames(batch, i), headers = 0;

	if (n > 1)
		headers = dvs_offload_segment_length(&batch->offload[i], batch->header[i],
						     batch->header_len[i], batch->length[i]) -
			  batch->offload[i].gso_size;
	return batch->length[i] + (n - 1) * headers +
	       (counts == DVS_RATE_COUNTS_WIRE ? n * DVS_CHARGE_WIRE : 0);
}

#endif
