/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snapshot.h - the configuration as workers see it: immutable, replaced as a whole.
 *
 * The control thread builds one from its model, publishes it by one pointer and frees the old one
 * when every worker has passed a quiescent state. Workers load the pointer once a sweep. Ids index
 * arrays; an id that no object has reads as all zero (dev NULL, segment 0), so a stale id from the
 * MAC table or from a frame in flight does no harm.
 *
 * Which worker a queue belongs to changes only with all workers paused and nothing under way
 * between them (queues.h): whatever snapshot two of them hold while they move frames, they agree on
 * it.
 *
 * Threads: _create and _free: control; what is inside: constant, except for what dev points to.
 */
#ifndef DVS_SNAPSHOT_H
#define DVS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "marking.h"
#include "from_limit.h"
#include "meter.h"
#include "objects.h"
#include "port.h"
#include "port_memory.h"

struct dvs_egress;

/* Twice the limit: one transaction can replace every port by another. */
#define DVS_PORT_IDS (2 * DVS_PORTS_MAX)

/* What guard, police, learn and unknown do with frames of a port; all zero: nothing. */
struct dvs_snapshot_guard {
	uint64_t mac;		  /* that its operator gave it, as a number; 0: none */
	uint32_t mac_limit;	  /* 0: none */
	uint8_t gets_own_only;	  /* mac_change: unknown unicast for its MAC only */
	uint8_t limits_sources;	  /* mac_limit or mac_change have a say in what is learnt */
	uint8_t mac_limit_action; /* enum dvs_mac_limit_action */
	uint8_t forged_transmit;  /* enum dvs_guard_mode, as the rest */
	uint8_t mac_change;
	uint8_t bpdu_filter;
	uint8_t lldp_filter;
	uint8_t storm_mode;
	struct dvs_meter_rate storm[DVS_N_STORM_KINDS];
};

#define DVS_ISOLATED UINT16_MAX

/* What dhcp_option82 puts into clients' messages. */
struct dvs_snapshot_circuit {
	uint8_t length;
	char text[2 * DVS_NAME_LEN];
};

/* What guard_ip and suppress do with addresses in frames of a port; all zero: nothing. */
struct dvs_snapshot_addresses {
	const struct dvs_snapshot_circuit *circuit; /* NULL: no option 82 */
	uint8_t ip_binding;			    /* enum dvs_guard_mode, as the next two */
	uint8_t dhcp_guard;
	uint8_t ra_guard;
	uint8_t is_dhcp_trusted;
	uint8_t is_router;
	uint8_t learn;		/* enum dvs_binding_learn */
	uint8_t is_witness;	/* of who defends an address: a segment of it learns from DAD */
	uint8_t suppress;	/* enum dvs_suppress */
	uint8_t arp_limit_mode; /* enum dvs_guard_mode; OFF without a limit */
	struct dvs_meter_rate arp_limit;
};

struct dvs_snapshot_port {
	struct dvs_portdev *dev; /* NULL: no such port */
	uint64_t stages;	 /* bitmap of enum dvs_stage */
	const uint64_t *trunk;	 /* bitmap of VLAN ids besides the native one; NULL: no trunk */
	uint32_t frame_max;	 /* longest frame without VLAN tags: MTU and Ethernet header */
	uint16_t segment;	 /* its port group's, of a trunk the native one; 0: no such port */
	uint16_t tpid;		 /* EtherType of a trunk's tags, host order; 0: no trunk */
	uint8_t is_enabled;
	uint8_t spreads_flows; /* a member of its segments has several queues: a flow hash */
	uint8_t vlan_mode;     /* enum dvs_vlan_mode */
	uint8_t vlan_filter;   /* enum dvs_guard_mode */
	uint8_t vlan_pcp;      /* 0: keep, else that plus 1 */
	uint8_t is_uplink;
	uint8_t is_vepa;		      /* what it sends leaves by an uplink */
	uint8_t isolation_mode;		      /* enum dvs_guard_mode; OFF for promiscuous ports */
	uint8_t filters_known;		      /* filter has a say in frames that are not flooded */
	uint8_t unknown_unicast_block;	      /* enum dvs_guard_mode */
	uint8_t acl_mode;		      /* enum dvs_guard_mode */
	uint16_t isolation;		      /* 0: promiscuous, community + 1, or DVS_ISOLATED */
	uint8_t mcast_router;		      /* enum dvs_mcast_router */
	uint8_t queue_worker[DVS_QUEUES_MAX]; /* who owns queue q */
	struct dvs_snapshot_guard guard;
	struct dvs_snapshot_addresses addresses;
	const struct dvs_marking *marking; /* NULL: neither classified nor marked */
	/* Lists, which live as long as the snapshot; NULL: nothing to ask. */
	const struct dvs_acl *acl_from, *acl_to;
	struct dvs_egress *egress;   /* NULL: nothing waits for the port */
	struct dvs_from_limit *from; /* what its VM may send; NULL: no limit. Workers change it */
};

struct dvs_snapshot_segment {
	uint16_t *members; /* port ids, uplinks first, trunks that carry its VLAN included */
	uint16_t n_members;
	uint16_t n_uplinks; /* of them */
	uint16_t vlan;	    /* 0: none */
	uint8_t forwards_reserved;
	uint8_t spreads_flows; /* a member has several queues: frames need a flow hash */
	uint8_t has_vepa;      /* a member is in VEPA mode */
	uint8_t has_unknown_block;
	uint8_t has_acl_to;	 /* a member has a list for what goes to it */
	uint8_t has_own_only;	 /* a member has gets_own_only */
	uint8_t has_promiscuous; /* there are members below */
	uint16_t n_promiscuous;
	uint16_t *promiscuous;	/* port ids */
	uint8_t snoops;		/* IGMP and MLD */
	uint8_t floods_unknown; /* multicast groups without members */
	uint8_t learn;		/* enum dvs_binding_learn of any of its ports */
	uint8_t suppresses;	/* a member has suppress on */
};

