/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of a `change` request, as edits of the intent. */
#include <errno.h>
#include <string.h>

#include "field_json.h"
#include "methods.h"

#define OPS_MAX 65536u

static int bad_params(struct dvs_error *err, const char *text)
{
	dvs_error_set(err, -EINVAL, NULL, NULL, "%s", text);
	return DVS_RPC_BAD_PARAMS;
}

static int edit_add(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		    const json_t *fields, struct dvs_error *err)
{
	struct dvs_record rec, by_key;
	char full[DVS_KEY_TEXT_MAX], given[DVS_KEY_TEXT_MAX];
	int ret = 0;

	dvs_record_init(&rec, type);
	dvs_record_init(&by_key, type);
	if (key)
		ret = dvs_record_from_key(&by_key, type, key, err);
	rec = by_key;
	if (ret == 0 && fields)
		ret = dvs_record_set_json(&rec, fields, err);
	if (ret < 0)
		return ret;
	if (key && strcmp(dvs_type_key(type, rec.data, full),
			  dvs_type_key(type, by_key.data, given)) != 0) {
		dvs_error_set(err, -EINVAL, NULL, NULL, "the fields name another object: %s", full);
		return dvs_error_object(err, type->name, given);
	}
	return dvs_intent_add(intent, &rec, err);
}

static int no_such(struct dvs_error *err, const struct dvs_type *type, const char *key)
{
	dvs_error_set(err, -ENOENT, NULL, NULL, "does not exist");
	return dvs_error_object(err, type->name, key);
}

/* Finds the object of a key that may be written in another way ("LAN/52-54-00-00-00-01"). */
static int find(const struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		const struct dvs_record **ret_rec, char full[DVS_KEY_TEXT_MAX],
		struct dvs_error *err)
{
	struct dvs_record by_key;
	int ret = dvs_record_from_key(&by_key, type, key, err);

	if (ret < 0)
		return ret;
	*ret_rec = dvs_intent_lookup(intent, type, dvs_type_key(type, by_key.data, full));
	return *ret_rec ? 0 : no_such(err, type, full);
}

static int edit_set(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		    const json_t *fields, struct dvs_error *err)
{
	char full[DVS_KEY_TEXT_MAX], found[DVS_KEY_TEXT_MAX];
	const struct dvs_record *before;
	struct dvs_record rec;
	int ret = find(intent, type, key, &before, full, err);

	if (ret < 0)
		return ret;
	rec = *before;
	ret = dvs_record_set_json(&rec, fields, err);
	if (ret < 0) {
		/* The record may have got another name on the way. */
		err->object[0] = '\0';
		return dvs_error_object(err, type->name, full);
	}
	if (strcmp(dvs_type_key(type, rec.data, found), full) != 0) {
		dvs_error_set(err, -EPERM, NULL, NULL,
			      "what identifies an object cannot be changed; delete it and add %s",
			      found);
		return dvs_error_object(err, type->name, full);
	}
	return dvs_intent_set(intent, &rec, err);
}

static int edit_delete(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		       struct dvs_error *err)
{
	char full[DVS_KEY_TEXT_MAX];
	const struct dvs_record *rec;
	int ret = find(intent, type, key, &rec, full, err);

	return ret < 0 ? ret : dvs_intent_delete(intent, type, full, err);
}

static int edit_op(struct dvs_intent *intent, const json_t *op, struct dvs_error *err)
{
	const char *what = json_string_value(json_object_get(op, "op"));
	const char *type_name = json_string_value(json_object_get(op, "type"));
	const json_t *key_value = json_object_get(op, "key"),
		     *fields = json_object_get(op, "fields");
	const char *key = json_string_value(key_value);
	const struct dvs_type *type = type_name ? dvs_type_by_name(type_name) : NULL;

	if (!what || !type_name)
		return bad_params(err, "an operation is {\"op\",\"type\",\"key\",\"fields\"}");
	if (!type || dvs_config_index(type) < 0)
		return bad_params(err, "type must be one of segment, portgroup, port, mac");
	if ((key_value && !key) || (fields && !json_is_object(fields)))
		return bad_params(err, "key must be a string and fields an object");
	if (strcmp(what, "add") == 0 && (key || fields))
		return edit_add(intent, type, key, fields, err);
	if (strcmp(what, "set") == 0 && key && fields)
		return edit_set(intent, type, key, fields, err);
	if (strcmp(what, "delete") == 0 && key && !fields)
		return edit_delete(intent, type, key, err);
	return bad_params(err, "op must be add (key or fields), set (key and fields) or delete "
			       "(key only)");
}

int dvs_edit_ops(struct dvs_intent *intent, const json_t *ops, struct dvs_error *err)
{
	const json_t *op;
	size_t i;

	if (!json_is_array(ops))
		return bad_params(err, "ops must be an array");
	if (json_array_size(ops) > OPS_MAX)
		return bad_params(err, "ops has too many operations, at most 65536 are taken");
	json_array_foreach (ops, i, op) {
		int ret = edit_op(intent, op, err);

		if (ret != 0)
			return ret;
	}
	return 0;
}
