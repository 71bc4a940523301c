/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acls.h"
#include "egress_control.h"

/* Fills err with the object's type and key as its object. */
#define REFUSE(err, code, of, field, ...)                                                          \
	(dvs_error_set(err, code, NULL, field, __VA_ARGS__),                                       \
	 dvs_error_object(err, (of)->type->name, (of)->key), (code))

/* ---- stage ---- */

static int stage(struct dvs_plan *plan, const struct dvs_change *change, struct dvs_error *err)
{
	struct dvs_table *table = dvs_model_table(plan->model, change->type);
	char key[DVS_KEY_TEXT_MAX];
	struct dvs_object *object;
	int rc;

	if (table == NULL)
		return dvs_error_set(err, -EOPNOTSUPP, change->type->name, NULL,
				     "the switch has no such objects");
	dvs_type_key(change->type, change->object, key);
	object = dvs_table_lookup(table, key);
	if (change->op == DVS_CHANGE_DELETE && (object == NULL || !dvs_object_will_exist(object))) {
		dvs_error_set(err, -ENOENT, NULL, NULL, "does not exist");
		dvs_error_object(err, change->type->name, key);
		return -ENOENT;
	}
	if (object == NULL) {
		rc = dvs_table_add(table, key, &object);
		if (rc < 0) {
			dvs_error_set(err, rc, NULL, NULL, "no %s for more than %u %s",
				      rc == -ENOSPC ? "room" : "memory", table->limit,
				      change->type->plural);
			dvs_error_object(err, change->type->name, key);
			return rc;
		}
	}
	if (!object->is_staged) {
		object->is_staged = true;
		plan->objects[plan->n_objects++] = object;
	}
	object->will_exist = change->op == DVS_CHANGE_PUT;
	memcpy(dvs_object_staged(object),
	       object->will_exist ? change->object : dvs_object_config(object), table->type->size);
	return 0;
}

/* ---- validate ---- */

static int check_limit(struct dvs_plan *plan, const struct dvs_type *type, struct dvs_error *err)
{
	struct dvs_table *table = dvs_model_table(plan->model, type);
	const struct dvs_object *last = NULL;
	int64_t n = table->n;

	for (unsigned int i = 0; i < plan->n_objects; i++) {
		const struct dvs_object *object = plan->objects[i];

		if (object->type != type)
			continue;
		n += (int)object->will_exist - (int)object->exists;
		if (object->will_exist && !object->exists)
			last = object;
	}
	if (n <= (int64_t)table->limit || last == NULL)
		return 0;
	return REFUSE(err, -ENOSPC, last, NULL, "the switch has at most %u %s", table->limit,
		      type->plural);
}

/* The segment of a port that will exist, and what that adds to segments' counts of ports. */
static int check_port(struct dvs_plan *plan, struct dvs_port_object *port,
		      const struct dvs_portdev_ops *const *kinds, struct dvs_error *err)
{
	const char *field, *problem;
	struct dvs_object *segment;

	if (port->object.exists)
		port->segment->n_ports_staged--;
	port->segment_staged = NULL;
	if (!port->object.will_exist)
		return 0;
	segment = dvs_table_lookup(&plan->model->segments, port->staged.segment);
	if (segment == NULL || !dvs_object_will_exist(segment))
		return REFUSE(err, -ENOENT, &port->object, "segment", "there is no segment \"%s\"",
			      port->staged.segment);
	if (port->staged.kind >= DVS_PORT_KINDS || kinds[port->staged.kind] == NULL)
		return REFUSE(err, -EOPNOTSUPP, &port->object, "kind",
			      "this switch does not have this kind of port");
	problem = dvs_policy_problem(&port->staged.policy, &field);
	if (problem != NULL)
		return REFUSE(err, -EINVAL, &port->object, field, "%s", problem);
	port->segment_staged = (struct dvs_segment_object *)segment;
	port->segment_staged->n_ports_staged++;
	return 0;
}

static int check_deleted_segment(struct dvs_plan *plan, struct dvs_segment_object *segment,
				 struct dvs_error *err)
{
	const struct dvs_port_object *port;
	uint32_t id = 0;

	if (segment->object.will_exist || (int64_t)segment->n_ports + segment->n_ports_staged == 0)
		return 0;
	while ((port = (void *)dvs_table_next(&plan->model->ports, &id)) != NULL)
		if (dvs_object_will_exist(&port->object) &&
		    strcmp(dvs_port_will_be(port)->segment, segment->config.name) == 0)
			break;
	return REFUSE(err, -EBUSY, &segment->object, NULL, "port %s is in it",
		      port != NULL ? port->object.key : "?");
}

