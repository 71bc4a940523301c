/* SPDX-License-Identifier: BSD-3-Clause */
/* drops: which frames were dropped or audited, why, and who sent the last of them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "drops.h"
#include "field_json.h"
#include "live.h"

#define MEANING		    "MEANING"
#define DEFAULT_INTERVAL_MS 1000u

struct view {
	const struct dvs_sample *before; /* NULL: totals */
	const struct dvs_sample *now;
};

static bool is_counter(const struct dvs_field *field)
{
	return (field->flags & DVS_FIELD_COUNTER) != 0;
}

/* A row that was not there before counted from 0. */
static double rate_of(const struct view *view, size_t row, const struct dvs_field *field)
{
	static const struct dvs_drop none;
	const void *now = dvs_rows_get(&view->now->rows, row);
	const void *before = dvs_rows_find(&view->before->rows, now);

	return dvs_live_rate(field, before ? before : &none, now,
			     view->now->at_ns - view->before->at_ns);
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
	const struct view *view = arg;
	const struct dvs_drop *drop = dvs_rows_get(&view->now->rows, row);

	if (!column->field)
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%s", dvs_drop_meaning(drop->reason));
	else if (view->before && is_counter(column->field))
		dvs_live_print_rate(column->field, rate_of(view, row, column->field), buf);
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

static void print_table(const struct view *view)
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

static json_t *watched_json(const struct view *view, size_t row)
{
	json_t *json = dvs_drop_json(dvs_rows_get(&view->now->rows, row));
	json_t *rates = json_object();

	for (unsigned int i = 0; i < dvs_drop_type.n_fields; i++) {
		const struct dvs_field *field = &dvs_drop_type.fields[i];
		double rate = is_counter(field) ? rate_of(view, row, field) : -1;

		if (rate >= 0)
			json_object_set_new(rates, field->name, json_real(rate));
	}
	json_object_set_new(json, "per_second", rates);
	return json;
}

static void print_json(const struct view *view)
{
	const struct dvs_rows *drops = &view->now->rows;
	json_t *array;

	if (!view->before) {
		dvs_ctl_list_begin(drops->type->plural);
		for (size_t row = 0; row < drops->n; row++)
			dvs_ctl_list_item(dvs_drop_json(dvs_rows_get(drops, row)), row == 0);
		dvs_ctl_list_end();
		return;
	}
	array = json_array();
	for (size_t row = 0; row < drops->n; row++)
		json_array_append_new(array, watched_json(view, row));
	dvs_ctl_json_line(json_pack("{s:f, s:o}", "interval",
				    (double)(view->now->at_ns - view->before->at_ns) / 1e9, "drops",
				    array));
}

/* ---- the command ---- */

static void print_view(const struct dvs_ctl *ctl, const struct view *view)
{
	if (ctl->is_json)
		print_json(view);
	else
		print_table(view);
	fflush(stdout);
}

static bool has_frames(const void *record, const void *arg)
{
	const struct dvs_drop *drop = record;

	(void)arg;
	return drop->frames > 0 || drop->audited > 0;
}

static int sample(struct dvs_ctl *ctl, int n_names, char **names, struct dvs_sample *ret_sample,
		  struct dvs_error *err)
{
	int code = dvs_live_sample(ctl, &dvs_drop_type, ret_sample, err);

	if (code != DVS_EXIT_OK)
		return code;
	dvs_rows_filter(&ret_sample->rows, has_frames, NULL);
	code = dvs_live_choose(ctl, &ret_sample->rows, "port", n_names, names, err);
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

int dvs_drops(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
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
