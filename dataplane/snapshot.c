/* SPDX-License-Identifier: BSD-3-Clause */
#include "snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "acl.h"
#include "ethernet.h"
#include "fdb.h"
#include "stages.h"

#define TRUNK_WORDS ((DVS_VLAN_MAX + 64) / 64) /* of a bitmap of VLAN ids */

/* Segment ids by VLAN id. */
struct vlans {
	uint16_t segment[DVS_VLAN_MAX + 2];
};

/* A walk over the segments that a port is a member of. */
struct membership {
	const struct dvs_snapshot_source_port *port;
	const uint16_t *vlan_segment;
	bool has_begun;
	unsigned int range; /* of the port's list */
	uint16_t vlan;	    /* of that range, next to be looked at; 0: its first */
};

static uint64_t last_serial; /* of the control thread */

/* One block for all arrays, so that a snapshot is freed by one call. */
struct arena {
	struct dvs_snapshot *snapshot;
	struct dvs_snapshot_segment *segments;
	struct dvs_poll *polls;
	uint64_t *trunks;
	struct dvs_marking *markings;
	struct dvs_snapshot_circuit *circuits;
	uint16_t *members, *promiscuous;
};

/* The next segment's id, the port group's first; 0: there are no more. */
static uint16_t next_segment(struct membership *walk)
{
	const struct dvs_policy *policy = &walk->port->config->policy;

	if (!walk->has_begun) {
		walk->has_begun = true;
		return walk->port->segment;
	}
	if (!dvs_policy_is_trunk(policy))
		return 0;
	while (walk->range < DVS_VLAN_RANGES_MAX) {
		struct dvs_vlan_range range = policy->vlan_trunk.ranges[walk->range];
		uint16_t vlan = walk->vlan != 0 ? walk->vlan : range.first, segment;

		if (range.first == 0)
			break;
		walk->vlan = (uint16_t)(vlan + 1);
		if (vlan == range.last) {
			walk->range++;
			walk->vlan = 0;
		}
		segment = walk->vlan_segment[vlan];
		if (segment != 0 && segment != walk->port->segment)
			return segment;
	}
	return 0;
}

static struct membership walk_segments(const uint16_t *vlan_segment,
				       const struct dvs_snapshot_source_port *port)
{
	return (struct membership){.port = port, .vlan_segment = vlan_segment};
}

/* All, or those of promiscuous ports only. */
static size_t count_members(const struct dvs_snapshot_source *source, const struct vlans *vlans,
			    bool promiscuous_only)
{
	size_t n = 0;

	for (uint32_t i = 0; i < source->n_ports; i++) {
		struct membership walk = walk_segments(vlans->segment, &source->ports[i]);

		if (promiscuous_only && !source->ports[i].config->policy.promiscuous)
			continue;
		while (next_segment(&walk) != 0)
			n++;
	}
	return n;
}

static bool allocate(const struct dvs_snapshot_source *source, uint16_t n_segments,
		     const struct vlans *vlans, struct arena *arena)
{
	size_t head = sizeof(struct dvs_snapshot) +
		      source->n_workers * sizeof(struct dvs_snapshot_worker);
	size_t segments = n_segments * sizeof(struct dvs_snapshot_segment);
	size_t members = count_members(source, vlans, false) * sizeof(uint16_t);
	size_t promiscuous = count_members(source, vlans, true) * sizeof(uint16_t);
	size_t polls = 0, trunks = 0, markings = 0, circuits = 0;
	char *block;

	head = (head + 7) & ~(size_t)7;
	for (uint32_t i = 0; i < source->n_ports; i++) {
		polls += source->ports[i].n_queues * sizeof(struct dvs_poll);
		if (dvs_policy_is_trunk(&source->ports[i].config->policy))
			trunks += TRUNK_WORDS * sizeof(uint64_t);
		if (source->ports[i].config->policy.dhcp_option82)
			circuits += sizeof(struct dvs_snapshot_circuit);
		if (dvs_marking_is_needed(&source->ports[i].config->policy))
			markings += sizeof(struct dvs_marking);
	}
	circuits = (circuits + 7) & ~(size_t)7;
	block = calloc(1, head + segments + polls + trunks + markings + circuits + members +
				  promiscuous);
	if (block == NULL)
		return false;
	arena->snapshot = (void *)block;
	arena->segments = (void *)(block + head);
	arena->polls = (void *)(block + head + segments);
	arena->trunks = (void *)(block + head + segments + polls);
	arena->markings = (void *)(block + head + segments + polls + trunks);
	arena->circuits = (void *)(block + head + segments + polls + trunks + markings);
	arena->members = (void *)((char *)arena->circuits + circuits);
	arena->promiscuous = arena->members + members / sizeof(uint16_t);
	return true;
}