/* A VLAN id is of one segment. All are looked at when one is staged. */
static int check_vlans(struct dvs_plan *plan, struct dvs_error *err)
{
	const struct dvs_table *segments = &plan->model->segments;
	const struct dvs_segment_object *owners[DVS_VLAN_MAX + 1] = {NULL};
	bool is_staged = false;

	for (unsigned int i = 0; i < plan->n_objects; i++)
		is_staged |= plan->objects[i]->type == &dvs_segment_type;
	for (uint32_t i = 0; is_staged && i < segments->n_ids; i++) {
		const struct dvs_segment_object *segment = (void *)segments->by_id[i], *owner;
		uint16_t vlan;

		if (segment == NULL || !dvs_object_will_exist(&segment->object))
			continue;
		vlan = dvs_segment_will_be(segment)->vlan;
		owner = owners[vlan];
		owners[vlan] = segment;
		if (vlan == 0 || owner == NULL)
			continue;
		if (owner->object.is_staged) {
			const struct dvs_segment_object *other = owner;

			owner = segment;
			segment = other;
		}
		return REFUSE(err, -EEXIST, &segment->object, "vlan",
			      "VLAN %u is segment %s's already", vlan, owner->object.key);
	}
	return 0;
}

/* Will frames of the segment go to the port? */
static bool is_member(const struct dvs_plan *plan, const struct dvs_port_object *port,
		      const char *segment)
{
	const struct dvs_object *object = dvs_table_lookup(&plan->model->segments, segment);

	return object != NULL && dvs_object_will_exist(object) &&
	       dvs_port_is_member(dvs_port_will_be(port),
				  dvs_segment_will_be((const void *)object));
}

/* A static MAC that will exist: its port will exist in its segment. */
static int check_mac(struct dvs_plan *plan, struct dvs_mac_object *mac, struct dvs_error *err)
{
	const struct dvs_static_mac *config = dvs_mac_will_be(mac);
	struct dvs_object *object = dvs_table_lookup(&plan->model->ports, config->port);
	struct dvs_port_object *port = (struct dvs_port_object *)object;

	if (object == NULL || !dvs_object_will_exist(object))
		return REFUSE(err, -ENOENT, &mac->object, "port", "there is no port \"%s\"",
			      config->port);
	if (!is_member(plan, port, config->segment))
		return REFUSE(err, -EINVAL, &mac->object, "port",
			      "port %s is in segment \"%s\", not in \"%s\"", config->port,
			      dvs_port_will_be(port)->segment, config->segment);
	mac->port_staged = port;
	return 0;
}

/* A binding that will exist: so will its port. */
static int check_binding(struct dvs_plan *plan, struct dvs_binding_object *binding,
			 struct dvs_error *err)
{
	const struct dvs_binding *config = &binding->staged;
	struct dvs_object *port = dvs_table_lookup(&plan->model->ports, config->port);
	int rc = dvs_binding_check(config, err);

	if (rc < 0)
		return dvs_error_object(err, "binding", binding->object.key);
	if (port == NULL || !dvs_object_will_exist(port))
		return REFUSE(err, -ENOENT, &binding->object, "port", "there is no port \"%s\"",
			      config->port);
	binding->port_staged = (struct dvs_port_object *)port;
	return 0;
}

/* Bindings in force hold their port. */
static int check_bindings_of(struct dvs_port_object *port, struct dvs_error *err)
{
	const struct dvs_binding_object *binding;

	if (!port->object.exists || port->object.will_exist)
		return 0;
	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		if (binding->object.is_staged) /* checked by itself */
			continue;
		return REFUSE(err, -EBUSY, &port->object, NULL, "%s is bound to it",
			      binding->object.key);
	}
	return 0;
}

/* Static MACs in force hold their port in their segments. */
static int check_macs_of(const struct dvs_plan *plan, struct dvs_port_object *port,
			 struct dvs_error *err)
{
	const struct dvs_mac_object *mac;

	if (!port->object.exists)
		return 0;
	LIST_FOREACH(mac, &port->macs, of_port)
	{
		if (mac->object.is_staged) /* checked by itself */
			continue;
		if (port->object.will_exist && is_member(plan, port, mac->config.segment))
			continue;
		return REFUSE(err, -EBUSY, &port->object,
			      port->object.will_exist ? "segment" : NULL,
			      "static MAC %s is behind it", mac->object.key);
	}
	return 0;
}

