/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of what operators configure; see field.h for what a row drives. Groups and lists have
 * files of their own, and so has what the switch reports (objects_state.c). */
#include "objects.h"

#include <errno.h>
#include <string.h>

#include "array.h"
#include "rows.h"
#include "rows_egress.h"
#include "rows_from.h"
#include "rows_qos.h"

_Static_assert(sizeof(struct dvs_segment) == 184, "wire layout");
_Static_assert(sizeof(struct dvs_policy) == 456, "wire layout");
_Static_assert(sizeof(struct dvs_portgroup) == 584, "wire layout");
_Static_assert(sizeof(struct dvs_port) == 896, "wire layout");
_Static_assert(sizeof(struct dvs_static_mac) == 72, "wire layout");
_Static_assert(sizeof(struct dvs_binding) == 124, "wire layout");

const char *const dvs_port_kind_names[] = {"vhost-user", "tap", NULL};
static const char *const vhost_modes[] = {"server", "client", NULL};
static const char *const datapaths[] = {"library", "direct", NULL};
/* Of workers: the bits of a bitmap. */
const char *const dvs_worker_names[DVS_WORKERS_MAX + 1] = {
	"0",  "1",  "2",  "3",	"4",  "5",  "6",  "7",	"8",  "9",  "10", "11", "12",
	"13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25",
	"26", "27", "28", "29", "30", "31", "32", "33", "34", "35", "36", "37", "38",
	"39", "40", "41", "42", "43", "44", "45", "46", "47", "48", "49", "50", "51",
	"52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "62", "63", NULL};
static const char *const guard_modes[] = {"off", "audit", "enforce", NULL};
static const char *const vlan_modes[] = {"guest", "access", "trunk", "qinq", NULL};
static const char *const private_vlans[] = {"off", "promiscuous", "community", "isolated", NULL};
static const char *const vlan_pcps[] = {"keep", "0", "1", "2", "3", "4", "5", "6", "7", NULL};
static const char *const mac_limit_actions[] = {"drop", "flood", "shutdown", "audit", NULL};
static const char *const igmp_versions[] = {"v3", "v2", NULL};
static const char *const mld_versions[] = {"v2", "v1", NULL};
static const char *const mcast_router_modes[] = {"auto", "always", "never", NULL};
static const char *const suppress_modes[] = {"off", "audit", "enforce", "unicast", NULL};
static const char *const binding_learns[] = {"dhcp4", "dhcp6", "slaac", NULL};
const char *const dvs_feature_names[DVS_N_FEATURES + 1] = {
	"csum",	    "tso4", "tso6",    "ecn",	  "mrg_rxbuf", "indirect", "event_idx", "packed",
	"in_order", "mq",   "ctrl_vq", "ctrl_rx", "announce",  "mtu",	   NULL};

/* A guard's mode, in a port group and as an override in a port. */
#define GUARD_ROW(owner, member, mode, text)                                                       \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_ENUM, AT(owner, policy.member),                 \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .names = guard_modes,                  \
		.default_text = mode, .help = text                                                 \
	}

#define MAC_ROWS(owner)                                                                            \
	GUARD_ROW(owner, forged_transmit, "off",                                                   \
		  "Frames from the port whose source is not its MAC"),                             \
		GUARD_ROW(owner, mac_change, "off",                                                \
			  "A NIC that takes another MAC: it is not learnt, and unicast comes for " \
			  "the port's own MAC only"),                                              \
		{.name = "promiscuous",                                                            \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(owner, policy.promiscuous),                                                    \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "false",                                                          \
		 .help = "The port gets a copy of every frame of its segment"},                    \
		{.name = "mac_limit",                                                              \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.mac_limit),                                                      \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .max = 65536,                                                                     \
		 .unit = "entries",                                                                \
		 .default_text = "0",                                                              \
		 .help = "Most MACs that are learnt behind the port; 0 = no limit"},               \
		{.name = "mac_limit_action",                                                       \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(owner, policy.mac_limit_action),                                               \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .names = mac_limit_actions,                                                       \
		 .default_text = "drop",                                                           \
		 .help = "Frames of further MACs: drop; flood: forward, do not learn; shutdown: "  \
			 "drop, and disable the port; audit: count only"},                         \
	{                                                                                          \
		.name = "mac_sticky", .type = DVS_FIELD_BOOL, AT(owner, policy.mac_sticky),        \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .default_text = "false",               \
		.help = "Learnt MACs of the port neither age nor move until they are flushed"      \
	}

