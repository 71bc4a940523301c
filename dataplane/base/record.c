/* SPDX-License-Identifier: BSD-3-Clause */
/* Types and records: what concerns all fields of an object. */
#include "field.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static bool is_string(const struct dvs_field *field)
{
	return field->type == DVS_FIELD_NAME || field->type == DVS_FIELD_STRING ||
	       field->type == DVS_FIELD_PATH;
}

static bool has_default(const struct dvs_field *field)
{
	return (field->flags & (DVS_FIELD_KEY | DVS_FIELD_REQUIRED)) == 0;
}

const struct dvs_field *dvs_type_field(const struct dvs_type *type, const char *name)
{
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}

dvs_field_set dvs_field_bit(const struct dvs_type *type, const struct dvs_field *field)
{
	return (dvs_field_set)1 << (field - type->fields);
}

static void set_default(const struct dvs_field *field, void *object)
{
	memset((uint8_t *)object + field->offset, 0, field->size);
	if (field->default_text)
		dvs_field_parse(field, field->default_text, object, NULL);
}

void dvs_type_defaults(const struct dvs_type *type, void *object)
{
	memset(object, 0, type->size);
	for (unsigned int i = 0; i < type->n_fields; i++)
		set_default(&type->fields[i], object);
}

void dvs_record_init(struct dvs_record *rec, const struct dvs_type *type)
{
	memset(rec, 0, sizeof(*rec));
	rec->type = type;
	dvs_type_defaults(type, rec->data);
}

int dvs_type_check(const struct dvs_type *type, const void *object, struct dvs_error *err)
{
	for (unsigned int i = 0; i < type->n_fields; i++) {
		int ret = dvs_field_check(&type->fields[i], object, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Names the record in err when its key is known. */
static int refuse(const struct dvs_record *rec, struct dvs_error *err, int code)
{
	char key[DVS_KEY_TEXT_MAX];

	if (err)
		dvs_error_object(err, rec->type->name, dvs_type_key(rec->type, rec->data, key));
	return code;
}

/* "no such field; known are name, age" */
static int unknown_field(const struct dvs_record *rec, const char *name, struct dvs_error *err)
{
	char known[sizeof(err->text)] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *field = &rec->type->fields[i];

		if (!dvs_field_is_given(field))
			continue;
		snprintf(known + used, sizeof(known) - used, "%s%s", used > 0 ? ", " : "",
			 field->name);
		used = strlen(known);
	}
	dvs_error_set(err, -ENOENT, NULL, name, "no such field; known are %s", known);
	return refuse(rec, err, -ENOENT);
}

int dvs_record_set(struct dvs_record *rec, const char *name, const char *text,
		   struct dvs_error *err)
{
	const struct dvs_field *field = dvs_type_field(rec->type, name);
	int ret;

	if (!field)
		return unknown_field(rec, name, err);
	if (!dvs_field_is_given(field)) {
		dvs_error_set(err, -EPERM, NULL, name, "is set by the switch, not by operators");
		return refuse(rec, err, -EPERM);
	}
	if (has_default(field) && (text[0] == '\0' || strcmp(text, "default") == 0)) {
		dvs_record_unset(rec, field);
		return 0;
	}
	ret = dvs_field_parse(field, text, rec->data, err);
	if (ret < 0)
		return refuse(rec, err, ret);
	rec->set |= dvs_field_bit(rec->type, field);
	return 0;
}

void dvs_record_unset(struct dvs_record *rec, const struct dvs_field *field)
{
	set_default(field, rec->data);
	rec->set &= ~dvs_field_bit(rec->type, field);
}

int dvs_record_check(const struct dvs_record *rec, struct dvs_error *err)
{
	char allowed[DVS_FIELD_TEXT_MAX];

	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *field = &rec->type->fields[i];

		if (has_default(field) || dvs_record_is_set(rec, field))
			continue;
		dvs_error_set(err, -EINVAL, NULL, field->name, "must be given: %s",
			      dvs_field_allowed(field, allowed));
		return refuse(rec, err, -EINVAL);
	}
	return 0;
}

bool dvs_record_is_set(const struct dvs_record *rec, const struct dvs_field *field)
{
	return (rec->set & dvs_field_bit(rec->type, field)) != 0;
}

const char *dvs_record_print(const struct dvs_record *rec, const struct dvs_field *field,
			     char buf[DVS_FIELD_TEXT_MAX])
{
	return dvs_field_print(field, rec->data, buf);
}

const char *dvs_type_key(const struct dvs_type *type, const void *object,
			 char buf[DVS_KEY_TEXT_MAX])
{
	char value[DVS_FIELD_TEXT_MAX], joined[2 * DVS_FIELD_TEXT_MAX];
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < type->n_fields && used < DVS_KEY_TEXT_MAX; i++) {
		if ((type->fields[i].flags & DVS_FIELD_KEY) == 0)
			continue;
		dvs_field_print(&type->fields[i], object, value);
		if (value[0] == '\0')
			continue;
		snprintf(joined, sizeof(joined), "%s%s%s", buf, used > 0 ? "/" : "", value);
		dvs_text_copy(buf, DVS_KEY_TEXT_MAX, joined);
		used = strlen(buf);
	}
	return buf;
}

dvs_field_set dvs_type_diff(const struct dvs_type *type, const void *a, const void *b)
{
	dvs_field_set differ = 0;

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		const char *left = (const char *)a + field->offset;
		const char *right = (const char *)b + field->offset;
		int order = is_string(field) ? strncmp(left, right, field->size)
					     : memcmp(left, right, field->size);

		if (order != 0)
			differ |= dvs_field_bit(type, field);
	}
	return differ;
}
