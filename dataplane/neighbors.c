/* SPDX-License-Identifier: BSD-3-Clause */
/* The control side of suppression: who is seen with an address, and is not another's by binding. */
#include "neighbors.h"

#include "arp.h"
#include "fdb.h"
#include "ipv6.h"
#include "nd.h"
#include "neighbor.h"
#include "punt.h"
#include "savi_private.h"
#include "switch_private.h"

/* The sender's address, and what it says of itself. The worker has looked at the rest. */
static bool read_sender(const struct dvs_punted *frame, struct dvs_ip *ret_ip, uint8_t *ret_flags)
{
	const uint8_t *packet = frame->bytes + frame->l3;
	uint32_t length = (uint32_t)frame->length - frame->l3;
	struct dvs_arp arp;
	struct dvs_ipv6 ip;
	struct dvs_nd nd;

	*ret_flags = 0;
	if (packet[-2] == (DVS_ARP_ETHERTYPE >> 8) && packet[-1] == (DVS_ARP_ETHERTYPE & 0xff)) {
		if (dvs_arp_parse(packet, length, &arp) < 0)
			return false;
		*ret_ip = dvs_ip_from4(arp.sender_ip);
		return true;
	}
	if (dvs_ipv6_parse(packet, length, frame->frame_length - frame->l3, &ip) < 0 ||
	    dvs_nd_parse(packet + ip.upper, length - ip.upper, &ip, &nd) < 0)
		return false;
	*ret_ip = ip.src;
	if (nd.type == DVS_ND_NEIGHBOR_ADVERTISEMENT) {
		*ret_ip = nd.target;
		*ret_flags = nd.is_router ? DVS_NEIGHBOR_IS_ROUTER : DVS_NEIGHBOR_IS_HOST;
	}
	return true;
}

void dvs_punt_neighbor(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	const struct dvs_port_object *port =
		(const void *)dvs_table_at(&sw->model.ports, frame->port);
	struct dvs_prefix address = {.length = DVS_IP_LEN * 8};
	struct dvs_neighbor neighbor = {
		.mac = dvs_fdb_key(frame->bytes + DVS_MAC_LEN, 0) >> 16,
		.port = frame->port,
	};

	if (!read_sender(frame, &address.ip, &neighbor.flags) ||
	    dvs_ip_is_unspecified(&address.ip) || dvs_ip_is_group(&address.ip) ||
	    !dvs_snapshot_is_member(sw->shared.snapshot, &sw->shared.snapshot->ports[frame->port],
				    frame->segment) ||
	    dvs_savi_owner(sw, frame->segment, port, &address, DVS_SAVI_ANY) != NULL)
		return;
	dvs_neighbor_put(sw->neighbors, frame->segment, &address.ip, &neighbor, sw->shared.now_s);
}

/* Whether the table can have an owner of it: prefixes have none. */
static bool has_place(const struct dvs_port_object *port, const struct dvs_prefix *address)
{
	return address->length == DVS_IP_LEN * 8 && port->segment != NULL;
}

void dvs_neighbors_bound(struct dvs_switch *sw, const struct dvs_port_object *port,
			 const struct dvs_prefix *address, uint64_t mac)
{
	const struct dvs_neighbor neighbor = {.mac = mac, .port = (uint16_t)port->object.id};

	if (mac == 0)
		dvs_neighbors_unbound(sw, port, address);
	else if (has_place(port, address))
		dvs_neighbor_put(sw->neighbors, (uint16_t)port->segment->object.id, &address->ip,
				 &neighbor, sw->shared.now_s);
}

void dvs_neighbors_unbound(struct dvs_switch *sw, const struct dvs_port_object *port,
			   const struct dvs_prefix *address)
{
	if (has_place(port, address))
		dvs_neighbor_remove(sw->neighbors, (uint16_t)port->segment->object.id,
				    &address->ip);
}

void dvs_neighbors_poll(struct dvs_switch *sw)
{
	if (sw->neighbors_s == sw->shared.now_s)
		return;
	sw->neighbors_s = sw->shared.now_s;
	dvs_neighbors_age(sw->neighbors, sw->shared.now_s);
}