#define STORM_ROW(owner, member, text)                                                             \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RATE, AT(owner, policy.member),                 \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .default_text = "off", .help = text    \
	}

#define STORM_ROWS(owner)                                                                          \
	STORM_ROW(owner, storm_broadcast, "Most broadcast from the port"),                         \
		STORM_ROW(owner, storm_multicast, "Most multicast from the port"),                 \
		STORM_ROW(owner, storm_unknown,                                                    \
			  "Most unicast from the port to MACs that no port is known for"),         \
		GUARD_ROW(owner, storm_mode, "enforce", "What is more than the storm rates")

#define LINK_LOCAL_ROWS(owner)                                                                     \
	GUARD_ROW(owner, bpdu_filter, "off",                                                       \
		  "Spanning tree messages (BPDUs, PVST) from the port"),                           \
		GUARD_ROW(owner, lldp_filter, "off", "LLDP messages from the port")

#define VLAN_ROWS(owner)                                                                           \
	{.name = "vlan_mode",                                                                      \
	 .type = DVS_FIELD_ENUM,                                                                   \
	 AT(owner, policy.vlan_mode),                                                              \
	 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                               \
	 .names = vlan_modes,                                                                      \
	 .default_text = "guest",                                                                  \
	 .help = "What VLAN tags mean: payload, not allowed, or the segment by C-tag or S-tag"},   \
		{.name = "vlan_trunk",                                                             \
		 .type = DVS_FIELD_VLANS,                                                          \
		 AT(owner, policy.vlan_trunk),                                                     \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "none",                                                           \
		 .help = "VLANs of a trunk besides that of its own segment, whose frames have no " \
			 "tag there"},                                                             \
		{.name = "vlan_pcp",                                                               \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(owner, policy.vlan_pcp),                                                       \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .names = vlan_pcps,                                                               \
		 .default_text = "keep",                                                           \
		 .help = "Priority that the port's frames have in tags: their own, or this one"},  \
		GUARD_ROW(owner, vlan_filter, "enforce",                                           \
			  "Frames from the port with tags that its mode or list does not allow")

#define ISOLATION_ROWS(owner)                                                                      \
	{.name = "private_vlan",                                                                   \
	 .type = DVS_FIELD_ENUM,                                                                   \
	 AT(owner, policy.private_vlan),                                                           \
	 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                               \
	 .names = private_vlans,                                                                   \
	 .default_text = "off",                                                                    \
	 .help = "Whom the port talks to: all; its community and promiscuous ports; only those"},  \
		{.name = "community",                                                              \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.community),                                                      \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .max = DVS_COMMUNITY_MAX,                                                         \
		 .default_text = "0",                                                              \
		 .help = "Community of ports whose private_vlan is community"},                    \
		GUARD_ROW(owner, private_vlan_mode, "enforce",                                     \
			  "Frames from the port to ports that its private_vlan keeps from it"),    \
		{.name = "vepa",                                                                   \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(owner, policy.vepa),                                                           \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "false",                                                          \
		 .help = "All frames from the port leave by an uplink, which may send them back "  \
			 "(802.1Qbg)"},                                                            \
		GUARD_ROW(owner, unknown_unicast_block, "off",                                     \
			  "Unicast to MACs that no port is known for, flooded to the port")

#define SWITCH_ROW(owner, member, text)                                                            \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_BOOL, AT(owner, policy.member),                 \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .default_text = "false", .help = text  \
	}

