/* SPDX-License-Identifier: BSD-3-Clause */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_key(const char *key)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *key != '\0'; key++)
		hash = (hash ^ (uint8_t)*key) * 16777619u;
	return hash ^ hash >> 16;
}

static int table_init(struct dvs_table *table, const struct dvs_type *type, size_t object_size,
		      uint32_t first_id, uint32_t limit)
{
	table->type = type;
	table->object_size = object_size;
	table->first_id = first_id;
	table->n_ids = 2 * limit;
	table->limit = limit;
	table->n_buckets = 1;
	while (table->n_buckets < limit)
		table->n_buckets *= 2;
	table->by_id = calloc(table->n_ids, sizeof(struct dvs_object *));
	table->buckets = calloc(table->n_buckets, sizeof(struct dvs_object *));
	return table->by_id != NULL && table->buckets != NULL ? 0 : -ENOMEM;
}

static void table_fini(struct dvs_table *table)
{
	for (uint32_t i = 0; table->by_id != NULL && i < table->n_ids; i++)
		free(table->by_id[i]);
	free(table->by_id);
	free(table->buckets);
}

int dvs_model_init(struct dvs_model *model)
{
	int rc;

	memset(model, 0, sizeof(*model));
	rc = table_init(&model->segments, &dvs_segment_type, sizeof(struct dvs_segment_object), 1,
			DVS_SEGMENTS_MAX);
	if (rc == 0)
		rc = table_init(&model->ports, &dvs_port_type, sizeof(struct dvs_port_object), 0,
				DVS_PORTS_MAX);
	if (rc == 0)
		rc = table_init(&model->macs, &dvs_mac_type, sizeof(struct dvs_mac_object), 0,
				DVS_STATIC_MACS_MAX);
	if (rc == 0)
		rc = table_init(&model->bindings, &dvs_binding_type,
				sizeof(struct dvs_binding_object), 0, DVS_BINDINGS_MAX);
	if (rc == 0)
		rc = table_init(&model->groups, &dvs_group_type, sizeof(struct dvs_group_object), 0,
				DVS_STATIC_GROUPS_MAX);
	if (rc == 0)
		rc = table_init(&model->acls, &dvs_acl_type, sizeof(struct dvs_acl_object), 0,
				DVS_ACLS_MAX);
	if (rc == 0)
		rc = table_init(&model->acl_rules, &dvs_acl_rule_type,
				sizeof(struct dvs_acl_rule_object), 0, DVS_ACL_RULES_MAX);
	if (rc < 0)
		dvs_model_fini(model);
	return rc;
}

void dvs_model_fini(struct dvs_model *model)
{
	table_fini(&model->acl_rules);
	table_fini(&model->acls);
	table_fini(&model->bindings);
	table_fini(&model->groups);
	table_fini(&model->macs);
	table_fini(&model->ports);
	table_fini(&model->segments);
	memset(model, 0, sizeof(*model));
}

struct dvs_table *dvs_model_table(struct dvs_model *model, const struct dvs_type *type)
{
	switch (type->id) {
	case DVS_TYPE_SEGMENT:
		return &model->segments;
	case DVS_TYPE_PORT:
		return &model->ports;
	case DVS_TYPE_MAC:
		return &model->macs;
	case DVS_TYPE_BINDING:
		return &model->bindings;
	case DVS_TYPE_GROUP:
		return &model->groups;
	case DVS_TYPE_ACL:
		return &model->acls;
	case DVS_TYPE_ACL_RULE:
		return &model->acl_rules;
	default:
		return NULL;
	}
}

struct dvs_object *dvs_table_lookup(const struct dvs_table *table, const char *key)
{
	uint32_t hash = hash_key(key);
	struct dvs_object *object = table->buckets[hash & (table->n_buckets - 1)];

	while (object != NULL && (object->hash != hash || strcmp(object->key, key) != 0))
		object = object->next;
	return object;
}

int dvs_table_add(struct dvs_table *table, const char *key, struct dvs_object **ret_object)
{
	struct dvs_object *object, **bucket;
	uint32_t i = table->free_hint;

	while (i < table->n_ids && table->by_id[i] != NULL)
		i++;
	if (i == table->n_ids)
		return -ENOSPC;
	object = calloc(1, table->object_size);
	if (object == NULL)
		return -ENOMEM;
	table->free_hint = i + 1;
	table->by_id[i] = object;
	object->type = table->type;
	object->id = table->first_id + i;
	object->hash = hash_key(key);
	snprintf(object->key, sizeof(object->key), "%s", key);
	bucket = &table->buckets[object->hash & (table->n_buckets - 1)];
	object->next = *bucket;
	*bucket = object;
	*ret_object = object;
	return 0;
}

void dvs_table_remove(struct dvs_table *table, struct dvs_object *object)
{
	struct dvs_object **at = &table->buckets[object->hash & (table->n_buckets - 1)];
	uint32_t i = object->id - table->first_id;

	while (*at != object)
		at = &(*at)->next;
	*at = object->next;
	table->by_id[i] = NULL;
	if (i < table->free_hint)
		table->free_hint = i;
	free(object);
}

struct dvs_object *dvs_table_next(const struct dvs_table *table, uint32_t *id)
{
	uint32_t i = *id > table->first_id ? *id - table->first_id : 0;

	for (; i < table->n_ids; i++)
		if (table->by_id[i] != NULL && table->by_id[i]->exists) {
			*id = table->first_id + i + 1;
			return table->by_id[i];
		}
	*id = table->first_id + table->n_ids;
	return NULL;
}

void *dvs_object_config(struct dvs_object *object)
{
	switch (object->type->id) {
	case DVS_TYPE_SEGMENT:
		return &((struct dvs_segment_object *)object)->config;
	case DVS_TYPE_PORT:
		return &((struct dvs_port_object *)object)->config;
	case DVS_TYPE_BINDING:
		return &((struct dvs_binding_object *)object)->config;
	case DVS_TYPE_GROUP:
		return &((struct dvs_group_object *)object)->config;
	case DVS_TYPE_ACL:
		return &((struct dvs_acl_object *)object)->config;
	case DVS_TYPE_ACL_RULE:
		return &((struct dvs_acl_rule_object *)object)->config;
	default:
		return &((struct dvs_mac_object *)object)->config;
	}
}

void *dvs_object_staged(struct dvs_object *object)
{
	switch (object->type->id) {
	case DVS_TYPE_SEGMENT:
		return &((struct dvs_segment_object *)object)->staged;
	case DVS_TYPE_PORT:
		return &((struct dvs_port_object *)object)->staged;
	case DVS_TYPE_BINDING:
		return &((struct dvs_binding_object *)object)->staged;
	case DVS_TYPE_GROUP:
		return &((struct dvs_group_object *)object)->staged;
	case DVS_TYPE_ACL:
		return &((struct dvs_acl_object *)object)->staged;
	case DVS_TYPE_ACL_RULE:
		return &((struct dvs_acl_rule_object *)object)->staged;
	default:
		return &((struct dvs_mac_object *)object)->staged;
	}
}