static void add_segment(struct dvs_snapshot *snapshot,
			const struct dvs_snapshot_source_segment *from)
{
	snapshot->segments[from->id].forwards_reserved = from->config->forward_reserved;
	snapshot->segments[from->id].vlan = from->config->vlan;
	snapshot->segments[from->id].snoops = from->config->mcast_snooping;
	snapshot->segments[from->id].floods_unknown = from->config->mcast_flood_unknown;
	snapshot->has_snoopers |= from->config->mcast_snooping != 0;
}

static void fill_guard(struct dvs_snapshot_guard *guard, const struct dvs_port *config)
{
	const struct dvs_policy *policy = &config->policy;
	uint64_t tsc_hz = rte_get_tsc_hz();

	guard->mac = dvs_fdb_key(config->mac, 0) >> 16;
	guard->mac_limit = policy->mac_limit;
	guard->mac_limit_action = policy->mac_limit_action;
	guard->gets_own_only = policy->mac_change == DVS_GUARD_ENFORCE && !policy->promiscuous;
	guard->limits_sources = policy->mac_limit != 0 || policy->mac_change == DVS_GUARD_ENFORCE;
	guard->forged_transmit = policy->forged_transmit;
	guard->mac_change = policy->mac_change;
	guard->bpdu_filter = policy->bpdu_filter;
	guard->lldp_filter = policy->lldp_filter;
	guard->storm_mode = policy->storm_mode;
	if (policy->storm_mode == DVS_GUARD_OFF)
		return;
	dvs_meter_rate_init(&guard->storm[DVS_STORM_BROADCAST], policy->storm_broadcast, tsc_hz);
	dvs_meter_rate_init(&guard->storm[DVS_STORM_MULTICAST], policy->storm_multicast, tsc_hz);
	dvs_meter_rate_init(&guard->storm[DVS_STORM_UNKNOWN], policy->storm_unknown, tsc_hz);
}

/* The stages that these policies need. */
static uint64_t guard_stages(const struct dvs_snapshot_guard *guard)
{
	uint64_t stages = 0;

	if ((guard->forged_transmit | guard->mac_change | guard->bpdu_filter |
	     guard->lldp_filter) != DVS_GUARD_OFF)
		stages |= DVS_STAGE_BIT_GUARD;
	if (dvs_meter_is_on(&guard->storm[DVS_STORM_BROADCAST]) ||
	    dvs_meter_is_on(&guard->storm[DVS_STORM_MULTICAST]))
		stages |= DVS_STAGE_BIT_POLICE;
	if (dvs_meter_is_on(&guard->storm[DVS_STORM_UNKNOWN]))
		stages |= DVS_STAGE_BIT_UNKNOWN;
	return stages;
}

static void set_trunk_bits(uint64_t *trunk, const struct dvs_vlan_list *list)
{
	for (unsigned int i = 0; i < DVS_VLAN_RANGES_MAX && list->ranges[i].first != 0; i++)
		for (unsigned int vlan = list->ranges[i].first; vlan <= list->ranges[i].last;
		     vlan++)
			trunk[vlan / 64] |= UINT64_C(1) << vlan % 64;
}

