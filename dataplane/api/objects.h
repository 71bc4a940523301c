/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * objects.h - what the switch is made of, as structs that travel over the wire.
 *
 * Configuration (intent, set by operators):
 *	segment		one L2 broadcast domain
 *	portgroup	a policy template tied to a segment; known to controld only
 *	port		one VM NIC or tap; takes its port group's policy, can override single fields
 *	mac		a static MAC table entry
 *	binding		an IP address that a port may send from
 *	group		a static member of a multicast group
 *	acl, acl_rule	an access control list, and its rules
 * State (reported by the switch):
 *	port_state, fdb_entry, binding_entry, worker, drop, switch, group_state, queue
 *
 * Layout rules: fixed-width members, naturally aligned, explicit padding, strings NUL-terminated;
 * members are only ever appended, and zero in an appended member means what older peers meant.
 * The rows that describe the members are in objects.c; to add an attribute see field.h.
 *
 * Threads: constant tables; structs belong to their holders.
 */
#ifndef DVS_OBJECTS_H
#define DVS_OBJECTS_H

#include <stdint.h>

#include "drop.h"
#include "field.h"
#include "ip.h"
#include "mac.h"
#include "match.h"
#include "vlan_list.h"

enum dvs_type_id {
	DVS_TYPE_SEGMENT = 1,
	DVS_TYPE_PORTGROUP = 2,
	DVS_TYPE_PORT = 3,
	DVS_TYPE_MAC = 4,
	DVS_TYPE_BINDING = 6,
	DVS_TYPE_GROUP = 7,
	DVS_TYPE_ACL = 8,
	DVS_TYPE_ACL_RULE = 9,
	DVS_TYPE_PORT_STATE = 16,
	DVS_TYPE_FDB_ENTRY = 17,
	DVS_TYPE_WORKER = 18,
	DVS_TYPE_DROP = 19,
	DVS_TYPE_SWITCH = 20,
	DVS_TYPE_BINDING_ENTRY = 22,
	DVS_TYPE_GROUP_STATE = 23,
	DVS_TYPE_DUPLICATE = 24,
	DVS_TYPE_QUEUE = 25,
};

#define DVS_PORTS_MAX	      1024 /* of one switch: librte_vhost serves 1024 devices a process */
#define DVS_SEGMENTS_MAX      4096 /* of one switch */
#define DVS_QUEUES_MAX	      16   /* queue pairs of one port */
#define DVS_WORKERS_MAX	      64   /* of one switch */
#define DVS_STATIC_MACS_MAX   65536
#define DVS_STATIC_GROUPS_MAX 8192
#define DVS_BINDINGS_MAX      65536 /* of one switch */
#define DVS_CIRCUIT_ID_LEN    32
#define DVS_MTU_MIN	      68 /* RFC 791 section 3.2 */
#define DVS_MTU_MAX	      9216
#define DVS_SOCKET_PATH_MAX   108 /* sockaddr_un */
#define DVS_IFNAME_MAX	      16  /* IFNAMSIZ */
#define DVS_COMMUNITY_MAX     65533
#define DVS_CLASSES	      8 /* of traffic */
#define DVS_ACLS_MAX	      256
#define DVS_ACL_RULES_MAX     8192 /* of all ACLs together */
#define DVS_HEADER_KEPT	      96   /* bytes of a frame that was stopped */

