/* SPDX-License-Identifier: BSD-3-Clause */
/* DHCP of both families: requests, the answers to them, and what these bind. */
#include <string.h>

#include "dhcp4.h"
#include "dhcp6.h"
#include "fdb.h"
#include "ipv4.h"
#include "ipv6.h"
#include "punt.h"
#include "savi_private.h"
#include "switch_private.h"

/* ---- requests and answers ---- */

/* The first of the places that it can be in. */
static struct dvs_dhcp_request *places_of(struct dvs_savi *savi, const struct dvs_dhcp_request *key)
{
	uint64_t hash = savi->seed ^ key->client ^ (uint64_t)key->xid << 32 ^ key->segment;

	hash = (hash ^ hash >> 29) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32 ^ savi->seed) * UINT64_C(0xbf58476d1ce4e5b9);
	return &savi->requests[hash >> 40 & (DVS_REQUESTS - 1) & ~(DVS_REQUEST_WAYS - 1u)];
}

static bool is_same(const struct dvs_dhcp_request *a, const struct dvs_dhcp_request *b)
{
	return a->client == b->client && a->xid == b->xid && a->segment == b->segment &&
	       a->kind == b->kind;
}

static bool is_fresh(const struct dvs_switch *sw, uint32_t seen_s, uint32_t age_s)
{
	return seen_s != 0 && sw->shared.now_s - seen_s <= age_s;
}

/* The one that waits, NULL. */
static struct dvs_dhcp_request *find_request(struct dvs_switch *sw,
					     const struct dvs_dhcp_request *key)
{
	struct dvs_dhcp_request *places = places_of(sw->savi, key);

	for (unsigned int i = 0; i < DVS_REQUEST_WAYS; i++)
		if (is_fresh(sw, places[i].seen_s, DVS_REQUEST_AGE_S) && is_same(&places[i], key))
			return &places[i];
	return NULL;
}

/* Its own, a free one, the port's own, or the oldest: who asks a lot displaces itself. */
static struct dvs_dhcp_request *choose_place(struct dvs_switch *sw,
					     const struct dvs_dhcp_request *request)
{
	struct dvs_dhcp_request *places = places_of(sw->savi, request), *oldest = places;
	struct dvs_dhcp_request *of_port = NULL, *same = find_request(sw, request);

	if (same != NULL)
		return same;
	for (unsigned int i = 0; i < DVS_REQUEST_WAYS; i++) {
		if (!is_fresh(sw, places[i].seen_s, DVS_REQUEST_AGE_S))
			return &places[i];
		if (places[i].port == request->port)
			of_port = &places[i];
		if ((int32_t)(places[i].seen_s - oldest->seen_s) < 0)
			oldest = &places[i];
	}
	return of_port != NULL ? of_port : oldest;
}

/* The address leaves the ports that had it: a server gives it to one client only. */
static void take_from_others(struct dvs_switch *sw, uint16_t segment,
			     const struct dvs_port_object *to, const struct dvs_prefix *address)
{
	struct dvs_port_object *owner;

	while ((owner = dvs_savi_owner(sw, segment, to, address, DVS_SAVI_LEARNT)) != NULL)
		dvs_savi_unbind(sw, owner, address, dvs_savi_find(owner, address)->kind);
}

static void grant(struct dvs_switch *sw, const struct dvs_dhcp_request *request,
		  const struct dvs_dhcp_answer *answer)
{
	struct dvs_port_object *port = (void *)dvs_table_at(&sw->model.ports, request->port);

	if (port == NULL || !port->object.exists || port->is_out ||
	    port->segment->object.id != request->segment)
		return;
	for (unsigned int i = 0; i < answer->n_leases; i++) {
		const struct dvs_prefix *address = &answer->leases[i].address;
		uint32_t valid_s = answer->leases[i].valid_s;

		if (valid_s == 0) {
			dvs_savi_unbind(sw, port, address, request->kind);
			continue;
		}
		if (dvs_savi_owner(sw, request->segment, port, address, DVS_SAVI_STATIC) != NULL) {
			port->learnt_refused++; /* the operator's word comes first */
			continue;
		}
		take_from_others(sw, request->segment, port, address);
		dvs_savi_bind(sw, port, address, request->mac, request->kind, valid_s);
	}
}

