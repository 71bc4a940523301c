/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vlan: what the outer VLAN tag means (IEEE 802.1Q-2022 section 6.9 and 8.6.2, ingress).
 *
 * The stage runs for ports whose tags mean something, or whose frames get a priority. Frames leave
 * it without the tag that named their segment, in that segment, with their priority in batch->tci;
 * tx puts a tag on where one belongs.
 *
 * An access port has no tags but priority tags (VLAN id 0), of which one comes off. A tag behind
 * that is refused like any: a trunk elsewhere, to which this segment is native, would send the
 * frame without a tag of its own, and that inner tag would choose the VLAN.
 */
#include <rte_branch_prediction.h>

#include "bytes.h"
#include "ethernet.h"
#include "stages.h"
#include "tag.h"
#include "violation.h"
#include "worker.h"

#define TCI_AT	 14
#define INNER_AT 16

/* The priority that frames without a tag have. */
static inline uint16_t untagged_tci(const struct dvs_snapshot_port *port)
{
	return (uint16_t)(port->vlan_pcp == 0 ? 0 : (port->vlan_pcp - 1) << DVS_TCI_PCP_SHIFT);
}

static void take_off(struct dvs_batch *batch, unsigned int i, const struct dvs_snapshot_port *port,
		     uint16_t tci)
{
	uint16_t priority = tci & DVS_TCI_PRIORITY;

	if (port->vlan_pcp != 0)
		priority = (uint16_t)((tci & DVS_TCI_DEI) | untagged_tci(port));
	dvs_tag_pop(batch, i);
	batch->tci[i] = (uint16_t)(priority | DVS_TCI_WAS_TAGGED);
}

/* A tagged frame from an access port. */
static __attribute__((noinline)) void access_tagged(struct dvs_worker *worker,
						    struct dvs_batch *batch, unsigned int i,
						    const struct dvs_snapshot_port *port)
{
	const uint8_t *header = batch->header[i];
	uint16_t tci = dvs_load16(header + TCI_AT);

	if (dvs_load16(header + DVS_ETHERNET_TYPE_AT) == DVS_TPID_CUSTOMER &&
	    (tci & DVS_TCI_VID) == 0 && !dvs_is_tag(dvs_load16(header + INNER_AT)))
		take_off(batch, i, port, tci);
	else if (port->vlan_filter != DVS_GUARD_OFF)
		dvs_violate(worker, batch, i, port->vlan_filter, DVS_DROP_VLAN_TAGGED);
}

static void set_segment(struct dvs_batch *batch, unsigned int i, uint16_t segment)
{
	batch->segment[i] = segment;
	batch->src_key[i] = (batch->src_key[i] & ~UINT64_C(0xffff)) | segment;
	batch->dst_key[i] = (batch->dst_key[i] & ~UINT64_C(0xffff)) | segment;
}

/*
 * A frame with a trunk's kind of tag. Without the filter a VLAN that is not in the list is let in
 * (section 8.6.2, "ingress filtering"), though nothing is sent back; one of no segment has nowhere
 * to go.
 */
static __attribute__((noinline)) void trunk_tagged(struct dvs_worker *worker,
						   struct dvs_batch *batch, unsigned int i,
						   const struct dvs_snapshot_port *port)
{
	uint16_t tci = dvs_load16(batch->header[i] + TCI_AT), vlan = tci & DVS_TCI_VID;
	uint16_t segment = vlan == 0 ? port->segment : worker->snapshot->vlan_segment[vlan];

	if (segment != port->segment) {
		if (!dvs_snapshot_trunk_has(port, vlan) && port->vlan_filter != DVS_GUARD_OFF &&
		    dvs_violate(worker, batch, i, port->vlan_filter, DVS_DROP_VLAN_NOT_ALLOWED))
			return;
		if (segment == 0) {
			dvs_batch_drop(batch, i, DVS_DROP_VLAN_UNKNOWN);
			return;
		}
		set_segment(batch, i, segment);
	}
	take_off(batch, i, port, tci);
}

void dvs_stage_vlan(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	uint16_t untagged = untagged_tci(port);

	batch->has_tci = true;
	for (unsigned int i = 0; i < batch->n; i++)
		batch->tci[i] = untagged;
	if (port->vlan_mode == DVS_VLAN_GUEST)
		return;
	for (unsigned int i = 0; i < batch->n; i++) {
		uint16_t type;

		if (!dvs_batch_is_pending(batch, i))
			continue;
		type = dvs_load16(batch->header[i] + DVS_ETHERNET_TYPE_AT);
		if (likely(!dvs_is_tag(type)))
			continue;
		if (port->vlan_mode == DVS_VLAN_ACCESS)
			access_tagged(worker, batch, i, port);
		else if (type == port->tpid)
			trunk_tagged(worker, batch, i, port);
	}
}
