/* SPDX-License-Identifier: BSD-3-Clause */
/* guard_ip: usual frames at once, the others by what they are (guard_ip.h). */
#include "guard_ip.h"

#include <errno.h>

#include <rte_branch_prediction.h>

#include "arp.h"
#include "bytes.h"
#include "dhcp4.h"
#include "dhcp6.h"
#include "ethernet.h"
#include "frame.h"
#include "nd.h"
#include "worker.h"

#define IPV4_PLAIN	   0x45	  /* version 4, no options */
#define IPV4_FRAGMENT_BITS 0x3fff /* more fragments, offset */
#define USUAL_BYTES	   24	  /* from the IPv4 header to the ports */

/* ---- what judges share ---- */

bool dvs_judged_is_bound4(const struct dvs_judged *frame, uint32_t ip)
{
	struct dvs_ip address = dvs_ip_from4(ip);

	return dvs_binding_has(frame->set, &address, frame->mac, frame->worker->now_s);
}

static bool is_made_from(const struct dvs_ip *ip, uint64_t mac)
{
	const uint8_t id[8] = {
		(uint8_t)(mac >> 40 ^ 2), (uint8_t)(mac >> 32), (uint8_t)(mac >> 24), 0xff, 0xfe,
		(uint8_t)(mac >> 16),	  (uint8_t)(mac >> 8),	(uint8_t)mac};
	static const uint8_t prefix[8] = {0xfe, 0x80};

	return memcmp(ip->bytes, prefix, 8) == 0 && memcmp(ip->bytes + 8, id, 8) == 0;
}

bool dvs_judged_is_bound6(const struct dvs_judged *frame, const struct dvs_ip *ip)
{
	return is_made_from(ip, frame->mac) ||
	       dvs_binding_has(frame->set, ip, frame->mac, frame->worker->now_s);
}

/* The strictest mode of what looks into IP. */
static uint8_t strictest(const struct dvs_snapshot_addresses *addresses)
{
	uint8_t mode = addresses->ip_binding;

	if (addresses->dhcp_guard > mode)
		mode = addresses->dhcp_guard;
	return addresses->ra_guard > mode ? addresses->ra_guard : mode;
}

static void refuse_ip(struct dvs_judged *frame)
{
	uint8_t mode = strictest(&frame->port->addresses);

	if (mode != DVS_GUARD_OFF)
		dvs_judged_violates(frame, mode, DVS_DROP_BAD_IP);
}

bool dvs_judged_pull(struct dvs_judged *frame)
{
	int rc = dvs_frame_pull(frame->batch, frame->i, frame->worker->pool);

	if (rc == -ENOBUFS)
		dvs_batch_drop(frame->batch, frame->i, DVS_DROP_NO_BUFFER);
	else if (rc < 0)
		refuse_ip(frame);
	else /* a sum that the receiver makes would be written behind the judge's back */
		dvs_offload_complete(frame->batch->mbuf[frame->i],
				     &frame->batch->offload[frame->i]);
	return rc == 0;
}

bool dvs_judged_is_within_limit(struct dvs_judged *frame)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;

	if (addresses->arp_limit_mode == DVS_GUARD_OFF ||
	    dvs_meter_take(&frame->port->dev->memory->arp, &addresses->arp_limit,
			   dvs_worker_tsc(frame->worker), frame->batch->length[frame->i]))
		return true;
	return !dvs_judged_violates(frame, addresses->arp_limit_mode, DVS_DROP_ARP_LIMIT);
}

/* ---- ARP ---- */

static bool is_sender_bound(const struct dvs_judged *frame, const struct dvs_arp *arp)
{
	if (dvs_load48(arp->sender_mac) != frame->mac)
		return false;
	return dvs_arp_is_probe(arp) || dvs_judged_is_bound4(frame, arp->sender_ip);
}

static void judge_arp(struct dvs_judged *frame)
{
	uint8_t mode = frame->port->addresses.ip_binding;
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);
	struct dvs_arp arp;

	if (!dvs_judged_is_within_limit(frame) || mode == DVS_GUARD_OFF)
		return;
	if (dvs_arp_parse(packet, length, &arp) < 0)
		dvs_judged_violates(frame, mode, DVS_DROP_BAD_ARP);
	else if (!is_sender_bound(frame, &arp))
		dvs_judged_violates(frame, mode, DVS_DROP_ARP_UNBOUND);
}

/* ---- IP ---- */

/* Is it UDP to one of two ports that follow each other? */
static bool is_udp_to(const uint8_t *upper, uint32_t length, uint8_t protocol, uint16_t port)
{
	return protocol == DVS_PROTOCOL_UDP && length >= DVS_UDP_HEADER &&
	       (uint16_t)(dvs_load16(upper + 2) - port) <= 1;
}

static void judge_ipv4(struct dvs_judged *frame)
{
	uint8_t mode = frame->port->addresses.ip_binding;
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);
	struct dvs_ipv4 ip;
	bool is_exempt = false;

	if (dvs_ipv4_parse(packet, length, total, &ip) < 0) {
		refuse_ip(frame);
		return;
	}
	if (ip.offset == 0 && is_udp_to(packet + ip.header_length, length - ip.header_length,
					ip.protocol, DVS_DHCP4_SERVER_PORT))
		is_exempt = dvs_judge_dhcp4(frame, &ip);
	if (mode != DVS_GUARD_OFF && !is_exempt && dvs_batch_is_pending(frame->batch, frame->i) &&
	    !dvs_judged_is_bound4(frame, ip.src))
		dvs_judged_violates(frame, mode, DVS_DROP_IP_UNBOUND);
}

