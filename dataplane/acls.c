/* SPDX-License-Identifier: BSD-3-Clause */
#include "acls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "acl_rule.h"

static struct dvs_acl_object *acl_at(const struct dvs_model *model, uint32_t i)
{
	return (struct dvs_acl_object *)model->acls.by_id[i];
}

static struct dvs_acl_rule_object *rule_at(const struct dvs_model *model, uint32_t i)
{
	return (struct dvs_acl_rule_object *)model->acl_rules.by_id[i];
}

static const struct dvs_acl_rule *rule_will_be(const struct dvs_acl_rule_object *rule)
{
	return rule->object.is_staged ? &rule->staged : &rule->config;
}

void dvs_acls_fini(struct dvs_model *model)
{
	for (uint32_t i = 0; model->acls.by_id != NULL && i < model->acls.n_ids; i++)
		if (acl_at(model, i) != NULL)
			dvs_acl_free(acl_at(model, i)->compiled);
}

/* ---- check ---- */

static int refuse(struct dvs_error *err, const struct dvs_object *object)
{
	return dvs_error_object(err, object->type->name, object->key);
}

static int no_list(struct dvs_error *err, const struct dvs_object *object, const char *name)
{
	dvs_error_set(err, -ENOENT, NULL, "acl", "there is no access control list \"%s\"", name);
	return refuse(err, object);
}

static bool list_will_exist(const struct dvs_model *model, const char *name)
{
	const struct dvs_object *acl = dvs_table_lookup(&model->acls, name);

	return acl != NULL && dvs_object_will_exist(acl);
}

static int check_rule(const struct dvs_model *model, const struct dvs_acl_rule_object *rule,
		      struct dvs_error *err)
{
	int rc;

	if (!list_will_exist(model, rule->staged.acl))
		return no_list(err, &rule->object, rule->staged.acl);
	rc = dvs_acl_rule_check(&rule->staged, err);
	return rc < 0 ? refuse(err, &rule->object) : 0;
}

static int in_use(struct dvs_error *err, const struct dvs_object *acl,
		  const struct dvs_object *user)
{
	dvs_error_set(err, -EBUSY, NULL, NULL, "%s %s names it", user->type->name, user->key);
	return refuse(err, acl);
}

static int check_deleted(const struct dvs_model *model, const struct dvs_object *acl,
			 struct dvs_error *err)
{
	for (uint32_t i = 0; i < model->acl_rules.n_ids; i++) {
		const struct dvs_acl_rule_object *rule = rule_at(model, i);

		if (rule != NULL && dvs_object_will_exist(&rule->object) &&
		    strcmp(rule_will_be(rule)->acl, acl->key) == 0)
			return in_use(err, acl, &rule->object);
	}
	for (uint32_t i = 0; i < model->ports.n_ids; i++) {
		const struct dvs_port_object *port = (void *)model->ports.by_id[i];

		if (port != NULL && dvs_object_will_exist(&port->object) &&
		    strcmp(dvs_port_will_be(port)->policy.acl, acl->key) == 0)
			return in_use(err, acl, &port->object);
	}
	return 0;
}

static int check_port(const struct dvs_model *model, const struct dvs_port_object *port,
		      struct dvs_error *err)
{
	const char *name = port->staged.policy.acl;

	return name[0] == '\0' || list_will_exist(model, name) ? 0
							       : no_list(err, &port->object, name);
}

int dvs_acls_check(struct dvs_plan *plan, struct dvs_error *err)
{
	int rc = 0;

	for (unsigned int i = 0; i < plan->n_objects && rc == 0; i++) {
		const struct dvs_object *object = plan->objects[i];

		if (object->type == &dvs_acl_type && !object->will_exist)
			rc = check_deleted(plan->model, object, err);
		else if (object->type == &dvs_acl_rule_type && object->will_exist)
			rc = check_rule(plan->model, (const void *)object, err);
		else if (object->type == &dvs_port_type && object->will_exist)
			rc = check_port(plan->model, (const void *)object, err);
	}
	return rc;
}

