/* SPDX-License-Identifier: BSD-3-Clause */
/* add, set, del and show of any object, by its field rows. */
#include "ctl_object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "operands.h"
#include "table.h"
#include "text.h"

/* Records */

void dvs_ctl_object_record(const struct dvs_type *type, const json_t *object,
			   struct dvs_record *ret_rec)
{
	const json_t *fields = json_object_get(object, "fields");
	const json_t *set = json_object_get(object, "set");
	dvs_field_set bits = 0;
	json_t *name;
	size_t i;

	dvs_record_init(ret_rec, type);
	for (unsigned int row = 0; row < type->n_fields; row++) {
		const json_t *value = json_object_get(fields, type->fields[row].name);

		if (value)
			dvs_record_set_json_field(ret_rec, type->fields[row].name, value, NULL);
	}
	json_array_foreach (set, i, name) {
		const struct dvs_field *field =
			json_is_string(name) ? dvs_type_field(type, json_string_value(name)) : NULL;

		if (field)
			bits |= dvs_field_bit(type, field);
	}
	ret_rec->set = bits;
}

const char *dvs_ctl_object_key(const json_t *object)
{
	const char *key = json_string_value(json_object_get(object, "key"));

	return key ? key : "";
}

int dvs_ctl_object_absent(struct dvs_ctl *ctl, const struct dvs_type *type, const char *key,
			  struct dvs_error *err)
{
	dvs_error_set(err, -ENOENT, NULL, NULL, "there is no such %s", type->name);
	dvs_ctl_suggest_object(ctl, type, key, err);
	dvs_error_object(err, type->name, key);
	return DVS_EXIT_FAILED;
}

/* Changes */

void dvs_ctl_object_note_result(const struct dvs_ctl *ctl, const json_t *result)
{
	const char *warning = json_string_value(json_object_get(result, "warning"));

	if (warning && warning[0] != '\0')
		dvs_ctl_note("%s", warning);
	else if (!ctl->is_dry_run && json_is_false(json_object_get(result, "applied")))
		dvs_ctl_note("stored; the switch will be programmed when it can be reached");
}

/* Sends the operations (taken over) as one transaction. */
static int change(struct dvs_ctl *ctl, json_t *ops, json_t **ret_result, struct dvs_error *err)
{
	return dvs_ctl_call(ctl, "change",
			    json_pack("{s:o, s:b}", "ops", ops, "dry_run", ctl->is_dry_run),
			    ret_result, err);
}

/* The JSON of a field's new value: null unsets. */
static json_t *value_json(const struct dvs_record *rec, const struct dvs_field *field,
			  const char *text)
{
	return dvs_record_is_set(rec, field) ? json_string(text) : json_null();
}

/* The fields of add and set: checked here, so that the first error is found before a daemon is
 * asked. refused: flags of rows that cannot be given. */
static int fields_json(const struct dvs_operands *ops, struct dvs_record *rec, unsigned int refused,
		       json_t *fields, struct dvs_error *err)
{
	for (unsigned int i = 0; i < ops->n_fields; i++) {
		const struct dvs_field *field;
		const char *value;
		int ret =
			dvs_operand_field(ops->type, ops->fields[i], refused, &field, &value, err);

		if (ret < 0)
			return ret;
		if (json_object_get(fields, field->name))
			return dvs_error_set(err, -EINVAL, NULL, field->name, "is given twice");
		ret = dvs_record_set(rec, field->name, value, err);
		if (ret < 0)
			return ret;
		if (json_object_set_new(fields, field->name, value_json(rec, field, value)) < 0)
			return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	}
	return 0;
}

static int add_op(const struct dvs_operands *ops, unsigned int object, const char *verb,
		  json_t *list, struct dvs_error *err)
{
	const unsigned int refused = DVS_FIELD_KEY | DVS_FIELD_STATE | DVS_FIELD_DERIVED;
	char key[DVS_KEY_TEXT_MAX] = "";
	struct dvs_record rec;
	json_t *fields;
	int ret = dvs_operands_record(ops, object, &rec, err);

	if (ret < 0)
		return ret;
	dvs_type_key(ops->type, rec.data, key);
	/* A deletion has a key and nothing else. */
	fields = strcmp(verb, "delete") == 0 ? NULL : json_object();
	ret = fields_json(ops, &rec, refused, fields, err);
	if (ret < 0) {
		json_decref(fields);
		dvs_error_object(err, ops->type->name, key);
		return ret;
	}
	if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o*}", "op", verb, "type",
						  ops->type->name, "key", key, "fields", fields)) <
	    0)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	return 0;
}

