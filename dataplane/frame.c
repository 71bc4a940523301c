/* SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

void dvs_frame_set_mbuf(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf)
{
	batch->mbuf[i] = mbuf;
	batch->has_mbufs = true;
	batch->header[i] = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	batch->header_len[i] = mbuf->data_len;
	batch->length[i] = mbuf->pkt_len;
}

unsigned int dvs_frame_pieces(const struct dvs_batch *batch, unsigned int i,
			      struct dvs_extent ret_pieces[DVS_FRAME_PIECES_MAX])
{
	const struct rte_mbuf *segment = batch->mbuf[i];
	unsigned int n = 1;

	ret_pieces[0] = (struct dvs_extent){batch->header[i], batch->header_len[i]};
	if (segment == NULL) {
		memcpy(&ret_pieces[1], &batch->extents[batch->extent[i]],
		       batch->extents_of[i] * sizeof(*ret_pieces));
		return 1u + batch->extents_of[i];
	}
	for (segment = segment->next; segment != NULL; segment = segment->next) {
		if (segment->data_len == 0)
			continue;
		if (n == DVS_FRAME_PIECES_MAX)
			return 0;
		ret_pieces[n++] = (struct dvs_extent){rte_pktmbuf_mtod(segment, const uint8_t *),
						      segment->data_len};
	}
	return n;
}

/* Appends to a chain, whose last segment is *last, in as many more as it takes. */
static bool append(struct rte_mbuf *head, struct rte_mbuf **last, const struct dvs_extent *piece,
		   struct rte_mempool *pool)
{
	uint32_t done = 0;

	while (done < piece->length) {
		struct rte_mbuf *segment = *last;
		uint32_t part = rte_pktmbuf_tailroom(segment);

		if (part == 0) {
			segment = rte_pktmbuf_alloc(pool);
			if (segment == NULL)
				return false;
			(*last)->next = segment;
			*last = segment;
			head->nb_segs++;
			part = rte_pktmbuf_tailroom(segment);
		}
		part = RTE_MIN(part, piece->length - done);
		memcpy(rte_pktmbuf_mtod_offset(segment, void *, segment->data_len),
		       piece->address + done, part);
		segment->data_len = (uint16_t)(segment->data_len + part);
		head->pkt_len += part;
		done += part;
	}
	return true;
}

bool dvs_frame_materialise(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool)
{
	struct dvs_extent pieces[DVS_FRAME_PIECES_MAX];
	struct rte_mbuf *head, *last;
	unsigned int n;

	if (batch->mbuf[i] != NULL)
		return true;
	head = last = rte_pktmbuf_alloc(pool);
	if (head == NULL)
		return false;
	n = dvs_frame_pieces(batch, i, pieces);
	for (unsigned int k = 0; k < n; k++)
		if (!append(head, &last, &pieces[k], pool)) {
			rte_pktmbuf_free(head);
			return false;
		}
	dvs_frame_set_mbuf(batch, i, head);
	return true;
}

bool dvs_frame_is_own(const struct rte_mbuf *mbuf)
{
	return rte_mbuf_refcnt_read(mbuf) == 1 && RTE_MBUF_DIRECT(mbuf);
}

struct rte_mbuf *dvs_frame_unshare(struct rte_mbuf *mbuf, struct rte_mempool *pool)
{
	uint16_t n = mbuf->data_len < DVS_SNAPSHOT_BYTES ? mbuf->data_len : DVS_SNAPSHOT_BYTES;
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *rest;

	if (head == NULL)
		return NULL;
	rest = rte_pktmbuf_clone(mbuf, pool);
	if (rest == NULL) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	memcpy(rte_pktmbuf_append(head, n), rte_pktmbuf_mtod(mbuf, const uint8_t *), n);
	rte_pktmbuf_adj(rest, n);
	if (rest->pkt_len != 0 && rte_pktmbuf_chain(head, rest) == 0)
		return head;
	if (rest->pkt_len != 0) { /* the longest chain that there can be */
		rte_pktmbuf_free(head);
		head = NULL;
	}
	rte_pktmbuf_free(rest);
	return head;
}

uint8_t *dvs_frame_own_header(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool)
{
	struct rte_mbuf *mbuf = batch->mbuf[i];

	if (mbuf == NULL) /* in the batch itself */
		return batch->snapshot[i] + (batch->header[i] - batch->snapshot[i]);
	if (!dvs_frame_is_own(mbuf)) {
		mbuf = dvs_frame_unshare(mbuf, pool);
		if (mbuf == NULL)
			return NULL;
		rte_pktmbuf_free(batch->mbuf[i]);
		dvs_frame_set_mbuf(batch, i, mbuf);
	}
	return rte_pktmbuf_mtod(mbuf, uint8_t *);
}

int dvs_frame_pull(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool)
{
	struct rte_mbuf *mbuf;

	if (batch->mbuf[i] != NULL && batch->header_len[i] == batch->length[i])
		return 0;
	if (batch->length[i] > RTE_MBUF_DEFAULT_DATAROOM)
		return -E2BIG;
	if (!dvs_frame_materialise(batch, i, pool))
		return -ENOBUFS;
	mbuf = batch->mbuf[i];
	if (!rte_pktmbuf_is_contiguous(mbuf) && rte_pktmbuf_linearize(mbuf) < 0)
		return -E2BIG;
	dvs_frame_set_mbuf(batch, i, mbuf);
	return 0;
}
