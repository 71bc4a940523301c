/* SPDX-License-Identifier: BSD-3-Clause */
/* workers: how busy the polling threads are between two samples, and what a frame costs. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "watch.h"

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

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : -1;
}

static struct work work_of(const struct dvs_view *view, size_t row)
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
	seconds = dvs_view_seconds(view);
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
	const struct dvs_view *view = arg;
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
static void print_table(const struct dvs_view *view)
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

static json_t *worker_json(const struct dvs_view *view, size_t row)
{
	struct work work = work_of(view, row);
	json_t *json = dvs_type_json(&dvs_worker_type, dvs_rows_get(&view->now->rows, row),
				     DVS_FIELDS_ALL);

	for (size_t m = 0; m < N_MEASURES; m++)
		json_object_set_new(json, measures[m].name,
				    measure(&work, m) < 0 ? json_null()
							  : json_real(measure(&work, m)));
	return json;
}

int dvs_workers(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	static const struct dvs_watch watch = {
		.type = &dvs_worker_type,
		.json_name = "workers",
		.default_ms = 500, /* what a single look takes */
		.needs_two = true,
		.print_table = print_table,
		.watched_json = worker_json,
	};

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "workers takes no \"%s\"", argv[0]);
	return dvs_watch(ctl, &watch, argc, argv);
}
