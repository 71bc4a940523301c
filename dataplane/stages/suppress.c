/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suppress: frames that would be flooded, and need not be.
 *
 * An ARP request or a neighbour solicitation whose target has a known owner (tables/neighbor.h) is
 * answered here, in its own frame, which goes back, or goes to the owner alone (RFC 9161). What
 * makes conflicts visible goes on to everybody: probes, announcements, duplicate address detection;
 * and what is sent to one host already. A solicitation is answered only when the owner has said
 * whether it is a router, as hosts believe that of an answer (RFC 4861 section 7.2.5).
 *
 * Owners are learnt from the senders of these messages; workers tell the control thread of those
 * that the table does not have. Messages whose VLAN tag is payload go on as they are: the same
 * address is another host's behind another tag.
 *
 * What DHCP clients of a port with dhcp_guard send to everybody goes only to the ports of the
 * segment that are trusted with DHCP; where none is up there is nobody to hear it.
 */
#include <rte_branch_prediction.h>

#include "arp.h"
#include "bytes.h"
#include "checksum.h"
#include "dhcp4.h"
#include "dhcp6.h"
#include "ethernet.h"
#include "fdb.h"
#include "ipv4.h"
#include "nd.h"
#include "neighbor.h"
#include "punt.h"
#include "stages.h"
#include "violation.h"
#include "worker.h"

#define NS_WITH_MAC 32 /* bytes: a solicitation and one option */

/* ---- DHCP ---- */

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

static __attribute__((noinline)) void restrict_dhcp(struct dvs_worker *worker,
						    struct dvs_batch *batch, unsigned int i)
{
	uint16_t in_port = batch->in_port[i];
	const struct dvs_snapshot_addresses *addresses =
		&worker->snapshot->ports[in_port].addresses;

	if (addresses->is_dhcp_trusted || !is_to_dhcp_server(batch, i))
		return;
	if (addresses->dhcp_guard == DVS_GUARD_ENFORCE)
		batch->out_port[i] = DVS_PORT_DHCP;
	else if (!has_dhcp_server(worker, batch->segment[i], in_port))
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_NO_DHCP_SERVER);
}

/* ---- what ARP and ND have in common ---- */

static void store_mac(uint8_t *to, uint64_t mac)
{
	dvs_store16(to, (uint16_t)(mac >> 32));
	dvs_store32(to + 2, (uint32_t)mac);
}

/* The header is the worker's own: the snapshot, or an mbuf that nobody else has. */
static uint8_t *writable(const struct dvs_batch *batch, unsigned int i)
{
	return (uint8_t *)(uintptr_t)batch->header[i];
}

/* The sender of the frame owns the address: known and fresh, or the control thread is told. */
static void see(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		const struct dvs_ip *ip, uint8_t flags)
{
	struct dvs_neighbors *table = worker->shared->neighbors;
	struct dvs_neighbor known;
	int32_t at = dvs_neighbor_lookup(table, batch->segment[i], ip, &known);

	if (at >= 0 && known.mac == batch->src_key[i] >> 16 && known.port == batch->in_port[i] &&
	    (flags == 0 || flags == known.flags))
		dvs_neighbor_touch(table, at, worker->now_s);
	else
		dvs_punt(worker, batch, i, DVS_PUNT_NEIGHBOR);
}

/* The frame asks everybody for the address: is there one to ask? */
static bool find_owner(const struct dvs_worker *worker, const struct dvs_batch *batch,
		       unsigned int i, const struct dvs_ip *ip, struct dvs_neighbor *ret_owner)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	const struct dvs_snapshot_port *from = &snapshot->ports[batch->in_port[i]], *to;

	if (from->addresses.suppress == DVS_SUPPRESS_OFF || batch->out_port[i] != DVS_PORT_FLOOD ||
	    (batch->header[i][0] & 1) == 0 ||
	    dvs_neighbor_lookup(worker->shared->neighbors, batch->segment[i], ip, ret_owner) < 0 ||
	    ret_owner->port == batch->in_port[i])
		return false;
	to = &snapshot->ports[ret_owner->port];
	return dvs_snapshot_active(to) != 0 &&
	       dvs_snapshot_is_member(snapshot, to, batch->segment[i]) &&
	       dvs_snapshot_may_talk(from, to);
}

