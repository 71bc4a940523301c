/* SPDX-License-Identifier: BSD-3-Clause */
/* drops: which frames were dropped, and why. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "live.h"

#define MEANING "MEANING"

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct dvs_drop *drop = dvs_rows_get(arg, row);

	if (column->field)
		dvs_value_print(column->field, drop, buf);
	else
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%s", dvs_drop_meaning(drop->reason));
}

static void print_table(const struct dvs_rows *drops)
{
	struct dvs_table table = {.n_rows = drops->n, .cell = cell, .arg = drops};

	for (unsigned int i = 0; i < drops->type->n_fields; i++)
		dvs_table_add_field(&table, &drops->type->fields[i]);
	dvs_table_add(&table, MEANING, false);
	dvs_table_print(&table, stdout);
}

static void print_json(const struct dvs_rows *drops)
{
	dvs_ctl_list_begin(drops->type->plural);
	for (size_t row = 0; row < drops->n; row++) {
		const struct dvs_drop *drop = dvs_rows_get(drops, row);
		json_t *json = dvs_type_json(drops->type, drop, DVS_FIELDS_ALL);

		json_object_set_new(json, "meaning", json_string(dvs_drop_meaning(drop->reason)));
		dvs_ctl_list_item(json, row == 0);
	}
	dvs_ctl_list_end();
}

static bool has_frames(const void *record, const void *arg)
{
	const struct dvs_drop *drop = record;

	(void)arg;
	return drop->frames > 0 || drop->audited > 0;
}

int dvs_drops(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_rows drops;
	struct dvs_error err;
	int code = dvs_ctl_dump(ctl, &dvs_drop_type, &drops, &err);

	(void)type;
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	dvs_rows_filter(&drops, has_frames, NULL);
	code = dvs_live_choose(ctl, &drops, "port", argc, argv, &err);
	if (code != DVS_EXIT_OK)
		dvs_ctl_fail(ctl, code, &err);
	else if (ctl->is_json)
		print_json(&drops);
	else if (drops.n == 0)
		printf("no frame was dropped\n");
	else
		print_table(&drops);
	dvs_rows_fini(&drops);
	return code;
}
