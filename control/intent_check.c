/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the intent, with the edits of the open transaction, is consistent. The whole intent is
 * looked at: what an edit makes wrong may be somewhere else (a port group's segment moves its
 * ports away from their static MACs).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_rule.h"
#include "array.h"
#include "intent.h"

static const struct {
	const struct dvs_type *type;
	unsigned int most;
} limits[] = {
	{&dvs_segment_type, DVS_SEGMENTS_MAX}, {&dvs_portgroup_type, DVS_PORTGROUPS_MAX},
	{&dvs_port_type, DVS_PORTS_MAX},       {&dvs_mac_type, DVS_STATIC_MACS_MAX},
	{&dvs_binding_type, DVS_BINDINGS_MAX}, {&dvs_group_type, DVS_STATIC_GROUPS_MAX},
	{&dvs_acl_type, DVS_ACLS_MAX},	       {&dvs_acl_rule_type, DVS_ACL_RULES_MAX},
};

static int check_limits(const struct dvs_intent *intent, struct dvs_error *err)
{
	for (unsigned int i = 0; i < COUNT_OF(limits); i++) {
		unsigned int n = dvs_intent_count(intent, limits[i].type);

		if (n <= limits[i].most)
			continue;
		dvs_error_set(err, -E2BIG, NULL, NULL,
			      "there would be %u of them, at most %u can be", n, limits[i].most);
		return dvs_error_object(err, limits[i].type->plural, NULL);
	}
	return 0;
}

/* The object that ref names is not there: it is being deleted, or never was. */
static int refuse_ref(const struct dvs_intent *intent, const struct dvs_config_object *object,
		      const struct dvs_field *ref, const char *name, struct dvs_error *err)
{
	const struct dvs_type *type = dvs_type_by_name(ref->ref);

	if (dvs_intent_is_edited(intent, type, name)) {
		dvs_error_set(err, -EBUSY, NULL, NULL, "is in use: it is the %s of %s %s",
			      ref->name, object->rec.type->name, object->key);
		return dvs_error_object(err, type->name, name);
	}
	dvs_error_set(err, -ENOENT, NULL, ref->name, "there is no %s '%s'", ref->ref, name);
	return dvs_error_object(err, object->rec.type->name, object->key);
}

static int check_refs(const struct dvs_intent *intent, const struct dvs_config_object *object,
		      struct dvs_error *err)
{
	const struct dvs_record *rec = &object->rec;

	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *ref = &rec->type->fields[i];
		const char *name = (const char *)rec->data + ref->offset;

		if (!ref->ref || (ref->flags & DVS_FIELD_DERIVED) != 0 || name[0] == '\0')
			continue;
		if (!dvs_intent_lookup(intent, dvs_type_by_name(ref->ref), name))
			return refuse_ref(intent, object, ref, name, err);
	}
	return 0;
}

static int check_policy(const struct dvs_policy *policy, const struct dvs_config_object *object,
			struct dvs_error *err)
{
	const char *field, *problem = dvs_policy_problem(policy, &field);

	if (!problem)
		return 0;
	dvs_error_set(err, -EINVAL, NULL, field, "%s", problem);
	return dvs_error_object(err, object->rec.type->name, object->key);
}

static int check_portgroup(const struct dvs_intent *intent, const struct dvs_config_object *object,
			   struct dvs_error *err)
{
	struct dvs_portgroup group;

	(void)intent;
	memcpy(&group, object->rec.data, sizeof(group));
	return check_policy(&group.policy, object, err);
}

static bool is_netns_valid(const char *netns)
{
	if (netns[0] == '/' || netns[0] == '\0')
		return true;
	return !strchr(netns, '/') && strcmp(netns, ".") != 0 && strcmp(netns, "..") != 0;
}

static int check_port(const struct dvs_intent *intent, const struct dvs_config_object *object,
		      struct dvs_error *err)
{
	struct dvs_port port;