/* -E2BIG: after a pull it is not. */
static int parse_ipv6(struct dvs_judged *frame, struct dvs_ipv6 *ip)
{
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);
	int rc = dvs_ipv6_parse(packet, length, total, ip);

	if (rc != -E2BIG)
		return rc;
	if (!dvs_judged_pull(frame))
		return -ENOBUFS;
	packet = dvs_judged_packet(frame, &length, &total);
	return dvs_ipv6_parse(packet, length, total, ip);
}

static void judge_ipv6(struct dvs_judged *frame)
{
	uint8_t mode = frame->port->addresses.ip_binding;
	struct dvs_ipv6 ip;
	uint32_t length, total;
	const uint8_t *packet;
	int rc = parse_ipv6(frame, &ip);

	if (rc == -ENOBUFS) /* was judged */
		return;
	if (rc < 0 || ip.has_hidden) {
		refuse_ip(frame);
		return;
	}
	packet = dvs_judged_packet(frame, &length, &total);
	if (ip.offset == 0 && ip.protocol == DVS_PROTOCOL_ICMPV6) {
		if (dvs_judge_icmp6(frame, &ip))
			return;
	} else if (ip.offset == 0 && is_udp_to(packet + ip.upper, length - ip.upper, ip.protocol,
					       DVS_DHCP6_CLIENT_PORT)) {
		dvs_judge_dhcp6(frame, &ip);
	}
	if (mode != DVS_GUARD_OFF && dvs_batch_is_pending(frame->batch, frame->i) &&
	    !dvs_judged_is_bound6(frame, &ip.src))
		dvs_judged_violates(frame, mode, DVS_DROP_IP_UNBOUND);
}

/* No IP by its type, or not to be seen: it could be any of them. */
static void judge_other(struct dvs_judged *frame, uint16_t type)
{
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);

	/* Tags behind as many as parse looks through. */
	if (dvs_is_tag(type) || (type <= DVS_LENGTH_MAX && dvs_llc_hides_packet(packet, length)))
		refuse_ip(frame);
}

static __attribute__((noinline)) void judge(struct dvs_worker *worker, struct dvs_batch *batch,
					    unsigned int i, const struct dvs_binding_set *set)
{
	struct dvs_judged frame = {
		.worker = worker,
		.batch = batch,
		.i = i,
		.port = &worker->snapshot->ports[batch->in_port[i]],
		.set = set,
		.mac = batch->src_key[i] >> 16,
	};

	if (!dvs_batch_is_pending(batch, i))
		return;
	switch (batch->ethertype[i]) {
	case DVS_ARP_ETHERTYPE:
		judge_arp(&frame);
		break;
	case DVS_IPV4_ETHERTYPE:
		judge_ipv4(&frame);
		break;
	case DVS_IPV6_ETHERTYPE:
		judge_ipv6(&frame);
		break;
	default:
		judge_other(&frame, batch->ethertype[i]);
		break;
	}
}

/* IPv4 without options, no fragment, not to a DHCP port, and from the port's first address. */
static inline bool is_usual(const struct dvs_batch *batch, unsigned int i,
			    const struct dvs_binding_set *set, bool is_binding)
{
	const uint8_t *ip = batch->header[i] + batch->l3[i];
	uint32_t src;

	if (batch->ethertype[i] != DVS_IPV4_ETHERTYPE ||
	    batch->header_len[i] < batch->l3[i] + USUAL_BYTES)
		return false;
	memcpy(&src, ip + 12, sizeof(src));
	if (ip[0] != IPV4_PLAIN || (dvs_load16(ip + 6) & IPV4_FRAGMENT_BITS) != 0 ||
	    (ip[9] == DVS_PROTOCOL_UDP &&
	     (uint16_t)(dvs_load16(ip + 22) - DVS_DHCP4_SERVER_PORT) <= 1))
		return false;
	return !is_binding || dvs_binding_is_first4(set, src, batch->src_key[i] >> 16);
}

void dvs_guard_ip(struct dvs_worker *worker, struct dvs_batch *batch)
{
	static const struct dvs_binding_set nothing = {.first4_mac = UINT64_MAX,
						       .first4_mask = UINT64_MAX};
	uint16_t port = batch->in_port[0];
	const struct dvs_binding_set *set = dvs_binding_get(worker->shared->bindings, port);
	const struct dvs_binding_set *first = set != NULL ? set : &nothing;
	bool is_binding = worker->snapshot->ports[port].addresses.ip_binding != DVS_GUARD_OFF;

	for (unsigned int i = 0; i < batch->n; i++)
		if (unlikely(!is_usual(batch, i, first, is_binding)))
			judge(worker, batch, i, set);
}

/* A neighbour advertisement to a multicast address, as hosts send it. */
static inline bool may_defend(const struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *ip = batch->header[i] + batch->l3[i];

	return batch->ethertype[i] == DVS_IPV6_ETHERTYPE &&
	       batch->header_len[i] > batch->l3[i] + DVS_IPV6_HEADER &&
	       ip[6] == DVS_PROTOCOL_ICMPV6 && ip[24] == 0xff &&
	       ip[DVS_IPV6_HEADER] == DVS_ND_NEIGHBOR_ADVERTISEMENT;
}

void dvs_guard_witness(struct dvs_worker *worker, struct dvs_batch *batch)
{
	for (unsigned int i = 0; i < batch->n; i++)
		if (unlikely(may_defend(batch, i)))
			judge(worker, batch, i, NULL);
}
