/* SPDX-License-Identifier: BSD-3-Clause */
#include "field_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static json_t *flags_json(const struct dvs_field *field, uint64_t value)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < 64 && field->names[i]; i++) {
		if ((value >> i & 1) == 0)
			continue;
		if (json_array_append_new(array, json_string(field->names[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *dvs_field_json(const struct dvs_field *field, const void *object)
{
	char text[DVS_FIELD_TEXT_MAX], printable[DVS_FIELD_TEXT_MAX];
	uint64_t value = dvs_field_uint(field, object);

	if (field->type == DVS_FIELD_BOOL)
		return json_boolean(value != 0);
	if (field->type == DVS_FIELD_UINT && value <= INT64_MAX)
		return json_integer((json_int_t)value);
	if (field->type == DVS_FIELD_FLAGS)
		return flags_json(field, value);
	dvs_field_print(field, object, text);
	return json_string(dvs_text_copy(printable, sizeof(printable), text));
}

static bool is_chosen(const struct dvs_type *type, unsigned int row, dvs_field_set fields)
{
	return (fields >> row & 1) != 0 && (type->fields[row].flags & DVS_FIELD_DERIVED) == 0;
}

json_t *dvs_type_json(const struct dvs_type *type, const void *object, dvs_field_set fields)
{
	json_t *json = json_object();

	for (unsigned int i = 0; json && i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (!is_chosen(type, i, fields))
			continue;
		if (json_object_set_new(json, field->name, dvs_field_json(field, object)) < 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

json_t *dvs_fields_json_names(const struct dvs_type *type, dvs_field_set fields)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < type->n_fields; i++) {
		if (!is_chosen(type, i, fields))
			continue;
		if (json_array_append_new(array, json_string(type->fields[i].name)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static const char *json_type_text(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "a JSON object";
	case JSON_ARRAY:
		return "a JSON array";
	case JSON_STRING:
		return "a JSON string";
	case JSON_INTEGER:
		return "a JSON integer";
	case JSON_REAL:
		return "a JSON number with a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a JSON boolean";
	default:
		return "JSON null";
	}
}

/* Names of an array -> "a,b" in text, "none" when it is empty. -EINVAL, -E2BIG. */
static int flags_text(const json_t *array, char text[DVS_FIELD_TEXT_MAX])
{
	size_t used = 0, index;
	json_t *entry;

	if (json_array_size(array) == 0) {
		snprintf(text, DVS_FIELD_TEXT_MAX, "none");
		return 0;
	}
	text[0] = '\0';
	json_array_foreach (array, index, entry) {
		const char *name = json_string_value(entry);

		if (!name || name[0] == '\0' || strlen(name) != json_string_length(entry) ||
		    strchr(name, ','))
			return -EINVAL;
		if (used + strlen(name) + 2 > DVS_FIELD_TEXT_MAX)
			return -E2BIG;
		used += (size_t)snprintf(text + used, DVS_FIELD_TEXT_MAX - used, "%s%s",
					 index > 0 ? "," : "", name);
	}
	return 0;
}

/*
 * The text form of a JSON value: *ret_text points to buf or into the value. -EINVAL when the row
 * does not take that JSON type, -E2BIG when it is too long.
 */
static int value_text(const struct dvs_field *field, const json_t *value,
		      char buf[DVS_FIELD_TEXT_MAX], const char **ret_text)
{
	*ret_text = buf;
	if (json_is_string(value)) {
		*ret_text = json_string_value(value);
		return strlen(*ret_text) == json_string_length(value) ? 0 : -EINVAL;
	}
	if (json_is_null(value)) {
		buf[0] = '\0';
		return 0;
	}
	if (json_is_boolean(value) && field->type == DVS_FIELD_BOOL) {
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%s", json_is_true(value) ? "true" : "false");
		return 0;
	}
	if (json_is_integer(value) && field->type == DVS_FIELD_UINT) {
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		return 0;
	}
	if (json_is_array(value) && field->type == DVS_FIELD_FLAGS)
		return flags_text(value, buf);
	return -EINVAL;
}

/* Names the record in err when its key is known. */
static int refuse(const struct dvs_record *rec, struct dvs_error *err, int code)
{
	char key[DVS_KEY_TEXT_MAX];

	if (err)
		dvs_error_object(err, rec->type->name, dvs_type_key(rec->type, rec->data, key));
	return code;
}

int dvs_record_set_json_field(struct dvs_record *rec, const char *name, const json_t *value,
			      struct dvs_error *err)
{
	const struct dvs_field *field = dvs_type_field(rec->type, name);
	char buf[DVS_FIELD_TEXT_MAX], allowed[DVS_FIELD_TEXT_MAX];
	const char *text;
	int ret;

	/* Without a row, or with one that is not for operators, dvs_record_set knows what to say.
	 */
	if (!field || !dvs_field_is_given(field))
		return dvs_record_set(rec, name, "", err);
	ret = value_text(field, value, buf, &text);
	if (ret == 0)
		return dvs_record_set(rec, name, text, err);
	dvs_error_set(err, ret, NULL, name, "%s%s is not valid; allowed: %s", json_type_text(value),
		      json_is_array(value) ? " like this" : "", dvs_field_allowed(field, allowed));
	return refuse(rec, err, ret);
}

/* Sets the fields that are in KEY rows, or those that are not. */
static int set_fields(struct dvs_record *rec, const json_t *fields, bool keys,
		      struct dvs_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)fields, name, value) {
		const struct dvs_field *field = dvs_type_field(rec->type, name);
		bool is_key = field && (field->flags & DVS_FIELD_KEY) != 0;
		int ret;

		if (is_key != keys)
			continue;
		ret = dvs_record_set_json_field(rec, name, value, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int dvs_record_set_json(struct dvs_record *rec, const json_t *fields, struct dvs_error *err)
{
	int ret;

	if (!json_is_object(fields)) {
		dvs_error_set(err, -EINVAL, NULL, NULL, "fields must be a JSON object");
		return refuse(rec, err, -EINVAL);
	}
	ret = set_fields(rec, fields, true, err);
	return ret < 0 ? ret : set_fields(rec, fields, false, err);
}
