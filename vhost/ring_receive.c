/* SPDX-License-Identifier: BSD-3-Clause */
/* From the guest: the buffers that it sends become frames of a batch. */
#include <string.h>

#include "charge.h"
#include "copy.h"
#include "ring_window.h"
#include "vnet_header.h"

/* Is there room for the extents of a chain, and then for one of each simple frame? */
static inline bool has_room(const struct dvs_batch *batch)
{
	return batch->n_extents + RING_PARTS_MAX + DVS_BATCH_MAX <= DVS_BATCH_EXTENTS;
}

static __attribute__((noinline)) void read_requests(const uint8_t *host,
						    struct dvs_offload *ret_offload)
{
	struct virtio_net_hdr_v1 vnet;

	memcpy(&vnet, host, sizeof(struct virtio_net_hdr));
	dvs_vnet_header_get(&vnet, ret_offload);
}

/* Nearly always nothing is asked for. */
static inline void read_offload(const uint8_t *host, struct dvs_offload *ret_offload)
{
	uint16_t requests; /* flags and gso_type; both are read again when they ask for something */

	memcpy(&requests, host, sizeof(requests));
	if (likely(requests == 0))
		memset(ret_offload, 0, sizeof(*ret_offload));
	else
		read_requests(host, ret_offload);
}

/* A frame in one piece, behind its header. */
static inline void take_simple(struct dvs_batch *batch, unsigned int i, const uint8_t *host,
			       uint32_t bytes, uint32_t header_bytes)
{
	const uint8_t *frame = host + header_bytes;
	uint32_t length = bytes - header_bytes;
	uint32_t in_header = RTE_MIN(length, (uint32_t)DVS_SNAPSHOT_BYTES);

	read_offload(host, &batch->offload[i]);
	copy_small(batch->snapshot[i], frame, in_header);
	batch->header_len[i] = (uint16_t)in_header;
	batch->length[i] = length;
	batch->extents_of[i] = 0;
	if (length > DVS_SNAPSHOT_BYTES) {
		batch->extents_of[i] = 1;
		batch->extent[i] = batch->n_extents;
		batch->extents[batch->n_extents++] =
			(struct dvs_extent){frame + in_header, length - in_header};
	}
}

/* Reads up to n bytes on from part *at, *done bytes of it were read already. */
static uint32_t read_parts(const struct ring_chain *chain, unsigned int *at, uint32_t *done,
			   uint8_t *to, uint32_t n)
{
	uint32_t got = 0;

	while (got < n && *at < chain->n) {
		const struct ring_part *part = &chain->parts[*at];
		uint32_t piece = RTE_MIN(n - got, part->length - *done);

		memcpy(to + got, part->host + *done, piece);
		got += piece;
		*done += piece;
		if (*done == part->length) {
			++*at;
			*done = 0;
		}
	}
	return got;
}

/* A frame of several pieces. One that has too many is as good as too long. */
static void take_chain(const struct dvs_ring *ring, struct dvs_batch *batch, unsigned int i,
		       const struct ring_chain *chain)
{
	uint64_t length = chain->bytes - ring->header_bytes;
	uint8_t header[sizeof(struct virtio_net_hdr_v1)];
	uint32_t done = 0, in_header;
	unsigned int at = 0;

	if (chain->is_too_long || length > DVS_FRAME_MAX) {
		length = DVS_FRAME_MAX + 1;
		memset(batch->snapshot[i], 0, DVS_SNAPSHOT_BYTES);
	}
	read_parts(chain, &at, &done, header, ring->header_bytes);
	read_offload(header, &batch->offload[i]);
	in_header = (uint32_t)RTE_MIN(length, (uint64_t)DVS_SNAPSHOT_BYTES);
	read_parts(chain, &at, &done, batch->snapshot[i], in_header);
	batch->header_len[i] = (uint16_t)in_header;
	batch->length[i] = (uint32_t)length;
	batch->extent[i] = batch->n_extents;
	for (; at < chain->n; at++, done = 0) {
		const struct ring_part *part = &chain->parts[at];

		batch->extents[batch->n_extents++] =
			(struct dvs_extent){part->host + done, part->length - done};
	}
	batch->extents_of[i] = (uint16_t)(batch->n_extents - batch->extent[i]);
}

/* The next buffer is not simple: it becomes frame i. False: no more frames now. */
static __attribute__((noinline)) bool receive_chain(struct dvs_ring *ring, struct dvs_batch *batch,
						    unsigned int i,
						    struct dvs_ring_buffer *ret_buffer)
{
	struct ring_place place = {ring->next_avail, ring->avail_wrap};
	struct ring_chain chain;

	if (!has_room(batch))
		return false;
	chain.n = 0;
	chain.bytes = 0;
	chain.is_too_long = false;
	if (!ring_chain_add(ring, place, false, &chain, ret_buffer))
		return false;
	if (chain.bytes < ring->header_bytes && !chain.is_too_long) {
		dvs_ring_break(ring, DVS_RING_FAULT_SHORT);
		return false;
	}
	take_chain(ring, batch, i, &chain);
	return true;
}