	dvs_intent_effective(intent, &object->rec, &port);
	if (is_netns_valid(port.netns))
		return check_policy(&port.policy, object, err);
	dvs_error_set(err, -EINVAL, NULL, "netns",
		      "'%s' is not valid; allowed: a name in /run/netns or an absolute path",
		      port.netns);
	return dvs_error_object(err, "port", object->key);
}

/* References are known to exist. */
static int check_mac(const struct dvs_intent *intent, const struct dvs_config_object *object,
		     struct dvs_error *err)
{
	struct dvs_static_mac entry;
	struct dvs_segment segment;
	struct dvs_port port;

	memcpy(&entry, object->rec.data, sizeof(entry));
	dvs_intent_effective(intent, dvs_intent_lookup(intent, &dvs_port_type, entry.port), &port);
	memcpy(&segment, dvs_intent_lookup(intent, &dvs_segment_type, entry.segment)->data,
	       sizeof(segment));
	if (dvs_port_is_member(&port, &segment))
		return 0;
	dvs_error_set(err, -EINVAL, NULL, "port", "port %s is in segment '%s', not in '%s'",
		      entry.port, port.segment, entry.segment);
	return dvs_error_object(err, "mac", object->key);
}

static int check_binding(const struct dvs_intent *intent, const struct dvs_config_object *object,
			 struct dvs_error *err)
{
	struct dvs_binding binding;
	int ret;

	(void)intent;
	memcpy(&binding, object->rec.data, sizeof(binding));
	ret = dvs_binding_check(&binding, err);
	return ret < 0 ? dvs_error_object(err, "binding", object->key) : 0;
}

static int check_segment(const struct dvs_intent *intent, const struct dvs_config_object *object,
			 struct dvs_error *err)
{
	struct dvs_segment segment;
	const char *field, *problem;

	(void)intent;
	memcpy(&segment, object->rec.data, sizeof(segment));
	problem = dvs_segment_problem(&segment, &field);
	if (!problem)
		return 0;
	dvs_error_set(err, -EINVAL, NULL, field, "%s", problem);
	return dvs_error_object(err, "segment", object->key);
}

/* References are known to exist. */
static int check_group(const struct dvs_intent *intent, const struct dvs_config_object *object,
		       struct dvs_error *err)
{
	struct dvs_static_group group;
	const char *field, *problem;
	struct dvs_segment segment;
	struct dvs_port port;

	memcpy(&group, object->rec.data, sizeof(group));
	problem = dvs_group_problem(&group, &field);
	memcpy(&segment, dvs_intent_lookup(intent, &dvs_segment_type, group.segment)->data,
	       sizeof(segment));
	dvs_intent_effective(intent, dvs_intent_lookup(intent, &dvs_port_type, group.port), &port);
	if (problem)
		dvs_error_set(err, -EINVAL, NULL, field, "%s", problem);
	else if (!dvs_port_is_member(&port, &segment))
		dvs_error_set(err, -EINVAL, NULL, "port", "port %s is in segment '%s', not in '%s'",
			      group.port, port.segment, group.segment);
	else
		return 0;
	return dvs_error_object(err, "group", object->key);
}

static int check_acl_rule(const struct dvs_intent *intent, const struct dvs_config_object *object,
			  struct dvs_error *err)
{
	struct dvs_acl_rule rule;

	(void)intent;
	memcpy(&rule, object->rec.data, sizeof(rule));
	if (dvs_acl_rule_check(&rule, err) == 0)
		return 0;
	return dvs_error_object(err, "acl_rule", object->key);
}

/* What the rows of one type cannot say. */
static const struct {
	const struct dvs_type *type;
	int (*check)(const struct dvs_intent *intent, const struct dvs_config_object *object,
		     struct dvs_error *err);
} cross_checks[] = {
	{&dvs_port_type, check_port},		{&dvs_mac_type, check_mac},
	{&dvs_binding_type, check_binding},	{&dvs_segment_type, check_segment},
	{&dvs_group_type, check_group},		{&dvs_acl_rule_type, check_acl_rule},
	{&dvs_portgroup_type, check_portgroup},
};

