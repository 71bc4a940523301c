/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h - tables with aligned columns and units in their headings, and numbers for humans.
 *
 * A table asks a function for each cell, once to find the widths and once to print, so that a long
 * table needs no memory of its own. Whatever the function writes is made printable (text.h): no
 * control characters that came from elsewhere reach a terminal.
 *
 * Threads: one at a time.
 */
#ifndef DVS_TABLE_H
#define DVS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "field.h"

#define DVS_COLUMNS_MAX 32

struct dvs_column {
	char heading[48];
	bool is_number;		       /* aligned to the right */
	const struct dvs_field *field; /* for the cell function; may be NULL */
};

struct dvs_table {
	struct dvs_column columns[DVS_COLUMNS_MAX];
	unsigned int n_columns;
	size_t n_rows;
	void (*cell)(const void *arg, size_t row, const struct dvs_column *column,
		     char buf[DVS_FIELD_TEXT_MAX]);
	const void *arg;
};

/* Appends a column: its own heading, or that of a field: its name in capitals and its unit. Beyond
 * DVS_COLUMNS_MAX they are left out. */
void dvs_table_add(struct dvs_table *table, const char *heading, bool is_number);
void dvs_table_add_field(struct dvs_table *table, const struct dvs_field *field);

void dvs_table_print(const struct dvs_table *table, FILE *out);

/* A value for a cell: text, "-" when it is empty; units "... / 100" with two decimals. */
const char *dvs_value_print(const struct dvs_field *field, const void *object,
			    char buf[DVS_FIELD_TEXT_MAX]);

/* "9000 bytes": the same with its unit, unless the field's name says that. */
const char *dvs_value_print_unit(const struct dvs_field *field, const void *object,
				 char buf[DVS_FIELD_TEXT_MAX]);

/* 1234567 -> "1.23 M": three digits and a decimal prefix; returns buf. */
#define DVS_HUMAN_MAX 24
const char *dvs_human_print(double value, char buf[DVS_HUMAN_MAX]);

/* 93784 -> "1 d 2 h", 61 -> "1 min 1 s"; returns buf. */
const char *dvs_duration_print(uint64_t seconds, char buf[DVS_HUMAN_MAX]);

#endif