/* An object that is not there: is there one with nearly that name? */
static void suggest(struct dvs_ctl *ctl, const struct dvs_operands *ops, struct dvs_error *err)
{
	const struct dvs_type *type = ops->type;
	const char *name = strchr(err->object, ' ');

	if (err->code != -ENOENT || strstr(err->text, "did you mean"))
		return;
	if (err->field[0] == '\0' && name) {
		dvs_ctl_suggest_object(ctl, type, name + 1, err);
		return;
	}
	for (unsigned int i = 0; i < ops->n_fields; i++) {
		const struct dvs_field *field;
		const char *value;
		struct dvs_error unused;

		if (dvs_operand_field(type, ops->fields[i], 0, &field, &value, &unused) < 0 ||
		    strcmp(field->name, err->field) != 0 || !field->ref)
			continue;
		dvs_ctl_suggest_object(ctl, dvs_object_type(field->ref), value, err);
	}
}

static int run_ops(struct dvs_ctl *ctl, const struct dvs_operands *ops, const char *verb)
{
	json_t *list = json_array(), *result;
	struct dvs_error err;
	int code;

	for (unsigned int object = 0; object < ops->n_objects; object++) {
		if (add_op(ops, object, verb, list, &err) < 0) {
			json_decref(list);
			return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
		}
	}
	code = change(ctl, list, &result, &err);
	if (code != DVS_EXIT_OK) {
		if (code == DVS_EXIT_FAILED)
			suggest(ctl, ops, &err);
		return dvs_ctl_fail(ctl, code, &err);
	}
	if (ctl->is_json) {
		dvs_ctl_json(result);
		return DVS_EXIT_OK;
	}
	dvs_ctl_object_note_result(ctl, result);
	if (ctl->is_dry_run)
		printf("valid; nothing was changed (dry run)\n");
	json_decref(result);
	return DVS_EXIT_OK;
}

/* Words of a command -> one transaction. */
static int run_change(struct dvs_ctl *ctl, const struct dvs_type *type, const char *verb,
		      const char *op, int argc, char **argv)
{
	const struct dvs_command *command = dvs_command_find(type->name, verb);
	char usage[DVS_FIELD_TEXT_MAX], keys[DVS_FIELD_TEXT_MAX];
	struct dvs_operands ops;
	struct dvs_error err;
	int code;

	dvs_command_usage(command, type, usage);
	if (dvs_operands_init(&ops, type, argc, argv, &err) < 0)
		return dvs_ctl_usage(ctl, "%s; usage: dvsctl %s", err.text, usage);
	if (ops.n_objects == 0)
		code = dvs_ctl_usage(ctl, "%s is missing; usage: dvsctl %s",
				     dvs_keys_print(type, keys), usage);
	else if (strcmp(op, "set") == 0 && ops.n_fields == 0)
		code = dvs_ctl_usage(ctl, "FIELD=VALUE is missing; usage: dvsctl %s", usage);
	else if (strcmp(op, "delete") == 0 && ops.n_fields > 0)
		code = dvs_ctl_usage(ctl, "\"%s\": names only; usage: dvsctl %s", ops.fields[0],
				     usage);
	else
		code = run_ops(ctl, &ops, op);
	dvs_operands_fini(&ops);
	return code;
}

int dvs_ctl_object_add(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	return run_change(ctl, type, "add", "add", argc, argv);
}

int dvs_ctl_object_set(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	return run_change(ctl, type, "set", "set", argc, argv);
}

int dvs_ctl_object_del(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	return run_change(ctl, type, "del", "delete", argc, argv);
}

/* show */

static void record_cell(const void *arg, size_t row, const struct dvs_column *column,
			char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_record *records = arg;

	dvs_value_print(column->field, records[row].data, buf);
}

/* Rules are told by what they match, which most of them leave open: a column for each field that
 * some rule has. */
static bool is_column(const struct dvs_type *type, const struct dvs_field *field,
		      const struct dvs_record *records, size_t n)
{
	if (field->flags & DVS_FIELD_DERIVED)
		return false;
	if (type != &dvs_acl_rule_type)
		return (field->flags & DVS_FIELD_WIDE) == 0;
	for (size_t row = 0; row < n; row++)
		if (dvs_record_is_set(&records[row], field))
			return true;
	return (field->flags & (DVS_FIELD_KEY | DVS_FIELD_REQUIRED)) != 0;
}

static void show_table(const struct dvs_type *type, const json_t *objects)
{
	struct dvs_table table = {.cell = record_cell, .n_rows = json_array_size(objects)};
	struct dvs_record *records = calloc(table.n_rows + 1, sizeof(*records));

	if (!records) {
		dvs_ctl_note("out of memory");
		return;
	}
	for (size_t row = 0; row < table.n_rows; row++)
		dvs_ctl_object_record(type, json_array_get(objects, row), &records[row]);
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (is_column(type, &type->fields[i], records, table.n_rows))
			dvs_table_add_field(&table, &type->fields[i]);
	table.arg = records;
	dvs_table_print(&table, stdout);
	free(records);
}

/* As wide as the longest name of a port's field. */
static int label_width(void)
{
	size_t width = 0;

	for (unsigned int i = 0; i < dvs_port_type.n_fields; i++)
		if (strlen(dvs_port_type.fields[i].name) > width)
			width = strlen(dvs_port_type.fields[i].name);
	return (int)width;
}