/* ---- compile ---- */

static void mark_affected(struct dvs_plan *plan)
{
	for (unsigned int i = 0; i < plan->n_objects; i++) {
		const struct dvs_object *object = plan->objects[i];
		struct dvs_object *acl = NULL;

		if (object->type == &dvs_acl_type)
			acl = plan->objects[i];
		else if (object->type == &dvs_acl_rule_type) /* the list is a part of its key */
			acl = dvs_table_lookup(
				&plan->model->acls,
				((const struct dvs_acl_rule_object *)object)->staged.acl);
		if (acl != NULL)
			((struct dvs_acl_object *)acl)->is_affected = true;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct dvs_acl_rule *left = *(const struct dvs_acl_rule *const *)a;
	const struct dvs_acl_rule *right = *(const struct dvs_acl_rule *const *)b;

	return (int)left->number - (int)right->number;
}

static int compile(struct dvs_model *model, struct dvs_acl_object *acl,
		   const struct dvs_acl_rule **rules, struct dvs_error *err)
{
	const struct dvs_acl_list *list = acl->object.is_staged ? &acl->staged : &acl->config;
	unsigned int n = 0;

	for (uint32_t i = 0; i < model->acl_rules.n_ids; i++) {
		const struct dvs_acl_rule_object *rule = rule_at(model, i);

		if (rule != NULL && dvs_object_will_exist(&rule->object) &&
		    strcmp(rule_will_be(rule)->acl, acl->object.key) == 0)
			rules[n++] = rule_will_be(rule);
	}
	qsort(rules, n, sizeof(rules[0]), by_number);
	return dvs_acl_create(list, rules, n, &acl->compiled_next, err) < 0
		       ? refuse(err, &acl->object)
		       : 0;
}

int dvs_acls_prepare(struct dvs_plan *plan, struct dvs_error *err)
{
	struct dvs_model *model = plan->model;
	const struct dvs_acl_rule **rules;
	int rc = 0;

	mark_affected(plan);
	rules = calloc(model->acl_rules.n_ids, sizeof(*rules));
	if (rules == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	for (uint32_t i = 0; i < model->acls.n_ids && rc == 0; i++) {
		struct dvs_acl_object *acl = acl_at(model, i);

		if (acl != NULL && acl->is_affected && dvs_object_will_exist(&acl->object))
			rc = compile(model, acl, rules, err);
	}
	free(rules);
	return rc;
}

const struct dvs_acl *dvs_acls_of(const struct dvs_model *model, const struct dvs_port *config,
				  bool staged)
{
	const struct dvs_acl_object *acl;

	if (config->policy.acl[0] == '\0')
		return NULL;
	acl = (const void *)dvs_table_lookup(&model->acls, config->policy.acl);
	if (acl == NULL)
		return NULL;
	return staged && acl->is_affected ? acl->compiled_next : acl->compiled;
}

/* ---- end ---- */

void dvs_acls_commit(struct dvs_plan *plan)
{
	for (uint32_t i = 0; i < plan->model->acls.n_ids; i++) {
		struct dvs_acl_object *acl = acl_at(plan->model, i);

		if (acl == NULL || !acl->is_affected)
			continue;
		dvs_acl_free(acl->compiled);
		acl->compiled = acl->compiled_next;
		acl->compiled_next = NULL;
		acl->is_affected = false;
	}
}

void dvs_acls_discard(struct dvs_plan *plan)
{
	for (uint32_t i = 0; i < plan->model->acls.n_ids; i++) {
		struct dvs_acl_object *acl = acl_at(plan->model, i);

		if (acl == NULL || !acl->is_affected)
			continue;
		dvs_acl_free(acl->compiled_next);
		acl->compiled_next = NULL;
		acl->is_affected = false;
	}
}
