/* SPDX-License-Identifier: BSD-3-Clause */
#include "tag.h"

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "bytes.h"
#include "frame.h"

#define ADDRESSES 12 /* bytes before a tag */

/* The addresses go from one place to another that may overlap it. */
static inline void move_addresses(uint8_t *to, const uint8_t *from)
{
	uint64_t low;
	uint32_t high;

	memcpy(&low, from, sizeof(low));
	memcpy(&high, from + sizeof(low), sizeof(high));
	memcpy(to, &low, sizeof(low));
	memcpy(to + sizeof(low), &high, sizeof(high));
}

static inline void put_tag(uint8_t *frame, uint32_t tag)
{
	dvs_store32(frame + ADDRESSES, tag);
}

static inline void shift_requests(struct dvs_offload *offload, int bytes)
{
	if (unlikely(offload->needs_csum))
		offload->csum_start = (uint16_t)(offload->csum_start + bytes);
}

static void use_mbuf(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf)
{
	batch->mbuf[i] = mbuf;
	batch->header[i] = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	batch->header_len[i] = mbuf->data_len;
}

static void pop_mbuf(struct dvs_batch *batch, unsigned int i)
{
	uint8_t *frame = rte_pktmbuf_mtod(batch->mbuf[i], uint8_t *);

	move_addresses(frame + DVS_TAG_BYTES, frame);
	rte_pktmbuf_adj(batch->mbuf[i], DVS_TAG_BYTES);
	use_mbuf(batch, i, batch->mbuf[i]);
}

void dvs_tag_pop(struct dvs_batch *batch, unsigned int i)
{
	if (batch->mbuf[i] != NULL) {
		pop_mbuf(batch, i);
	} else {
		uint8_t *frame = batch->snapshot[i] + (batch->header[i] - batch->snapshot[i]);

		move_addresses(frame + DVS_TAG_BYTES, frame);
		batch->header[i] += DVS_TAG_BYTES;
		batch->header_len[i] = (uint16_t)(batch->header_len[i] - DVS_TAG_BYTES);
	}
	batch->length[i] -= DVS_TAG_BYTES;
	batch->l3[i] = (uint16_t)(batch->l3[i] - DVS_TAG_BYTES);
	shift_requests(&batch->offload[i], -DVS_TAG_BYTES);
}

/* The first n bytes of a frame with a tag between the addresses and what follows. */
static void copy_tagged(uint8_t *to, const uint8_t *from, uint32_t n, uint32_t tag)
{
	memcpy(to, from, ADDRESSES);
	put_tag(to, tag);
	memcpy(to + ADDRESSES + DVS_TAG_BYTES, from + ADDRESSES, n - ADDRESSES);
}

static void push_in_place(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf,
			  uint32_t tag)
{
	uint8_t *frame = (uint8_t *)rte_pktmbuf_prepend(mbuf, DVS_TAG_BYTES);

	move_addresses(frame, frame + DVS_TAG_BYTES);
	put_tag(frame, tag);
	use_mbuf(batch, i, mbuf);
}

static bool can_write(const struct rte_mbuf *mbuf)
{
	return dvs_frame_is_own(mbuf) && rte_pktmbuf_headroom(mbuf) >= DVS_TAG_BYTES;
}

bool dvs_tag_push(struct dvs_batch *batch, unsigned int i, uint32_t tag,
		  uint8_t room[DVS_TAGGED_BYTES], struct rte_mempool *pool,
		  struct dvs_tag_undo *ret_undo)
{
	struct rte_mbuf *mbuf = batch->mbuf[i];

	*ret_undo = (struct dvs_tag_undo){mbuf, batch->header[i], batch->header_len[i]};
	if (mbuf == NULL) {
		copy_tagged(room, batch->header[i], batch->header_len[i], tag);
		batch->header[i] = room;
		batch->header_len[i] = (uint16_t)(batch->header_len[i] + DVS_TAG_BYTES);
	} else {
		if (!can_write(mbuf))
			mbuf = dvs_frame_unshare(mbuf, pool);
		if (mbuf == NULL)
			return false;
		push_in_place(batch, i, mbuf, tag);
	}
	batch->length[i] += DVS_TAG_BYTES;
	shift_requests(&batch->offload[i], DVS_TAG_BYTES);
	return true;
}

void dvs_tag_undo(struct dvs_batch *batch, unsigned int i, const struct dvs_tag_undo *undo)
{
	struct rte_mbuf *mbuf = batch->mbuf[i];

	if (mbuf != undo->mbuf && undo->mbuf != NULL) {
		batch->mbuf[i] = undo->mbuf;
		batch->header[i] = undo->header;
		batch->header_len[i] = undo->header_len;
		rte_pktmbuf_free(mbuf);
	} else if (mbuf != NULL) { /* its own, or made of the tagged frame */
		pop_mbuf(batch, i);
	} else {
		batch->header[i] = undo->header;
		batch->header_len[i] = undo->header_len;
	}
	batch->length[i] -= DVS_TAG_BYTES;
	shift_requests(&batch->offload[i], -DVS_TAG_BYTES);
}