/* Something that only one port can have: outside of the switch, or a MAC in a segment. */
struct claim {
	char text[160];
	const char *field;
	const char *port;
};

/* "/run/netns/ns1" and "/var/run/netns/ns1" are "ns1". */
static const char *netns_name(const char *netns)
{
	static const char *const dirs[] = {"/run/netns/", "/var/run/netns/"};

	for (unsigned int i = 0; i < COUNT_OF(dirs); i++)
		if (strncmp(netns, dirs[i], strlen(dirs[i])) == 0)
			return netns + strlen(dirs[i]);
	return netns;
}

/* False: the port claims nothing that another could claim too. */
static bool claim_of(const struct dvs_config_object *object, struct claim *ret_claim)
{
	struct dvs_port port;

	memcpy(&port, object->rec.data, sizeof(port));
	ret_claim->port = object->key;
	if (port.kind == DVS_PORT_VHOST_USER) {
		ret_claim->field = "socket";
		snprintf(ret_claim->text, sizeof(ret_claim->text), "%s", port.socket);
		return port.socket[0] != '\0';
	}
	ret_claim->field = "ifname";
	snprintf(ret_claim->text, sizeof(ret_claim->text), "%.*s%s%s", DVS_IFNAME_MAX - 1,
		 port.ifname[0] ? port.ifname : port.name, port.netns[0] ? " in namespace " : "",
		 netns_name(port.netns));
	return port.kind == DVS_PORT_TAP;
}

static bool mac_claim_of(const struct dvs_intent *intent, const struct dvs_config_object *object,
			 struct claim *ret_claim)
{
	char mac[DVS_MAC_TEXT_LEN];
	struct dvs_port port;

	memcpy(&port, object->rec.data, sizeof(port));
	if (dvs_mac_is_zero(port.mac))
		return false;
	dvs_intent_effective(intent, &object->rec, &port);
	ret_claim->port = object->key;
	ret_claim->field = "mac";
	snprintf(ret_claim->text, sizeof(ret_claim->text), "%s in segment %.*s",
		 dvs_mac_print(port.mac, mac), DVS_NAME_LEN - 1, port.segment);
	return true;
}

static int order_claims(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;
	int order = strcmp(left->field, right->field);

	return order ? order : strcmp(left->text, right->text);
}

/* The error names the port that is being changed. */
static int refuse_claim(const struct dvs_intent *intent, const struct claim *one,
			const struct claim *two, struct dvs_error *err)
{
	bool is_one = dvs_intent_is_edited(intent, &dvs_port_type, one->port);
	const struct claim *changed = is_one ? one : two, *other = is_one ? two : one;

	dvs_error_set(err, -EEXIST, NULL, changed->field, "%s is used by port %s already",
		      changed->text, other->port);
	return dvs_error_object(err, "port", changed->port);
}

static int check_claims(const struct dvs_intent *intent, struct dvs_error *err)
{
	unsigned int n = dvs_intent_count(intent, &dvs_port_type), n_claims = 0;
	struct claim *claims = calloc(2 * n + 1, sizeof(*claims));
	int ret = 0;

	if (!claims)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	for (unsigned int i = 0; i < n; i++) {
		const struct dvs_config_object *port = dvs_intent_at(intent, &dvs_port_type, i);

		n_claims += claim_of(port, &claims[n_claims]);
		n_claims += mac_claim_of(intent, port, &claims[n_claims]);
	}
	qsort(claims, n_claims, sizeof(*claims), order_claims);
	for (unsigned int i = 1; i < n_claims && ret == 0; i++)
		if (order_claims(&claims[i - 1], &claims[i]) == 0)
			ret = refuse_claim(intent, &claims[i - 1], &claims[i], err);
	free(claims);
	return ret;
}