struct dvs_segment {
	char name[DVS_NAME_LEN];
	char description[64];
	uint32_t age_s;	    /* 0 = entries never age */
	uint32_t mac_limit; /* dynamic MAC table entries */
	uint8_t forward_reserved;
	uint8_t pad[1];
	uint16_t vlan; /* 1 to 4094: what tags its frames have behind trunks; 0: none */
	uint8_t pad2[4];
	uint32_t flap_moves; /* of a MAC in flap_window_s, after which it is held; 0: never */
	uint32_t flap_window_s;
	uint32_t flap_hold_s;
	uint8_t pad3[4];
	uint8_t mcast_snooping;
	uint8_t mcast_flood_unknown;
	uint8_t mcast_querier;
	uint8_t mcast_igmp; /* enum dvs_igmp_version */
	uint8_t mcast_mld;  /* enum dvs_mld_version */
	uint8_t pad4[3];
	uint32_t mcast_interval_s;     /* 0: 125, as RFC 3376 section 8 has it */
	uint32_t mcast_response_ms;    /* 0: 10000 */
	uint32_t mcast_last_member_ms; /* 0: 1000 */
	uint32_t mcast_groups;	       /* learnt; 0: 4096 */
	struct dvs_ip mcast_querier_ip, mcast_querier_ip6;
};

enum dvs_igmp_version {
	DVS_IGMP_V3,
	DVS_IGMP_V2,
};

enum dvs_mld_version {
	DVS_MLD_V2,
	DVS_MLD_V1,
};

/* How a guard of a port is set. */
enum dvs_guard_mode {
	DVS_GUARD_OFF,
	DVS_GUARD_AUDIT,   /* count and report what would be dropped */
	DVS_GUARD_ENFORCE, /* drop it, too */
};

/* What happens to frames of sources that are more than a port's mac_limit. */
enum dvs_mac_limit_action {
	DVS_MAC_LIMIT_DROP,
	DVS_MAC_LIMIT_FLOOD,	/* forwarded, the source is not learnt */
	DVS_MAC_LIMIT_SHUTDOWN, /* dropped, and the port is disabled */
	DVS_MAC_LIMIT_AUDIT,	/* counted; forwarded and learnt */
};

/* What VLAN tags mean in frames from and to a port. */
enum dvs_vlan_mode {
	DVS_VLAN_GUEST,	 /* payload of the port group's segment */
	DVS_VLAN_ACCESS, /* nothing: there may be none */
	DVS_VLAN_TRUNK,	 /* the outer C-tag (802.1Q) is the segment */
	DVS_VLAN_QINQ,	 /* the outer S-tag (802.1ad) is the segment, what is inside is payload */
};

/* Whom the ports of a private VLAN may talk to (RFC 5517); promiscuous ports talk to all. */
enum dvs_private_vlan {
	DVS_PRIVATE_VLAN_OFF, /* as promiscuous */
	DVS_PRIVATE_VLAN_PROMISCUOUS,
	DVS_PRIVATE_VLAN_COMMUNITY, /* the port's own community */
	DVS_PRIVATE_VLAN_ISOLATED,  /* nobody else */
};

/* Is a multicast router behind a port? */
enum dvs_mcast_router {
	DVS_MCAST_ROUTER_AUTO,
	DVS_MCAST_ROUTER_ALWAYS,
	DVS_MCAST_ROUTER_NEVER,
};

/* Where the class of a port's frames comes from. */
enum dvs_trust {
	DVS_TRUST_NONE, /* default_class */
	DVS_TRUST_PCP,
	DVS_TRUST_DSCP,
};

enum dvs_marker_mode {
	DVS_MARKER_OFF,
	DVS_MARKER_SINGLE_RATE, /* RFC 2697 */
	DVS_MARKER_TWO_RATES,	/* RFC 2698 */
};

/* What happens to packets of a color. */
enum dvs_color_action {
	DVS_COLOR_MARK, /* drop precedence of assured forwarding */
	DVS_COLOR_DROP,
	DVS_COLOR_PASS,
};

/* Bytes of a frame that rates are about. */
enum dvs_rate_counts {
	DVS_RATE_COUNTS_FRAME, /* of the frame, without FCS */
	DVS_RATE_COUNTS_WIRE,  /* and what it takes of a wire besides, 24 */
};

/* What becomes of frames from a port that are more than its rates. */
enum dvs_from_mode {
	DVS_FROM_SHAPE,	 /* they are left with the guest until it is their time */
	DVS_FROM_POLICE, /* they are dropped */
};