#define ADDRESS_ROWS(owner)                                                                        \
	GUARD_ROW(owner, ip_binding, "off",                                                        \
		  "IP sources, ARP and ND from the port whose addresses are not bound to it"),     \
		GUARD_ROW(owner, dhcp_guard, "off",                                                \
			  "DHCP servers' messages from the port, unless dhcp_trusted"),            \
		SWITCH_ROW(owner, dhcp_trusted,                                                    \
			   "DHCP servers are behind the port; guarded clients reach only such"),   \
		SWITCH_ROW(owner, dhcp_option82,                                                   \
			   "Put relay agent information into DHCP clients' messages (RFC 3046)"),  \
		{.name = "circuit_id",                                                             \
		 .type = DVS_FIELD_STRING,                                                         \
		 AT(owner, policy.circuit_id),                                                     \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .help = "Circuit id of dhcp_option82; empty = segment/port"},                     \
		GUARD_ROW(owner, ra_guard, "off",                                                  \
			  "Router advertisements and redirects from the port, unless router"),     \
		SWITCH_ROW(owner, router, "An IPv6 router is behind the port"),                    \
		{.name = "binding_learn",                                                          \
		 .type = DVS_FIELD_FLAGS,                                                          \
		 AT(owner, policy.binding_learn),                                                  \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .names = binding_learns,                                                          \
		 .default_text = "none",                                                           \
		 .help = "Bind addresses that DHCP servers behind trusted ports give to the "      \
			 "port, or that DAD asks for"},                                            \
		{.name = "binding_limit",                                                          \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.binding_limit),                                                  \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .max = DVS_BINDING_LIMIT_MAX,                                                     \
		 .unit = "bindings",                                                               \
		 .default_text = "16",                                                             \
		 .help = "Most bindings that are learnt of the port"},                             \
		{.name = "suppress",                                                               \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(owner, policy.suppress),                                                       \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .names = suppress_modes,                                                          \
		 .default_text = "off",                                                            \
		 .help = "ARP and ND requests from the port for known owners: enforce answers "    \
			 "them, unicast sends them to the owner alone (RFC 9161)"},                \
		STORM_ROW(owner, arp_limit, "Most ARP and ND from the port"),                      \
		GUARD_ROW(owner, arp_limit_mode, "enforce", "What is more than arp_limit")

#define ACL_ROWS(owner)                                                                            \
	{.name = "acl",                                                                            \
	 .type = DVS_FIELD_NAME,                                                                   \
	 AT(owner, policy.acl),                                                                    \
	 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                               \
	 .ref = "acl",                                                                             \
	 .help = "Access control list of frames from and to the port"},                            \
		GUARD_ROW(owner, acl_mode, "enforce",                                              \
			  "Frames that the access control list denies")

/* The rows of struct dvs_policy, in a port group and as overrides in a port. */
#define POLICY_ROWS(owner)                                                                         \
	{.name = "mtu",                                                                            \
	 .type = DVS_FIELD_UINT,                                                                   \
	 AT(owner, policy.mtu),                                                                    \
	 .flags = DVS_FIELD_POLICY,                                                                \
	 .min = DVS_MTU_MIN,                                                                       \
	 .max = DVS_MTU_MAX,                                                                       \
	 .unit = "bytes",                                                                          \
	 .default_text = "1500",                                                                   \
	 .help = "Largest payload after the Ethernet header; longer frames are dropped"},          \
		{.name = "features_off",                                                           \
		 .type = DVS_FIELD_FLAGS,                                                          \
		 AT(owner, policy.features_off),                                                   \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_RECREATE | DVS_FIELD_WIDE,                  \
		 .names = dvs_feature_names,                                                       \
		 .default_text = "none",                                                           \
		 .help = "Features that are not offered to the NIC's driver"},                     \
		MAC_ROWS(owner), STORM_ROWS(owner), LINK_LOCAL_ROWS(owner), VLAN_ROWS(owner),      \
		ISOLATION_ROWS(owner), ADDRESS_ROWS(owner), MCAST_POLICY_ROWS(owner),              \
		ACL_ROWS(owner), CLASS_ROWS(owner), MARKER_ROWS(owner), EGRESS_ROWS(owner),        \
		FROM_ROWS(owner)

static const struct dvs_field segment_fields[] = {
	{.name = "name",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_segment, name),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "Name of the segment"},
	{.name = "description",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_segment, description),
	 .flags = DVS_FIELD_WIDE,
	 .help = "Free text for operators"},
	{.name = "age",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, age_s),
	 .max = 1000000,
	 .unit = "seconds",
	 .default_text = "300",
	 .help = "A learnt MAC is forgotten when it was silent for so long; 0 = never"},
	{.name = "mac_limit",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, mac_limit),
	 .min = 1,
	 .max = 1048576,
	 .unit = "entries",
	 .default_text = "65536",
	 .help = "Most MACs that are learnt in the segment"},
	{.name = "forward_reserved",
	 .type = DVS_FIELD_BOOL,
	 AT(dvs_segment, forward_reserved),
	 .flags = DVS_FIELD_WIDE,
	 .default_text = "false",
	 .help = "Forward destinations 01:80:c2:00:00:00 to :0f, which a bridge must not "
		 "(802.1Q-2022 table 8-1)"},
	{.name = "vlan",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, vlan),
	 .max = DVS_VLAN_MAX,
	 .default_text = "0",
	 .help = "VLAN id of its frames in trunks, of no other segment; 0 = none"},
	{.name = "flap_moves",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, flap_moves),
	 .flags = DVS_FIELD_WIDE,
	 .max = 100000,
	 .unit = "moves",
	 .default_text = "10",
	 .help = "A MAC that moved so often in flap_window is held where it is; 0 = never"},
	{.name = "flap_window",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, flap_window_s),
	 .flags = DVS_FIELD_WIDE,
	 .max = 86400,
	 .unit = "seconds",
	 .default_text = "10",
	 .help = "Time in which moves of a MAC are counted"},
	{.name = "flap_hold",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_segment, flap_hold_s),
	 .flags = DVS_FIELD_WIDE,
	 .max = 86400,
	 .unit = "seconds",
	 .default_text = "10",
	 .help = "How long a MAC is held that moved too often"},
	MCAST_SEGMENT_ROWS,
};