/* A VLAN id is of one segment. The error names the one that is being changed. */
static int check_vlans(const struct dvs_intent *intent, struct dvs_error *err)
{
	const char *owners[DVS_VLAN_MAX + 1] = {NULL};

	for (unsigned int i = 0; i < dvs_intent_count(intent, &dvs_segment_type); i++) {
		const struct dvs_config_object *object =
			dvs_intent_at(intent, &dvs_segment_type, i);
		const char *changed = object->key, *owner;
		struct dvs_segment segment;

		memcpy(&segment, object->rec.data, sizeof(segment));
		owner = owners[segment.vlan];
		owners[segment.vlan] = object->key;
		if (segment.vlan == 0 || !owner)
			continue;
		if (!dvs_intent_is_edited(intent, &dvs_segment_type, changed)) {
			changed = owner;
			owner = object->key;
		}
		dvs_error_set(err, -EEXIST, NULL, "vlan", "VLAN %u is segment %s's already",
			      segment.vlan, owner);
		return dvs_error_object(err, "segment", changed);
	}
	return 0;
}

/* Ports as they are in force, and how many. NULL: no memory. */
static struct dvs_port *effective_ports(const struct dvs_intent *intent, unsigned int *ret_n)
{
	unsigned int n = dvs_intent_count(intent, &dvs_port_type);
	struct dvs_port *ports = calloc(n + 1, sizeof(*ports));

	for (unsigned int i = 0; ports && i < n; i++)
		dvs_intent_effective(intent, &dvs_intent_at(intent, &dvs_port_type, i)->rec,
				     &ports[i]);
	*ret_n = n;
	return ports;
}

static int check_uplink(const struct dvs_intent *intent, const struct dvs_port *uplink,
			const struct dvs_port *ports, unsigned int n_ports,
			struct dvs_reservation *groups, struct dvs_error *err)
{
	char text[DVS_FIELD_TEXT_MAX];
	const char *field, *problem;
	const struct dvs_port *last;
	struct dvs_segment segment;
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_ports; i++) {
		memcpy(&segment,
		       dvs_intent_lookup(intent, &dvs_segment_type, ports[i].segment)->data,
		       sizeof(segment));
		if (dvs_port_uses_uplink(&ports[i], &segment, uplink))
			dvs_reservation_add(groups, &n, &ports[i]);
	}
	problem = dvs_reservation_problem(groups, n, uplink, &last, &field, text);
	if (!problem)
		return 0;
	dvs_error_set(err, -EINVAL, NULL, field, "%s", problem);
	return dvs_error_object(err, "port", last->name);
}

/* What is reserved of uplinks they have. References are known to exist. */
static int check_uplinks(const struct dvs_intent *intent, struct dvs_error *err)
{
	unsigned int n;
	struct dvs_port *ports = effective_ports(intent, &n);
	struct dvs_reservation *groups = calloc(n + 1, sizeof(*groups));
	int ret = 0;

	if (!ports || !groups)
		ret = dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	for (unsigned int i = 0; i < n && ret == 0; i++)
		if (ports[i].uplink)
			ret = check_uplink(intent, &ports[i], ports, n, groups, err);
	free(groups);
	free(ports);
	return ret;
}

static int check_object(const struct dvs_intent *intent, const struct dvs_config_object *object,
			struct dvs_error *err)
{
	int ret = check_refs(intent, object, err);

	for (unsigned int i = 0; i < COUNT_OF(cross_checks) && ret == 0; i++)
		if (cross_checks[i].type == object->rec.type)
			ret = cross_checks[i].check(intent, object, err);
	return ret;
}

int dvs_intent_check(const struct dvs_intent *intent, struct dvs_error *err)
{
	int ret = check_limits(intent, err);

	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++) {
		const struct dvs_type *type = dvs_config_types[t];

		for (unsigned int i = 0; i < dvs_intent_count(intent, type) && ret == 0; i++)
			ret = check_object(intent, dvs_intent_at(intent, type, i), err);
	}
	if (ret == 0)
		ret = check_vlans(intent, err);
	if (ret == 0)
		ret = check_uplinks(intent, err);
	return ret < 0 ? ret : check_claims(intent, err);
}
