/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_nd: Neighbor Discovery (RFC 4861, RFC 4862) under ip_binding, and RA guard (RFC 6105, RFC
 * 7113).
 *
 * Who asks whether an address is free (DAD) claims nothing yet, and who solicits routers claims at
 * most its own: both pass without any binding. Everything else claims its source, advertisements
 * also their target, and link-layer address options a MAC.
 */
#include "guard_ip.h"

#include <errno.h>

#include "bytes.h"
#include "nd.h"
#include "punt.h"
#include "worker.h"

#define MLD_REPORT   131
#define MLD_DONE     132
#define MLDV2_REPORT 143

static int parse(struct dvs_judged *frame, const struct dvs_ipv6 *ip, struct dvs_nd *ret_nd)
{
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);
	int rc = dvs_nd_parse(packet + ip->upper, length - ip->upper, ip, ret_nd);

	if (rc != -E2BIG)
		return rc;
	if (!dvs_judged_pull(frame))
		return -ENOBUFS;
	packet = dvs_judged_packet(frame, &length, &total);
	return dvs_nd_parse(packet + ip->upper, length - ip->upper, ip, ret_nd);
}

/* Hosts report their groups before they have an address (RFC 3810 section 5.2.13). */
static bool is_early_report(const struct dvs_judged *frame, const struct dvs_ipv6 *ip)
{
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);
	uint8_t type = length > ip->upper ? packet[ip->upper] : 0;

	return dvs_ip_is_unspecified(&ip->src) && ip->hop_limit == 1 &&
	       (type == MLD_REPORT || type == MLD_DONE || type == MLDV2_REPORT);
}

static bool is_other_mac(const struct dvs_judged *frame, bool has, const uint8_t mac[6])
{
	return has && dvs_load48(mac) != frame->mac;
}

static bool is_bound(const struct dvs_judged *frame, const struct dvs_ipv6 *ip,
		     const struct dvs_nd *nd)
{
	bool is_unspecified = dvs_ip_is_unspecified(&ip->src);

	if (is_other_mac(frame, nd->has_source_mac, nd->source_mac) ||
	    (nd->type == DVS_ND_NEIGHBOR_ADVERTISEMENT &&
	     is_other_mac(frame, nd->has_target_mac, nd->target_mac)))
		return false;
	if (is_unspecified)
		return nd->type == DVS_ND_NEIGHBOR_SOLICITATION ||
		       nd->type == DVS_ND_ROUTER_SOLICITATION;
	if (nd->type == DVS_ND_NEIGHBOR_ADVERTISEMENT && !dvs_judged_is_bound6(frame, &nd->target))
		return false;
	return dvs_judged_is_bound6(frame, &ip->src);
}

static bool is_nd(const struct dvs_judged *frame, const struct dvs_ipv6 *ip)
{
	uint32_t length, total;
	const uint8_t *packet = dvs_judged_packet(frame, &length, &total);

	return length > ip->upper && dvs_nd_is_type(packet[ip->upper]);
}

/*
 * The control thread is to see who asks whether an address is free, to bind it, and who answers
 * that it is not, which is said to everybody. What it will not see must not be asked.
 */
static void show(struct dvs_judged *frame, const struct dvs_ipv6 *ip, const struct dvs_nd *nd)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;

	if (addresses->is_witness && nd->type == DVS_ND_NEIGHBOR_ADVERTISEMENT &&
	    dvs_ip_is_group(&ip->dst))
		dvs_punt(frame->worker, frame->batch, frame->i, DVS_PUNT_DEFENCE);
	if ((addresses->learn & DVS_LEARN_SLAAC) != 0 && dvs_nd_is_dad(nd, ip) &&
	    !dvs_punt(frame->worker, frame->batch, frame->i, DVS_PUNT_DAD) &&
	    addresses->ip_binding != DVS_GUARD_OFF)
		dvs_judged_violates(frame, addresses->ip_binding, DVS_DROP_LEARN_LIMIT);
}

bool dvs_judge_icmp6(struct dvs_judged *frame, const struct dvs_ipv6 *ip)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;
	uint8_t strict = addresses->ip_binding > addresses->ra_guard ? addresses->ip_binding
								     : addresses->ra_guard;
	struct dvs_nd nd;
	int rc;

	if (is_nd(frame, ip) && !dvs_judged_is_within_limit(frame))
		return true;
	if (strict == DVS_GUARD_OFF && !addresses->is_witness)
		return true;
	rc = parse(frame, ip, &nd);
	if (rc == -ENOMSG)
		return is_early_report(frame, ip);
	if (rc == -EBADMSG && strict != DVS_GUARD_OFF)
		dvs_judged_violates(frame, strict, DVS_DROP_BAD_ND);
	if (rc < 0)
		return true;
	if (addresses->ra_guard != DVS_GUARD_OFF && !addresses->is_router &&
	    (nd.type == DVS_ND_ROUTER_ADVERTISEMENT || nd.type == DVS_ND_REDIRECT) &&
	    dvs_judged_violates(frame, addresses->ra_guard, DVS_DROP_ROGUE_RA))
		return true;
	if (addresses->ip_binding != DVS_GUARD_OFF && !is_bound(frame, ip, &nd) &&
	    dvs_judged_violates(frame, addresses->ip_binding, DVS_DROP_ND_UNBOUND))
		return true;
	show(frame, ip, &nd);
	return true;
}