static const struct dvs_field portgroup_fields[] = {
	{.name = "name",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_portgroup, name),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "Name of the port group"},
	{.name = "description",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_portgroup, description),
	 .flags = DVS_FIELD_WIDE,
	 .help = "Free text for operators"},
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_portgroup, segment),
	 .flags = DVS_FIELD_REQUIRED,
	 .ref = "segment",
	 .help = "Segment of the group's ports"},
	POLICY_ROWS(dvs_portgroup),
	GROUP_ROWS(dvs_portgroup, DVS_FIELD_WIDE),
};

static const struct dvs_field port_fields[] = {
	{.name = "name",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, name),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "Name of the port"},
	{.name = "description",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_port, description),
	 .flags = DVS_FIELD_WIDE,
	 .help = "Free text for operators"},
	{.name = "group",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, group),
	 .flags = DVS_FIELD_REQUIRED,
	 .ref = "portgroup",
	 .help = "Port group whose policy the port takes"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_port, mac),
	 .flags = DVS_FIELD_WIDE,
	 .help = "MAC of the NIC, for guards; empty = the first source that they see"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_port, kind),
	 .flags = DVS_FIELD_RECREATE,
	 .names = dvs_port_kind_names,
	 .default_text = "vhost-user",
	 .help = "vhost-user: a VM's virtio-net NIC; tap: a kernel interface"},
	{.name = "uplink",
	 .type = DVS_FIELD_BOOL,
	 AT(dvs_port, uplink),
	 .flags = DVS_FIELD_WIDE,
	 .default_text = "false",
	 .help = "The port is a way out of the host, not a VM"},
	{.name = "enabled",
	 .type = DVS_FIELD_BOOL,
	 AT(dvs_port, enabled),
	 .default_text = "true",
	 .help = "A disabled port has no link, and what it sends is dropped"},
	{.name = "queues",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port, queues),
	 .flags = DVS_FIELD_RECREATE,
	 .min = 1,
	 .max = DVS_QUEUES_MAX,
	 .unit = "queue pairs",
	 .default_text = "1",
	 .help = "Queue pairs offered"},
	{.name = "vhost_mode",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_port, vhost_mode),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .names = vhost_modes,
	 .default_text = "server",
	 .help = "server: the switch makes the socket; client: the hypervisor does, and the switch "
		 "connects to it"},
	{.name = "socket",
	 .type = DVS_FIELD_PATH,
	 AT(dvs_port, socket),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .help = "Path of the vhost-user socket; empty = NAME.sock in the switch's vhost "
		 "directory"},
	{.name = "socket_owner",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, socket_owner),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .help = "User that owns the socket (server mode); empty = who runs the switch"},
	{.name = "socket_group",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, socket_group),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .help = "Group of the socket (server mode); empty = who runs the switch"},
	{.name = "socket_perm",
	 .type = DVS_FIELD_MODE,
	 AT(dvs_port, socket_perm),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .default_text = "0660",
	 .help = "File mode of the socket (server mode)"},
	{.name = "datapath",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_port, datapath),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .names = datapaths,
	 .default_text = "direct",
	 .help = "direct: a vhost-user port's frames are copied once, from guest to guest; "
		 "library: librte_vhost moves them, through packet buffers"},
	{.name = "workers",
	 .type = DVS_FIELD_FLAGS,
	 AT(dvs_port, workers),
	 .flags = DVS_FIELD_WIDE,
	 .names = dvs_worker_names,
	 .default_text = "none",
	 .help = "Numbers of the workers that may poll the port's queues; none = all, also when "
		 "the switch has none of these"},
	{.name = "ifname",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, ifname),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .help = "Name of the tap interface; empty = the port's name, cut to 15 characters"},
	{.name = "netns",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_port, netns),
	 .flags = DVS_FIELD_RECREATE | DVS_FIELD_WIDE,
	 .help = "Network namespace of the tap interface: a name in /run/netns or an absolute "
		 "path"},
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port, segment),
	 .flags = DVS_FIELD_DERIVED,
	 .ref = "segment",
	 .help = "Segment of the port's group"},
	POLICY_ROWS(dvs_port),
	GROUP_ROWS(dvs_port, DVS_FIELD_DERIVED),
};

