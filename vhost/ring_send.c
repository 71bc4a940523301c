/* SPDX-License-Identifier: BSD-3-Clause */
/* To the guest: frames of a batch go into the buffers that it made available. */
#include <stddef.h>
#include <string.h>

#include "copy.h"
#include "frame.h"
#include "ring_window.h"
#include "vnet_header.h"

/* A burst that is being sent. */
struct send {
	struct dvs_ring *ring;
	const struct dvs_batch *batch;
	struct split_used split; /* one of the two is in use */
	struct packed_used packed;
};

enum outcome {
	TAKEN,
	REFUSED, /* it never fits: the next frame may */
	FULL,
};

/* The buffer at next_used is done with: length bytes were written to it. */
static inline void put(struct send *send, struct dvs_ring_buffer buffer, uint32_t length,
		       const bool is_packed)
{
	if (is_packed)
		packed_put(send->ring, &send->packed, buffer, length);
	else
		split_put(&send->split, buffer.id, length);
}

/*
 * A header of 12 octets in two registers. Put together in memory it would be read again at once, by
 * a load that is wider than the stores before it: this waits until all earlier stores are done,
 * also those to lines that another core still has.
 */
struct header {
	uint64_t low;
	uint32_t high; /* two octets of csum_offset, two of num_buffers */
};

static __attribute__((noinline)) struct header requests_of(const struct dvs_batch *batch,
							   unsigned int i)
{
	struct virtio_net_hdr_v1 vnet;
	struct header header;

	dvs_vnet_header_set(&vnet, &batch->offload[i], batch->header[i]);
	memcpy(&header.low, &vnet, sizeof(header.low));
	memcpy(&header.high, (const uint8_t *)&vnet + sizeof(header.low), sizeof(header.high));
	return header;
}

static inline struct header make_header(const struct dvs_batch *batch, unsigned int i,
					uint16_t n_buffers)
{
	struct header header = {0, 0};
	uint32_t requests; /* all flags of the struct at once */

	memcpy(&requests, &batch->offload[i], sizeof(requests));
	if (unlikely(requests != 0))
		header = requests_of(batch, i);
	header.high |= (uint32_t)n_buffers << 16;
	return header;
}

_Static_assert(offsetof(struct dvs_offload, gso_size) == sizeof(uint32_t), "flags come first");

static inline void write_header(uint8_t *to, struct header header, uint8_t bytes)
{
	memcpy(to, &header.low, sizeof(header.low));
	if (likely(bytes == sizeof(struct virtio_net_hdr_v1)))
		memcpy(to + sizeof(header.low), &header.high, sizeof(header.high));
	else
		memcpy(to + sizeof(header.low), &header.high, sizeof(uint16_t));
}

/* What follows the header of frame i, from the sender's memory or from an mbuf. Two NICs may be of
 * one guest, which may let its buffers overlap: memmove where both ends are in guests' memory. */
static __attribute__((noinline)) void copy_rest(uint8_t *to, const struct dvs_batch *batch,
						unsigned int i)
{
	struct dvs_extent pieces[DVS_FRAME_PIECES_MAX];
	unsigned int n = dvs_frame_pieces(batch, i, pieces);

	for (unsigned int k = 1; k < n; k++) {
		memmove(to, pieces[k].address, pieces[k].length);
		to += pieces[k].length;
	}
}

/* The whole of frame i with its header to where there is room for both. */
static inline void copy_simple(const struct dvs_batch *batch, unsigned int i, uint8_t *to,
			       uint8_t header_bytes)
{
	uint32_t in_header = batch->header_len[i];

	write_header(to, make_header(batch, i, 1), header_bytes);
	to += header_bytes;
	if (likely(in_header <= DVS_SNAPSHOT_BYTES))
		copy_small(to, batch->header[i], in_header);
	else
		memcpy(to, batch->header[i], in_header);
	if (in_header == batch->length[i])
		return;
	if (likely(batch->mbuf[i] == NULL && batch->extents_of[i] == 1)) {
		const struct dvs_extent *extent = &batch->extents[batch->extent[i]];

		memmove(to + in_header, extent->address, extent->length);
		return;
	}
	copy_rest(to + in_header, batch, i);
}

