/* SPDX-License-Identifier: BSD-3-Clause */
#include "methods.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "field_json.h"
#include "intent_yaml.h"

#define ERRORS_SHOWN_MAX 100

static const char adopted_warning[] =
	"the store was new, and the intent was taken over from the switch: compare dvsctl export "
	"with what you know; dvsctl apply -f FILE replaces it";

static int bad_params(struct dvs_error *err, const char *text)
{
	dvs_error_set(err, -EINVAL, NULL, NULL, "%s", text);
	return DVS_RPC_BAD_PARAMS;
}

/* Takes a result as it was packed: NULL when memory was out. */
static int give(json_t *result, json_t **ret_result, struct dvs_error *err)
{
	if (!result)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	*ret_result = result;
	return 0;
}

/* A parameter that is true, false or not there; -1 when it is something else. */
static int get_bool(const json_t *params, const char *name)
{
	const json_t *value = json_object_get(params, name);

	if (value && !json_is_boolean(value))
		return -1;
	return json_is_true(value);
}

static dvs_field_set policy_fields(const struct dvs_type *type)
{
	dvs_field_set fields = 0;

	for (unsigned int i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & DVS_FIELD_POLICY) != 0)
			fields |= dvs_field_bit(type, &type->fields[i]);
	return fields;
}

/* Something can be inherited: a port. */
static bool has_effective(const struct dvs_type *type)
{
	for (unsigned int i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & DVS_FIELD_DERIVED) != 0)
			return true;
	return false;
}

static json_t *record_json(const struct dvs_intent *intent, const struct dvs_config_object *object)
{
	const struct dvs_type *type = object->rec.type;
	struct dvs_record effective;
	json_t *json = json_pack("{s:s, s:s, s:o, s:o}", "type", type->name, "key", object->key,
				 "fields", dvs_type_json(type, object->rec.data, DVS_FIELDS_ALL),
				 "set", dvs_fields_json_names(type, object->rec.set));

	if (json && has_effective(type)) {
		dvs_record_init(&effective, type);
		dvs_intent_effective(intent, &object->rec, effective.data);
		json_object_set_new(json, "effective",
				    dvs_type_json(type, effective.data, policy_fields(type)));
	}
	return json;
}

static int list_key(const struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		    json_t *objects, struct dvs_error *err)
{
	struct dvs_record by_key;
	char full[DVS_KEY_TEXT_MAX];
	int ret = dvs_record_from_key(&by_key, type, key, err);

	if (ret < 0)
		return ret;
	dvs_type_key(type, by_key.data, full);
	for (unsigned int i = 0; i < dvs_intent_count(intent, type); i++) {
		const struct dvs_config_object *object = dvs_intent_at(intent, type, i);

		if (strcmp(object->key, full) == 0)
			return json_array_append_new(objects, record_json(intent, object));
	}
	dvs_error_set(err, -ENOENT, NULL, NULL, "does not exist");
	return dvs_error_object(err, type->name, full);
}

static int method_list(void *context, const json_t *params, json_t **ret_result,
		       struct dvs_error *err)
{
	const struct dvs_intent *intent = dvs_control_intent(context);
	const char *type_name = json_string_value(json_object_get(params, "type"));
	const json_t *key = json_object_get(params, "key");
	const struct dvs_type *type = type_name ? dvs_type_by_name(type_name) : NULL;
	json_t *objects;
	int ret = 0;

	if (!type || dvs_config_index(type) < 0)
		return bad_params(err, "type must be one of segment, portgroup, port, mac");
	if (key && !json_is_string(key))
		return bad_params(err, "key must be a string");
	objects = json_array();
	if (key)
		ret = list_key(intent, type, json_string_value(key), objects, err);
	for (unsigned int i = 0; !key && i < dvs_intent_count(intent, type) && ret == 0; i++)
		ret = json_array_append_new(objects,
					    record_json(intent, dvs_intent_at(intent, type, i)));
	if (ret < 0) {
		json_decref(objects);
		return ret == -1 ? give(NULL, ret_result, err) : ret;
	}
	return give(json_pack("{s:o}", "objects", objects), ret_result, err);
}