static const struct dvs_field mac_fields[] = {
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_static_mac, segment),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .ref = "segment",
	 .help = "Segment of the entry"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_static_mac, mac),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "Unicast MAC address"},
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_static_mac, port),
	 .flags = DVS_FIELD_REQUIRED,
	 .ref = "port",
	 .help = "Port that owns the address"},
};

static const struct dvs_field binding_fields[] = {
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_binding, port),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .ref = "port",
	 .help = "Port that may send from the address"},
	{.name = "address",
	 .type = DVS_FIELD_PREFIX,
	 AT(dvs_binding, address),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "IPv4 or IPv6 address, or a prefix"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_binding, mac),
	 .help = "MAC that goes with it; empty = any that the port may send from"},
	{.name = "description",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_binding, description),
	 .flags = DVS_FIELD_WIDE,
	 .help = "Free text for operators"},
};

TYPE(dvs_segment_type, DVS_TYPE_SEGMENT, dvs_segment, segment_fields, "segment", "segments",
     "One L2 broadcast domain");
TYPE(dvs_portgroup_type, DVS_TYPE_PORTGROUP, dvs_portgroup, portgroup_fields, "portgroup",
     "portgroups", "A named policy template tied to a segment");
TYPE(dvs_port_type, DVS_TYPE_PORT, dvs_port, port_fields, "port", "ports",
     "One VM NIC or kernel interface");
TYPE(dvs_mac_type, DVS_TYPE_MAC, dvs_static_mac, mac_fields, "mac", "macs",
     "A static MAC table entry");
TYPE(dvs_binding_type, DVS_TYPE_BINDING, dvs_binding, binding_fields, "binding", "bindings",
     "An IP address that a port may send from");

const struct dvs_type *const dvs_config_types[] = {
	&dvs_segment_type, &dvs_acl_type, &dvs_acl_rule_type, &dvs_portgroup_type,
	&dvs_port_type,	   &dvs_mac_type, &dvs_binding_type,  &dvs_group_type};
const unsigned int dvs_n_config_types = COUNT_OF(dvs_config_types);

static const struct dvs_type *const all_types[] = {
	&dvs_segment_type,     &dvs_portgroup_type,	&dvs_port_type,	     &dvs_mac_type,
	&dvs_port_state_type,  &dvs_fdb_entry_type,	&dvs_worker_type,    &dvs_drop_type,
	&dvs_switch_type,      &dvs_binding_type,	&dvs_duplicate_type, &dvs_group_type,
	&dvs_group_state_type, &dvs_binding_entry_type, &dvs_acl_type,	     &dvs_acl_rule_type,
	&dvs_queue_type,
};

const struct dvs_type *dvs_type_by_id(uint16_t id)
{
	for (unsigned int i = 0; i < COUNT_OF(all_types); i++)
		if (all_types[i]->id == id)
			return all_types[i];
	return NULL;
}

const struct dvs_type *dvs_type_by_name(const char *name)
{
	for (unsigned int i = 0; i < COUNT_OF(all_types); i++)
		if (strcmp(all_types[i]->name, name) == 0)
			return all_types[i];
	return NULL;
}

bool dvs_port_is_member(const struct dvs_port *port, const struct dvs_segment *segment)
{
	if (strcmp(port->segment, segment->name) == 0)
		return true;
	return segment->vlan != 0 && dvs_policy_is_trunk(&port->policy) &&
	       dvs_vlan_list_has(&port->policy.vlan_trunk, segment->vlan);
}

int dvs_binding_check(const struct dvs_binding *binding, struct dvs_error *err)
{
	const struct dvs_ip *ip = &binding->address.ip;
	bool is_host = binding->address.length == DVS_IP_LEN * 8;

	if (!dvs_ip_is_group(ip) && !(is_host && dvs_ip_is_unspecified(ip)))
		return 0;
	return dvs_error_set(err, -EINVAL, NULL, "address",
			     "nobody can send from it: multicast, broadcast or unspecified");
}