/* What VLAN tags mean to the port. */
static void add_vlan_policy(struct arena *arena, struct dvs_snapshot_port *port,
			    const struct dvs_policy *policy)
{
	port->vlan_mode = policy->vlan_mode;
	port->vlan_filter = policy->vlan_filter;
	port->vlan_pcp = policy->vlan_pcp;
	if (policy->vlan_mode != DVS_VLAN_GUEST || policy->vlan_pcp != 0)
		port->stages |= DVS_STAGE_BIT_VLAN;
	if (!dvs_policy_is_trunk(policy))
		return;
	port->tpid = policy->vlan_mode == DVS_VLAN_QINQ ? DVS_TPID_SERVICE : DVS_TPID_CUSTOMER;
	set_trunk_bits(arena->trunks, &policy->vlan_trunk);
	port->trunk = arena->trunks;
	arena->trunks += TRUNK_WORDS;
}

/* Whom the port talks to. */
static void add_isolation(struct dvs_snapshot_port *port, const struct dvs_port *config)
{
	const struct dvs_policy *policy = &config->policy;

	port->is_uplink = config->uplink;
	port->is_vepa = policy->vepa && !config->uplink;
	port->unknown_unicast_block = policy->unknown_unicast_block;
	if (policy->private_vlan == DVS_PRIVATE_VLAN_COMMUNITY)
		port->isolation = (uint16_t)(policy->community + 1);
	else if (policy->private_vlan == DVS_PRIVATE_VLAN_ISOLATED)
		port->isolation = DVS_ISOLATED;
	if (port->isolation == 0 || policy->private_vlan_mode == DVS_GUARD_OFF)
		return;
	port->isolation_mode = policy->private_vlan_mode;
	port->stages |= DVS_STAGE_BIT_FILTER;
	port->filters_known = 1;
}

static void add_acl(struct dvs_snapshot_port *port, const struct dvs_snapshot_source_port *from)
{
	port->acl_mode = from->config->policy.acl_mode;
	if (from->acl == NULL || port->acl_mode == DVS_GUARD_OFF)
		return;
	if (dvs_acl_needs(from->acl, DVS_ACL_FROM)->anything) {
		port->acl_from = from->acl;
		port->stages |= DVS_STAGE_BIT_ACL;
	}
	if (dvs_acl_needs(from->acl, DVS_ACL_TO)->anything)
		port->acl_to = from->acl;
}

/* Counts it in all segments that it is a member of. */
static void join_segments(struct dvs_snapshot *snapshot,
			  const struct dvs_snapshot_source_port *from)
{
	struct membership walk = walk_segments(snapshot->vlan_segment, from);
	const struct dvs_snapshot_port *port = &snapshot->ports[from->dev->id];
	uint16_t id;

	while ((id = next_segment(&walk)) != 0) {
		struct dvs_snapshot_segment *segment = &snapshot->segments[id];

		segment->n_members++;
		segment->n_uplinks = (uint16_t)(segment->n_uplinks + port->is_uplink);
		segment->spreads_flows |= from->n_queues > 1;
		segment->has_vepa |= port->is_vepa;
		segment->learn = (uint8_t)(segment->learn | port->addresses.learn);
		segment->suppresses |= port->addresses.suppress != DVS_SUPPRESS_OFF;
		segment->has_acl_to |= port->acl_to != NULL;
		segment->has_unknown_block |= port->unknown_unicast_block != DVS_GUARD_OFF;
		segment->has_own_only |= port->guard.gets_own_only;
		if (!from->config->policy.promiscuous)
			continue;
		segment->has_promiscuous = 1;
		segment->n_promiscuous++;
	}
}

/* The port's policy, or segment/port. */
static void fill_circuit(struct dvs_snapshot_circuit *circuit, const struct dvs_port *config)
{
	const char *own = config->policy.circuit_id;
	int n;

	if (own[0] != '\0')
		n = snprintf(circuit->text, sizeof(circuit->text), "%s", own);
	else
		n = snprintf(circuit->text, sizeof(circuit->text), "%s/%s", config->segment,
			     config->name);
	circuit->length = (uint8_t)n;
}

static void fill_addresses(struct dvs_snapshot_addresses *addresses, const struct dvs_port *config,
			   struct arena *arena)
{
	const struct dvs_policy *policy = &config->policy;