/* What a port group says and a port may override. */
struct dvs_policy {
	uint16_t mtu; /* bytes of payload after the Ethernet header and VLAN tags */
	uint8_t pad[2];
	uint32_t features_off; /* enum dvs_feature bits not offered to the frontend */
	uint64_t storm_broadcast, storm_multicast, storm_unknown; /* rate.h */
	uint32_t mac_limit;					  /* learnt MACs; 0: no limit */
	uint8_t mac_limit_action;				  /* enum dvs_mac_limit_action */
	uint8_t mac_sticky;					  /* learnt MACs stay */
	uint8_t promiscuous;	 /* gets every frame of its segment */
	uint8_t forged_transmit; /* enum dvs_guard_mode, as the next four */
	uint8_t mac_change;
	uint8_t bpdu_filter;
	uint8_t lldp_filter;
	uint8_t storm_mode;
	uint8_t pad2[4];
	struct dvs_vlan_list vlan_trunk; /* of trunk and qinq: VLANs besides the native one */
	uint8_t vlan_mode;		 /* enum dvs_vlan_mode */
	uint8_t vlan_filter;		 /* enum dvs_guard_mode: tags that must not be */
	uint8_t vlan_pcp;		 /* 0: keep the priority; else that plus 1 */
	uint8_t private_vlan;		 /* enum dvs_private_vlan */
	uint16_t community;		 /* of private_vlan community */
	uint8_t private_vlan_mode;	 /* enum dvs_guard_mode */
	uint8_t vepa;			 /* all that the port sends leaves by an uplink */
	uint8_t unknown_unicast_block;	 /* enum dvs_guard_mode: towards the port */
	uint8_t ip_binding;		 /* enum dvs_guard_mode, as the next two */
	uint8_t dhcp_guard;
	uint8_t ra_guard;
	uint8_t dhcp_trusted; /* DHCP servers are behind the port */
	uint8_t router;	      /* so is a router */
	uint8_t dhcp_option82;
	uint8_t acl_mode;		     /* enum dvs_guard_mode */
	char circuit_id[DVS_CIRCUIT_ID_LEN]; /* in option 82; "": segment/port */
	uint32_t mcast_limit;		     /* groups; 0: no limit but the segment's */
	uint8_t mcast_router;		     /* enum dvs_mcast_router */
	uint8_t mcast_fast_leave;
	uint8_t pad5[2];
	uint32_t binding_learn; /* enum dvs_binding_learn */
	uint16_t binding_limit; /* learnt bindings; 0 (of older peers): none */
	uint8_t suppress;	/* enum dvs_suppress */
	uint8_t arp_limit_mode; /* enum dvs_guard_mode */
	uint64_t arp_limit;	/* rate.h */
	char acl[DVS_NAME_LEN]; /* "": none */
	/* Maps as in number_map.h. */
	uint8_t class_of_dscp[64];	/* where it is not DSCP / 8 */
	uint8_t class_of_pcp[8];	/* where it is not the PCP */
	uint8_t mark_dscp[DVS_CLASSES]; /* what frames of the class get */
	uint8_t mark_pcp[DVS_CLASSES];
	uint64_t marker_rate, marker_peak;    /* rate.h, bits a second: CIR, PIR */
	uint32_t marker_burst, marker_excess; /* CBS; EBS or PBS; 0: automatic */
	uint8_t trust;			      /* enum dvs_trust */
	uint8_t default_class;
	uint8_t marker; /* enum dvs_marker_mode */
	uint8_t marker_aware;
	uint8_t marker_yellow; /* enum dvs_color_action */
	uint8_t marker_red;
	uint8_t pad6[2];
	/* Towards the port. */
	uint64_t to_rate, to_pps; /* rate.h: bits and packets a second */
	uint32_t to_burst;	  /* bytes; 0: automatic */
	uint16_t to_queue_ms;	  /* 0: 50 */
	uint8_t pad7[2];
	/* Towards uplinks: of the port, and of its port group as a whole. */
	uint64_t uplink_limit, uplink_reservation; /* rate.h, bits a second */
	uint64_t group_limit, group_reservation;
	uint32_t uplink_shares, group_shares; /* 0: 100 */
	/* Of classes, towards the port. */
	uint64_t class_ceiling;		   /* rate.h: of priority, bits a second */
	uint8_t class_shares[DVS_CLASSES]; /* map as in number_map.h; 10 where it has none */
	uint8_t class_priority;		   /* 0: none has; else the class plus 1 */
	uint8_t pad8[7];
	/* From the port. */
	uint64_t from_rate, from_peak; /* rate.h, of bits */
	uint64_t from_pps;	       /* rate.h, of packets */
	uint32_t from_burst;	       /* bytes; 0: as the switch sees fit */
	uint8_t from_mode;	       /* enum dvs_from_mode */
	uint8_t rate_counts;	       /* enum dvs_rate_counts, of all rates of the port in bits */
	uint8_t pad9[2];
};