/* The window's buffers become frames from i to until - 1; returns how many. */
static __rte_always_inline unsigned int take_window(struct dvs_ring *ring, struct dvs_batch *batch,
						    unsigned int i, unsigned int until,
						    const bool is_packed)
{
	struct dvs_ring_window *window = &ring->window;
	unsigned int k = window->at, end = RTE_MIN(k + until - i, window->n), first = i;
	struct dvs_ring_buffer *held = &ring->held[ring->n_held];
	uint32_t header_bytes = ring->header_bytes;

	while (k < end) {
		unsigned int run = k;

		for (; k < end && likely(window->host[k] != NULL); k++, i++)
			take_simple(batch, i, window->host[k], window->length[k], header_bytes);
		memcpy(held, &window->buffer[run], (k - run) * sizeof(*held));
		held += k - run;
		window_pass(ring, k - run, is_packed);
		if (likely(k == end) || !receive_chain(ring, batch, i, held))
			break;
		window_pass(ring, held->slots, is_packed);
		k++;
		i++;
		held++;
	}
	window->at = (uint16_t)k;
	ring->n_held = (uint16_t)(ring->n_held + i - first);
	return i - first;
}

/* What is the same for all frames of the burst. */
static inline void describe(struct dvs_batch *batch, unsigned int first, unsigned int end,
			    uint16_t in_port)
{
	for (unsigned int i = first; i < end; i++)
		batch->mbuf[i] = NULL;
	for (unsigned int i = first; i < end; i++)
		batch->header[i] = batch->snapshot[i];
	for (unsigned int i = first; i < end; i++)
		batch->in_port[i] = in_port;
}

static __rte_always_inline uint16_t receive(struct dvs_ring *ring, struct dvs_batch *batch,
					    uint16_t in_port, const bool is_packed)
{
	struct dvs_ring_window *window = &ring->window;
	unsigned int first = batch->n, end = first;

	do {
		if (window->at == window->n)
			window_fill(ring, DVS_BATCH_MAX, false, is_packed);
		end += take_window(ring, batch, end, DVS_BATCH_MAX, is_packed);
	} while (window->at == window->n && window->n != 0 && end < DVS_BATCH_MAX);
	if (end == first)
		return 0;
	describe(batch, first, end, in_port);
	batch->n = (uint16_t)end;
	return (uint16_t)(end - first);
}

/* The same one by one, while the batch's limits allow. */
static __attribute__((noinline)) uint16_t receive_limited(struct dvs_ring *ring,
							  struct dvs_batch *batch, uint16_t in_port,
							  const bool is_packed)
{
	struct dvs_ring_window *window = &ring->window;
	unsigned int first = batch->n, end = first;
	bool may_go_on = true;

	while (may_go_on && end < DVS_BATCH_MAX) {
		if (window->at == window->n)
			window_fill(ring, DVS_BATCH_MAX, false, is_packed);
		if (take_window(ring, batch, end, end + 1, is_packed) == 0)
			break;
		describe(batch, end, end + 1, in_port);
		may_go_on = dvs_charge_frame(batch, end++);
	}
	batch->n = (uint16_t)end;
	return (uint16_t)(end - first);
}

uint16_t RING_NAME(receive, RING_VARIANT)(struct dvs_ring *ring, struct dvs_batch *batch,
					  uint16_t in_port)
{
	if (unlikely(ring->fault != DVS_RING_FAULT_NONE || batch->n == DVS_BATCH_MAX))
		return 0;
	if (unlikely(batch->is_limited))
		return receive_limited(ring, batch, in_port, ring->is_packed);
	return ring->is_packed ? receive(ring, batch, in_port, true)
			       : receive(ring, batch, in_port, false);
}

/* ---- release ---- */

static __rte_always_inline void release(struct dvs_ring *ring, const bool is_packed)
{
	unsigned int n = ring->n_held;

	if (is_packed) {
		struct packed_used used = packed_used_begin(ring);

		for (unsigned int k = 0; k < n; k++)
			packed_put(ring, &used, ring->held[k], 0);
		packed_publish(ring, &used);
	} else {
		struct split_used used = split_used_begin(ring);

		for (unsigned int k = 0; k < n; k++)
			split_put(&used, ring->held[k].id, 0);
		split_publish(ring, &used);
	}
	ring->n_held = 0;
	ring_bursts++;
	if (ring_looks_ahead(ring, n))
		window_fill(ring, DVS_BATCH_MAX, false, is_packed);
}

void RING_NAME(release, RING_VARIANT)(struct dvs_ring *ring)
{
	uint16_t before = ring->next_used;

	if (ring->is_packed)
		release(ring, true);
	else
		release(ring, false);
	if (unlikely(ring->memory->log != NULL))
		ring_mark_used(ring, before);
	ring_notify(ring, before);
}