	addresses->ip_binding = policy->ip_binding;
	addresses->dhcp_guard = policy->dhcp_guard;
	addresses->ra_guard = policy->ra_guard;
	addresses->is_dhcp_trusted = policy->dhcp_trusted;
	addresses->is_router = policy->router;
	addresses->learn = (uint8_t)policy->binding_learn;
	addresses->suppress = policy->suppress;
	dvs_meter_rate_init(&addresses->arp_limit, policy->arp_limit, rte_get_tsc_hz());
	if (dvs_meter_is_on(&addresses->arp_limit))
		addresses->arp_limit_mode = policy->arp_limit_mode;
	if (policy->dhcp_option82 && !policy->dhcp_trusted) {
		fill_circuit(arena->circuits, config);
		addresses->circuit = arena->circuits++;
	}
}

static void add_marking(struct arena *arena, struct dvs_snapshot_port *port,
			const struct dvs_policy *policy)
{
	struct dvs_marking *marking = arena->markings;

	if (!dvs_marking_is_needed(policy))
		return;
	arena->markings++;
	dvs_marking_fill(marking, policy, rte_get_tsc_hz());
	port->marking = marking;
	port->stages |= DVS_STAGE_BIT_CLASSIFY;
	if (marking->marks)
		port->stages |= DVS_STAGE_BIT_MARK;
}

static void add_port(struct arena *arena, const struct dvs_snapshot_source_port *from)
{
	struct dvs_snapshot *snapshot = arena->snapshot;
	uint16_t id = from->dev->id;
	struct dvs_snapshot_port *port = &snapshot->ports[id];

	port->dev = from->dev;
	fill_guard(&port->guard, from->config);
	fill_addresses(&port->addresses, from->config, arena);
	port->stages = DVS_STAGES_ALWAYS | guard_stages(&port->guard);
	if (dvs_snapshot_judges_ip(port))
		port->stages |= DVS_STAGE_BIT_GUARD;
	if (port->addresses.dhcp_guard != DVS_GUARD_OFF)
		port->stages |= DVS_STAGE_BIT_SUPPRESS;
	port->frame_max = from->config->policy.mtu + DVS_ETHERNET_HEADER;
	port->segment = from->segment;
	port->is_enabled = from->config->enabled && !from->is_shut;
	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++) {
		struct dvs_snapshot_worker *worker = &snapshot->workers[from->queue_worker[q]];

		port->queue_worker[q] = from->queue_worker[q];
		worker->owned[id] = (uint16_t)(worker->owned[id] | 1u << q);
	}
	for (unsigned int q = 0; q < from->n_queues; q++)
		snapshot->workers[from->queue_worker[q]].n_polls++;
	port->mcast_router = from->config->policy.mcast_router;
	/* A trunk that does not filter lets in frames of any segment. */
	if (snapshot->segments[from->segment].snoops ||
	    (snapshot->has_snoopers && dvs_policy_is_trunk(&from->config->policy)))
		port->stages |= DVS_STAGE_BIT_SNOOP;
	add_vlan_policy(arena, port, &from->config->policy);
	add_isolation(port, from->config);
	add_acl(port, from);
	add_marking(arena, port, &from->config->policy);
	port->egress = from->egress;
	port->from = from->from;
	if (dvs_from_limit_polices(port->from))
		port->stages |= DVS_STAGE_BIT_POLICE;
	join_segments(snapshot, from);
}

