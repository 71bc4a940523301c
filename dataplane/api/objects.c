/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of every object; see field.h for what a row drives. */
#include "objects.h"

#include <errno.h>
#include <string.h>

#include "array.h"
#include "rows.h"

_Static_assert(sizeof(struct dvs_segment) == 184, "wire layout");
_Static_assert(sizeof(struct dvs_policy) == 216, "wire layout");
_Static_assert(sizeof(struct dvs_portgroup) == 344, "wire layout");
_Static_assert(sizeof(struct dvs_port) == 656, "wire layout");
_Static_assert(sizeof(struct dvs_static_mac) == 72, "wire layout");
_Static_assert(sizeof(struct dvs_binding) == 124, "wire layout");
_Static_assert(sizeof(struct dvs_binding_entry) == 96, "wire layout");
_Static_assert(sizeof(struct dvs_port_state) == 432, "wire layout");
_Static_assert(sizeof(struct dvs_fdb_entry) == 80, "wire layout");
_Static_assert(sizeof(struct dvs_worker_state) == 72, "wire layout");
_Static_assert(sizeof(struct dvs_drop) == 152, "wire layout");
_Static_assert(sizeof(struct dvs_duplicate) == 120, "wire layout");
_Static_assert(sizeof(struct dvs_switch_state) == 208, "wire layout");

static const char *const port_kinds[] = {"vhost-user", "tap", NULL};
static const char *const vhost_modes[] = {"server", "client", NULL};
static const char *const datapaths[] = {"library", "direct", NULL};
/* Of workers: the bits of a bitmap. */
static const char *const worker_names[DVS_WORKERS_MAX + 1] = {
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
static const char *const binding_kinds[] = {"static", "dhcp4", "dhcp6", "slaac", NULL};
static const char *const link_names[] = {"down", "up", NULL};
static const char *const duplicate_kinds[] = {"held", "duplicate", NULL};
static const char *const fdb_kinds[] = {"dynamic", "static", "sticky", NULL};
static const char *const feature_names[DVS_N_FEATURES + 1] = {
	"csum",	    "tso4", "tso6",    "ecn",	  "mrg_rxbuf", "indirect", "event_idx", "packed",
	"in_order", "mq",   "ctrl_vq", "ctrl_rx", "announce",  "mtu",	   NULL};

#define DROP_NAME(symbol, name, meaning)    name,
#define DROP_MEANING(symbol, name, meaning) meaning,
static const char *const drop_names[] = {DVS_DROP_REASONS(DROP_NAME) NULL};
static const char *const drop_meanings[] = {DVS_DROP_REASONS(DROP_MEANING)};

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
		 .names = feature_names,                                                           \
		 .default_text = "none",                                                           \
		 .help = "Features that are not offered to the NIC's driver"},                     \
		MAC_ROWS(owner), STORM_ROWS(owner), LINK_LOCAL_ROWS(owner), VLAN_ROWS(owner),      \
		ISOLATION_ROWS(owner), ADDRESS_ROWS(owner), MCAST_POLICY_ROWS(owner),              \
		ACL_ROWS(owner)

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
	 .names = port_kinds,
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
	 .names = worker_names,
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

