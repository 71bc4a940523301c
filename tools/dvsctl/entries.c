/* SPDX-License-Identifier: BSD-3-Clause */
#include "entries.h"

#include <string.h>

#include "command.h"
#include "field_json.h"
#include "operands.h"
#include "table.h"

const struct dvs_type *dvs_entries_type(const struct dvs_type *object)
{
	if (object == &dvs_mac_type)
		return &dvs_fdb_entry_type;
	if (object == &dvs_binding_type)
		return &dvs_binding_entry_type;
	return object == &dvs_group_type ? &dvs_group_state_type : NULL;
}

/* What a filter is matched with. */
struct match {
	const struct dvs_type *type;
	const struct dvs_filter *filter;
};

static bool matches(const void *record, const void *arg)
{
	const struct match *match = arg;

	return dvs_filter_matches(match->filter, match->type, record);
}

int dvs_entries_filter(const struct dvs_ctl *ctl, const struct dvs_type *object, const char *verb,
		       int argc, char **argv, struct dvs_filter *ret_filter)
{
	const struct dvs_command *command = dvs_command_find(object->name, verb);
	char usage[DVS_FIELD_TEXT_MAX];
	struct dvs_error err;

	for (int i = 0; i < argc; i++)
		if (!strchr(argv[i], '='))
			return dvs_ctl_usage(ctl, "\"%s\" is not FIELD=VALUE; usage: dvsctl %s",
					     argv[i], dvs_command_usage(command, object, usage));
	if (dvs_filter_parse(dvs_entries_type(object), (unsigned int)argc, argv, ret_filter, &err) <
	    0)
		return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	return DVS_EXIT_OK;
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	dvs_value_print(column->field, dvs_rows_get(arg, row), buf);
}

static void print_table(const struct dvs_rows *rows)
{
	struct dvs_table table = {.n_rows = rows->n, .cell = cell, .arg = rows};

	for (unsigned int i = 0; i < rows->type->n_fields; i++)
		dvs_table_add_field(&table, &rows->type->fields[i]);
	dvs_table_print(&table, stdout);
}

static void print_json(const struct dvs_rows *rows, const char *name)
{
	dvs_ctl_list_begin(name);
	for (size_t row = 0; row < rows->n; row++)
		dvs_ctl_list_item(
			dvs_type_json(rows->type, dvs_rows_get(rows, row), DVS_FIELDS_ALL),
			row == 0);
	dvs_ctl_list_end();
}

void dvs_entries_print(const struct dvs_ctl *ctl, const struct dvs_rows *rows, const char *name)
{
	if (ctl->is_json)
		print_json(rows, name);
	else
		print_table(rows);
}

int dvs_entries_show(struct dvs_ctl *ctl, const struct dvs_type *object, int argc, char **argv)
{
	struct dvs_filter filter;
	struct match match = {dvs_entries_type(object), &filter};
	struct dvs_rows rows;
	struct dvs_error err;
	int code = dvs_entries_filter(ctl, object, "show", argc, argv, &filter);

	if (code != DVS_EXIT_OK)
		return code;
	code = dvs_ctl_dump(ctl, match.type, &rows, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	dvs_rows_filter(&rows, matches, &match);
	dvs_entries_print(ctl, &rows, object->plural);
	dvs_rows_fini(&rows);
	return DVS_EXIT_OK;
}