/* ---- frames that take more than one descriptor ---- */

/* The buffers for one frame. */
struct room {
	struct ring_chain chain;
	unsigned int n;
	struct dvs_ring_buffer buffer[RING_PARTS_MAX];
	uint64_t bytes[RING_PARTS_MAX]; /* of each buffer */
};

/* Gathers buffers until there are so many bytes, from next_avail on. */
static enum outcome gather(struct dvs_ring *ring, uint64_t bytes, struct room *room)
{
	struct ring_place place = {ring->next_avail, ring->avail_wrap};

	room->n = 0;
	room->chain.n = 0;
	room->chain.bytes = 0;
	room->chain.is_too_long = false;
	do {
		uint64_t before = room->chain.bytes;

		if (room->n == RING_PARTS_MAX ||
		    (!ring->is_packed && split_available(ring, room->n + 1) <= room->n) ||
		    !ring_chain_add(ring, place, true, &room->chain, &room->buffer[room->n]))
			return FULL;
		if (room->chain.is_too_long)
			return REFUSED;
		room->bytes[room->n] = room->chain.bytes - before;
		if (room->bytes[room->n] < (room->n == 0 ? ring->header_bytes : 1)) {
			dvs_ring_break(ring, DVS_RING_FAULT_SHORT);
			return FULL;
		}
		if (ring->is_packed)
			place = packed_step(ring, place, room->buffer[room->n].slots);
		else
			place.at++;
		room->n++;
	} while (room->chain.bytes < bytes && ring->is_mergeable);
	return room->chain.bytes < bytes ? REFUSED : TAKEN;
}

/* A place in the parts of a chain. */
struct cursor {
	const struct ring_part *part;
	uint32_t done; /* bytes of the part */
};

/* There is room, as gather has made sure. */
static void write_parts(struct cursor *at, const uint8_t *from, uint32_t n)
{
	while (n > 0) {
		uint32_t piece = RTE_MIN(n, at->part->length - at->done);

		memmove(at->part->host + at->done, from, piece);
		from += piece;
		n -= piece;
		at->done += piece;
		if (at->done == at->part->length) {
			at->part++;
			at->done = 0;
		}
	}
}

static void mark_parts(const struct dvs_ring *ring, const struct ring_chain *chain, uint64_t bytes)
{
	for (unsigned int k = 0; k < chain->n && bytes > 0; k++) {
		uint64_t piece = RTE_MIN(bytes, (uint64_t)chain->parts[k].length);

		dvs_guest_memory_mark(ring->memory, chain->parts[k].address, piece);
		bytes -= piece;
	}
}

/* The next frame's buffer is too short for it, or not simple. */
static __attribute__((noinline)) enum outcome send_chain(struct send *send, unsigned int i,
							 const bool is_packed)
{
	struct dvs_extent pieces[DVS_FRAME_PIECES_MAX];
	uint64_t left = send->ring->header_bytes + (uint64_t)send->batch->length[i];
	uint8_t header[sizeof(struct virtio_net_hdr_v1)];
	struct dvs_ring *ring = send->ring;
	struct room room;
	struct cursor at = {room.chain.parts, 0};
	enum outcome outcome = gather(ring, left, &room);
	unsigned int n = dvs_frame_pieces(send->batch, i, pieces);

	if (outcome != TAKEN)
		return outcome;
	if (n == 0)
		return REFUSED;
	write_header(header, make_header(send->batch, i, (uint16_t)room.n), ring->header_bytes);
	write_parts(&at, header, ring->header_bytes);
	for (unsigned int k = 0; k < n; k++)
		write_parts(&at, pieces[k].address, pieces[k].length);
	if (ring->memory->log != NULL)
		mark_parts(ring, &room.chain, left);
	for (unsigned int k = 0; k < room.n; k++) {
		uint32_t length = (uint32_t)RTE_MIN(left, room.bytes[k]);

		put(send, room.buffer[k], length, is_packed);
		window_pass(ring, room.buffer[k].slots, is_packed);
		left -= length;
	}
	return TAKEN;
}

