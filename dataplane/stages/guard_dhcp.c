/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_dhcp: DHCP of both families. Messages of servers and relays come from trusted ports only
 * (dhcp_guard); clients' messages get relay agent information, which replies lose (dhcp_option82).
 * That clients' messages reach trusted ports only is the suppress stage's doing.
 *
 * A DHCP message in fragments cannot be judged, and no client or server needs to send one.
 */
#include "guard_ip.h"

#include "dhcp4.h"
#include "dhcp6.h"
#include "ethernet.h"
#include "option82.h"
#include "punt.h"
#include "worker.h"

#define BROADCAST UINT32_MAX

static uint8_t stricter(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

/* Objects when there is a mode to object in. True: dropped. */
static bool object(struct dvs_judged *frame, uint8_t mode, enum dvs_drop_reason reason)
{
	return mode != DVS_GUARD_OFF && dvs_judged_violates(frame, mode, reason);
}

static uint8_t malformed_mode(const struct dvs_judged *frame)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;

	return stricter(addresses->dhcp_guard, addresses->ip_binding);
}

static uint64_t mac_number(const uint8_t mac[6])
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < 6; i++)
		number = number << 8 | mac[i];
	return number;
}

/* ---- IPv4 ---- */

/* A message, where it is in its frame. */
struct message4 {
	const struct dvs_ipv4 *ip;
	struct dvs_udp udp;
	struct dvs_dhcp4 dhcp;
	uint32_t at; /* offset in the frame */
};

/* False: it is malformed, or cannot be looked at; the frame was judged. */
static bool read4(struct dvs_judged *frame, struct message4 *message)
{
	const struct dvs_ipv4 *ip = message->ip;
	const uint8_t *packet;
	uint32_t length, total;

	if (ip->is_fragment) {
		object(frame, malformed_mode(frame), DVS_DROP_BAD_DHCP);
		return false;
	}
	if (!dvs_judged_pull(frame))
		return false;
	packet = dvs_judged_packet(frame, &length, &total) + ip->header_length;
	if (dvs_udp_parse(packet, ip->payload, ip->payload, false, &message->udp) < 0 ||
	    dvs_dhcp4_parse(packet + DVS_UDP_HEADER, message->udp.payload, &message->dhcp) < 0) {
		object(frame, malformed_mode(frame), DVS_DROP_BAD_DHCP);
		return false;
	}
	message->at = frame->batch->l3[frame->i] + ip->header_length + DVS_UDP_HEADER;
	return true;
}

static bool is_of_server(const struct message4 *message)
{
	return message->udp.dst_port == DVS_DHCP4_CLIENT_PORT ||
	       message->dhcp.operation == DVS_DHCP4_BOOTREPLY;
}

/*
 * The control thread is to see the message, when bindings of that kind are learnt. A client's that
 * it will not see must not reach a server: what that grants would not be bound.
 */
static void show(struct dvs_judged *frame, enum dvs_binding_learn kind)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;
	const struct dvs_snapshot_segment *segment =
		&frame->worker->snapshot->segments[frame->batch->segment[frame->i]];
	uint8_t learn = addresses->is_dhcp_trusted ? segment->learn : addresses->learn;
	bool is_v4 = kind == DVS_LEARN_DHCP4;

	if ((learn & kind) == 0 || !dvs_batch_is_pending(frame->batch, frame->i))
		return;
	if (addresses->is_dhcp_trusted)
		dvs_punt(frame->worker, frame->batch, frame->i,
			 is_v4 ? DVS_PUNT_ANSWER4 : DVS_PUNT_ANSWER6);
	else if (!dvs_punt(frame->worker, frame->batch, frame->i,
			   is_v4 ? DVS_PUNT_DHCP4 : DVS_PUNT_DHCP6))
		object(frame, addresses->ip_binding, DVS_DROP_LEARN_LIMIT);
}

static void judge_trusted4(struct dvs_judged *frame, struct message4 *message)
{
	if (is_of_server(message) && message->udp.dst_port == DVS_DHCP4_CLIENT_PORT &&
	    message->dhcp.agent_info != 0)
		dvs_option82_remove(frame->batch, frame->i, message->at, message->udp.payload,
				    &message->dhcp);
}

/* Does the switch know what the port's addresses are? */
static bool knows_bindings(const struct dvs_judged *frame, enum dvs_binding_learn kind)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;

	return addresses->ip_binding != DVS_GUARD_OFF || (addresses->learn & kind) != 0;
}

/* In another client's name, or to give back what is another's: the server would take it from that
 * one, and give it to the next who asks. */