static void take_request(struct dvs_switch *sw, struct dvs_dhcp_request *request)
{
	struct dvs_savi *savi = sw->savi;

	request->seen_s = sw->shared.now_s;
	*choose_place(sw, request) = *request;
	for (unsigned int i = 0; i < DVS_ANSWERS; i++) {
		struct dvs_dhcp_answer *answer = &savi->answers[i];

		if (!is_fresh(sw, answer->to.seen_s, DVS_ANSWER_AGE_S) ||
		    !is_same(&answer->to, request))
			continue;
		grant(sw, request, answer);
		answer->to.seen_s = 0;
	}
}

static void take_answer(struct dvs_switch *sw, struct dvs_dhcp_answer *answer)
{
	struct dvs_savi *savi = sw->savi;
	const struct dvs_dhcp_request *request = find_request(sw, &answer->to);

	if (request != NULL) {
		grant(sw, request, answer);
		return;
	}
	answer->to.seen_s = sw->shared.now_s;
	savi->answers[savi->next_answer++ % DVS_ANSWERS] = *answer;
}

/* ---- IPv4 ---- */

static struct dvs_prefix host4(uint32_t ip)
{
	return (struct dvs_prefix){.ip = dvs_ip_from4(ip), .length = DVS_IP_LEN * 8};
}

static bool read4(const struct dvs_punted *frame, struct dvs_dhcp4 *ret_dhcp)
{
	const uint8_t *packet = frame->bytes + frame->l3;
	uint32_t length = (uint32_t)frame->length - frame->l3;
	struct dvs_ipv4 ip;
	struct dvs_udp udp;

	if (frame->length < frame->frame_length ||
	    dvs_ipv4_parse(packet, length, length, &ip) < 0 || ip.is_fragment ||
	    ip.protocol != DVS_PROTOCOL_UDP)
		return false;
	packet += ip.header_length;
	return dvs_udp_parse(packet, ip.payload, ip.payload, false, &udp) == 0 &&
	       dvs_dhcp4_parse(packet + DVS_UDP_HEADER, udp.payload, ret_dhcp) == 0;
}

static void take_client4(struct dvs_switch *sw, struct dvs_port_object *port,
			 struct dvs_dhcp_request *request, const struct dvs_dhcp4 *dhcp)
{
	struct dvs_prefix address;

	switch (dhcp->type) {
	case DVS_DHCP4_DISCOVER: /* with rapid commit an ACK answers it (RFC 4039) */
	case DVS_DHCP4_REQUEST:
		take_request(sw, request);
		break;
	case DVS_DHCP4_RELEASE:
		address = host4(dhcp->ciaddr);
		dvs_savi_unbind(sw, port, &address, DVS_BINDING_DHCP4);
		break;
	case DVS_DHCP4_DECLINE:
		address = host4(dhcp->requested);
		dvs_savi_unbind(sw, port, &address, DVS_BINDING_DHCP4);
		break;
	default:
		break;
	}
}