static const struct dvs_field port_state_fields[] = {
	{.name = "name",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port_state, name),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "Name of the port"},
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_port_state, segment),
	 .flags = STATE,
	 .help = "Segment of the port"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_port_state, kind),
	 .flags = STATE,
	 .names = port_kinds,
	 .help = "Kind of port"},
	{.name = "link",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_port_state, link),
	 .flags = STATE,
	 .names = link_names,
	 .help = "up: a driver is at the other end and the port is enabled"},
	{.name = "queues",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, queues),
	 .flags = STATE,
	 .help = "Queue pairs in use"},
	{.name = "mtu",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, mtu),
	 .flags = STATE,
	 .unit = "bytes",
	 .help = "MTU in force"},
	{.name = "features",
	 .type = DVS_FIELD_FLAGS,
	 AT(dvs_port_state, features),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .names = feature_names,
	 .help = "Features that the driver accepted"},
	{.name = "sessions",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, sessions),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "Times that a driver came up"},
	{.name = "endpoint",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_port_state, endpoint),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "Socket path, or interface and namespace"},
	{.name = "workers",
	 .type = DVS_FIELD_FLAGS,
	 AT(dvs_port_state, workers),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .names = worker_names,
	 .help = "Workers that poll its queues"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_port_state, mac),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "MAC that guards hold the port to: the one set, or the first they saw"},
	{.name = "macs",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, macs),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "MACs learnt behind the port"},
	{.name = "error",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_port_state, error),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "Why the port does not work"},
	{.name = "rx_frames",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, rx_frames),
	 .flags = COUNTER,
	 .help = "Frames received from the NIC whose fate is decided"},
	{.name = "rx_bytes",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, rx_bytes),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .unit = "bytes",
	 .help = "Bytes of these frames"},
	{.name = "delivered",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, delivered),
	 .flags = COUNTER,
	 .help = "Of rx_frames: taken by at least one destination"},
	{.name = "dropped",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, dropped),
	 .flags = COUNTER,
	 .help = "Of rx_frames: dropped, with one reason each"},
	{.name = "tx_frames",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, tx_frames),
	 .flags = COUNTER,
	 .help = "Frames sent to the NIC"},
	{.name = "tx_bytes",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, tx_bytes),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .unit = "bytes",
	 .help = "Bytes of these frames"},
	{.name = "tx_dropped",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, tx_dropped),
	 .flags = COUNTER,
	 .help = "Frames for the NIC that it did not take"},
	{.name = "flooded",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, flooded),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .help = "Of delivered: sent to the whole segment"},
	{.name = "bindings",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, bindings),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .help = "Bindings that were learnt of it"},
	{.name = "bindings_refused",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_port_state, bindings_refused),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .help = "Bindings that were not learnt: binding_limit, or another port has the address"},
};

static const struct dvs_field fdb_entry_fields[] = {
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_fdb_entry, segment),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "segment",
	 .help = "Segment of the entry"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_fdb_entry, mac),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "MAC address"},
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_fdb_entry, port),
	 .flags = STATE,
	 .ref = "port",
	 .help = "Port behind which it is"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_fdb_entry, kind),
	 .flags = STATE,
	 .names = fdb_kinds,
	 .help = "dynamic: learnt; sticky: learnt, and stays; static: set by an operator"},
	{.name = "idle",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_fdb_entry, idle_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time since its last frame"},
	{.name = "moves",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_fdb_entry, moves),
	 .flags = STATE,
	 .help = "Times that it changed its port"},
};

static const struct dvs_field duplicate_fields[] = {
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_duplicate, segment),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "segment",
	 .help = "Segment of the MAC"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_duplicate, mac),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "MAC address"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_duplicate, kind),
	 .flags = STATE,
	 .names = duplicate_kinds,
	 .help = "duplicate: active on both ports within seconds; held: it moved too often"},
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_duplicate, port),
	 .flags = STATE,
	 .ref = "port",
	 .help = "Port behind which the MAC table has it"},
	{.name = "other_port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_duplicate, other_port),
	 .flags = STATE,
	 .ref = "port",
	 .help = "Port where it is seen, too"},
	{.name = "moves",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_duplicate, moves),
	 .flags = STATE,
	 .help = "Times that it changed its port"},
	{.name = "idle",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_duplicate, idle_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time since it last moved or was held back"},
	{.name = "held",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_duplicate, held_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "It does not move for so long; 0 = it may"},
};