/* Those behind trunks hold the segment's VLAN, too. */
static int check_macs_in(const struct dvs_plan *plan, const struct dvs_segment_object *segment,
			 struct dvs_error *err)
{
	const struct dvs_mac_object *mac;
	uint32_t id = 0;

	if (!segment->object.exists || !segment->object.will_exist ||
	    segment->config.vlan == segment->staged.vlan)
		return 0;
	while ((mac = (void *)dvs_table_next(&plan->model->macs, &id)) != NULL)
		if (!mac->object.is_staged && !mac->port->object.is_staged &&
		    strcmp(mac->config.segment, segment->config.name) == 0 &&
		    !is_member(plan, mac->port, mac->config.segment))
			return REFUSE(err, -EBUSY, &segment->object, "vlan",
				      "static MAC %s is behind trunk %s", mac->object.key,
				      mac->port->object.key);
	return 0;
}

/* A static member of a group: its port is in the segment. */
static int check_group(struct dvs_plan *plan, const struct dvs_group_object *group,
		       struct dvs_error *err)
{
	bool is_staged = group->object.is_staged;
	const struct dvs_static_group *config = is_staged ? &group->staged : &group->config;
	const struct dvs_object *port = dvs_table_lookup(&plan->model->ports, config->port);
	const char *field, *problem = dvs_group_problem(config, &field);

	if (problem != NULL)
		return REFUSE(err, -EINVAL, &group->object, field, "%s", problem);
	if (port != NULL && dvs_object_will_exist(port) &&
	    is_member(plan, (const void *)port, config->segment))
		return 0;
	if (port != NULL && !is_staged)
		return REFUSE(err, -EBUSY, port, dvs_object_will_exist(port) ? "segment" : NULL,
			      "it is a static member of group %s", group->object.key);
	return REFUSE(err, port == NULL ? -ENOENT : -EINVAL, &group->object, "port",
		      "there is no port \"%s\" in segment \"%s\"", config->port, config->segment);
}

/* What is staged of segments and ports can make any of them wrong. */
static int check_groups(struct dvs_plan *plan, struct dvs_error *err)
{
	const struct dvs_table *groups = &plan->model->groups;
	bool is_concerned = false;
	int rc = 0;

	for (unsigned int i = 0; i < plan->n_objects; i++)
		is_concerned |= plan->objects[i]->type == &dvs_group_type ||
				(groups->n != 0 && plan->objects[i]->type != &dvs_mac_type &&
				 plan->objects[i]->type != &dvs_binding_type);
	for (uint32_t i = 0; is_concerned && rc == 0 && i < groups->n_ids; i++) {
		const struct dvs_object *group = groups->by_id[i];

		if (group != NULL && dvs_object_will_exist(group))
			rc = check_group(plan, (const void *)group, err);
	}
	return rc;
}

static int check_segment(const struct dvs_segment_object *segment, struct dvs_error *err)
{
	const char *field, *problem = NULL;

	if (segment->object.will_exist)
		problem = dvs_segment_problem(&segment->staged, &field);
	return problem == NULL ? 0 : REFUSE(err, -EINVAL, &segment->object, field, "%s", problem);
}

static int check_references(struct dvs_plan *plan, struct dvs_error *err)
{
	int rc = 0;

	for (unsigned int i = 0; i < plan->n_objects && rc == 0; i++) {
		struct dvs_object *object = plan->objects[i];

		switch (object->type->id) {
		case DVS_TYPE_SEGMENT:
			rc = check_deleted_segment(plan, (struct dvs_segment_object *)object, err);
			if (rc == 0)
				rc = check_macs_in(plan, (struct dvs_segment_object *)object, err);
			if (rc == 0)
				rc = check_segment((struct dvs_segment_object *)object, err);
			break;
		case DVS_TYPE_PORT:
			rc = check_macs_of(plan, (struct dvs_port_object *)object, err);
			if (rc == 0)
				rc = check_bindings_of((struct dvs_port_object *)object, err);
			break;
		case DVS_TYPE_BINDING:
			if (object->will_exist)
				rc = check_binding(plan, (struct dvs_binding_object *)object, err);
			break;
		case DVS_TYPE_MAC:
			if (object->will_exist)
				rc = check_mac(plan, (struct dvs_mac_object *)object, err);
		}
	}
	return rc;
}

static int validate(struct dvs_plan *plan, const struct dvs_portdev_ops *const *kinds,
		    struct dvs_error *err)
{
	int rc = check_limit(plan, &dvs_segment_type, err);