struct dvs_portgroup {
	char name[DVS_NAME_LEN];
	char description[64];
	char segment[DVS_NAME_LEN];
	struct dvs_policy policy;
};

enum dvs_port_kind {
	DVS_PORT_VHOST_USER,
	DVS_PORT_TAP,
};

enum dvs_vhost_mode {
	DVS_VHOST_SERVER, /* the switch listens, the frontend connects */
	DVS_VHOST_CLIENT, /* the frontend listens, the switch connects and reconnects */
};

/* What moves a vhost-user port's frames. */
enum dvs_datapath {
	DVS_DATAPATH_LIBRARY, /* librte_vhost's, by a copy into packet buffers */
	DVS_DATAPATH_DIRECT,  /* the switch's own, guest to guest by one copy */
};

/* Features of a NIC that a port can refuse to offer (VIRTIO 1.2 section 5.1.3). */
enum dvs_feature {
	DVS_FEATURE_CSUM,      /* VIRTIO_NET_F_CSUM, _GUEST_CSUM */
	DVS_FEATURE_TSO4,      /* VIRTIO_NET_F_HOST_TSO4, _GUEST_TSO4 */
	DVS_FEATURE_TSO6,      /* VIRTIO_NET_F_HOST_TSO6, _GUEST_TSO6 */
	DVS_FEATURE_ECN,       /* VIRTIO_NET_F_HOST_ECN, _GUEST_ECN */
	DVS_FEATURE_MRG_RXBUF, /* VIRTIO_NET_F_MRG_RXBUF */
	DVS_FEATURE_INDIRECT,  /* VIRTIO_F_INDIRECT_DESC */
	DVS_FEATURE_EVENT_IDX, /* VIRTIO_F_EVENT_IDX */
	DVS_FEATURE_PACKED,    /* VIRTIO_F_RING_PACKED */
	DVS_FEATURE_IN_ORDER,  /* VIRTIO_F_IN_ORDER */
	DVS_FEATURE_MQ,	       /* VIRTIO_NET_F_MQ */
	DVS_FEATURE_CTRL_VQ,   /* VIRTIO_NET_F_CTRL_VQ */
	DVS_FEATURE_CTRL_RX,   /* VIRTIO_NET_F_CTRL_RX */
	DVS_FEATURE_ANNOUNCE,  /* VIRTIO_NET_F_GUEST_ANNOUNCE */
	DVS_FEATURE_MTU,       /* VIRTIO_NET_F_MTU */
	DVS_N_FEATURES
};