static void send_to_owner(struct dvs_batch *batch, unsigned int i, const struct dvs_neighbor *owner)
{
	store_mac(writable(batch, i), owner->mac);
	batch->dst_key[i] = owner->mac << 16 | batch->segment[i];
	batch->out_port[i] = owner->port;
}

/* The frame, which is an answer now, goes back to who asked. */
static void send_back(struct dvs_batch *batch, unsigned int i, const struct dvs_neighbor *owner)
{
	uint8_t *header = writable(batch, i);
	uint64_t asker = batch->src_key[i];

	store_mac(header, asker >> 16);
	store_mac(header + 6, owner->mac);
	batch->dst_key[i] = asker;
	batch->src_key[i] = owner->mac << 16 | batch->segment[i];
	batch->out_port[i] = batch->in_port[i];
	batch->offload[i] = (struct dvs_offload){0};
}

/* ---- ARP (RFC 826) ---- */

static void answer_arp(struct dvs_batch *batch, unsigned int i, const struct dvs_arp *arp,
		       const struct dvs_neighbor *owner)
{
	uint8_t *packet = writable(batch, i) + batch->l3[i];

	dvs_store16(packet + 6, DVS_ARP_REPLY);
	store_mac(packet + 8, owner->mac);
	dvs_store32(packet + 14, arp->target_ip);
	memcpy(packet + 18, arp->sender_mac, 6);
	dvs_store32(packet + 24, arp->sender_ip);
	send_back(batch, i, owner);
}

static __attribute__((noinline)) void suppress_arp(struct dvs_worker *worker,
						   struct dvs_batch *batch, unsigned int i)
{
	uint8_t mode = worker->snapshot->ports[batch->in_port[i]].addresses.suppress;
	uint32_t length = batch->header_len[i] - batch->l3[i];
	struct dvs_neighbor owner;
	struct dvs_arp arp;
	struct dvs_ip ip;

	if (dvs_arp_parse(batch->header[i] + batch->l3[i], length, &arp) < 0 ||
	    arp.sender_ip == 0 || dvs_load48(arp.sender_mac) != batch->src_key[i] >> 16)
		return;
	ip = dvs_ip_from4(arp.sender_ip);
	if (!dvs_ip_is_group(&ip))
		see(worker, batch, i, &ip, 0);
	ip = dvs_ip_from4(arp.target_ip);
	if (arp.operation != DVS_ARP_REQUEST || dvs_arp_is_announcement(&arp) ||
	    !find_owner(worker, batch, i, &ip, &owner))
		return;
	if (mode == DVS_SUPPRESS_AUDIT)
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_SUPPRESSED);
	else if (mode == DVS_SUPPRESS_ANSWER)
		answer_arp(batch, i, &arp, &owner);
	else
		send_to_owner(batch, i, &owner);
}

/* ---- Neighbor Discovery (RFC 4861) ---- */

/* Of a solicitation that has nothing but its source's MAC: as long as its answer. */
static void answer_ns(struct dvs_batch *batch, unsigned int i, const struct dvs_neighbor *owner)
{
	uint8_t *ip = writable(batch, i) + batch->l3[i], *icmp = ip + DVS_IPV6_HEADER;
	uint32_t sum;

	memcpy(ip + 24, ip + 8, DVS_IP_LEN); /* to who asked */
	memcpy(ip + 8, icmp + 8, DVS_IP_LEN);
	icmp[0] = DVS_ND_NEIGHBOR_ADVERTISEMENT;
	dvs_store32(icmp + 4, 0);
	icmp[4] = owner->flags == DVS_NEIGHBOR_IS_ROUTER ? 0xe0 : 0x60; /* solicited, override */
	icmp[24] = 2;							/* target's MAC */
	store_mac(icmp + 26, owner->mac);
	dvs_store16(icmp + 2, 0);
	sum = dvs_checksum_ipv6(ip + 8, NS_WITH_MAC, DVS_PROTOCOL_ICMPV6);
	dvs_store16(icmp + 2, dvs_checksum_end(dvs_checksum_add(sum, icmp, NS_WITH_MAC)));
	send_back(batch, i, owner);
}

