/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snoop: which frames go to the members of a multicast group only (RFC 4541).
 *
 * It runs for ports with a segment that snoops, and looks at what forward left to flood. IP
 * multicast is left to the group stage once somebody sends queries in the segment; before that, and
 * for link-local groups and what is no IP at all, it is flooded. A frame whose VLAN tag is payload
 * is flooded too: nobody knows who listens behind that tag.
 *
 * IGMP and MLD messages are checked, and dropped when they are malformed. The control thread gets a
 * copy of the others (snooping.h). Reports go to router ports only, so that hosts do not hear each
 * other and every one of them answers; queries go to all ports. What a port in VEPA mode sends
 * leaves by an uplink in any case, and is only listened to.
 */
#include <errno.h>

#include <rte_branch_prediction.h>

#include "bytes.h"
#include "ethernet.h"
#include "frame.h"
#include "groups.h"
#include "igmp.h"
#include "ipv4.h"
#include "ipv6.h"
#include "mld.h"
#include "punt.h"
#include "stages.h"
#include "worker.h"

static int parse(const struct dvs_batch *batch, unsigned int i, bool is_v6,
		 struct dvs_membership *ret_message)
{
	const uint8_t *data = batch->header[i] + DVS_ETHERNET_HEADER;
	uint32_t length = batch->header_len[i] - DVS_ETHERNET_HEADER;
	uint32_t total = batch->length[i] - DVS_ETHERNET_HEADER;

	return is_v6 ? dvs_mld_parse(data, length, total, ret_message)
		     : dvs_igmp_parse(data, length, total, ret_message);
}

/* A message is judged as a whole, by bytes that nobody can change any more. Without a buffer for
 * that it is dropped. */
static int parse_whole(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		       bool is_v6, struct dvs_membership *ret_message)
{
	struct dvs_offload *offload = &batch->offload[i];
	int ret = offload->needs_csum ? -E2BIG : parse(batch, i, is_v6, ret_message);

	if (ret != -E2BIG)
		return ret;
	ret = dvs_frame_pull(batch, i, worker->pool);
	if (ret < 0)
		return ret;
	dvs_offload_complete(batch->mbuf[i], offload);
	return parse(batch, i, is_v6, ret_message);
}

static void take_message(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
			 const struct dvs_membership *message)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[i]];
	bool is_never = port->mcast_router == DVS_MCAST_ROUTER_NEVER;

	switch (message->kind) {
	case DVS_MEMBERSHIP_QUERY:
		if (is_never)
			dvs_batch_drop(batch, i, DVS_DROP_MCAST_QUERY);
		else
			dvs_punt(worker, batch, i, DVS_PUNT_MEMBERSHIP);
		break;
	case DVS_MEMBERSHIP_REPORT:
		dvs_punt(worker, batch, i, DVS_PUNT_MEMBERSHIP);
		if (batch->out_port[i] != DVS_PORT_FLOOD)
			break;
		batch->out_port[i] = DVS_PORT_ROUTERS;
		batch->stages |= DVS_STAGE_BIT_GROUP;
		break;
	case DVS_MEMBERSHIP_ADVERTISED:
		if (!is_never)
			dvs_punt(worker, batch, i, DVS_PUNT_MEMBERSHIP);
		break;
	}
}

/* False: it is no message, and goes where its group goes. */
static __attribute__((noinline)) bool
snoop_message(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i, bool is_v6)
{
	struct dvs_membership message;

	switch (parse_whole(worker, batch, i, is_v6, &message)) {
	case 0:
		take_message(worker, batch, i, &message);
		return true;
	case -EBADMSG:
		dvs_batch_drop(batch, i, is_v6 ? DVS_DROP_BAD_MLD : DVS_DROP_BAD_IGMP);
		return true;
	case -ENOBUFS:
		dvs_batch_drop(batch, i, DVS_DROP_NO_BUFFER);
		return true;
	case -E2BIG: /* even in one buffer: nobody knows, so everybody gets it */
		return true;
	default:
		return false;
	}
}

static void route(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		  const struct dvs_ip *group, enum dvs_group_family family)
{
	const struct dvs_groups *groups = worker->shared->groups;
	uint16_t segment = batch->segment[i];

	if (batch->out_port[i] != DVS_PORT_FLOOD || !dvs_ip_is_snooped(group) ||
	    !dvs_groups_is_pruned(groups, segment, family))
		return;
	if (worker->snapshot->segments[segment].floods_unknown &&
	    dvs_groups_members(groups, segment, group) == NULL)
		return;
	batch->out_port[i] = DVS_PORT_GROUP;
	batch->stages |= DVS_STAGE_BIT_GROUP;
}

static void snoop_v4(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *ip = batch->header[i] + DVS_ETHERNET_HEADER;
	struct dvs_ip group;

	if (batch->header_len[i] < DVS_ETHERNET_HEADER + DVS_IPV4_HEADER)
		return;
	if (unlikely(ip[9] == DVS_PROTOCOL_IGMP || ip[9] == DVS_PROTOCOL_PIM) &&
	    snoop_message(worker, batch, i, false))
		return;
	group = dvs_ip_from4(dvs_load32(ip + 16));
	route(worker, batch, i, &group, DVS_GROUP_V4);
}

/* Extension headers, behind which there may be MLD, and what it is carried by. */
static inline bool may_be_message(uint8_t next)
{
	switch (next) {
	case 0:	  /* hop-by-hop options, which MLD has */
	case 43:  /* routing */
	case 44:  /* fragment */
	case 51:  /* authentication */
	case 60:  /* destination options */
	case 135: /* mobility */
	case 139: /* HIP */
	case 140: /* shim6 */
	case DVS_PROTOCOL_ICMPV6:
	case DVS_PROTOCOL_PIM:
		return true;
	default:
		return false;
	}
}

static void snoop_v6(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *ip = batch->header[i] + DVS_ETHERNET_HEADER;
	struct dvs_ip group;

	if (batch->header_len[i] < DVS_ETHERNET_HEADER + DVS_IPV6_HEADER)
		return;
	if (unlikely(may_be_message(ip[6])) && snoop_message(worker, batch, i, true))
		return;
	memcpy(group.bytes, batch->header[i] + DVS_ETHERNET_HEADER + 24, DVS_IP_LEN);
	route(worker, batch, i, &group, DVS_GROUP_V6);
}

/* A multicast MAC that is not the broadcast one; IP behind it may be unicast all the same, as load
 * balancers have it. */
static inline bool is_multicast(const uint8_t *mac)
{
	return (mac[0] & 1) != 0 && mac[0] != 0xff;
}

void dvs_stage_snoop(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	bool is_vepa = snapshot->ports[batch->in_port[0]].is_vepa;

	for (unsigned int i = 0; i < batch->n; i++) {
		uint16_t type;

		if ((batch->out_port[i] != DVS_PORT_FLOOD && !is_vepa) ||
		    !dvs_batch_is_pending(batch, i) ||
		    !snapshot->segments[batch->segment[i]].snoops ||
		    !is_multicast(batch->header[i]))
			continue;
		type = dvs_load16(batch->header[i] + DVS_ETHERNET_TYPE_AT);
		if (type == DVS_IPV4_ETHERTYPE)
			snoop_v4(worker, batch, i);
		else if (type == DVS_IPV6_ETHERTYPE)
			snoop_v6(worker, batch, i);
	}
}