struct dvs_port {
	char name[DVS_NAME_LEN];
	char description[64];
	char group[DVS_NAME_LEN];
	uint8_t kind;			  /* enum dvs_port_kind */
	uint8_t enabled;		  /* 0: frames from it are dropped, its link is down */
	uint8_t queues;			  /* queue pairs offered */
	uint8_t vhost_mode;		  /* enum dvs_vhost_mode */
	uint16_t socket_perm;		  /* file mode of a socket that the switch makes */
	uint8_t datapath;		  /* enum dvs_datapath */
	uint8_t uplink;			  /* a way out of the host */
	char socket[DVS_SOCKET_PATH_MAX]; /* "": NAME.sock in the switch's vhost directory */
	char socket_owner[DVS_NAME_LEN];  /* "": who runs the switch */
	char socket_group[DVS_NAME_LEN];  /* "": the group that runs the switch */
	char ifname[DVS_IFNAME_MAX];	  /* tap; "": the port's name, cut to 15 */
	char netns[64];		    /* tap; "": the switch's; a name in /run/netns or a path */
	char segment[DVS_NAME_LEN]; /* derived from the group */
	uint8_t pad2[4];
	struct dvs_policy policy;
	uint64_t workers;	  /* bitmap of those that may have its queues; 0: all */
	uint8_t mac[DVS_MAC_LEN]; /* of the NIC; zero: the first source seen */
	uint8_t pad3[2];
};

struct dvs_static_mac {
	char segment[DVS_NAME_LEN];
	uint8_t mac[DVS_MAC_LEN];
	uint8_t pad[2];
	char port[DVS_NAME_LEN];
};

/* Where the switch learns bindings of a port from. */
enum dvs_binding_learn {
	DVS_LEARN_DHCP4 = 1 << 0,
	DVS_LEARN_DHCP6 = 1 << 1,
	DVS_LEARN_SLAAC = 1 << 2, /* duplicate address detection */
};

/* ARP and ND requests for known owners. */
enum dvs_suppress {
	DVS_SUPPRESS_OFF,
	DVS_SUPPRESS_AUDIT,
	DVS_SUPPRESS_ANSWER,
	DVS_SUPPRESS_UNICAST,
};

#define DVS_BINDING_LIMIT_MAX 1024 /* learnt bindings of a port */

/* The port may send from the address. */
struct dvs_binding {
	char port[DVS_NAME_LEN];
	struct dvs_prefix address;
	uint8_t mac[DVS_MAC_LEN]; /* with this one; zero: with any that the port may have */
	uint8_t pad[2];
	char description[64];
};

struct dvs_static_group {
	char segment[DVS_NAME_LEN];
	struct dvs_ip group;
	char port[DVS_NAME_LEN];
};

enum dvs_acl_action {
	DVS_ACL_PERMIT,
	DVS_ACL_DENY,
};

/* An access control list: the first rule by number that matches decides. */
struct dvs_acl_list {
	char name[DVS_NAME_LEN];
	char description[64];
	uint8_t default_action; /* enum dvs_acl_action: when none matches */
	uint8_t pad[7];
};

enum dvs_acl_direction {
	DVS_ACL_FROM, /* the VM */
	DVS_ACL_TO,
};

/* Zero matches everything in each member. */
/* Drop eligible, of VLAN tags. */
enum dvs_acl_dei {
	DVS_ACL_DEI_ANY,
	DVS_ACL_DEI_CLEAR,
	DVS_ACL_DEI_SET,
};

struct dvs_acl_rule {
	char acl[DVS_NAME_LEN];
	uint16_t number;
	uint8_t action;	   /* enum dvs_acl_action */
	uint8_t direction; /* enum dvs_acl_direction */
	uint16_t ethertype;
	uint16_t vlan; /* of the segment */
	uint8_t protocol;
	uint8_t dei; /* enum dvs_acl_dei */
	uint8_t pad[2];
	uint32_t tcp_set, tcp_clear; /* bits of TCP's flags octet */
	struct dvs_mac_mask src_mac, dst_mac;
	struct dvs_prefix src, dst;
	struct dvs_range src_port, dst_port, icmp_type, icmp_code;
	struct dvs_range pcp; /* with dei, what the frame's VLAN tag says or would say */
};

enum dvs_link {
	DVS_LINK_DOWN,
	DVS_LINK_UP,
};

