/* SPDX-License-Identifier: BSD-3-Clause */
#include "punt.h"

#include <string.h>

#include "frame.h"
#include "switch_private.h"

_Static_assert((DVS_PUNT_RING & (DVS_PUNT_RING - 1)) == 0, "a power of two");

/* ---- worker ---- */

/* May the port put another one in this second? */
static bool take_part(struct dvs_punt_ring *ring, uint32_t waiting, uint16_t port,
		      enum dvs_punt_kind kind, uint32_t now_s)
{
	static const uint16_t parts[] = {
#define DVS_PUNT_PART(symbol, handler, part) part,
		DVS_PUNT_KINDS(DVS_PUNT_PART)
#undef DVS_PUNT_PART
	};
	uint16_t *used = &ring->parts[kind][port], part = parts[kind];

	if (ring->part_s != now_s) {
		ring->part_s = now_s;
		memset(ring->parts, 0, sizeof(ring->parts));
	}
	if (waiting >= DVS_PUNT_RING / 2)
		part /= 4;
	if (waiting == DVS_PUNT_RING || *used >= part)
		return false;
	(*used)++;
	return true;
}

static uint16_t copy_frame(const struct dvs_batch *batch, unsigned int i, uint8_t *to)
{
	struct dvs_extent pieces[DVS_FRAME_PIECES_MAX];
	unsigned int n = dvs_frame_pieces(batch, i, pieces);
	uint32_t done = 0;

	for (unsigned int k = 0; k < n && done < DVS_PUNT_BYTES; k++) {
		uint32_t part = RTE_MIN(pieces[k].length, DVS_PUNT_BYTES - done);

		memcpy(to + done, pieces[k].address, part);
		done += part;
	}
	return (uint16_t)done;
}

bool dvs_punt(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i,
	      enum dvs_punt_kind kind)
{
	struct dvs_punt_ring *ring = worker->punt;
	uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
	struct dvs_punted *slot = &ring->slots[ring->head % DVS_PUNT_RING];

	if (!take_part(ring, ring->head - tail, batch->in_port[i], kind, worker->now_s)) {
		dvs_stats_bump(&ring->lost, 1);
		return false;
	}
	slot->port = batch->in_port[i];
	slot->segment = batch->segment[i];
	slot->l3 = batch->l3[i];
	slot->length = copy_frame(batch, i, slot->bytes);
	slot->frame_length = batch->length[i];
	slot->kind = (uint8_t)kind;
	__atomic_store_n(&ring->head, ring->head + 1, __ATOMIC_RELEASE);
	return true;
}

/* ---- control ---- */

static void handle(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	const struct dvs_port_object *port =
		(const void *)dvs_table_at(&sw->model.ports, frame->port);

	if (port == NULL || !port->object.exists || port->is_out)
		return;
	switch (frame->kind) {
#define DVS_PUNT_CASE(symbol, handler, part)                                                       \
	case DVS_PUNT_##symbol:                                                                    \
		dvs_punt_##handler(sw, frame);                                                     \
		break;
		DVS_PUNT_KINDS(DVS_PUNT_CASE)
#undef DVS_PUNT_CASE
	default:
		break;
	}
}

void dvs_punt_drain(struct dvs_switch *sw, unsigned int max)
{
	for (unsigned int w = 0; w < sw->n_workers; w++) {
		struct dvs_punt_ring *ring = sw->workers[w]->punt;

		for (unsigned int n = 0; n < max && dvs_punt_is_waiting(ring); n++) {
			handle(sw, &ring->slots[ring->tail % DVS_PUNT_RING]);
			__atomic_store_n(&ring->tail, ring->tail + 1, __ATOMIC_RELEASE);
		}
	}
}

bool dvs_punt_is_waiting(const struct dvs_punt_ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) !=
	       __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
}