	if (rc == 0)
		rc = check_limit(plan, &dvs_port_type, err);
	if (rc == 0)
		rc = check_limit(plan, &dvs_mac_type, err);
	if (rc == 0)
		rc = check_limit(plan, &dvs_binding_type, err);
	if (rc == 0)
		rc = check_limit(plan, &dvs_group_type, err);
	if (rc == 0)
		rc = check_limit(plan, &dvs_acl_type, err);
	if (rc == 0)
		rc = check_limit(plan, &dvs_acl_rule_type, err);
	for (unsigned int i = 0; i < plan->n_objects && rc == 0; i++)
		if (plan->objects[i]->type == &dvs_port_type)
			rc = check_port(plan, (struct dvs_port_object *)plan->objects[i], kinds,
					err);
	if (rc == 0)
		rc = check_vlans(plan, err);
	if (rc == 0)
		rc = dvs_egress_check(plan->model, err);
	if (rc == 0)
		rc = check_groups(plan, err);
	if (rc == 0)
		rc = dvs_acls_check(plan, err);
	return rc < 0 ? rc : check_references(plan, err);
}

int dvs_plan_create(struct dvs_plan *plan, struct dvs_model *model,
		    const struct dvs_portdev_ops *const *kinds, const struct dvs_change *changes,
		    unsigned int n, struct dvs_error *err)
{
	int rc = 0;

	plan->model = model;
	plan->n_objects = 0;
	plan->objects = calloc(n != 0 ? n : 1, sizeof(plan->objects[0]));
	if (plan->objects == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for %u changes", n);
	for (unsigned int i = 0; i < n && rc == 0; i++)
		rc = stage(plan, &changes[i], err);
	if (rc == 0)
		rc = validate(plan, kinds, err);
	if (rc < 0)
		dvs_plan_discard(plan);
	return rc;
}

/* ---- end ---- */

static void reset_counts(struct dvs_object *object)
{
	struct dvs_port_object *port = (struct dvs_port_object *)object;

	if (object->type != &dvs_port_type)
		return;
	if (port->segment != NULL)
		port->segment->n_ports_staged = 0;
	if (port->segment_staged != NULL)
		port->segment_staged->n_ports_staged = 0;
	port->segment_staged = NULL;
}

void dvs_plan_discard(struct dvs_plan *plan)
{
	for (unsigned int i = 0; i < plan->n_objects; i++)
		reset_counts(plan->objects[i]);
	for (unsigned int i = 0; i < plan->n_objects; i++) {
		struct dvs_object *object = plan->objects[i];

		object->is_staged = false;
		if (!object->exists)
			dvs_table_remove(dvs_model_table(plan->model, object->type), object);
	}
	free(plan->objects);
	plan->objects = NULL;
}

static void commit_port(struct dvs_port_object *port)
{
	if (port->object.exists) {
		port->segment->n_ports--;
		port->segment->n_ports_staged = 0;
	}
	port->segment = port->segment_staged;
	if (port->object.will_exist)
		port->segment->n_ports++;
}

static void commit_mac(struct dvs_mac_object *mac)
{
	if (mac->object.exists)
		LIST_REMOVE(mac, of_port);
	mac->port = mac->port_staged;
	if (mac->object.will_exist)
		LIST_INSERT_HEAD(&mac->port->macs, mac, of_port);
}

static void commit_binding(struct dvs_binding_object *binding)
{
	if (binding->object.exists)
		LIST_REMOVE(binding, of_port);
	binding->port = binding->port_staged;
	if (binding->object.will_exist)
		LIST_INSERT_HEAD(&binding->port->bindings, binding, of_port);
}

void dvs_plan_commit(struct dvs_plan *plan)
{
	for (unsigned int i = 0; i < plan->n_objects; i++) {
		struct dvs_object *object = plan->objects[i];
		struct dvs_table *table = dvs_model_table(plan->model, object->type);

		if (object->type == &dvs_port_type)
			commit_port((struct dvs_port_object *)object);
		else if (object->type == &dvs_mac_type)
			commit_mac((struct dvs_mac_object *)object);
		else if (object->type == &dvs_binding_type)
			commit_binding((struct dvs_binding_object *)object);
		table->n += (uint32_t)((int)object->will_exist - (int)object->exists);
		memcpy(dvs_object_config(object), dvs_object_staged(object), table->type->size);
	}
	for (unsigned int i = 0; i < plan->n_objects; i++) {
		reset_counts(plan->objects[i]);
		plan->objects[i]->exists = plan->objects[i]->will_exist;
	}
}