struct dvs_port_state {
	char name[DVS_NAME_LEN];
	char segment[DVS_NAME_LEN];
	uint8_t kind;	 /* enum dvs_port_kind */
	uint8_t link;	 /* enum dvs_link */
	uint16_t queues; /* queue pairs in use */
	uint16_t mtu;
	uint8_t pad[2];
	uint32_t features;	      /* enum dvs_feature bits negotiated */
	uint32_t sessions;	      /* times that a frontend came up */
	char endpoint[128];	      /* socket path, or interface name [@netns] */
	char error[128];	      /* why it does not work, or "" */
	uint64_t rx_frames, rx_bytes; /* from the NIC; only frames whose fate is decided */
	uint64_t delivered;	      /* of rx_frames: at least one destination took it */
	uint64_t dropped;	      /* of rx_frames: see drop */
	uint64_t tx_frames, tx_bytes; /* to the NIC */
	uint64_t tx_dropped;	      /* to the NIC, not taken (full, down, MTU), floods included */
	uint64_t flooded;	      /* of delivered: sent to more than a known owner */
	uint64_t workers;	      /* bitmap of those that have its queues */
	uint8_t mac[DVS_MAC_LEN];     /* that guards hold it to; zero: none yet */
	uint8_t pad2[2];
	uint32_t macs;		   /* learnt behind it */
	uint32_t bindings;	   /* learnt of it */
	uint32_t bindings_refused; /* not learnt: its limit, or another port's */
	uint8_t pad3[4];
	uint64_t marked;	     /* from the NIC: with another DSCP than it had */
	uint64_t green, yellow, red; /* the same, by the marker's color */
	uint64_t from_held;	     /* times that a queue of it had to wait for the port's rates */
	uint64_t from_held_us;	     /* time of these waits, of all queues */
};

enum dvs_fdb_kind {
	DVS_FDB_DYNAMIC,
	DVS_FDB_STATIC,
	DVS_FDB_STICKY, /* learnt, and stays */
};

struct dvs_fdb_entry {
	char segment[DVS_NAME_LEN];
	uint8_t mac[DVS_MAC_LEN];
	uint8_t kind; /* enum dvs_fdb_kind */
	uint8_t pad[1];
	char port[DVS_NAME_LEN];
	uint32_t idle_s; /* since its last frame; 0 for static */
	uint32_t moves;
};

/* A MAC that two ports want. */
enum dvs_duplicate_kind {
	DVS_DUPLICATE_HELD,   /* it moved so often that it is held where it is */
	DVS_DUPLICATE_ACTIVE, /* it was active on both within seconds */
};

struct dvs_duplicate {
	char segment[DVS_NAME_LEN];
	uint8_t mac[DVS_MAC_LEN];
	uint8_t kind; /* enum dvs_duplicate_kind */
	uint8_t pad[1];
	char port[DVS_NAME_LEN];       /* where it is */
	char other_port[DVS_NAME_LEN]; /* where it is seen, too */
	uint32_t moves;
	uint32_t idle_s; /* since it was last seen to move, or to be held back */
	uint32_t held_s; /* it does not move for so long; 0: it may */
	uint8_t pad2[4];
};

enum dvs_group_kind {
	DVS_GROUP_DYNAMIC,
	DVS_GROUP_STATIC,
	DVS_GROUP_ROUTER,
	DVS_GROUP_QUERIER,
};

struct dvs_group_state {
	char segment[DVS_NAME_LEN];
	struct dvs_ip group;
	char port[DVS_NAME_LEN];
	struct dvs_ip address; /* of who was heard last */
	uint8_t kind;	       /* enum dvs_group_kind */
	uint8_t version;
	uint8_t pad[2];
	uint32_t expires_s; /* 0: does not */
};

enum dvs_binding_kind {
	DVS_BINDING_STATIC, /* of the configuration */
	DVS_BINDING_DHCP4,  /* in the order of enum dvs_binding_learn */
	DVS_BINDING_DHCP6,
	DVS_BINDING_SLAAC,
};