void dvs_show_line(const char *name, const char *value, const char *note)
{
	char printable[DVS_FIELD_TEXT_MAX], label[64];

	dvs_text_copy(label, sizeof(label), name);
	dvs_text_copy(printable, sizeof(printable), value);
	if (note[0] != '\0')
		printf("  %-*s  %-24s %s\n", label_width(), label, printable, note);
	else
		printf("  %-*s  %s\n", label_width(), label, printable);
}

static void show_details(const struct dvs_type *type, const json_t *object)
{
	char value[DVS_FIELD_TEXT_MAX], key[DVS_KEY_TEXT_MAX];
	struct dvs_record rec;

	dvs_ctl_object_record(type, object, &rec);
	printf("%s %s\n", type->name, dvs_type_key(type, rec.data, key));
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (field->flags & (DVS_FIELD_KEY | DVS_FIELD_DERIVED))
			continue;
		dvs_show_line(field->name, dvs_value_print_unit(field, rec.data, value),
			      dvs_record_is_set(&rec, field) ? "" : "(default)");
	}
}

/* One array of the objects that the words name. */
static int list_named(struct dvs_ctl *ctl, const struct dvs_operands *ops, json_t *objects,
		      struct dvs_error *err)
{
	for (unsigned int i = 0; i < ops->n_objects; i++) {
		char key[DVS_KEY_TEXT_MAX];
		struct dvs_record rec;
		json_t *found;
		int code;

		if (dvs_operands_record(ops, i, &rec, err) < 0)
			return DVS_EXIT_FAILED;
		dvs_type_key(ops->type, rec.data, key);
		code = dvs_ctl_list(ctl, ops->type, key, &found, err);
		if (code != DVS_EXIT_OK)
			return code;
		if (json_array_size(found) == 0) {
			json_decref(found);
			return dvs_ctl_object_absent(ctl, ops->type, key, err);
		}
		json_array_extend(objects, found);
		json_decref(found);
	}
	return DVS_EXIT_OK;
}

/* Keeps of an array those that the filter chooses. */
static json_t *choose(const struct dvs_type *type, const struct dvs_filter *filter, json_t *objects)
{
	json_t *chosen = json_array(), *object;
	struct dvs_record rec;
	size_t i;

	json_array_foreach (objects, i, object) {
		dvs_ctl_object_record(type, object, &rec);
		if (dvs_filter_matches(filter, type, rec.data))
			json_array_append(chosen, object);
	}
	json_decref(objects);
	return chosen;
}

static int list(struct dvs_ctl *ctl, const struct dvs_operands *ops,
		const struct dvs_filter *filter, json_t **ret_objects, struct dvs_error *err)
{
	json_t *objects = NULL;
	int code;

	if (ops->n_objects > 0) {
		objects = json_array();
		code = list_named(ctl, ops, objects, err);
	} else {
		code = dvs_ctl_list(ctl, ops->type, NULL, &objects, err);
	}
	if (code != DVS_EXIT_OK)
		json_decref(objects);
	else
		*ret_objects = choose(ops->type, filter, objects);
	return code;
}

static int show_objects(struct dvs_ctl *ctl, const struct dvs_operands *ops,
			const struct dvs_filter *filter)
{
	json_t *objects, *object;
	struct dvs_error err;
	size_t i;
	int code = list(ctl, ops, filter, &objects, &err);

	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_json) {
		dvs_ctl_json(json_pack("{s:O}", ops->type->plural, objects));
	} else if (ops->n_objects == 0) {
		show_table(ops->type, objects);
	} else {
		json_array_foreach (objects, i, object) {
			if (i > 0)
				printf("\n");
			show_details(ops->type, object);
		}
	}
	json_decref(objects);
	return DVS_EXIT_OK;
}

int dvs_ctl_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv,
		 int (*show)(struct dvs_ctl *ctl, const struct dvs_operands *ops,
			     const struct dvs_filter *filter))
{
	char usage[DVS_FIELD_TEXT_MAX];
	struct dvs_filter filter;
	struct dvs_operands ops;
	struct dvs_error err;
	int code;

	dvs_command_usage(dvs_command_find(type->name, "show"), type, usage);
	if (dvs_operands_init(&ops, type, argc, argv, &err) < 0)
		return dvs_ctl_usage(ctl, "%s; usage: dvsctl %s", err.text, usage);
	if (ops.n_fields > 0 && ops.n_objects > 0)
		code = dvs_ctl_usage(ctl, "\"%s\": names or fields, not both; usage: dvsctl %s",
				     ops.fields[0], usage);
	else if (dvs_filter_parse(type, ops.n_fields, ops.fields, &filter, &err) < 0)
		code = dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	else
		code = show(ctl, &ops, &filter);
	dvs_operands_fini(&ops);
	return code;
}

int dvs_ctl_object_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	return dvs_ctl_show(ctl, type, argc, argv, show_objects);
}
