/* SPDX-License-Identifier: BSD-3-Clause */
#include "adopt.h"

#include <errno.h>
#include <string.h>

#include "diff.h"

static bool is_kept(const struct dvs_field *field)
{
	return (field->flags & (DVS_FIELD_KEY | DVS_FIELD_REQUIRED)) != 0;
}

/* The port group's row of a row that a port has from there; NULL for other rows. */
static const struct dvs_field *group_row(const struct dvs_field *field)
{
	const struct dvs_field *row = dvs_type_field(&dvs_portgroup_type, field->name);

	const uint32_t from_group = DVS_FIELD_POLICY | DVS_FIELD_DERIVED;

	return (field->flags & from_group) != 0 && row != NULL && row->size == field->size ? row
											   : NULL;
}

static bool is_member_equal(const struct dvs_field *a, const void *object_a,
			    const struct dvs_field *b, const void *object_b)
{
	return memcmp((const char *)object_a + a->offset, (const char *)object_b + b->offset,
		      a->size) == 0;
}

static void take(struct dvs_record *rec, const struct dvs_field *to, const struct dvs_field *from,
		 const void *object)
{
	memcpy(rec->data + to->offset, (const char *)object + from->offset, to->size);
	rec->set |= dvs_field_bit(rec->type, to);
}

/* What was found as an operator could have said it. group: of a port, otherwise NULL. */
static void make_record(const struct dvs_record *found, const struct dvs_record *group,
			struct dvs_record *ret_rec)
{
	const struct dvs_type *type = found->type;
	dvs_field_set differs;

	dvs_record_init(ret_rec, type);
	differs = dvs_type_diff(type, ret_rec->data, found->data);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		const struct dvs_field *from = group ? group_row(field) : NULL;
		bool is_said = from ? !is_member_equal(from, group->data, field, found->data)
				    : is_kept(field) || (differs & dvs_field_bit(type, field)) != 0;

		if (is_said && (field->flags & DVS_FIELD_DERIVED) == 0)
			take(ret_rec, field, field, found->data);
	}
}

/* All ports of the group have the value that this one has. */
static bool is_shared(const struct dvs_config_set *found, const struct dvs_field *field,
		      const struct dvs_record *port)
{
	const struct dvs_field *name = dvs_type_field(&dvs_port_type, "group");

	for (unsigned int i = 0; i < dvs_config_set_count(found, &dvs_port_type); i++) {
		const void *other = dvs_config_set_at(found, &dvs_port_type, i)->rec.data;

		if (is_member_equal(name, other, name, port->data) &&
		    !is_member_equal(field, other, field, port->data))
			return false;
	}
	return true;
}

static int add_group(struct dvs_intent *intent, const struct dvs_config_set *found,
		     const struct dvs_record *port, struct dvs_error *err)
{
	const struct dvs_type *type = &dvs_portgroup_type;
	struct dvs_record rec, defaults;
	struct dvs_port config;

	memcpy(&config, port->data, sizeof(config));
	dvs_record_init(&defaults, type);
	dvs_record_init(&rec, type);
	if (dvs_record_set(&rec, "name", config.group, err) < 0 ||
	    dvs_record_set(&rec, "segment", config.segment, err) < 0)
		return err->code;
	for (unsigned int i = 0; i < dvs_port_type.n_fields; i++) {
		const struct dvs_field *field = &dvs_port_type.fields[i], *to = group_row(field);

		if (to && is_shared(found, field, port) &&
		    !is_member_equal(to, defaults.data, field, port->data))
			take(&rec, to, field, port->data);
	}
	return dvs_intent_add(intent, &rec, err);
}

static int add_port(struct dvs_intent *intent, const struct dvs_config_set *found,
		    const struct dvs_record *port, struct dvs_error *err)
{
	const struct dvs_record *group;
	struct dvs_port config;
	struct dvs_record rec;
	int ret = 0;

	memcpy(&config, port->data, sizeof(config));
	if (!dvs_intent_lookup(intent, &dvs_portgroup_type, config.group))
		ret = add_group(intent, found, port, err);
	if (ret < 0)
		return ret;
	group = dvs_intent_lookup(intent, &dvs_portgroup_type, config.group);
	make_record(port, group, &rec);
	return dvs_intent_add(intent, &rec, err);
}

static int add_type(struct dvs_intent *intent, const struct dvs_config_set *found,
		    const struct dvs_type *type, struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int i = 0; i < dvs_config_set_count(found, type) && ret == 0; i++) {
		const struct dvs_record *has = &dvs_config_set_at(found, type, i)->rec;
		struct dvs_record rec;

		if (type == &dvs_port_type) {
			ret = add_port(intent, found, has, err);
			continue;
		}
		make_record(has, NULL, &rec);
		ret = dvs_intent_add(intent, &rec, err);
	}
	return ret;
}

/* What was made takes effect as what was found. */
static int compare(const struct dvs_intent *intent, const struct dvs_config_set *found,
		   struct dvs_error *err)
{
	struct dvs_diff diff;
	int ret = dvs_diff_make(&diff, intent, found);

	if (ret < 0)
		return dvs_error_set(err, ret, NULL, NULL, "out of memory");
	if (diff.n > 0) {
		const struct dvs_config_object *object = diff.steps[0].object;

		dvs_error_set(err, -EUCLEAN, NULL, NULL, "no port group can give it what it has");
		ret = dvs_error_object(err, object->rec.type->name, object->key);
	}
	dvs_diff_fini(&diff);
	return ret;
}

int dvs_intent_adopt(struct dvs_intent *intent, const struct dvs_config_set *found,
		     struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		if (dvs_type_is_in_switch(dvs_config_types[t]))
			ret = add_type(intent, found, dvs_config_types[t], err);
	return ret < 0 ? ret : compare(intent, found, err);
}