struct dvs_binding_entry {
	char port[DVS_NAME_LEN];
	char segment[DVS_NAME_LEN];
	struct dvs_prefix address;
	uint8_t mac[DVS_MAC_LEN]; /* zero: any */
	uint8_t kind;		  /* enum dvs_binding_kind */
	uint8_t pad[1];
	uint32_t lease_s; /* that are left; 0: it does not end */
};

/* Why a queue lost a frame. */
enum dvs_queue_drop {
	DVS_QUEUE_DROP_FULL,
	DVS_QUEUE_DROP_DELAY,	  /* it stood for too long */
	DVS_QUEUE_DROP_NO_BUFFER, /* no packet buffer to wait in */
	DVS_QUEUE_DROP_PORT,	  /* the port did not take it, or is gone */
	DVS_N_QUEUE_DROPS
};

#define DVS_QUEUE_DELAYS 24 /* the last one: 4 s and more */

/* A queue towards a port. */
struct dvs_queue_state {
	char port[DVS_NAME_LEN];
	char from[DVS_NAME_LEN]; /* whose frames; "": everybody's */
	uint32_t number;
	uint8_t class;
	uint8_t n_classes; /* queues for each: 1: all classes are in this one */
	uint8_t pad[6];
	uint32_t waiting; /* frames, now */
	uint64_t waiting_bytes;
	uint64_t frames, bytes; /* sent */
	uint64_t waited;	/* of frames: not at once */
	uint64_t marked;	/* of frames: congestion experienced (RFC 3168) */
	uint64_t drops[DVS_N_QUEUE_DROPS];
	uint32_t delay_p50_us, delay_p99_us;
	uint64_t delays[DVS_QUEUE_DELAYS]; /* of waited: below 2^n us, and not above */
};

struct dvs_worker_state {
	uint16_t id;
	uint16_t cpu;
	uint16_t numa;
	uint16_t queues; /* receive queues that it polls */
	uint8_t pad[4];
	uint32_t cycles_per_frame; /* busy TSC cycles a frame since start, x 100 */
	uint64_t frames;
	uint64_t batches;
	uint64_t busy_cycles; /* TSC cycles in sweeps that found frames */
	uint64_t idle_cycles; /* TSC cycles in sweeps that found none, and asleep */
	uint64_t handed_over; /* frames given to another worker */
	uint64_t sleeps;
	uint64_t wakeups; /* of sleeps: ended by frames or by another thread */
};

struct dvs_drop {
	char port[DVS_NAME_LEN];
	uint8_t reason; /* enum dvs_drop_reason */
	uint8_t pad[1];
	uint16_t last_length; /* bytes of the frame that last_header is of; 0: none was kept */
	uint32_t last_s;      /* how long ago that was */
	uint64_t frames;      /* that were dropped */
	uint64_t audited;     /* that would have been, by a guard in audit mode */
	uint8_t last_header[DVS_HEADER_KEPT];
};

struct dvs_switch_state {
	char version[32];
	char dpdk[32];
	char memory[32]; /* "hugepages" or "ordinary pages" */
	uint64_t boot_epoch;
	uint64_t generation; /* configuration changes since start */
	uint64_t uptime_s;
	uint64_t tsc_hz;
	uint32_t workers;
	uint32_t segments;
	uint32_t ports;
	uint32_t clients;
	uint32_t macs;
	uint32_t mac_capacity;
	uint64_t mac_moves;
	uint64_t mac_refused; /* not learnt: table or segment full */
	uint64_t buffers;     /* packet buffers in the pools */
	uint64_t buffers_free;
	uint64_t queues_moved; /* from worker to worker */
	uint32_t groups;       /* multicast groups with members */
	uint8_t pad[4];
	uint64_t groups_refused; /* memberships beyond a limit */
};

