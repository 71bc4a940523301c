/* SPDX-License-Identifier: BSD-3-Clause */
#include "charge.h"

#define TCP_OFFSET_BYTE 12 /* its high half: length of the TCP header in words */
#define TCP_HEADER_MIN	20

/* Bytes that each segment repeats; 0: the request makes no sense, and nothing is cut. */
static uint32_t headers_of(const struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_offload *offload = &batch->offload[i];
	uint32_t at = offload->csum_start, end;

	if (offload->gso_size < DVS_GSO_SIZE_MIN || at + TCP_HEADER_MIN > batch->header_len[i])
		return 0;
	end = at + (batch->header[i][at + TCP_OFFSET_BYTE] >> 4) * 4u;
	return end < batch->length[i] ? end : 0;
}

static uint32_t segments(const struct dvs_batch *batch, unsigned int i, uint32_t headers)
{
	uint32_t size = batch->offload[i].gso_size;

	return headers == 0 ? 1 : (batch->length[i] - headers + size - 1) / size;
}

uint32_t dvs_charge_gso_frames(const struct dvs_batch *batch, unsigned int i)
{
	return segments(batch, i, headers_of(batch, i));
}

uint32_t dvs_charge_gso_bytes(const struct dvs_batch *batch, unsigned int i, uint8_t counts)
{
	uint32_t headers = headers_of(batch, i), n = segments(batch, i, headers);
	uint32_t bytes = batch->length[i] + (n - 1) * headers;

	return counts == DVS_RATE_COUNTS_FRAME ? bytes : bytes + n * DVS_CHARGE_WIRE;
}
