/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard: may the port send this? Its source MAC (forged_transmit, mac_change), messages that
 * bridges and switches send to each other (bpdu_filter, lldp_filter), and addresses (guard_ip.h).
 *
 * A port's MAC is the one that its operator gave it, else the first source that this stage sees;
 * static MAC table entries of the port are as good. mac_change only counts here: what it takes from
 * a NIC with another MAC it takes in learn and flood, which do not deliver to it.
 */
#include <rte_branch_prediction.h>

#include "bytes.h"
#include "ethernet.h"
#include "fdb.h"
#include "guard_ip.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

#define TYPE_LLDP      0x88cc			/* IEEE 802.1AB-2016 section 8.3 */
#define BRIDGE_GROUP   UINT64_C(0x0180c2000000) /* IEEE 802.1Q-2022 table 8-1 */
#define PROVIDER_GROUP UINT64_C(0x0180c2000008) /* the same */
#define PVST_GROUP     UINT64_C(0x01000ccccccd)
#define RESERVED_DROP  (DVS_VERDICT_DROP + DVS_DROP_RESERVED)

/* ---- source ---- */

static __attribute__((noinline)) void judge_source(struct dvs_worker *worker,
						   struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_snapshot_guard *guard = &worker->snapshot->ports[batch->in_port[i]].guard;
	uint64_t value = dvs_fdb_lookup(worker->shared->fdb, batch->src_key[i]);

	if (dvs_fdb_is_static(value) && dvs_fdb_port(value) == batch->in_port[i])
		return;
	if (guard->forged_transmit != DVS_GUARD_OFF &&
	    dvs_violate(worker, batch, i, guard->forged_transmit, DVS_DROP_FORGED_SOURCE))
		return;
	if (guard->mac_change != DVS_GUARD_OFF)
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_MAC_CHANGED);
}

/* The port's MAC; the first frame's, when it has none yet. */
static uint64_t mac_of(const struct dvs_snapshot_port *port, const struct dvs_batch *batch)
{
	uint64_t mac = dvs_snapshot_mac(port), none = 0;

	for (unsigned int i = 0; mac == 0 && i < batch->n; i++) {
		if (!dvs_batch_is_pending(batch, i))
			continue;
		mac = batch->src_key[i] >> 16;
		if (!__atomic_compare_exchange_n(&port->dev->memory->mac, &none, mac, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			mac = none; /* another worker was first */
	}
	return mac;
}

static void guard_source(struct dvs_worker *worker, struct dvs_batch *batch,
			 const struct dvs_snapshot_port *port)
{
	uint64_t mac = mac_of(port, batch), differ = 0;

	for (unsigned int i = 0; i < batch->n; i++)
		differ |= batch->src_key[i] >> 16 ^ mac;
	if (likely(differ == 0))
		return;
	for (unsigned int i = 0; i < batch->n; i++)
		if (batch->src_key[i] >> 16 != mac && dvs_batch_is_pending(batch, i))
			judge_source(worker, batch, i);
}

/* ---- messages between bridges ---- */

/* Behind VLAN tags; parse does not look at them in frames that it drops as reserved. */
static unsigned int type_offset(const uint8_t *header, unsigned int length)
{
	unsigned int at = DVS_ETHERNET_TYPE_AT;

	for (unsigned int tags = 0; tags < DVS_TAGS_MAX && at + DVS_TAG_BYTES + 2 <= length;
	     tags++) {
		uint16_t type = dvs_load16(header + at);

		if (!dvs_is_tag(type))
			break;
		at += DVS_TAG_BYTES;
	}
	return at;
}

/* IEEE 802.1Q-2022 section 8.13: LLC with the address 42 on both sides, unnumbered. */
static bool is_bpdu(uint64_t dst, const uint8_t *type, unsigned int length)
{
	if (dst == PVST_GROUP)
		return true;
	return (dst == BRIDGE_GROUP || dst == PROVIDER_GROUP) && length >= 5 &&
	       dvs_load16(type) <= DVS_LENGTH_MAX && type[2] == 0x42 && type[3] == 0x42 &&
	       type[4] == 0x03;
}

static __attribute__((noinline)) void judge_group(struct dvs_worker *worker,
						  struct dvs_batch *batch, unsigned int i)
{
	const struct dvs_snapshot_guard *guard = &worker->snapshot->ports[batch->in_port[i]].guard;
	const uint8_t *header = batch->header[i];
	unsigned int at = type_offset(header, batch->header_len[i]);

	if (dvs_load16(header + at) == TYPE_LLDP) {
		if (guard->lldp_filter != DVS_GUARD_OFF)
			dvs_violate(worker, batch, i, guard->lldp_filter, DVS_DROP_LLDP);
	} else if (guard->bpdu_filter != DVS_GUARD_OFF &&
		   is_bpdu(batch->dst_key[i] >> 16, header + at, batch->header_len[i] - at)) {
		dvs_violate(worker, batch, i, guard->bpdu_filter, DVS_DROP_BPDU);
	}
}

/* Also frames that parse has dropped: here they get a reason of their own. */
static void guard_groups(struct dvs_worker *worker, struct dvs_batch *batch)
{
	for (unsigned int i = 0; i < batch->n; i++)
		if ((batch->dst_key[i] >> 56 & 1) != 0 &&
		    (dvs_batch_is_pending(batch, i) || batch->verdict[i] == RESERVED_DROP))
			judge_group(worker, batch, i);
}

void dvs_stage_guard(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	const struct dvs_snapshot_guard *guard = &port->guard;

	if ((guard->forged_transmit | guard->mac_change) != DVS_GUARD_OFF)
		guard_source(worker, batch, port);
	if ((guard->bpdu_filter | guard->lldp_filter) != DVS_GUARD_OFF)
		guard_groups(worker, batch);
	if (dvs_snapshot_judges_ip(port))
		dvs_guard_ip(worker, batch);
	else if (port->addresses.is_witness)
		dvs_guard_witness(worker, batch);
}