/* Steals changes, which may be NULL. */
static int give_result(const struct dvs_control_result *result, json_t *changes,
		       json_t **ret_result, struct dvs_error *err)
{
	json_t *json = json_pack("{s:I, s:b}", "revision", (json_int_t)result->revision, "applied",
				 result->is_applied);

	if (json && result->warning[0])
		json_object_set_new(json, "warning", json_string(result->warning));
	if (json && changes)
		json_object_set(json, "changes", changes);
	json_decref(changes);
	return give(json, ret_result, err);
}

static int method_change(void *context, const json_t *params, json_t **ret_result,
			 struct dvs_error *err)
{
	struct dvs_control *control = context;
	int is_dry_run = get_bool(params, "dry_run");
	struct dvs_control_result result;
	struct dvs_intent *intent;
	int ret;

	if (is_dry_run < 0)
		return bad_params(err, "dry_run must be true or false");
	intent = dvs_control_begin(control);
	ret = dvs_edit_ops(intent, json_object_get(params, "ops"), err);
	if (ret != 0) {
		dvs_control_abort(control);
		return ret;
	}
	ret = dvs_control_commit(control, is_dry_run, &result, err);
	return ret < 0 ? ret : give_result(&result, NULL, ret_result, err);
}

/* null when the field is not set. */
static json_t *side_json(const struct dvs_record *rec, const struct dvs_field *field)
{
	char text[DVS_FIELD_TEXT_MAX];

	if (!rec || !dvs_record_is_set(rec, field))
		return json_null();
	return json_string(dvs_record_print(rec, field, text));
}

static bool is_different(const struct dvs_intent_edit *edit, const struct dvs_field *field)
{
	char before[DVS_FIELD_TEXT_MAX], after[DVS_FIELD_TEXT_MAX];
	bool is_set_before = edit->before && dvs_record_is_set(edit->before, field);
	bool is_set_after = edit->after && dvs_record_is_set(edit->after, field);

	if (!is_set_before || !is_set_after)
		return is_set_before != is_set_after;
	return strcmp(dvs_record_print(edit->before, field, before),
		      dvs_record_print(edit->after, field, after)) != 0;
}

static json_t *edit_json(const struct dvs_intent_edit *edit)
{
	const char *op = !edit->before ? "add" : edit->after ? "set" : "delete";
	json_t *fields = json_object();

	for (unsigned int i = 0; fields && edit->after && i < edit->type->n_fields; i++) {
		const struct dvs_field *field = &edit->type->fields[i];

		if (is_different(edit, field))
			json_object_set_new(fields, field->name,
					    json_pack("[o, o]", side_json(edit->before, field),
						      side_json(edit->after, field)));
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "op", op, "type", edit->type->name, "key",
			 edit->key, "fields", fields);
}

static json_t *changes_json(const struct dvs_intent *intent)
{
	json_t *changes = json_array();

	for (unsigned int i = 0; changes && i < dvs_intent_n_edits(intent); i++) {
		struct dvs_intent_edit edit = dvs_intent_edit_at(intent, i);

		json_array_append_new(changes, edit_json(&edit));
	}
	return changes;
}

static int method_apply(void *context, const json_t *params, json_t **ret_result,
			struct dvs_error *err)
{
	const json_t *yaml = json_object_get(params, "yaml");
	struct dvs_control *control = context;
	int ret, is_dry_run = get_bool(params, "dry_run");
	struct dvs_control_result result;
	struct dvs_config_set wanted;
	struct dvs_intent *intent;
	json_t *changes = NULL;

	if (!json_is_string(yaml) || is_dry_run < 0)
		return bad_params(err, "yaml must be a string, dry_run true or false");
	ret = dvs_yaml_read(json_string_value(yaml), json_string_length(yaml), &wanted, err);
	if (ret < 0)
		return ret;
	intent = dvs_control_begin(control);
	ret = dvs_intent_replace(intent, &wanted, err);
	dvs_config_set_fini(&wanted);
	if (ret == 0) {
		changes = changes_json(intent);
		ret = dvs_control_commit(control, is_dry_run, &result, err);
	} else {
		dvs_control_abort(control);
	}
	if (ret < 0) {
		json_decref(changes);
		return ret;
	}
	return give_result(&result, changes, ret_result, err);
}