/* A receive queue and who polls it. */
struct dvs_poll {
	struct dvs_portdev *dev;
	uint16_t port;
	uint16_t queue;
	bool is_shaped; /* the port has a limit, and does not police */
};

#define DVS_POLLS_MAX (DVS_PORTS_MAX * DVS_QUEUES_MAX)

struct dvs_snapshot_worker {
	struct dvs_poll *polls; /* those of a port beside each other */
	uint32_t n_polls;
	uint16_t first_poll[DVS_PORT_IDS]; /* by port id: its first one, if it has any here */
	uint16_t owned[DVS_PORT_IDS];	   /* by port id: bit q = queue q is this worker's */
};

struct dvs_snapshot {
	uint64_t serial;     /* no two have the same; from 1 */
	bool is_paused;	     /* workers poll nothing: queues are about to move */
	bool has_snoopers;   /* some segment snoops */
	uint16_t n_segments; /* ids from here on are not in the array */
	struct dvs_snapshot_segment *segments;
	uint16_t vlan_segment[DVS_VLAN_MAX + 2]; /* by VLAN id: segment id; 0: none */
	struct dvs_snapshot_port ports[DVS_PORT_IDS];
	struct dvs_snapshot_worker workers[]; /* [n_workers of the switch] */
};

/* What a snapshot is built from: living ports and segments. */
struct dvs_snapshot_source_port {
	struct dvs_portdev *dev;
	const struct dvs_port *config;
	const struct dvs_acl *acl;   /* NULL: none */
	struct dvs_egress *egress;   /* NULL: none */
	struct dvs_from_limit *from; /* NULL: none */
	uint16_t segment;
	bool is_shut;		     /* a guard has disabled it */
	uint8_t n_queues;	     /* that are polled when in use */
	const uint8_t *queue_worker; /* [DVS_QUEUES_MAX] */
};

struct dvs_snapshot_source_segment {
	const struct dvs_segment *config;
	uint16_t id;
};

struct dvs_snapshot_source {
	uint16_t n_workers;
	uint32_t n_ports, n_segments;
	struct dvs_snapshot_source_port *ports;
	struct dvs_snapshot_source_segment *segments;
};

/* NULL: no memory. */
struct dvs_snapshot *dvs_snapshot_create(const struct dvs_snapshot_source *source);
void dvs_snapshot_free(struct dvs_snapshot *snapshot);

/* The port's MAC as a number: the operator's, else the first that the guard saw; 0: none yet.
 * Worker. */
static inline uint64_t dvs_snapshot_mac(const struct dvs_snapshot_port *port)
{
	if (port->guard.mac != 0)
		return port->guard.mac;
	return __atomic_load_n(&port->dev->memory->mac, __ATOMIC_RELAXED);
}

/* VLAN id of a segment, 0: none, or the segment is gone. */
static inline uint16_t dvs_snapshot_vlan(const struct dvs_snapshot *snapshot, uint16_t segment)
{
	return segment < snapshot->n_segments ? snapshot->segments[segment].vlan : 0;
}

/* Does the trunk's list have it? No list has 0. */
static inline bool dvs_snapshot_trunk_has(const struct dvs_snapshot_port *port, uint16_t vlan)
{
	return (port->trunk[vlan / 64] >> vlan % 64 & 1) != 0;
}

/* Do frames of the segment go to and from the port? */
static inline bool dvs_snapshot_is_member(const struct dvs_snapshot *snapshot,
					  const struct dvs_snapshot_port *port, uint16_t segment)
{
	if (__builtin_expect(port->segment == segment, 1))
		return true;
	return port->trunk != NULL &&
	       dvs_snapshot_trunk_has(port, dvs_snapshot_vlan(snapshot, segment));
}

/*
 * A frame from port whose source the MAC table knows behind known comes back from where known's
 * frames are sent to in VEPA mode: the source is not there.
 */
static inline bool dvs_snapshot_is_reflected(const struct dvs_snapshot *snapshot, uint16_t port,
					     uint16_t known)
{
	return snapshot->ports[port].is_uplink && snapshot->ports[known].is_vepa;
}

/* Has the guard stage to look at the addresses in the port's frames, apart from is_witness? */
static inline bool dvs_snapshot_judges_ip(const struct dvs_snapshot_port *port)
{
	const struct dvs_snapshot_addresses *addresses = &port->addresses;

	return (addresses->ip_binding | addresses->dhcp_guard | addresses->ra_guard |
		addresses->is_dhcp_trusted | addresses->learn | addresses->arp_limit_mode) != 0 ||
	       addresses->circuit != NULL;
}

/* Does the private VLAN let frames go from one port to the other? */
static inline bool dvs_snapshot_may_talk(const struct dvs_snapshot_port *from,
					 const struct dvs_snapshot_port *to)
{
	return from->isolation == 0 || to->isolation == 0 ||
	       (from->isolation == to->isolation && from->isolation != DVS_ISOLATED);
}

/* Queue pairs that the port's frontend uses now; 0: frames cannot go there. Worker. */
static inline unsigned int dvs_snapshot_active(const struct dvs_snapshot_port *port)
{
	const struct dvs_portdev *dev = port->dev;

	if (dev == NULL || !port->is_enabled ||
	    __atomic_load_n(&dev->link, __ATOMIC_ACQUIRE) != DVS_LINK_UP)
		return 0;
	return __atomic_load_n(&dev->queues, __ATOMIC_RELAXED);
}

#endif
