/* SPDX-License-Identifier: BSD-3-Clause */
#include "vlan_twin.h"

#include <string.h>

#define NOWHERE TWIN_SEGMENTS

/* A frame without the tag that chose its segment. */
struct inside {
	struct twin_frame frame;
	unsigned int segment; /* NOWHERE: dropped */
	uint16_t priority;    /* PCP and DEI as in a tag */
};

void twin_init(struct twin *twin, unsigned int n_ports)
{
	memset(twin, 0, sizeof(*twin));
	twin->n_ports = n_ports;
}

void twin_set_segment(struct twin *twin, unsigned int segment, uint16_t vlan)
{
	twin->vlan[segment] = vlan;
}

static bool is_member(const struct twin *twin, unsigned int port, unsigned int segment)
{
	const struct twin_port *p = &twin->ports[port];

	if (p->segment == segment)
		return true;
	if (p->policy.vlan_mode < DVS_VLAN_TRUNK || twin->vlan[segment] == 0)
		return false;
	return dvs_vlan_list_has(&p->policy.vlan_trunk, twin->vlan[segment]);
}

void twin_set_port(struct twin *twin, unsigned int port, unsigned int segment,
		   const struct dvs_policy *policy)
{
	const struct twin_port *old = &twin->ports[port];
	bool was_trunk = old->policy.vlan_mode >= DVS_VLAN_TRUNK;
	bool is_trunk = policy->vlan_mode >= DVS_VLAN_TRUNK;

	if (old->segment != segment || was_trunk != is_trunk ||
	    (is_trunk &&
	     memcmp(&old->policy.vlan_trunk, &policy->vlan_trunk, sizeof(policy->vlan_trunk)) != 0))
		for (unsigned int s = 0; s < TWIN_SEGMENTS; s++)
			for (unsigned int mac = 0; mac < 256; mac++)
				if (twin->macs[s][mac].port == port)
					twin->macs[s][mac].is_known = false;
	twin->ports[port] = (struct twin_port){segment, *policy};
}

static uint16_t type_at(const struct twin_frame *frame, uint32_t at)
{
	return (uint16_t)(frame->bytes[at] << 8 | frame->bytes[at + 1]);
}

static void remove_tag(struct twin_frame *frame)
{
	memmove(frame->bytes + 12, frame->bytes + 16, frame->length - 16);
	frame->length -= 4;
}

static void insert_tag(struct twin_frame *frame, uint16_t tpid, uint16_t tci)
{
	memmove(frame->bytes + 16, frame->bytes + 12, frame->length - 12);
	frame->bytes[12] = (uint8_t)(tpid >> 8);
	frame->bytes[13] = (uint8_t)tpid;
	frame->bytes[14] = (uint8_t)(tci >> 8);
	frame->bytes[15] = (uint8_t)tci;
	frame->length += 4;
}

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8;
}

static uint16_t tpid_of(const struct twin_port *port)
{
	return port->policy.vlan_mode == DVS_VLAN_QINQ ? 0x88a8 : 0x8100;
}

static void open_tag(const struct twin_port *port, struct inside *in)
{
	in->priority = type_at(&in->frame, 14) & 0xf000;
	if (port->policy.vlan_pcp != 0)
		in->priority =
			(uint16_t)((in->priority & 0x1000) | (port->policy.vlan_pcp - 1) << 13);
	remove_tag(&in->frame);
}

static void enter_access(const struct twin_port *port, struct inside *in)
{
	if (!is_tag(type_at(&in->frame, 12)))
		return;
	if (type_at(&in->frame, 12) == 0x8100 && (type_at(&in->frame, 14) & 0xfff) == 0 &&
	    !is_tag(type_at(&in->frame, 16)))
		open_tag(port, in);
	else if (port->policy.vlan_filter == DVS_GUARD_ENFORCE)
		in->segment = NOWHERE;
}

static void enter_trunk(const struct twin *twin, const struct twin_port *port, struct inside *in)
{
	uint16_t id;

	if (type_at(&in->frame, 12) != tpid_of(port))
		return;
	id = type_at(&in->frame, 14) & 0xfff;
	if (id != 0 && id != twin->vlan[port->segment]) {
		if (port->policy.vlan_filter == DVS_GUARD_ENFORCE &&
		    !dvs_vlan_list_has(&port->policy.vlan_trunk, id))
			in->segment = NOWHERE;
		else
			for (in->segment = 0; in->segment < TWIN_SEGMENTS; in->segment++)
				if (twin->vlan[in->segment] == id)
					break;
	}
	open_tag(port, in);
}

static void leave(const struct twin *twin, unsigned int port, const struct inside *in,
		  struct twin_frame *ret_frame)
{
	const struct twin_port *p = &twin->ports[port];
	uint16_t tpid = tpid_of(p);

	*ret_frame = in->frame;
	if (p->policy.vlan_mode < DVS_VLAN_TRUNK)
		return;
	if (in->segment != p->segment)
		insert_tag(ret_frame, tpid, (uint16_t)(in->priority | twin->vlan[in->segment]));
	else if (type_at(ret_frame, 12) == tpid)
		insert_tag(ret_frame, tpid, in->priority);
}

void twin_send(struct twin *twin, unsigned int from, const uint8_t *frame, uint32_t length)
{
	const struct twin_port *port = &twin->ports[from];
	struct inside in = {.frame = {.length = length}, .segment = port->segment};
	struct twin_mac *source, *target;

	memset(twin->out, 0, sizeof(twin->out));
	memcpy(in.frame.bytes, frame, length);
	if (port->policy.vlan_pcp != 0)
		in.priority = (uint16_t)((port->policy.vlan_pcp - 1) << 13);
	if (port->policy.vlan_mode == DVS_VLAN_ACCESS)
		enter_access(port, &in);
	else if (port->policy.vlan_mode >= DVS_VLAN_TRUNK)
		enter_trunk(twin, port, &in);
	if (in.segment == NOWHERE)
		return;
	target = &twin->macs[in.segment][frame[5]];
	for (unsigned int p = 0; p < twin->n_ports; p++)
		if (p != from && is_member(twin, p, in.segment) &&
		    (!target->is_known || target->port == p))
			leave(twin, p, &in, &twin->out[p]);
	source = &twin->macs[in.segment][frame[11]];
	if (is_member(twin, from, in.segment))
		*source = (struct twin_mac){true, from};
}
