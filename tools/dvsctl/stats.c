/* SPDX-License-Identifier: BSD-3-Clause */
/* stats: the counters of ports and, in a watch, their rates. */
#include <stdio.h>

#include "command.h"
#include "field_json.h"
#include "watch.h"

static bool is_counter(const struct dvs_field *field)
{
	return (field->flags & DVS_FIELD_COUNTER) != 0;
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_view *view = arg;

	if (view->before && is_counter(column->field))
		dvs_live_print_rate(column->field, dvs_view_rate(view, row, column->field, NULL),
				    buf);
	else
		dvs_value_print(column->field, dvs_rows_get(&view->now->rows, row), buf);
}

/* What few ports ever count is a column only where one has. */
static bool is_column(const struct dvs_view *view, const struct dvs_field *field)
{
	if (!is_counter(field) || (field->flags & DVS_FIELD_WIDE) == 0 || field->unit)
		return is_counter(field) || (field->flags & DVS_FIELD_KEY) != 0;
	for (size_t row = 0; row < view->now->rows.n; row++)
		if (dvs_field_uint(field, dvs_rows_get(&view->now->rows, row)) != 0)
			return true;
	return false;
}

static void print_table(const struct dvs_view *view)
{
	const struct dvs_type *type = &dvs_port_state_type;
	struct dvs_table table = {.n_rows = view->now->rows.n, .cell = cell, .arg = view};

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (!is_column(view, field))
			continue;
		if (is_counter(field) && view->before)
			dvs_live_add_rate(&table, field);
		else
			dvs_table_add_field(&table, field);
	}
	dvs_table_print(&table, stdout);
}

static json_t *counters_json(const struct dvs_view *view, size_t row)
{
	const struct dvs_type *type = &dvs_port_state_type;
	dvs_field_set fields = 0;

	for (unsigned int i = 0; i < type->n_fields; i++)
		if (is_counter(&type->fields[i]) || (type->fields[i].flags & DVS_FIELD_KEY) != 0)
			fields |= dvs_field_bit(type, &type->fields[i]);
	return dvs_type_json(type, dvs_rows_get(&view->now->rows, row), fields);
}

static json_t *watched_json(const struct dvs_view *view, size_t row)
{
	json_t *json = counters_json(view, row);

	json_object_set_new(json, "per_second", dvs_view_rates_json(view, row, NULL));
	return json;
}

static void print_totals(const struct dvs_view *view)
{
	json_t *ports = json_array();

	for (size_t row = 0; row < view->now->rows.n; row++)
		json_array_append_new(ports, counters_json(view, row));
	dvs_ctl_json(json_pack("{s:o}", "ports", ports));
}

int dvs_stats(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	static const struct dvs_watch watch = {
		.type = &dvs_port_state_type,
		.port_field = "name",
		.json_name = "ports",
		.default_ms = 1000,
		.print_table = print_table,
		.print_totals = print_totals,
		.watched_json = watched_json,
	};

	(void)type;
	return dvs_watch(ctl, &watch, argc, argv);
}
