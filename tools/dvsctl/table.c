/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

#define GAP 2 /* spaces between columns */

/* Columns on a terminal: characters, not bytes of UTF-8. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* The unit for people, and how many decimals the number has: "TSC cycles / 100" is 2. */
static unsigned int split_unit(const char *unit, char ret_unit[32])
{
	static const char hundredth[] = " / 100";
	size_t length = unit ? strlen(unit) : 0, tail = sizeof(hundredth) - 1;
	bool is_hundredth = length > tail && strcmp(unit + length - tail, hundredth) == 0;

	snprintf(ret_unit, 32, "%.*s", (int)(is_hundredth ? length - tail : length),
		 unit ? unit : "");
	return is_hundredth ? 2 : 0;
}

/* A name such as rx_bytes says its unit itself. */
static bool says_unit(const struct dvs_field *field)
{
	return field->unit && strstr(field->name, field->unit);
}

void dvs_table_add(struct dvs_table *table, const char *heading, bool is_number)
{
	struct dvs_column *column = &table->columns[table->n_columns];

	if (table->n_columns == DVS_COLUMNS_MAX)
		return;
	table->n_columns++;
	dvs_text_copy(column->heading, sizeof(column->heading), heading);
	column->is_number = is_number;
	column->field = NULL;
}

void dvs_table_add_field(struct dvs_table *table, const struct dvs_field *field)
{
	char name[32], unit[32], heading[80];

	if (table->n_columns == DVS_COLUMNS_MAX)
		return;
	snprintf(name, sizeof(name), "%s", field->name);
	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	split_unit(says_unit(field) ? NULL : field->unit, unit);
	snprintf(heading, sizeof(heading), "%s%s%s%s", name, unit[0] ? " (" : "", unit,
		 unit[0] ? ")" : "");
	dvs_table_add(table, heading, field->type == DVS_FIELD_UINT);
	table->columns[table->n_columns - 1].field = field;
}

static void cell_text(const struct dvs_table *table, size_t row, unsigned int column,
		      char text[DVS_FIELD_TEXT_MAX])
{
	char raw[DVS_FIELD_TEXT_MAX] = "";

	table->cell(table->arg, row, &table->columns[column], raw);
	dvs_text_copy(text, DVS_FIELD_TEXT_MAX, raw);
}

static void print_cell(const struct dvs_table *table, unsigned int column, size_t width,
		       const char *text, FILE *out)
{
	int pad = (int)(width - width_of(text));
	bool is_last = column + 1 == table->n_columns;

	if (table->columns[column].is_number)
		fprintf(out, "%*s%s", pad, "", text);
	else
		fprintf(out, "%s%*s", text, is_last ? 0 : pad, "");
	fprintf(out, "%*s", is_last ? 0 : GAP, "");
}

void dvs_table_print(const struct dvs_table *table, FILE *out)
{
	size_t widths[DVS_COLUMNS_MAX] = {0};
	char text[DVS_FIELD_TEXT_MAX];

	for (unsigned int c = 0; c < table->n_columns; c++) {
		widths[c] = width_of(table->columns[c].heading);
		for (size_t row = 0; row < table->n_rows; row++) {
			cell_text(table, row, c, text);
			if (width_of(text) > widths[c])
				widths[c] = width_of(text);
		}
	}
	for (unsigned int c = 0; c < table->n_columns; c++)
		print_cell(table, c, widths[c], table->columns[c].heading, out);
	fputc('\n', out);
	for (size_t row = 0; row < table->n_rows; row++) {
		for (unsigned int c = 0; c < table->n_columns; c++) {
			cell_text(table, row, c, text);
			print_cell(table, c, widths[c], text, out);
		}
		fputc('\n', out);
	}
}

const char *dvs_value_print(const struct dvs_field *field, const void *object,
			    char buf[DVS_FIELD_TEXT_MAX])
{
	char raw[DVS_FIELD_TEXT_MAX], unit[32];
	uint64_t value = dvs_field_uint(field, object);

	if (split_unit(field->unit, unit) == 2) {
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%llu.%02llu", (unsigned long long)(value / 100),
			 (unsigned long long)(value % 100));
		return buf;
	}
	dvs_field_print(field, object, raw);
	dvs_text_copy(buf, DVS_FIELD_TEXT_MAX, raw);
	if (buf[0] == '\0')
		strcpy(buf, "-");
	return buf;
}

const char *dvs_value_print_unit(const struct dvs_field *field, const void *object,
				 char buf[DVS_FIELD_TEXT_MAX])
{
	char unit[32];
	size_t used;

	dvs_value_print(field, object, buf);
	split_unit(says_unit(field) ? NULL : field->unit, unit);
	used = strlen(buf);
	if (unit[0] != '\0')
		snprintf(buf + used, DVS_FIELD_TEXT_MAX - used, " %s", unit);
	return buf;
}

const char *dvs_human_print(double value, char buf[DVS_HUMAN_MAX])
{
	static const char *const prefixes[] = {"", " k", " M", " G", " T", " P"};
	unsigned int p = 0;
	int decimals;

	/* Not 1000: 999.6 would be printed as 1000. */
	while (value >= 999.5 && p + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
		value /= 1000;
		p++;
	}
	decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	if (p == 0 && value < 999.5)
		decimals = value >= 9.95 || value <= 0.0 ? 0 : 1;
	snprintf(buf, DVS_HUMAN_MAX, "%.*f%s", decimals, value, prefixes[p]);
	return buf;
}

const char *dvs_duration_print(uint64_t seconds, char buf[DVS_HUMAN_MAX])
{
	static const struct {
		unsigned int seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	unsigned int u = 0;
	int used;

	while (u < 3 && seconds < units[u].seconds)
		u++;
	used = snprintf(buf, DVS_HUMAN_MAX, "%llu %s",
			(unsigned long long)(seconds / units[u].seconds), units[u].name);
	seconds %= units[u].seconds;
	if (u < 3 && seconds >= units[u + 1].seconds)
		snprintf(buf + used, DVS_HUMAN_MAX - (size_t)used, " %llu %s",
			 (unsigned long long)(seconds / units[u + 1].seconds), units[u + 1].name);
	return buf;
}