extern const struct dvs_type dvs_segment_type;
extern const struct dvs_type dvs_portgroup_type;
extern const struct dvs_type dvs_port_type;
extern const struct dvs_type dvs_mac_type;
extern const struct dvs_type dvs_binding_type;
extern const struct dvs_type dvs_group_type;
extern const struct dvs_type dvs_acl_type;
extern const struct dvs_type dvs_acl_rule_type;
extern const struct dvs_type dvs_port_state_type;
extern const struct dvs_type dvs_fdb_entry_type;
extern const struct dvs_type dvs_worker_type;
extern const struct dvs_type dvs_binding_entry_type;
extern const struct dvs_type dvs_drop_type;
extern const struct dvs_type dvs_switch_type;
extern const struct dvs_type dvs_duplicate_type;
extern const struct dvs_type dvs_group_state_type;
extern const struct dvs_type dvs_queue_type;

/* Configuration types in the order in which references go: a type refers only to earlier ones. */
extern const struct dvs_type *const dvs_config_types[];
extern const unsigned int dvs_n_config_types;

/* By enum dvs_type_id / by singular name, all types; NULL when unknown. */
const struct dvs_type *dvs_type_by_id(uint16_t id);
const struct dvs_type *dvs_type_by_name(const char *name);

static inline bool dvs_policy_is_trunk(const struct dvs_policy *policy)
{
	return policy->vlan_mode == DVS_VLAN_TRUNK || policy->vlan_mode == DVS_VLAN_QINQ;
}

/* Do frames of the segment go to and from the port? Its port group's segment is one of them. */
bool dvs_port_is_member(const struct dvs_port *port, const struct dvs_segment *segment);

/* What the rows of a binding cannot say: it is unicast, and no network that IPv4 does not have.
 * -EINVAL. */
int dvs_binding_check(const struct dvs_binding *binding, struct dvs_error *err);

/* What the rows cannot say: why an object is not possible, and the field in question; NULL when it
 * is. */
const char *dvs_segment_problem(const struct dvs_segment *segment, const char **ret_field);
const char *dvs_group_problem(const struct dvs_static_group *group, const char **ret_field);

/* The same of a policy, in a port group and in force at a port. */
const char *dvs_policy_problem(const struct dvs_policy *policy, const char **ret_field);

/* The marker's bursts in bytes, automatic ones made out. It is on. */
void dvs_policy_marker_bursts(const struct dvs_policy *policy, uint64_t *ret_committed,
			      uint64_t *ret_excess);

/* Do frames from the port, whose port group's segment that is, leave by the uplink? */
bool dvs_port_uses_uplink(const struct dvs_port *port, const struct dvs_segment *segment,
			  const struct dvs_port *uplink);

/* What is reserved of a port group and of its ports, that all leave by one uplink. */
struct dvs_reservation {
	char group[DVS_NAME_LEN];
	uint64_t of_group, of_ports; /* bits a second */
	uint64_t limit;		     /* of the group; 0: none */
	const struct dvs_port *last; /* that was added and reserves something; NULL: none */
};

/* Adds the port to what is reserved; groups has room for one more than *n. */
void dvs_reservation_add(struct dvs_reservation *groups, unsigned int *n,
			 const struct dvs_port *port);

/* Why an uplink cannot have these reservations, and which of the ports says so by which field; NULL
 * when it can. buf: for the text. */
const char *dvs_reservation_problem(const struct dvs_reservation *groups, unsigned int n,
				    const struct dvs_port *uplink, const struct dvs_port **ret_port,
				    const char **ret_field, char buf[DVS_FIELD_TEXT_MAX]);

/* Below how many microseconds so many of a hundred waited; 0: none did. */
uint32_t dvs_queue_delay_us(const uint64_t delays[DVS_QUEUE_DELAYS], unsigned int percent);

/* "runt"; "unknown" for numbers beyond the list. */
const char *dvs_drop_name(unsigned int reason);
const char *dvs_drop_meaning(unsigned int reason);

#endif