static int method_export(void *context, const json_t *params, json_t **ret_result,
			 struct dvs_error *err)
{
	char *text;
	int ret = dvs_yaml_write(dvs_control_intent(context), &text, err);

	(void)params;
	if (ret < 0)
		return ret;
	ret = give(json_pack("{s:s}", "yaml", text), ret_result, err);
	free(text);
	return ret;
}

static json_t *errors_json(const struct dvs_switch_link_state *state)
{
	json_t *errors = json_array();

	for (unsigned int i = 0; errors && i < state->n_failures && i < ERRORS_SHOWN_MAX; i++) {
		const struct dvs_error *error = &state->failures[i].error;

		json_array_append_new(errors,
				      json_pack("{s:s, s:s, s:s}", "object", error->object, "field",
						error->field, "text", error->text));
	}
	return errors;
}

static json_t *switch_json(const struct dvs_control *control)
{
	struct dvs_switch_link_state state;
	char text[512];
	json_t *json;

	dvs_switch_link_get_state(dvs_control_link(control), &state);
	json = json_pack("{s:s, s:b, s:I, s:I, s:i, s:o}", "socket", state.path, "connected",
			 state.is_connected, "boot_epoch", (json_int_t)state.boot_epoch,
			 "applied_revision", (json_int_t)state.applied_revision, "refused",
			 (int)state.n_failures, "errors", errors_json(&state));
	if (json && !state.is_connected)
		json_object_set_new(json, "why",
				    json_string(dvs_error_print(&state.error, text, sizeof(text))));
	return json;
}

static json_t *counts_json(const struct dvs_intent *intent)
{
	json_t *counts = json_object();

	for (unsigned int t = 0; counts && t < dvs_n_config_types; t++)
		json_object_set_new(
			counts, dvs_config_types[t]->name,
			json_integer((json_int_t)dvs_intent_count(intent, dvs_config_types[t])));
	return counts;
}

static int method_status(void *context, const json_t *params, json_t **ret_result,
			 struct dvs_error *err)
{
	const struct dvs_control *control = context;
	const struct dvs_store *store = dvs_control_store(control);
	json_t *json = json_pack("{s:s, s:I, s:s, s:o, s:o}", "version", DVS_VERSION, "revision",
				 (json_int_t)dvs_store_revision(store), "store",
				 dvs_store_name(store), "switch", switch_json(control), "objects",
				 counts_json(dvs_control_intent(control)));

	(void)params;
	if (json && dvs_control_has_adopted(control))
		json_object_set_new(json, "warning", json_string(adopted_warning));
	return give(json, ret_result, err);
}

static int method_version(void *context, const json_t *params, json_t **ret_result,
			  struct dvs_error *err)
{
	(void)context;
	(void)params;
	return give(json_pack("{s:s}", "version", DVS_VERSION), ret_result, err);
}

static int method_methods(void *context, const json_t *params, json_t **ret_result,
			  struct dvs_error *err)
{
	json_t *methods = json_array();

	(void)context;
	(void)params;
	for (const struct dvs_rpc_method *row = dvs_control_methods; methods && row->name; row++)
		json_array_append_new(
			methods, json_pack("{s:s, s:s}", "name", row->name, "help", row->help));
	return give(json_pack("{s:o}", "methods", methods), ret_result, err);
}

const struct dvs_rpc_method dvs_control_methods[] = {
	{"list", "Objects of one type, or one of them", method_list},
	{"change", "Adds, sets and deletes objects, all or nothing", method_change},
	{"apply", "Makes the intent equal to a YAML file", method_apply},
	{"export", "The intent as a YAML file", method_export},
	{"status", "Versions, revision, store, and how far the switch is", method_status},
	{"version", "Version of the daemon", method_version},
	{"methods", "This list", method_methods},
	{NULL, NULL, NULL},
};
