/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's offload request and frame: a struct dvs_offload as it is, two octets of zeros to append
 * (little endian), one of the size of the chain's pieces, then the frame.
 * What is accepted can be carried out, by the book; what is not is not segmented either.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "eal.h"
#include "offload.h"

#define PREFIX	   (sizeof(struct dvs_offload) + 3)
#define FRAME_MAX  (2 * (UINT16_MAX + 1))
#define VIEW_MAX   128
#define N_MBUFS	   4096
#define MBUF_BYTES 2048
#define ROUND_MAX  64

int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct rte_mempool *pool;
static uint8_t frame[FRAME_MAX], after[FRAME_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	MUST(dvs_test_eal_init() == 0);
	pool = rte_pktmbuf_pool_create("fuzz", N_MBUFS, 0, 0, RTE_PKTMBUF_HEADROOM + MBUF_BYTES,
				       SOCKET_ID_ANY);
	MUST(pool);
	return 0;
}

static struct rte_mbuf *make_chain(uint32_t length, uint32_t piece)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *tail = head;

	MUST(head);
	for (uint32_t at = 0; at < length;) {
		uint32_t n = RTE_MIN(piece, length - at);

		if (at > 0) {
			tail->next = rte_pktmbuf_alloc(pool);
			tail = tail->next;
			MUST(tail);
			head->nb_segs++;
		}
		memcpy(rte_pktmbuf_mtod(tail, uint8_t *), frame + at, n);
		tail->data_len = (uint16_t)n;
		head->pkt_len += n;
		at += n;
	}
	return head;
}

static void read_chain(const struct rte_mbuf *mbuf)
{
	uint32_t at = 0;

	for (; mbuf; mbuf = mbuf->next) {
		memcpy(after + at, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len);
		at += mbuf->data_len;
	}
}

/* Only the two octets change, and they are not before the IP payload. */
static void check_checksum(struct rte_mbuf *mbuf, const struct dvs_offload *offload)
{
	uint32_t field = (uint32_t)offload->csum_start + offload->csum_offset;

	dvs_offload_checksum(mbuf, offload);
	read_chain(mbuf);
	MUST(field >= 14 && field + 2 <= mbuf->pkt_len);
	MUST(memcmp(frame, after, field) == 0);
	MUST(memcmp(frame + field + 2, after + field + 2, mbuf->pkt_len - field - 2) == 0);
	MUST(after[field] || after[field + 1]);
	if (frame[12] == 8 && frame[13] == 0)
		MUST(field >= 34);
}

/* In rounds. Headers are in each segment, the payload is there once, and no segment is left out. */
static void check_segments(struct rte_mbuf *mbuf, const struct dvs_offload *offload, uint32_t count,
			   uint32_t longest)
{
	uint32_t headers = count > 1 ? longest - offload->gso_size : 0, sum = 0, done = 0;
	struct rte_mbuf *segments[ROUND_MAX];
	int n;

	MUST(count > 0 && count <= UINT16_MAX / DVS_GSO_SIZE_MIN + 1);
	while ((n = dvs_offload_segment(mbuf, offload, pool, done, segments, ROUND_MAX)) > 0) {
		MUST(n == ROUND_MAX || done + (uint32_t)n == count);
		for (int i = 0; i < n; i++) {
			MUST(segments[i]->pkt_len <= longest);
			sum += segments[i]->pkt_len;
		}
		rte_pktmbuf_free_bulk(segments, (unsigned int)n);
		done += (uint32_t)n;
	}
	MUST(n == 0 && done == count);
	MUST(sum == mbuf->pkt_len + (count - 1) * headers);
}

static void check(const struct dvs_offload *offload, uint32_t length, uint32_t piece)
{
	struct rte_mbuf *segment, *mbuf = make_chain(length, piece);
	uint32_t in_view = RTE_MIN(length, (uint32_t)VIEW_MAX);
	uint8_t *view = malloc(in_view);
	bool is_valid;

	MUST(view || in_view == 0);
	memcpy(view, frame, in_view);
	is_valid = dvs_offload_is_valid(offload, view, in_view, length);
	if (offload->gso != DVS_GSO_NONE) {
		if (is_valid)
			check_segments(mbuf, offload,
				       dvs_offload_segment_count(offload, view, in_view, length),
				       dvs_offload_segment_length(offload, view, in_view, length));
		else
			MUST(dvs_offload_segment(mbuf, offload, pool, 0, &segment, 1) == -EINVAL);
	} else if (offload->needs_csum && is_valid) {
		check_checksum(mbuf, offload);
	}
	free(view);
	rte_pktmbuf_free(mbuf);
	MUST(rte_mempool_avail_count(pool) == N_MBUFS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dvs_offload offload;
	uint32_t length, zeros, piece;

	if (size < PREFIX || size - PREFIX > UINT16_MAX)
		return 0;
	memcpy(&offload, data, sizeof(offload));
	data += sizeof(offload);
	zeros = data[0] | (uint32_t)data[1] << 8;
	length = (uint32_t)(size - PREFIX);
	memcpy(frame, data + 3, length);
	memset(frame + length, 0, zeros);
	length += zeros;
	/* So that the chain fits into the pool. */
	piece = RTE_MAX(data[2] * 8u, 1 + length / (N_MBUFS / 2));
	check(&offload, length, RTE_MIN(piece, (uint32_t)MBUF_BYTES));
	return 0;
}
