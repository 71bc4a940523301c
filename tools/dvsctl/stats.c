/* SPDX-License-Identifier: BSD-3-Clause */
/* stats: the counters of ports and, in a watch, their rates. */
#include <stdio.h>

#include "command.h"
#include "field_json.h"
#include "live.h"

#define DEFAULT_INTERVAL_MS 1000u

struct view {
	const struct dvs_sample *before; /* NULL: totals */
	const struct dvs_sample *now;
};

static bool is_counter(const struct dvs_field *field)
{
	return (field->flags & DVS_FIELD_COUNTER) != 0;
}

static double rate_of(const struct view *view, size_t row, const struct dvs_field *field)
{
	const void *now = dvs_rows_get(&view->now->rows, row);

	return dvs_live_rate(field, dvs_rows_find(&view->before->rows, now), now,
			     view->now->at_ns - view->before->at_ns);
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct view *view = arg;

	if (view->before && is_counter(column->field))
		dvs_live_print_rate(column->field, rate_of(view, row, column->field), buf);
	else
		dvs_value_print(column->field, dvs_rows_get(&view->now->rows, row), buf);
}

static void print_table(const struct view *view)
{
	const struct dvs_type *type = &dvs_port_state_type;
	struct dvs_table table = {.n_rows = view->now->rows.n, .cell = cell, .arg = view};

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (is_counter(field) && view->before)
			dvs_live_add_rate(&table, field);
		else if (is_counter(field) || (field->flags & DVS_FIELD_KEY) != 0)
			dvs_table_add_field(&table, field);
	}
	dvs_table_print(&table, stdout);
}

/* The counters of a port, and their rates under "per_second" where they are known. */
static json_t *port_json(const struct view *view, size_t row)
{
	const struct dvs_type *type = &dvs_port_state_type;
	dvs_field_set fields = 0;
	json_t *json, *rates = view->before ? json_object() : NULL;

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		double rate = rates && is_counter(field) ? rate_of(view, row, field) : -1;

		if (is_counter(field) || (field->flags & DVS_FIELD_KEY) != 0)
			fields |= dvs_field_bit(type, field);
		if (rate >= 0)
			json_object_set_new(rates, field->name, json_real(rate));
	}
	json = dvs_type_json(type, dvs_rows_get(&view->now->rows, row), fields);
	if (rates)
		json_object_set_new(json, "per_second", rates);
	return json;
}

static void print_json(const struct view *view)
{
	json_t *ports = json_array();

	for (size_t row = 0; row < view->now->rows.n; row++)
		json_array_append_new(ports, port_json(view, row));
	if (view->before)
		dvs_ctl_json_line(json_pack("{s:f, s:o}", "interval",
					    (double)(view->now->at_ns - view->before->at_ns) / 1e9,
					    "ports", ports));
	else
		dvs_ctl_json(json_pack("{s:o}", "ports", ports));
}

static void print_view(const struct dvs_ctl *ctl, const struct view *view)
{
	if (ctl->is_json)
		print_json(view);
	else
		print_table(view);
	fflush(stdout);
}

static int sample(struct dvs_ctl *ctl, int n_names, char **names, struct dvs_sample *ret_sample,
		  struct dvs_error *err)
{
	int code = dvs_live_sample(ctl, &dvs_port_state_type, ret_sample, err);

	if (code != DVS_EXIT_OK)
		return code;
	code = dvs_live_choose(ctl, &ret_sample->rows, "name", n_names, names, err);
	if (code != DVS_EXIT_OK)
		dvs_rows_fini(&ret_sample->rows);
	return code;
}

static int watch(struct dvs_ctl *ctl, int n_names, char **names, struct dvs_sample *before,
		 struct dvs_error *err)
{
	for (unsigned int n = 0; ctl->count == 0 || n < ctl->count; n++) {
		struct dvs_sample now;
		struct view view = {before, &now};
		int code;

		dvs_live_sleep(ctl->interval_ms);
		code = sample(ctl, n_names, names, &now, err);
		if (code != DVS_EXIT_OK)
			return code;
		if (!ctl->is_json)
			dvs_live_new_screen(n == 0);
		print_view(ctl, &view);
		dvs_rows_fini(&before->rows);
		*before = now;
	}
	return DVS_EXIT_OK;
}

int dvs_stats(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_sample first;
	struct view view = {NULL, &first};
	struct dvs_error err;
	int code;

	(void)type;
	if (ctl->count > 0 && !ctl->is_watching) {
		ctl->is_watching = true;
		ctl->interval_ms = DEFAULT_INTERVAL_MS;
	}
	code = sample(ctl, argc, argv, &first, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_watching)
		code = watch(ctl, argc, argv, &first, &err);
	else
		print_view(ctl, &view);
	dvs_rows_fini(&first.rows);
	return code == DVS_EXIT_OK ? code : dvs_ctl_fail(ctl, code, &err);
}