static const struct dvs_field binding_entry_fields[] = {
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_binding_entry, port),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "port",
	 .help = "Port that may send from the address"},
	{.name = "address",
	 .type = DVS_FIELD_PREFIX,
	 AT(dvs_binding_entry, address),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "Address, or prefix"},
	{.name = "mac",
	 .type = DVS_FIELD_MAC,
	 AT(dvs_binding_entry, mac),
	 .flags = STATE,
	 .help = "MAC that goes with it; empty = any"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_binding_entry, kind),
	 .flags = STATE,
	 .names = binding_kinds,
	 .help = "static: set by an operator; others: where it was learnt from"},
	{.name = "lease",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_binding_entry, lease_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time for which it is still bound; 0 = it does not end"},
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_binding_entry, segment),
	 .flags = STATE,
	 .ref = "segment",
	 .help = "Segment of the port"},
};

static const struct dvs_field worker_fields[] = {
	{.name = "id",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, id),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "Number of the worker"},
	{.name = "cpu",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, cpu),
	 .flags = STATE,
	 .help = "CPU that it runs on"},
	{.name = "numa",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, numa),
	 .flags = STATE,
	 .help = "NUMA node of that CPU"},
	{.name = "queues",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, queues),
	 .flags = STATE,
	 .help = "Receive queues that it polls"},
	{.name = "cycles_per_frame",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, cycles_per_frame),
	 .flags = STATE,
	 .unit = "TSC cycles / 100",
	 .help = "Busy cycles a frame since start, times 100"},
	{.name = "frames",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, frames),
	 .flags = COUNTER,
	 .help = "Frames received"},
	{.name = "batches",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, batches),
	 .flags = COUNTER,
	 .help = "Batches that had frames"},
	{.name = "busy_cycles",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, busy_cycles),
	 .flags = COUNTER,
	 .unit = "TSC cycles",
	 .help = "Time in sweeps that found frames"},
	{.name = "idle_cycles",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, idle_cycles),
	 .flags = COUNTER,
	 .unit = "TSC cycles",
	 .help = "Time in empty sweeps and asleep"},
	{.name = "handed_over",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, handed_over),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .help = "Frames given to another worker"},
	{.name = "sleeps",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, sleeps),
	 .flags = COUNTER,
	 .help = "Times that it slept for want of frames"},
	{.name = "wakeups",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_worker_state, wakeups),
	 .flags = COUNTER,
	 .help = "Of sleeps: ended by frames or by another thread, not by the time limit"},
};

static const struct dvs_field drop_fields[] = {
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_drop, port),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "port",
	 .help = "Port that received the frames"},
	{.name = "reason",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_drop, reason),
	 .flags = DVS_FIELD_KEY | STATE,
	 .names = drop_names,
	 .help = "Why they were dropped"},
	{.name = "frames",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_drop, frames),
	 .flags = COUNTER,
	 .help = "Frames dropped for this reason"},
	{.name = "audited",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_drop, audited),
	 .flags = COUNTER,
	 .help = "Frames that a guard in audit mode would have dropped for it"},
	{.name = "last",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_drop, last_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time since one of them came whose header is kept"},
};

