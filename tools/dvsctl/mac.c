/* SPDX-License-Identifier: BSD-3-Clause */
/* mac show, mac duplicates and mac flush: the MAC table of the switch. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "live.h"
#include "operands.h"

/* FIELD=VALUE of the table: the rows of a filter and, in an entry, what they must be. */
struct filter {
	struct dvs_fdb_entry wanted;
	dvs_field_set fields;
};

static bool matches(const void *record, const void *arg)
{
	const struct filter *filter = arg;

	return (dvs_type_diff(&dvs_fdb_entry_type, record, &filter->wanted) & filter->fields) == 0;
}

static int parse_filter(int argc, char **argv, struct filter *filter, struct dvs_error *err)
{
	memset(filter, 0, sizeof(*filter));
	for (int i = 0; i < argc; i++) {
		const struct dvs_field *field;
		const char *value;
		int ret = dvs_operand_field(&dvs_fdb_entry_type, argv[i], 0, &field, &value, err);

		if (ret == 0)
			ret = dvs_field_parse(field, value, &filter->wanted, err);
		if (ret < 0)
			return ret;
		filter->fields |= dvs_field_bit(&dvs_fdb_entry_type, field);
	}
	return 0;
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	dvs_value_print(column->field, dvs_rows_get(arg, row), buf);
}

static void print_table(const struct dvs_rows *macs)
{
	struct dvs_table table = {.n_rows = macs->n, .cell = cell, .arg = macs};

	for (unsigned int i = 0; i < macs->type->n_fields; i++)
		dvs_table_add_field(&table, &macs->type->fields[i]);
	dvs_table_print(&table, stdout);
}

static void print_json(const struct dvs_rows *macs)
{
	dvs_ctl_list_begin(macs->type == &dvs_fdb_entry_type ? "macs" : macs->type->plural);
	for (size_t row = 0; row < macs->n; row++)
		dvs_ctl_list_item(
			dvs_type_json(macs->type, dvs_rows_get(macs, row), DVS_FIELDS_ALL),
			row == 0);
	dvs_ctl_list_end();
}

/* All words are FIELD=VALUE; a usage error otherwise. */
static int need_filters(const struct dvs_ctl *ctl, const char *verb, int argc, char **argv)
{
	const struct dvs_command *command = dvs_command_find("mac", verb);
	char usage[DVS_FIELD_TEXT_MAX];

	for (int i = 0; i < argc; i++)
		if (!strchr(argv[i], '='))
			return dvs_ctl_usage(ctl, "\"%s\" is not FIELD=VALUE; usage: dvsctl %s",
					     argv[i],
					     dvs_command_usage(command, &dvs_mac_type, usage));
	return DVS_EXIT_OK;
}

int dvs_mac_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct filter filter;
	struct dvs_rows macs;
	struct dvs_error err;
	int code = need_filters(ctl, "show", argc, argv);

	(void)type;
	if (code != DVS_EXIT_OK)
		return code;
	if (parse_filter(argc, argv, &filter, &err) < 0)
		return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	code = dvs_ctl_dump(ctl, &dvs_fdb_entry_type, &macs, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	dvs_rows_filter(&macs, matches, &filter);
	if (ctl->is_json)
		print_json(&macs);
	else
		print_table(&macs);
	dvs_rows_fini(&macs);
	return DVS_EXIT_OK;
}

int dvs_mac_duplicates(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_rows macs;
	struct dvs_error err;
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "\"%s\": mac duplicates takes no words", argv[0]);
	code = dvs_ctl_dump(ctl, &dvs_duplicate_type, &macs, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_json)
		print_json(&macs);
	else if (macs.n == 0)
		printf("no MAC is active on two ports\n");
	else
		print_table(&macs);
	dvs_rows_fini(&macs);
	return DVS_EXIT_OK;
}

int dvs_mac_flush(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	const struct dvs_type *entry = &dvs_fdb_entry_type;
	const dvs_field_set known = dvs_field_bit(entry, dvs_type_field(entry, "segment")) |
				    dvs_field_bit(entry, dvs_type_field(entry, "port"));
	struct filter filter;
	struct dvs_error err;
	uint32_t flushed;
	int code = need_filters(ctl, "flush", argc, argv);

	(void)type;
	if (code != DVS_EXIT_OK)
		return code;
	if (parse_filter(argc, argv, &filter, &err) < 0)
		return dvs_ctl_fail(ctl, DVS_EXIT_FAILED, &err);
	if ((filter.fields & ~known) != 0)
		return dvs_ctl_usage(ctl, "mac flush: only segment=NAME and port=NAME choose");
	code = dvs_ctl_mac_flush(ctl, filter.wanted.segment, filter.wanted.port, &flushed, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_json)
		dvs_ctl_json(json_pack("{s:I}", "flushed", (json_int_t)flushed));
	else
		printf("%u %s forgotten\n", flushed, flushed == 1 ? "entry" : "entries");
	return DVS_EXIT_OK;
}
