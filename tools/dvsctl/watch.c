/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"

#include <stdio.h>

/* The names that operands choose. */
struct names {
	int n;
	char **words;
};

double dvs_view_seconds(const struct dvs_view *view)
{
	return (double)(view->now->at_ns - view->before->at_ns) / 1e9;
}

double dvs_view_rate(const struct dvs_view *view, size_t row, const struct dvs_field *field,
		     const void *unseen)
{
	const void *now = dvs_rows_get(&view->now->rows, row);
	const void *before = dvs_rows_find(&view->before->rows, now);

	return dvs_live_rate(field, before ? before : unseen, now,
			     view->now->at_ns - view->before->at_ns);
}

json_t *dvs_view_rates_json(const struct dvs_view *view, size_t row, const void *unseen)
{
	const struct dvs_type *type = view->now->rows.type;
	json_t *rates = json_object();

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		double rate = -1;

		if ((field->flags & DVS_FIELD_COUNTER) != 0)
			rate = dvs_view_rate(view, row, field, unseen);
		if (rate >= 0)
			json_object_set_new(rates, field->name, json_real(rate));
	}
	return rates;
}

static void print_json(const struct dvs_ctl *ctl, const struct dvs_watch *watch,
		       const struct dvs_view *view)
{
	json_t *array, *json;

	if (!view->before) {
		watch->print_totals(view);
		return;
	}
	array = json_array();
	for (size_t row = 0; row < view->now->rows.n; row++)
		json_array_append_new(array, watch->watched_json(view, row));
	json = json_pack("{s:f, s:o}", "interval", dvs_view_seconds(view), watch->json_name, array);
	if (ctl->is_watching)
		dvs_ctl_json_line(json);
	else
		dvs_ctl_json(json);
}

static void print_view(const struct dvs_ctl *ctl, const struct dvs_watch *watch,
		       const struct dvs_view *view)
{
	if (ctl->is_json)
		print_json(ctl, watch, view);
	else
		watch->print_table(view);
	fflush(stdout);
}

static int sample(struct dvs_ctl *ctl, const struct dvs_watch *watch, const struct names *names,
		  struct dvs_sample *ret_sample, struct dvs_error *err)
{
	int code = dvs_live_sample(ctl, watch->type, ret_sample, err);

	if (code != DVS_EXIT_OK)
		return code;
	if (watch->keep)
		dvs_rows_filter(&ret_sample->rows, watch->keep, NULL);
	if (watch->port_field)
		code = dvs_live_choose(ctl, &ret_sample->rows, watch->port_field, names->n,
				       names->words, err);
	if (code != DVS_EXIT_OK)
		dvs_rows_fini(&ret_sample->rows);
	return code;
}

/* count 0: until somebody ends it. before is another sample afterwards. */
static int repeat(struct dvs_ctl *ctl, const struct dvs_watch *watch, const struct names *names,
		  unsigned int count, struct dvs_sample *before, struct dvs_error *err)
{
	for (unsigned int n = 0; count == 0 || n < count; n++) {
		struct dvs_sample now;
		struct dvs_view view = {before, &now};
		int code;

		dvs_live_sleep(ctl->interval_ms);
		code = sample(ctl, watch, names, &now, err);
		if (code != DVS_EXIT_OK)
			return code;
		if (ctl->is_watching && !ctl->is_json)
			dvs_live_new_screen(n == 0);
		print_view(ctl, watch, &view);
		dvs_rows_fini(&before->rows);
		*before = now;
	}
	return DVS_EXIT_OK;
}

int dvs_watch(struct dvs_ctl *ctl, const struct dvs_watch *watch, int argc, char **argv)
{
	const struct names names = {argc, argv};
	struct dvs_sample first;
	struct dvs_view totals = {NULL, &first};
	struct dvs_error err;
	int code;

	if (ctl->count > 0)
		ctl->is_watching = true;
	if (ctl->interval_ms == 0)
		ctl->interval_ms = watch->default_ms;
	code = sample(ctl, watch, &names, &first, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_watching || watch->needs_two)
		code = repeat(ctl, watch, &names, ctl->is_watching ? ctl->count : 1, &first, &err);
	else
		print_view(ctl, watch, &totals);
	dvs_rows_fini(&first.rows);
	return code == DVS_EXIT_OK ? code : dvs_ctl_fail(ctl, code, &err);
}