void dvs_punt_dhcp4(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	struct dvs_port_object *port = (void *)dvs_table_at(&sw->model.ports, frame->port);
	struct dvs_dhcp_answer answer = {.n_leases = 1};
	struct dvs_dhcp_request key;
	struct dvs_dhcp4 dhcp;

	if (!read4(frame, &dhcp))
		return;
	key = (struct dvs_dhcp_request){
		.client = dvs_fdb_key(dhcp.chaddr, 0) >> 16,
		.mac = dvs_fdb_key(dhcp.chaddr, 0) >> 16,
		.xid = dhcp.xid,
		.segment = frame->segment,
		.port = frame->port,
		.kind = DVS_BINDING_DHCP4,
	};
	if (dhcp.operation == DVS_DHCP4_BOOTREQUEST) {
		/* One in another's name would get the answer to that. */
		if (key.mac == dvs_fdb_key(frame->bytes + DVS_MAC_LEN, 0) >> 16)
			take_client4(sw, port, &key, &dhcp);
		return;
	}
	if (!port->config.policy.dhcp_trusted || dhcp.type != DVS_DHCP4_ACK || dhcp.yiaddr == 0 ||
	    dhcp.lease_s == 0)
		return;
	answer.to = key;
	answer.leases[0].address = host4(dhcp.yiaddr);
	answer.leases[0].valid_s = dhcp.lease_s;
	take_answer(sw, &answer);
}

/* ---- IPv6 ---- */

static bool read6(const struct dvs_punted *frame, struct dvs_dhcp6 *ret_dhcp)
{
	const uint8_t *packet = frame->bytes + frame->l3;
	uint32_t length = (uint32_t)frame->length - frame->l3;
	struct dvs_ipv6 ip;
	struct dvs_udp udp;

	if (frame->length < frame->frame_length ||
	    dvs_ipv6_parse(packet, length, length, &ip) < 0 || ip.is_fragment ||
	    ip.protocol != DVS_PROTOCOL_UDP)
		return false;
	packet += ip.upper;
	return dvs_udp_parse(packet, ip.payload, ip.payload, false, &udp) == 0 &&
	       dvs_dhcp6_parse(packet + DVS_UDP_HEADER, udp.payload, ret_dhcp) == 0;
}

static void take_client6(struct dvs_switch *sw, struct dvs_port_object *port,
			 struct dvs_dhcp_request *request, const struct dvs_dhcp6 *dhcp)
{
	switch (dhcp->type) {
	case DVS_DHCP6_SOLICIT: /* with rapid commit a reply answers it */
	case DVS_DHCP6_REQUEST:
	case DVS_DHCP6_RENEW:
	case DVS_DHCP6_REBIND:
		take_request(sw, request);
		break;
	case DVS_DHCP6_RELEASE:
	case DVS_DHCP6_DECLINE:
		for (unsigned int i = 0; i < dhcp->n_leases; i++)
			dvs_savi_unbind(sw, port, &dhcp->leases[i].prefix, DVS_BINDING_DHCP6);
		break;
	default:
		break;
	}
}

void dvs_punt_dhcp6(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	struct dvs_port_object *port = (void *)dvs_table_at(&sw->model.ports, frame->port);
	struct dvs_dhcp_answer answer;
	struct dvs_dhcp_request key;
	struct dvs_dhcp6 dhcp;

	if (!read6(frame, &dhcp) || dhcp.is_relay || !dhcp.has_client_id)
		return;
	key = (struct dvs_dhcp_request){
		.client = dhcp.client_id,
		.mac = dvs_fdb_key(frame->bytes + DVS_MAC_LEN, 0) >> 16,
		.xid = dhcp.xid,
		.segment = frame->segment,
		.port = frame->port,
		.kind = DVS_BINDING_DHCP6,
	};
	if (!dvs_dhcp6_is_from_server(dhcp.type)) {
		take_client6(sw, port, &key, &dhcp);
		return;
	}
	if (!port->config.policy.dhcp_trusted || dhcp.type != DVS_DHCP6_REPLY || dhcp.status != 0 ||
	    dhcp.n_leases == 0)
		return;
	answer.to = key;
	answer.n_leases = dhcp.n_leases;
	for (unsigned int i = 0; i < dhcp.n_leases; i++) {
		answer.leases[i].address = dhcp.leases[i].prefix;
		answer.leases[i].valid_s = dhcp.leases[i].valid_s;
	}
	take_answer(sw, &answer);
}