static const struct dvs_field switch_fields[] = {
	{.name = "version",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_switch_state, version),
	 .flags = STATE,
	 .help = "Version of dvs-switchd"},
	{.name = "dpdk",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_switch_state, dpdk),
	 .flags = STATE,
	 .help = "Version of DPDK"},
	{.name = "memory",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_switch_state, memory),
	 .flags = STATE,
	 .help = "What packet memory is made of"},
	{.name = "boot_epoch",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, boot_epoch),
	 .flags = STATE,
	 .help = "New at each start of the switch"},
	{.name = "generation",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, generation),
	 .flags = STATE,
	 .help = "Configuration changes since start"},
	{.name = "uptime",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, uptime_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time since start"},
	{.name = "tsc_hz",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, tsc_hz),
	 .flags = STATE,
	 .unit = "Hz",
	 .help = "Rate of the time stamp counter"},
	{.name = "workers",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, workers),
	 .flags = STATE,
	 .help = "Worker threads"},
	{.name = "segments",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, segments),
	 .flags = STATE,
	 .help = "Segments configured"},
	{.name = "ports",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, ports),
	 .flags = STATE,
	 .help = "Ports configured"},
	{.name = "clients",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, clients),
	 .flags = STATE,
	 .help = "Connections to the switch's socket"},
	{.name = "macs",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, macs),
	 .flags = STATE,
	 .help = "MAC table entries"},
	{.name = "mac_capacity",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, mac_capacity),
	 .flags = STATE,
	 .help = "MAC table entries that fit"},
	{.name = "mac_moves",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, mac_moves),
	 .flags = COUNTER,
	 .help = "MACs that changed their port"},
	{.name = "mac_refused",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, mac_refused),
	 .flags = COUNTER,
	 .help = "MACs not learnt because a limit was reached"},
	{.name = "buffers",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, buffers),
	 .flags = STATE,
	 .help = "Packet buffers"},
	{.name = "buffers_free",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, buffers_free),
	 .flags = STATE,
	 .help = "Packet buffers that are free"},
	{.name = "queues_moved",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, queues_moved),
	 .flags = COUNTER,
	 .help = "Queues that went from one worker to another"},
	{.name = "groups",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, groups),
	 .flags = STATE,
	 .help = "Multicast groups with members"},
	{.name = "groups_refused",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_switch_state, groups_refused),
	 .flags = COUNTER,
	 .help = "Reports of members that were not learnt because a limit was reached"},
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
TYPE(dvs_port_state_type, DVS_TYPE_PORT_STATE, dvs_port_state, port_state_fields, "port_state",
     "port_states", "What a port does now");
TYPE(dvs_fdb_entry_type, DVS_TYPE_FDB_ENTRY, dvs_fdb_entry, fdb_entry_fields, "fdb_entry",
     "fdb_entries", "A MAC table entry");
TYPE(dvs_binding_entry_type, DVS_TYPE_BINDING_ENTRY, dvs_binding_entry, binding_entry_fields,
     "binding_entry", "binding_entries", "A binding in force");
TYPE(dvs_worker_type, DVS_TYPE_WORKER, dvs_worker_state, worker_fields, "worker", "workers",
     "A thread that polls");
TYPE(dvs_drop_type, DVS_TYPE_DROP, dvs_drop, drop_fields, "drop", "drops",
     "Frames dropped, by port and reason");
TYPE(dvs_switch_type, DVS_TYPE_SWITCH, dvs_switch_state, switch_fields, "switch", "switches",
     "The switch process");
TYPE(dvs_duplicate_type, DVS_TYPE_DUPLICATE, dvs_duplicate, duplicate_fields, "duplicate",
     "duplicates", "A MAC that two ports want");

const struct dvs_type *const dvs_config_types[] = {
	&dvs_segment_type, &dvs_acl_type, &dvs_acl_rule_type, &dvs_portgroup_type,
	&dvs_port_type,	   &dvs_mac_type, &dvs_binding_type,  &dvs_group_type};
const unsigned int dvs_n_config_types = COUNT_OF(dvs_config_types);

static const struct dvs_type *const all_types[] = {
	&dvs_segment_type,     &dvs_portgroup_type,	&dvs_port_type,	     &dvs_mac_type,
	&dvs_port_state_type,  &dvs_fdb_entry_type,	&dvs_worker_type,    &dvs_drop_type,
	&dvs_switch_type,      &dvs_binding_type,	&dvs_duplicate_type, &dvs_group_type,
	&dvs_group_state_type, &dvs_binding_entry_type, &dvs_acl_type,	     &dvs_acl_rule_type,
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

const char *dvs_drop_name(unsigned int reason)
{
	return reason < DVS_DROP_N_REASONS ? drop_names[reason] : "unknown";
}

const char *dvs_drop_meaning(unsigned int reason)
{
	return reason < DVS_DROP_N_REASONS ? drop_meanings[reason] : "unknown";
}
