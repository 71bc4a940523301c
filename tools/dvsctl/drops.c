/* SPDX-License-Identifier: BSD-3-Clause */
/* drops: which frames were dropped or audited, why, and who sent the last of them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "drops.h"
#include "field_json.h"
#include "watch.h"

#define MEANING "MEANING"

static const struct dvs_drop none; /* a row that was not there before counted from 0 */

static bool is_counter(const struct dvs_field *field)
{
	return (field->flags & DVS_FIELD_COUNTER) != 0;
}

const char *dvs_drop_describe(const struct dvs_drop *drop, char buf[DVS_DESCRIBE_MAX])
{
	uint32_t length = drop->last_length < DVS_HEADER_KEPT ? drop->last_length : DVS_HEADER_KEPT;

	if (drop->last_length == 0)
		return NULL;
	return dvs_describe_frame(drop->last_header, length, drop->last_length, buf);
}

/* ---- table ---- */

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_view *view = arg;
	const struct dvs_drop *drop = dvs_rows_get(&view->now->rows, row);

	if (!column->field)
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%s", dvs_drop_meaning(drop->reason));
	else if (view->before && is_counter(column->field))
		dvs_live_print_rate(column->field, dvs_view_rate(view, row, column->field, &none),
				    buf);
	else if (!is_counter(column->field) && column->field->type == DVS_FIELD_UINT &&
		 drop->last_length == 0)
		strcpy(buf, "-");
	else
		dvs_value_print(column->field, drop, buf);
}

/* Under the table: the last header of each row, where one was kept. */
static void print_headers(const struct dvs_rows *drops)
{
	char text[DVS_DESCRIBE_MAX];
	bool is_first = true;

	for (size_t row = 0; row < drops->n; row++) {
		const struct dvs_drop *drop = dvs_rows_get(drops, row);

		if (!dvs_drop_describe(drop, text))
			continue;
		if (is_first)
			printf("\nlast frames\n");
		is_first = false;
		printf("  %s %s: %s\n", drop->port, dvs_drop_name(drop->reason), text);
	}
}

static void print_table(const struct dvs_view *view)
{
	const struct dvs_rows *drops = &view->now->rows;
	struct dvs_table table = {.n_rows = drops->n, .cell = cell, .arg = view};

	if (drops->n == 0) {
		printf("no frame was dropped\n");
		return;
	}
	for (unsigned int i = 0; i < drops->type->n_fields; i++) {
		const struct dvs_field *field = &drops->type->fields[i];

		if (view->before && is_counter(field))
			dvs_live_add_rate(&table, field);
		else
			dvs_table_add_field(&table, field);
	}
	dvs_table_add(&table, MEANING, false);
	dvs_table_print(&table, stdout);
	print_headers(drops);
}

/* ---- JSON ---- */

json_t *dvs_drop_json(const struct dvs_drop *drop)
{
	json_t *json = dvs_type_json(&dvs_drop_type, drop, DVS_FIELDS_ALL);
	char text[DVS_DESCRIBE_MAX];

	json_object_set_new(json, "meaning", json_string(dvs_drop_meaning(drop->reason)));
	json_object_set_new(json, "last_frame",
			    dvs_drop_describe(drop, text) ? json_string(text) : json_null());
	return json;
}

static json_t *watched_json(const struct dvs_view *view, size_t row)
{
	json_t *json = dvs_drop_json(dvs_rows_get(&view->now->rows, row));

	json_object_set_new(json, "per_second", dvs_view_rates_json(view, row, &none));
	return json;
}

static void print_totals(const struct dvs_view *view)
{
	const struct dvs_rows *drops = &view->now->rows;

	dvs_ctl_list_begin(drops->type->plural);
	for (size_t row = 0; row < drops->n; row++)
		dvs_ctl_list_item(dvs_drop_json(dvs_rows_get(drops, row)), row == 0);
	dvs_ctl_list_end();
}

/* ---- the command ---- */

static bool has_frames(const void *record, const void *arg)
{
	const struct dvs_drop *drop = record;

	(void)arg;
	return drop->frames > 0 || drop->audited > 0;
}

int dvs_drops(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	static const struct dvs_watch watch = {
		.type = &dvs_drop_type,
		.port_field = "port",
		.json_name = "drops",
		.default_ms = 1000,
		.keep = has_frames,
		.print_table = print_table,
		.print_totals = print_totals,
		.watched_json = watched_json,
	};

	(void)type;
	return dvs_watch(ctl, &watch, argc, argv);
}