static bool is_forged4(const struct dvs_judged *frame, const struct dvs_dhcp4 *dhcp)
{
	if (mac_number(dhcp->chaddr) != frame->mac ||
	    (dhcp->has_client_mac && mac_number(dhcp->client_mac) != frame->mac))
		return true;
	if (!knows_bindings(frame, DVS_LEARN_DHCP4))
		return false;
	return (dhcp->type == DVS_DHCP4_RELEASE && !dvs_judged_is_bound4(frame, dhcp->ciaddr)) ||
	       (dhcp->type == DVS_DHCP4_DECLINE && !dvs_judged_is_bound4(frame, dhcp->requested));
}

static void judge_client4(struct dvs_judged *frame, struct message4 *message)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;
	uint8_t relay_mode =
		addresses->circuit != NULL ? (uint8_t)DVS_GUARD_ENFORCE : addresses->dhcp_guard;
	uint32_t l3 = frame->batch->l3[frame->i];

	if (is_of_server(message)) {
		object(frame, addresses->dhcp_guard, DVS_DROP_DHCP_SERVER);
		return;
	}
	if ((message->dhcp.giaddr != 0 || message->dhcp.agent_info != 0) &&
	    object(frame, relay_mode, DVS_DROP_DHCP_RELAY))
		return;
	if (is_forged4(frame, &message->dhcp) &&
	    object(frame, addresses->dhcp_guard, DVS_DROP_DHCP_FORGED))
		return;
	if (addresses->circuit != NULL)
		dvs_option82_insert(frame->batch, frame->i, l3, message->at, &message->dhcp,
				    addresses->circuit,
				    frame->port->frame_max + l3 - DVS_ETHERNET_HEADER);
}

/* A client that has no address yet. */
static bool is_without_address(const struct message4 *message)
{
	return message->ip->src == 0 && message->ip->dst == BROADCAST &&
	       message->udp.src_port == DVS_DHCP4_CLIENT_PORT &&
	       message->udp.dst_port == DVS_DHCP4_SERVER_PORT &&
	       message->dhcp.operation == DVS_DHCP4_BOOTREQUEST;
}

bool dvs_judge_dhcp4(struct dvs_judged *frame, const struct dvs_ipv4 *ip)
{
	struct message4 message = {.ip = ip};

	if (!read4(frame, &message))
		return false;
	if (frame->port->addresses.is_dhcp_trusted)
		judge_trusted4(frame, &message);
	else
		judge_client4(frame, &message);
	show(frame, DVS_LEARN_DHCP4);
	return is_without_address(&message);
}

/* ---- IPv6 ---- */

static bool is_forged6(const struct dvs_judged *frame, const struct dvs_dhcp6 *dhcp)
{
	if ((dhcp->type != DVS_DHCP6_RELEASE && dhcp->type != DVS_DHCP6_DECLINE) ||
	    !knows_bindings(frame, DVS_LEARN_DHCP6))
		return false;
	for (unsigned int i = 0; i < dhcp->n_leases; i++)
		if (!dvs_judged_is_bound6(frame, &dhcp->leases[i].prefix.ip))
			return true;
	return dhcp->has_others;
}

void dvs_judge_dhcp6(struct dvs_judged *frame, const struct dvs_ipv6 *ip)
{
	const struct dvs_snapshot_addresses *addresses = &frame->port->addresses;
	const uint8_t *packet;
	uint32_t length, total;
	struct dvs_udp udp;
	struct dvs_dhcp6 dhcp;

	if (ip->is_fragment) {
		object(frame, malformed_mode(frame), DVS_DROP_BAD_DHCP);
		return;
	}
	if (!dvs_judged_pull(frame))
		return;
	packet = dvs_judged_packet(frame, &length, &total) + ip->upper;
	if (dvs_udp_parse(packet, ip->payload, ip->payload, false, &udp) < 0 ||
	    dvs_dhcp6_parse(packet + DVS_UDP_HEADER, udp.payload, &dhcp) < 0) {
		object(frame, malformed_mode(frame), DVS_DROP_BAD_DHCP);
		return;
	}
	if (!addresses->is_dhcp_trusted &&
	    (udp.dst_port == DVS_DHCP6_CLIENT_PORT || dvs_dhcp6_is_from_server(dhcp.type)))
		object(frame, addresses->dhcp_guard, DVS_DROP_DHCP_SERVER);
	else if (!addresses->is_dhcp_trusted && dhcp.is_relay)
		object(frame, addresses->dhcp_guard, DVS_DROP_DHCP_RELAY);
	else if (!addresses->is_dhcp_trusted && is_forged6(frame, &dhcp))
		object(frame, addresses->dhcp_guard, DVS_DROP_DHCP_FORGED);
	show(frame, DVS_LEARN_DHCP6);
}
