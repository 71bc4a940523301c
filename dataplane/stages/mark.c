/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mark: what frames of a port carry further on, by their class and the color that its marker gives
 * them: the DSCP of IP packets (RFC 2474), the priority in tags that are put on (802.1Q).
 *
 * The class's DSCP comes first. Then the marker (RFC 2697, RFC 2698) counts the bytes of the IP
 * packet, of a large frame those of the packets that it will be cut into, and what becomes of its
 * color is the operator's choice: it is the drop precedence of assured forwarding (RFC 2597), or
 * the packet is dropped, or passes. Frames that are not IP meet no marker.
 *
 * Behind guards and lists, so that what these drop takes no tokens. Only the header is written: the
 * worker's copy of it, or an mbuf that nobody else reads.
 */
#include "charge.h"
#include "class.h"
#include "dsfield.h"
#include "frame.h"
#include "stages.h"
#include "worker.h"

/* What a batch adds to the port's counters. */
struct counts {
	uint64_t colors[DVS_N_COLORS], marked;
};

static enum dvs_color color_before(unsigned int dscp)
{
	unsigned int precedence = dvs_dscp_af_precedence(dscp);

	return precedence < 2 ? DVS_GREEN : (enum dvs_color)(precedence - 1);
}

/* Bytes of all IP packets that frame i is or becomes, and of the first. */
static uint32_t packet_bytes(const struct dvs_batch *batch, unsigned int i, uint32_t *ret_first)
{
	const struct dvs_offload *offload = &batch->offload[i];
	uint32_t first = batch->length[i], l3 = batch->l3[i];

	if (offload->gso != DVS_GSO_NONE)
		first = dvs_offload_segment_length(offload, batch->header[i], batch->header_len[i],
						   first);
	*ret_first = first - l3;
	return dvs_charge_bytes(batch, i, DVS_RATE_COUNTS_FRAME) - dvs_charge_frames(batch, i) * l3;
}

static enum dvs_color color_of(const struct dvs_snapshot_port *port, const struct dvs_batch *batch,
			       unsigned int i, uint64_t now, unsigned int dscp)
{
	uint32_t first, bytes = packet_bytes(batch, i, &first);

	return dvs_marker_take(&port->dev->memory->marker, &port->marking->rates, now, first, bytes,
			       color_before(dscp));
}

/* The packet's DSCP becomes this one. */
static void write_dscp(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		       uint8_t field, unsigned int dscp)
{
	uint8_t *header = dvs_frame_own_header(batch, i, worker->pool);

	if (header == NULL) {
		dvs_batch_drop(batch, i, DVS_DROP_NO_BUFFER);
		return;
	}
	dvs_dsfield_set(header + batch->l3[i], batch->ethertype[i],
			(uint8_t)(dscp << DVS_DSCP_SHIFT | (field & DVS_ECN_MASK)));
}

static void mark_packet(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
			const struct dvs_snapshot_port *port, uint64_t now, struct counts *counts)
{
	const struct dvs_marking *marking = port->marking;
	uint8_t wanted = marking->dscp_of[dvs_batch_class(batch, i)], field;
	uint16_t l3 = batch->l3[i];
	unsigned int was, dscp;

	if (!dvs_dsfield_get(batch->header[i] + l3, (uint32_t)batch->header_len[i] - l3,
			     batch->ethertype[i], &field))
		return;
	was = field >> DVS_DSCP_SHIFT;
	dscp = wanted != DVS_MARKING_KEEP ? wanted : was;
	if (dvs_marker_is_on(&marking->rates)) {
		enum dvs_color color = color_of(port, batch, i, now, was);

		counts->colors[color]++;
		if (marking->action[color] == DVS_COLOR_DROP) {
			dvs_batch_drop(batch, i, DVS_DROP_MARKER);
			return;
		}
		if (marking->action[color] == DVS_COLOR_MARK && dvs_dscp_af_precedence(dscp) != 0)
			dscp = dvs_dscp_af_with(dscp, (unsigned int)color + 1);
	}
	if (dscp == was)
		return;
	counts->marked++;
	write_dscp(worker, batch, i, field, dscp);
}

static void mark_priority(struct dvs_batch *batch, unsigned int i,
			  const struct dvs_marking *marking)
{
	unsigned int pcp = marking->pcp_of[dvs_batch_class(batch, i)];

	if (pcp != DVS_MARKING_KEEP)
		batch->tci[i] = (uint16_t)((batch->tci[i] & ~DVS_TCI_PCP) |
					   (unsigned int)pcp << DVS_TCI_PCP_SHIFT);
}

static void add_counts(struct dvs_port_stats *stats, const struct counts *counts)
{
	for (unsigned int color = 0; color < DVS_N_COLORS; color++)
		if (counts->colors[color] != 0)
			dvs_stats_bump(&stats->colors[color], counts->colors[color]);
	if (counts->marked != 0)
		dvs_stats_bump(&stats->marked, counts->marked);
}

void dvs_stage_mark(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	uint64_t now = dvs_marker_is_on(&port->marking->rates) ? dvs_worker_tsc(worker) : 0;
	struct counts counts = {{0}};

	for (unsigned int i = 0; i < batch->n; i++) {
		if (!dvs_batch_is_pending(batch, i))
			continue;
		mark_priority(batch, i, port->marking);
		mark_packet(worker, batch, i, port, now, &counts);
	}
	add_counts(port->dev->stats[worker->id], &counts);
}
