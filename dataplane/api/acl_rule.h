/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl_rule.h - what a rule of an access control list can match, beyond what its rows say.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_ACL_RULE_H
#define DVS_ACL_RULE_H

#include "objects.h"

/* Kinds of IP that can match, as bits. */
enum dvs_acl_family {
	DVS_ACL_IPV4 = 1,
	DVS_ACL_IPV6 = 2,
};

/* Bits of enum dvs_acl_family; 0: the rule matches no IP packet. */
unsigned int dvs_acl_rule_families(const struct dvs_acl_rule *rule);

/* Does it look behind the Ethernet header and VLAN tag / into the transport header / TCP's flags? */
bool dvs_acl_rule_needs_ip(const struct dvs_acl_rule *rule);
bool dvs_acl_rule_needs_transport(const struct dvs_acl_rule *rule);

/* Could any frame match? -EINVAL, and err names the field that another one rules out. */
int dvs_acl_rule_check(const struct dvs_acl_rule *rule, struct dvs_error *err);

#endif
