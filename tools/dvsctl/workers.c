/* SPDX-License-Identifier: BSD-3-Clause */
/* workers: how busy the polling threads are between two samples, and what a frame costs. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "live.h"

#define DEFAULT_INTERVAL_MS 500u /* what a single look takes */

/* What a worker did between two samples; negative: not known. */
struct work {
	double busy_percent;
	double cycles_per_frame;
	double frames_per_second;
	double frames_per_batch;
};

static const struct {
	const char *heading, *name;
	size_t offset;
	bool is_prefixed; /* printed with a decimal prefix */
} measures[] = {
	{"BUSY (%)", "busy_percent", offsetof(struct work, busy_percent), false},
	{"FRAMES (/s)", "frames_per_second", offsetof(struct work, frames_per_second), true},
	{"FRAMES (/batch)", "frames_per_batch", offsetof(struct work, frames_per_batch), false},
	{"COST (TSC cycles/frame)", "recent_cycles_per_frame",
	 offsetof(struct work, cycles_per_frame), false},
};
#define N_MEASURES (sizeof(measures) / sizeof(measures[0]))

struct view {
	const struct dvs_sample *before, *now;
};

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : -1;
}

static struct work work_of(const struct view *view, size_t row)
{
	const struct dvs_worker_state *now = dvs_rows_get(&view->now->rows, row);
	const struct dvs_worker_state *before = dvs_rows_find(&view->before->rows, now);
	struct work work = {-1, -1, -1, -1};
	double busy, idle, frames, seconds;

	if (!before || now->busy_cycles < before->busy_cycles || now->frames < before->frames ||
	    now->idle_cycles < before->idle_cycles || now->batches < before->batches)
		return work;
	busy = (double)(now->busy_cycles - before->busy_cycles);
	idle = (double)(now->idle_cycles - before->idle_cycles);
	frames = (double)(now->frames - before->frames);
	seconds = (double)(view->now->at_ns - view->before->at_ns) / 1e9;
	work.busy_percent = ratio(100 * busy, busy + idle);
	work.cycles_per_frame = ratio(busy, frames);
	work.frames_per_second = ratio(frames, seconds);
	work.frames_per_batch = ratio(frames, (double)(now->batches - before->batches));
	return work;
}

static double measure(const struct work *work, size_t m)
{
	return *(const double *)((const char *)work + measures[m].offset);
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct view *view = arg;
	struct work work = work_of(view, row);
	char human[DVS_HUMAN_MAX];

	if (column->field) {
		dvs_value_print(column->field, dvs_rows_get(&view->now->rows, row), buf);
		return;
	}
	for (size_t m = 0; m < N_MEASURES; m++) {
		double value = measure(&work, m);

		if (strcmp(measures[m].heading, column->heading) != 0)
			continue;
		if (value < 0)
			strcpy(buf, "-");
		else if (measures[m].is_prefixed)
			strcpy(buf, dvs_human_print(value, human));
		else
			snprintf(buf, DVS_FIELD_TEXT_MAX, "%.1f", value);
	}
}

/* What a worker is, from its rows; what it does, from two samples; counters are for --json. */
static void print_table(const struct view *view)
{
	const struct dvs_type *type = &dvs_worker_type;
	struct dvs_table table = {.n_rows = view->now->rows.n, .cell = cell, .arg = view};

	for (unsigned int i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & DVS_FIELD_COUNTER) == 0)
			dvs_table_add_field(&table, &type->fields[i]);
	for (size_t m = 0; m < N_MEASURES; m++)
		dvs_table_add(&table, measures[m].heading, true);
	dvs_table_print(&table, stdout);
}

static void print_json(const struct dvs_ctl *ctl, const struct view *view)
{
	json_t *workers = json_array(), *json;

	for (size_t row = 0; row < view->now->rows.n; row++) {
		struct work work = work_of(view, row);

		json = dvs_type_json(&dvs_worker_type, dvs_rows_get(&view->now->rows, row),
				     DVS_FIELDS_ALL);
		for (size_t m = 0; m < N_MEASURES; m++)
			json_object_set_new(json, measures[m].name,
					    measure(&work, m) < 0 ? json_null()
								  : json_real(measure(&work, m)));
		json_array_append_new(workers, json);
	}
	json = json_pack("{s:f, s:o}", "interval",
			 (double)(view->now->at_ns - view->before->at_ns) / 1e9, "workers",
			 workers);
	if (ctl->is_watching)
		dvs_ctl_json_line(json);
	else
		dvs_ctl_json(json);
}

static int watch(struct dvs_ctl *ctl, struct dvs_sample *before, struct dvs_error *err)
{
	for (unsigned int n = 0; ctl->count == 0 || n < ctl->count; n++) {
		struct dvs_sample now;
		struct view view = {before, &now};
		int code;

		dvs_live_sleep(ctl->interval_ms);
		code = dvs_live_sample(ctl, &dvs_worker_type, &now, err);
		if (code != DVS_EXIT_OK)
			return code;
		if (ctl->is_json) {
			print_json(ctl, &view);
		} else {
			if (ctl->is_watching)
				dvs_live_new_screen(n == 0);
			print_table(&view);
		}
		fflush(stdout);
		dvs_rows_fini(&before->rows);
		*before = now;
	}
	return DVS_EXIT_OK;
}

int dvs_workers(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_sample first;
	struct dvs_error err;
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "workers takes no \"%s\"", argv[0]);
	if (!ctl->is_watching && ctl->count == 0)
		ctl->count = 1;
	else
		ctl->is_watching = true;
	if (ctl->interval_ms == 0)
		ctl->interval_ms = DEFAULT_INTERVAL_MS;
	code = dvs_live_sample(ctl, &dvs_worker_type, &first, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	code = watch(ctl, &first, &err);
	dvs_rows_fini(&first.rows);
	return code == DVS_EXIT_OK ? code : dvs_ctl_fail(ctl, code, &err);
}
