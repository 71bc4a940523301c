/* SPDX-License-Identifier: BSD-3-Clause */
#include "acl_rule.h"

#include <errno.h>

#define TYPE_IPV4	0x0800
#define TYPE_IPV6	0x86dd
#define PROTOCOL_ICMP	1
#define PROTOCOL_TCP	6
#define PROTOCOL_UDP	17
#define PROTOCOL_ICMPV6 58
#define PROTOCOL_SCTP	132

static bool has_ports(const struct dvs_acl_rule *rule)
{
	return rule->src_port.end != 0 || rule->dst_port.end != 0;
}

static bool has_icmp(const struct dvs_acl_rule *rule)
{
	return rule->icmp_type.end != 0 || rule->icmp_code.end != 0;
}

static bool has_tcp_flags(const struct dvs_acl_rule *rule)
{
	return (rule->tcp_set | rule->tcp_clear) != 0;
}

bool dvs_acl_rule_needs_transport(const struct dvs_acl_rule *rule)
{
	return has_ports(rule) || has_icmp(rule) || has_tcp_flags(rule);
}

bool dvs_acl_rule_needs_ip(const struct dvs_acl_rule *rule)
{
	return !dvs_prefix_is_none(&rule->src) || !dvs_prefix_is_none(&rule->dst) ||
	       rule->protocol != 0 || dvs_acl_rule_needs_transport(rule);
}

static unsigned int families_of_prefix(const struct dvs_prefix *prefix)
{
	if (dvs_prefix_is_none(prefix))
		return DVS_ACL_IPV4 | DVS_ACL_IPV6;
	return dvs_ip_is_v4(&prefix->ip) ? DVS_ACL_IPV4 : DVS_ACL_IPV6;
}

unsigned int dvs_acl_rule_families(const struct dvs_acl_rule *rule)
{
	unsigned int families = families_of_prefix(&rule->src) & families_of_prefix(&rule->dst);

	if (rule->ethertype == TYPE_IPV4)
		families &= DVS_ACL_IPV4;
	else if (rule->ethertype == TYPE_IPV6)
		families &= DVS_ACL_IPV6;
	else if (rule->ethertype != 0)
		families = 0;
	return families;
}

static int impossible(struct dvs_error *err, const char *field, const char *text)
{
	return dvs_error_set(err, -EINVAL, NULL, field, "%s", text);
}

/* A protocol that is given has what the rule looks at. */
static int check_protocol(const struct dvs_acl_rule *rule, struct dvs_error *err)
{
	unsigned int protocol = rule->protocol;

	if (has_icmp(rule) && (has_ports(rule) || has_tcp_flags(rule)))
		return impossible(err, "icmp_type", "ICMP has no ports and no TCP flags");
	if (protocol == 0)
		return 0;
	if (has_ports(rule) && protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP &&
	    protocol != PROTOCOL_SCTP)
		return impossible(err, "protocol",
				  "only TCP (6), UDP (17) and SCTP (132) have "
				  "ports");
	if (has_icmp(rule) && protocol != PROTOCOL_ICMP && protocol != PROTOCOL_ICMPV6)
		return impossible(err, "protocol",
				  "only ICMP (1) and ICMPv6 (58) have types and codes");
	if (has_tcp_flags(rule) && protocol != PROTOCOL_TCP)
		return impossible(err, "protocol", "only TCP (6) has TCP flags");
	return 0;
}

int dvs_acl_rule_check(const struct dvs_acl_rule *rule, struct dvs_error *err)
{
	if ((rule->tcp_set & rule->tcp_clear) != 0)
		return impossible(err, "tcp_clear", "a flag cannot be set and clear");
	if (dvs_acl_rule_needs_ip(rule) && dvs_acl_rule_families(rule) == 0)
		return impossible(err, rule->ethertype != 0 ? "ethertype" : "dst",
				  "addresses and EtherType are not of one kind of IP");
	return check_protocol(rule, err);
}
