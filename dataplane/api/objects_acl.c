/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of access control lists and their rules. */
#include "objects.h"
#include "rows.h"

_Static_assert(sizeof(struct dvs_acl_list) == 104, "wire layout");
_Static_assert(sizeof(struct dvs_acl_rule) == 156, "wire layout");

static const char *const acl_actions[] = {"permit", "deny", NULL};
static const char *const acl_directions[] = {"from", "to", NULL};
static const char *const dei_values[] = {"any", "clear", "set", NULL};
static const char *const tcp_flags[] = {"fin", "syn", "rst", "psh", "ack",
					"urg", "ece", "cwr", NULL};

static const struct dvs_field acl_fields[] = {
	{.name = "name",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_acl_list, name),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "Name of the access control list"},
	{.name = "description",
	 .type = DVS_FIELD_STRING,
	 AT(dvs_acl_list, description),
	 .flags = DVS_FIELD_WIDE,
	 .help = "Free text for operators"},
	{.name = "default_action",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_acl_list, default_action),
	 .names = acl_actions,
	 .default_text = "permit",
	 .help = "What happens to frames that no rule matches, in both directions"},
};

#define ACL_RANGE(member, most, text)                                                              \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RANGE, AT(dvs_acl_rule, member), .max = most,   \
		.default_text = "any", .help = text                                                \
	}
#define ACL_MAC(member, text)                                                                      \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_MAC_MASK, AT(dvs_acl_rule, member),             \
		.flags = DVS_FIELD_WIDE, .default_text = "any", .help = text                       \
	}
#define ACL_FLAGS(member, text)                                                                    \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_FLAGS, AT(dvs_acl_rule, member),                \
		.flags = DVS_FIELD_WIDE, .names = tcp_flags, .default_text = "none", .help = text  \
	}

static const struct dvs_field acl_rule_fields[] = {
	{.name = "acl",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_acl_rule, acl),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .ref = "acl",
	 .help = "Access control list that the rule is of"},
	{.name = "number",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_acl_rule, number),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .min = 1,
	 .max = 65535,
	 .help = "Its place: of those that match, the rule with the least number decides"},
	{.name = "action",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_acl_rule, action),
	 .flags = DVS_FIELD_REQUIRED,
	 .names = acl_actions,
	 .help = "What happens to frames that match"},
	{.name = "direction",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_acl_rule, direction),
	 .flags = DVS_FIELD_REQUIRED,
	 .names = acl_directions,
	 .help = "Frames from the VM, or to it"},
	ACL_MAC(src_mac, "Source MAC"),
	ACL_MAC(dst_mac, "Destination MAC"),
	{.name = "ethertype",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_acl_rule, ethertype),
	 .flags = DVS_FIELD_WIDE,
	 .default_text = "0",
	 .help = "EtherType behind VLAN tags, such as 0x0806; 0 = any"},
	{.name = "vlan",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_acl_rule, vlan),
	 .flags = DVS_FIELD_WIDE,
	 .max = DVS_VLAN_MAX,
	 .default_text = "0",
	 .help = "VLAN id of the frame's segment; 0 = any"},
	{.name = "src",
	 .type = DVS_FIELD_PREFIX,
	 AT(dvs_acl_rule, src),
	 .help = "Source IP address or prefix"},
	{.name = "dst",
	 .type = DVS_FIELD_PREFIX,
	 AT(dvs_acl_rule, dst),
	 .help = "Destination IP address or prefix"},
	{.name = "protocol",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_acl_rule, protocol),
	 .default_text = "0",
	 .help = "IP protocol, behind IPv6's extension headers: 6 = TCP, 17 = UDP; 0 = any"},
	ACL_RANGE(src_port, 65535, "Source port of TCP, UDP or SCTP"),
	ACL_RANGE(dst_port, 65535, "Destination port of TCP, UDP or SCTP"),
	ACL_RANGE(icmp_type, 255, "Type of ICMP or ICMPv6"),
	ACL_RANGE(icmp_code, 255, "Code of ICMP or ICMPv6"),
	ACL_FLAGS(tcp_set, "TCP flags that must be set"),
	ACL_FLAGS(tcp_clear, "TCP flags that must not be set"),
	ACL_RANGE(pcp, 7, "Priority of the frame in its VLAN"),
	{.name = "dei",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_acl_rule, dei),
	 .flags = DVS_FIELD_WIDE,
	 .names = dei_values,
	 .default_text = "any",
	 .help = "Is the frame's drop eligible indicator set?"},
};

TYPE(dvs_acl_type, DVS_TYPE_ACL, dvs_acl_list, acl_fields, "acl", "acls",
     "An access control list of port groups");
TYPE(dvs_acl_rule_type, DVS_TYPE_ACL_RULE, dvs_acl_rule, acl_rule_fields, "acl_rule", "acl_rules",
     "A rule of an access control list");
