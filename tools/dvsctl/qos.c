/* SPDX-License-Identifier: BSD-3-Clause */
/* qos: what waits for ports, and for how long; in a watch how much is sent, drawn as bars. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "watch.h"

#define BAR	  "SENT"
#define BAR_WIDTH 24

static const struct dvs_queue_state none; /* a queue that was not there before counted from 0 */

static const struct dvs_queue_state *before_of(const struct dvs_view *view,
					       const struct dvs_queue_state *now)
{
	const struct dvs_queue_state *before = dvs_rows_find(&view->before->rows, now);

	return before && before->frames <= now->frames ? before : &none;
}

/* In a watch: the frames that were sent meanwhile. */
static uint32_t delay(const struct dvs_view *view, const struct dvs_queue_state *now,
		      unsigned int percent)
{
	uint64_t delays[DVS_QUEUE_DELAYS];

	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS; n++)
		delays[n] = now->delays[n] - (view->before ? before_of(view, now)->delays[n] : 0);
	return dvs_queue_delay_us(delays, percent);
}

/* ---- table ---- */

static double bits(const struct dvs_view *view, size_t row)
{
	return dvs_view_rate(view, row, dvs_type_field(&dvs_queue_type, "bytes"), &none) * 8;
}

static void draw_bar(const struct dvs_view *view, size_t row, char buf[DVS_FIELD_TEXT_MAX])
{
	double most = 0, length = bits(view, row);

	for (size_t i = 0; i < view->now->rows.n; i++)
		most = bits(view, i) > most ? bits(view, i) : most;
	length = most > 0 && length > 0 ? length / most * BAR_WIDTH + 0.5 : 0;
	memset(buf, '#', (size_t)length);
	buf[(size_t)length] = '\0';
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_view *view = arg;
	const struct dvs_queue_state *now = dvs_rows_get(&view->now->rows, row);
	const struct dvs_field *field = column->field;

	if (!field)
		draw_bar(view, row, buf);
	else if (strcmp(field->name, "class") == 0 && now->n_classes == 1)
		strcpy(buf, "-");
	else if (strncmp(field->name, "delay_p", 7) == 0)
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%u",
			 delay(view, now, field->name[7] == '5' ? 50 : 99));
	else if (view->before && (field->flags & DVS_FIELD_COUNTER) != 0)
		dvs_live_print_rate(field, dvs_view_rate(view, row, field, &none), buf);
	else
		dvs_value_print(field, now, buf);
}

static void print_table(const struct dvs_view *view)
{
	const struct dvs_type *type = &dvs_queue_type;
	struct dvs_table table = {.n_rows = view->now->rows.n, .cell = cell, .arg = view};

	if (view->now->rows.n == 0) {
		printf("no port has limits towards it\n");
		return;
	}
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if ((field->flags & DVS_FIELD_WIDE) != 0)
			continue;
		if (view->before && (field->flags & DVS_FIELD_COUNTER) != 0)
			dvs_live_add_rate(&table, field);
		else
			dvs_table_add_field(&table, field);
	}
	if (view->before)
		dvs_table_add(&table, BAR, false);
	dvs_table_print(&table, stdout);
}

/* ---- JSON ---- */

static json_t *queue_json(const struct dvs_view *view, size_t row)
{
	const struct dvs_queue_state *now = dvs_rows_get(&view->now->rows, row);
	json_t *json = dvs_type_json(&dvs_queue_type, now, DVS_FIELDS_ALL);
	json_t *delays = json_object();

	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS; n++) {
		char below[16];

		snprintf(below, sizeof(below), "%u", 1u << n);
		if (now->delays[n] != 0)
			json_object_set_new(delays, below,
					    json_integer((json_int_t)now->delays[n]));
	}
	json_object_set_new(json, "delays_below_us", delays);
	return json;
}

static json_t *watched_json(const struct dvs_view *view, size_t row)
{
	json_t *json = queue_json(view, row);

	json_object_set_new(json, "per_second", dvs_view_rates_json(view, row, &none));
	return json;
}

static void print_totals(const struct dvs_view *view)
{
	dvs_ctl_list_begin(dvs_queue_type.plural);
	for (size_t row = 0; row < view->now->rows.n; row++)
		dvs_ctl_list_item(queue_json(view, row), row == 0);
	dvs_ctl_list_end();
}

int dvs_qos(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	static const struct dvs_watch watch = {
		.type = &dvs_queue_type,
		.port_field = "port",
		.json_name = "queues",
		.default_ms = 1000,
		.print_table = print_table,
		.print_totals = print_totals,
		.watched_json = watched_json,
	};

	(void)type;
	if (argc > 0 && strcmp(argv[0], "show") == 0) {
		argc--;
		argv++;
	}
	return dvs_watch(ctl, &watch, argc, argv);
}