/* The port in the lists of its segments, whose members are all counted. */
static void list_member(struct dvs_snapshot *snapshot, const struct dvs_snapshot_source_port *from)
{
	struct membership walk = walk_segments(snapshot->vlan_segment, from);
	struct dvs_snapshot_port *port = &snapshot->ports[from->dev->id];
	uint16_t id;

	while ((id = next_segment(&walk)) != 0) {
		struct dvs_snapshot_segment *segment = &snapshot->segments[id];

		segment->members[segment->n_members++] = from->dev->id;
		port->spreads_flows |= segment->spreads_flows;
		port->filters_known |= segment->has_vepa && port->is_uplink;
		if (segment->has_unknown_block || segment->has_own_only || port->filters_known)
			port->stages |= DVS_STAGE_BIT_FILTER;
		if (segment->suppresses)
			port->stages |= DVS_STAGE_BIT_SUPPRESS;
		if (segment->has_acl_to)
			port->stages |= DVS_STAGE_BIT_ACL_TO;
		if ((segment->learn & DVS_LEARN_SLAAC) != 0) {
			port->addresses.is_witness = 1;
			port->stages |= DVS_STAGE_BIT_GUARD;
		}
		if (segment->has_promiscuous)
			port->stages |= DVS_STAGE_BIT_PROMISCUOUS;
		if (from->config->policy.promiscuous)
			segment->promiscuous[segment->n_promiscuous++] = from->dev->id;
	}
}

/* Counts are known: gives each list its part of the arena and fills it. */
static void fill_lists(const struct dvs_snapshot_source *source, struct arena *arena)
{
	struct dvs_snapshot *snapshot = arena->snapshot;
	struct dvs_poll *polls = arena->polls;
	uint16_t *members = arena->members, *promiscuous = arena->promiscuous;

	for (unsigned int w = 0; w < source->n_workers; w++) {
		snapshot->workers[w].polls = polls;
		polls += snapshot->workers[w].n_polls;
		snapshot->workers[w].n_polls = 0;
	}
	for (unsigned int s = 0; s < snapshot->n_segments; s++) {
		snapshot->segments[s].members = members;
		members += snapshot->segments[s].n_members;
		snapshot->segments[s].n_members = 0;
		snapshot->segments[s].promiscuous = promiscuous;
		promiscuous += snapshot->segments[s].n_promiscuous;
		snapshot->segments[s].n_promiscuous = 0;
	}
	for (uint32_t i = 0; i < source->n_ports; i++)
		if (source->ports[i].config->uplink)
			list_member(snapshot, &source->ports[i]);
	for (uint32_t i = 0; i < source->n_ports; i++) {
		const struct dvs_snapshot_source_port *from = &source->ports[i];

		if (!from->config->uplink)
			list_member(snapshot, from);
		for (uint16_t q = 0; q < from->n_queues; q++) {
			struct dvs_snapshot_worker *worker =
				&snapshot->workers[from->queue_worker[q]];
			struct dvs_poll poll = {from->dev, from->dev->id, q,
						dvs_from_limit_shapes(from->from)};

			if (worker->n_polls == 0 ||
			    worker->polls[worker->n_polls - 1].port != poll.port)
				worker->first_poll[poll.port] = (uint16_t)worker->n_polls;
			worker->polls[worker->n_polls++] = poll;
		}
	}
}

struct dvs_snapshot *dvs_snapshot_create(const struct dvs_snapshot_source *source)
{
	struct vlans vlans = {{0}};
	struct arena arena;
	uint16_t n_segments = 1;

	for (uint32_t i = 0; i < source->n_segments; i++) {
		const struct dvs_snapshot_source_segment *from = &source->segments[i];

		if (from->id >= n_segments)
			n_segments = (uint16_t)(from->id + 1);
		if (from->config->vlan != 0)
			vlans.segment[from->config->vlan] = from->id;
	}
	if (!allocate(source, n_segments, &vlans, &arena))
		return NULL;
	arena.snapshot->serial = ++last_serial;
	memcpy(arena.snapshot->vlan_segment, vlans.segment, sizeof(vlans.segment));
	arena.snapshot->n_segments = n_segments;
	arena.snapshot->segments = arena.segments;
	for (uint32_t i = 0; i < source->n_segments; i++)
		add_segment(arena.snapshot, &source->segments[i]);
	for (uint32_t i = 0; i < source->n_ports; i++)
		add_port(&arena, &source->ports[i]);
	fill_lists(source, &arena);
	return arena.snapshot;
}

void dvs_snapshot_free(struct dvs_snapshot *snapshot)
{
	free(snapshot);
}
