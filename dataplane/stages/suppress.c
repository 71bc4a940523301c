/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suppress: frames that would be flooded, and need not be.
 *
 * What DHCP clients of a port with dhcp_guard send to everybody goes only to the ports of the
 * segment that are trusted with DHCP; where none is up there is nobody to hear it.
 */
#include <rte_branch_prediction.h>

#include "bytes.h"
#include "dhcp4.h"
#include "dhcp6.h"
#include "ipv4.h"
#include "ipv6.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

/* UDP to a DHCP server? The guard has dropped what is malformed or in fragments. */
static bool is_to_dhcp_server(const struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *packet = batch->header[i] + batch->l3[i];
	uint32_t length = batch->header_len[i] - batch->l3[i];
	uint32_t total = batch->length[i] - batch->l3[i];
	struct dvs_ipv4 ip4;
	struct dvs_ipv6 ip6;

	if (batch->ethertype[i] == DVS_IPV4_ETHERTYPE)
		return dvs_ipv4_parse(packet, length, total, &ip4) == 0 && ip4.offset == 0 &&
		       ip4.protocol == DVS_PROTOCOL_UDP &&
		       length >= ip4.header_length + DVS_UDP_HEADER &&
		       dvs_load16(packet + ip4.header_length + 2) == DVS_DHCP4_SERVER_PORT;
	if (batch->ethertype[i] == DVS_IPV6_ETHERTYPE)
		return dvs_ipv6_parse(packet, length, total, &ip6) == 0 && ip6.offset == 0 &&
		       ip6.protocol == DVS_PROTOCOL_UDP && length >= ip6.upper + DVS_UDP_HEADER &&
		       dvs_load16(packet + ip6.upper + 2) == DVS_DHCP6_SERVER_PORT;
	return false;
}

/* Is a port of the segment trusted with DHCP, and up? */
static bool has_dhcp_server(const struct dvs_worker *worker, uint16_t segment_id, uint16_t in_port)
{
	const struct dvs_snapshot_segment *segment = &worker->snapshot->segments[segment_id];

	for (unsigned int m = 0; m < segment->n_members; m++) {
		const struct dvs_snapshot_port *port =
			&worker->snapshot->ports[segment->members[m]];

		if (segment->members[m] != in_port && port->addresses.is_dhcp_trusted &&
		    dvs_snapshot_active(port) != 0)
			return true;
	}
	return false;
}

static __attribute__((noinline)) void suppress(struct dvs_worker *worker, struct dvs_batch *batch,
					       unsigned int i)
{
	uint16_t in_port = batch->in_port[i];
	const struct dvs_snapshot_addresses *addresses =
		&worker->snapshot->ports[in_port].addresses;

	if (addresses->dhcp_guard == DVS_GUARD_OFF || addresses->is_dhcp_trusted ||
	    !is_to_dhcp_server(batch, i))
		return;
	if (addresses->dhcp_guard == DVS_GUARD_ENFORCE)
		batch->out_port[i] = DVS_PORT_DHCP;
	else if (!has_dhcp_server(worker, batch->segment[i], in_port))
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_NO_DHCP_SERVER);
}

void dvs_stage_suppress(struct dvs_worker *worker, struct dvs_batch *batch)
{
	if ((batch->stages & DVS_STAGE_BIT_FLOOD) == 0)
		return;
	for (unsigned int i = 0; i < batch->n; i++)
		if (dvs_batch_is_pending(batch, i) && batch->out_port[i] == DVS_PORT_FLOOD)
			suppress(worker, batch, i);
}