static void suppress_ns(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
			const struct dvs_ipv6 *ip, const struct dvs_nd *nd)
{
	uint8_t mode = worker->snapshot->ports[batch->in_port[i]].addresses.suppress;
	struct dvs_neighbor owner;

	if (dvs_nd_is_dad(nd, ip) || !dvs_nd_is_solicited_node(&ip->dst, &nd->target) ||
	    !find_owner(worker, batch, i, &nd->target, &owner))
		return;
	if (mode == DVS_SUPPRESS_AUDIT)
		dvs_violate(worker, batch, i, DVS_GUARD_AUDIT, DVS_DROP_SUPPRESSED);
	else if (mode == DVS_SUPPRESS_ANSWER && owner.flags != 0 && nd->has_source_mac &&
		 ip->payload == NS_WITH_MAC && ip->upper == DVS_IPV6_HEADER)
		answer_ns(batch, i, &owner);
	else
		send_to_owner(batch, i, &owner);
}

static bool is_of_source(const struct dvs_batch *batch, unsigned int i, bool has,
			 const uint8_t *mac)
{
	return !has || dvs_load48(mac) == batch->src_key[i] >> 16;
}

static __attribute__((noinline)) void suppress_nd(struct dvs_worker *worker,
						  struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *packet = batch->header[i] + batch->l3[i];
	uint32_t length = batch->header_len[i] - batch->l3[i];
	struct dvs_ipv6 ip;
	struct dvs_nd nd;

	if (dvs_ipv6_parse(packet, length, batch->length[i] - batch->l3[i], &ip) < 0 ||
	    ip.protocol != DVS_PROTOCOL_ICMPV6 || ip.offset != 0 ||
	    dvs_nd_parse(packet + ip.upper, length - ip.upper, &ip, &nd) < 0)
		return;
	if (nd.type == DVS_ND_NEIGHBOR_ADVERTISEMENT &&
	    is_of_source(batch, i, nd.has_target_mac, nd.target_mac)) {
		see(worker, batch, i, &nd.target,
		    nd.is_router ? DVS_NEIGHBOR_IS_ROUTER : DVS_NEIGHBOR_IS_HOST);
	} else if (nd.type == DVS_ND_NEIGHBOR_SOLICITATION) {
		if (nd.has_source_mac && is_of_source(batch, i, true, nd.source_mac))
			see(worker, batch, i, &ip.src, 0);
		suppress_ns(worker, batch, i, &ip, &nd);
	}
}

/* ---- the batch ---- */

static inline bool is_icmp6(const struct dvs_batch *batch, unsigned int i)
{
	return batch->ethertype[i] == DVS_IPV6_ETHERTYPE &&
	       batch->header_len[i] > batch->l3[i] + DVS_IPV6_HEADER &&
	       batch->header[i][batch->l3[i] + 6] == DVS_PROTOCOL_ICMPV6;
}

void dvs_stage_suppress(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot *snapshot = worker->snapshot;
	bool is_guarded = snapshot->ports[batch->in_port[0]].addresses.dhcp_guard != DVS_GUARD_OFF;

	for (unsigned int i = 0; i < batch->n; i++) {
		bool is_arp = batch->ethertype[i] == DVS_ARP_ETHERTYPE;

		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (unlikely(is_arp || is_icmp6(batch, i))) {
			if (!snapshot->segments[batch->segment[i]].suppresses ||
			    batch->l3[i] != DVS_ETHERNET_HEADER)
				continue;
			if (is_arp)
				suppress_arp(worker, batch, i);
			else
				suppress_nd(worker, batch, i);
		} else if (is_guarded && batch->out_port[i] == DVS_PORT_FLOOD) {
			restrict_dhcp(worker, batch, i);
		}
	}
}
