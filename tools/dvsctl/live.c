/* SPDX-License-Identifier: BSD-3-Clause */
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "ctl_object.h"

struct chosen {
	const struct dvs_field *field;
	int n_names;
	char **names;
};

static bool is_chosen(const void *record, const void *arg)
{
	const struct chosen *chosen = arg;
	char value[DVS_FIELD_TEXT_MAX];

	dvs_field_print(chosen->field, record, value);
	for (int i = 0; i < chosen->n_names; i++)
		if (strcmp(chosen->names[i], value) == 0)
			return true;
	return false;
}

static bool has_port(const struct dvs_rows *ports, const char *name)
{
	for (size_t row = 0; row < ports->n; row++) {
		const struct dvs_port_state *port = dvs_rows_get(ports, row);

		if (strcmp(port->name, name) == 0)
			return true;
	}
	return false;
}

static int check_names(struct dvs_ctl *ctl, const struct dvs_rows *ports, int n_names, char **names,
		       struct dvs_error *err)
{
	for (int i = 0; i < n_names; i++)
		if (!has_port(ports, names[i]))
			return dvs_ctl_object_absent(ctl, &dvs_port_type, names[i], err);
	return DVS_EXIT_OK;
}

int dvs_live_choose(struct dvs_ctl *ctl, struct dvs_rows *rows, const char *field_name, int n_names,
		    char **names, struct dvs_error *err)
{
	struct chosen chosen = {dvs_type_field(rows->type, field_name), n_names, names};
	struct dvs_rows ports;
	int code;

	if (n_names == 0)
		return DVS_EXIT_OK;
	if (rows->type == &dvs_port_state_type) {
		code = check_names(ctl, rows, n_names, names, err);
	} else {
		code = dvs_ctl_dump(ctl, &dvs_port_state_type, &ports, err);
		if (code != DVS_EXIT_OK)
			return code;
		code = check_names(ctl, &ports, n_names, names, err);
		dvs_rows_fini(&ports);
	}
	if (code == DVS_EXIT_OK)
		dvs_rows_filter(rows, is_chosen, &chosen);
	return code;
}

int dvs_live_sample(struct dvs_ctl *ctl, const struct dvs_type *type, struct dvs_sample *ret_sample,
		    struct dvs_error *err)
{
	int code = dvs_ctl_dump(ctl, type, &ret_sample->rows, err);

	ret_sample->at_ns = dvs_clock_monotonic_ns(NULL);
	return code;
}

double dvs_live_rate(const struct dvs_field *field, const void *earlier, const void *now,
		     uint64_t interval_ns)
{
	uint64_t before, after;

	if (!earlier || interval_ns == 0)
		return -1;
	before = dvs_field_uint(field, earlier);
	after = dvs_field_uint(field, now);
	if (after < before)
		return -1;
	return (double)(after - before) * 1e9 / (double)interval_ns;
}

static bool is_bytes(const struct dvs_field *field)
{
	return field->unit && strcmp(field->unit, "bytes") == 0;
}

void dvs_live_add_rate(struct dvs_table *table, const struct dvs_field *field)
{
	struct dvs_field row = *field;

	row.unit = is_bytes(field) ? "bit/s" : "/s";
	dvs_table_add_field(table, &row);
	if (table->n_columns > 0)
		table->columns[table->n_columns - 1].field = field;
}

void dvs_live_print_rate(const struct dvs_field *field, double rate, char buf[DVS_FIELD_TEXT_MAX])
{
	char human[DVS_HUMAN_MAX];

	if (rate < 0)
		strcpy(buf, "-");
	else
		strcpy(buf, dvs_human_print(is_bytes(field) ? 8 * rate : rate, human));
}

void dvs_live_sleep(unsigned int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

void dvs_live_new_screen(bool is_first)
{
	if (isatty(STDOUT_FILENO))
		fputs("\x1b[H\x1b[J", stdout);
	else if (!is_first)
		fputc('\n', stdout);
}