/* ---- a burst ---- */

/* Sends n frames as long as the window has simple buffers that are long enough; returns how many.
 */
static __rte_always_inline unsigned int send_simple(struct send *send, const uint8_t *index,
						    unsigned int n, const bool is_packed,
						    const bool logs)
{
	const struct dvs_batch *batch = send->batch;
	struct dvs_ring *ring = send->ring;
	struct dvs_ring_window *window = &ring->window;
	uint8_t header_bytes = ring->header_bytes;
	unsigned int k, at = window->at;

	n = RTE_MIN(n, window->n - at);
	for (k = 0; k < n; k++, at++) {
		unsigned int i = index[k];
		uint64_t bytes = header_bytes + (uint64_t)batch->length[i];

		if (unlikely(window->host[at] == NULL || window->length[at] < bytes))
			break;
		copy_simple(batch, i, window->host[at], header_bytes);
		if (logs)
			dvs_guest_memory_mark(ring->memory, window->address[at], bytes);
		put(send, window->buffer[at], (uint32_t)bytes, is_packed);
	}
	window->at = (uint16_t)at;
	window_pass(ring, k, is_packed);
	return k;
}

static __rte_always_inline uint64_t send_burst(struct send *send, const uint8_t *index,
					       unsigned int n, const bool is_packed,
					       const bool logs)
{
	struct dvs_ring_window *window = &send->ring->window;
	unsigned int k = 0;
	uint64_t taken = 0;

	while (k < n) {
		enum outcome outcome;
		unsigned int run;

		if (window->at == window->n)
			window_fill(send->ring, n - k, true, is_packed);
		if (window->n == 0)
			break;
		run = send_simple(send, &index[k], n - k, is_packed, logs);
		taken |= dvs_taken_first(run) << k;
		k += run;
		if (likely(k == n || window->at == window->n))
			continue;
		do {
			/* By a copy, so that the other paths have it in registers. */
			struct send now = *send;

			outcome = send_chain(&now, index[k], is_packed);
			*send = now;
			taken |= (uint64_t)(outcome == TAKEN) << k;
			k += outcome != FULL;
		} while (outcome == REFUSED && k < n);
		if (outcome == TAKEN) /* it may have gone beyond the window's buffers */
			window->at = window->n = 0;
		else
			break;
	}
	return taken;
}

static __rte_always_inline uint64_t send_all(struct dvs_ring *ring, const struct dvs_batch *batch,
					     const uint8_t *index, uint16_t n, const bool is_packed,
					     const bool logs)
{
	struct send send = {.ring = ring, .batch = batch};
	uint16_t before = ring->next_used;
	uint64_t taken;

	if (is_packed)
		send.packed = packed_used_begin(ring);
	else
		send.split = split_used_begin(ring);
	taken = send_burst(&send, index, n, is_packed, logs);
	if (taken == 0)
		return 0;
	if (is_packed)
		packed_publish(ring, &send.packed);
	else
		split_publish(ring, &send.split);
	if (logs)
		ring_mark_used(ring, before);
	if (ring_looks_ahead(ring, n))
		window_fill(ring, n, true, is_packed);
	ring_notify(ring, before);
	return taken;
}

uint64_t RING_NAME(send, RING_VARIANT)(struct dvs_ring *ring, const struct dvs_batch *batch,
				       const uint8_t *index, uint16_t n)
{
	bool logs;

	if (unlikely(ring->fault != DVS_RING_FAULT_NONE))
		return 0;
	logs = ring->memory->log != NULL;
	if (ring->is_packed)
		return logs ? send_all(ring, batch, index, n, true, true)
			    : send_all(ring, batch, index, n, true, false);
	return logs ? send_all(ring, batch, index, n, false, true)
		    : send_all(ring, batch, index, n, false, false);
}
