/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * option_table.h - one row an option. To add one: a member of dvs_gen_options, a row here, its
 * lines in ../man/dvs-gen.1.in.
 *
 * Threads: the main thread.
 */
#ifndef DVS_GEN_OPTION_TABLE_H
#define DVS_GEN_OPTION_TABLE_H

#include <stddef.h>

#include "options.h"

enum dvs_option_kind {
	DVS_OPTION_FLAG,    /* bool; takes no value */
	DVS_OPTION_COUNT32, /* uint32_t from min to max */
	DVS_OPTION_COUNT64, /* uint64_t from min to max */
	DVS_OPTION_SECONDS, /* double from min to max */
	DVS_OPTION_RATE,    /* struct dvs_rate */
	DVS_OPTION_BPS,	    /* double */
	DVS_OPTION_TEXT,    /* const char * */
	DVS_OPTION_CHOICE,  /* an enum of ints from 0; `words` names them */
	DVS_OPTION_SPECIAL, /* `set` does it */
};

struct dvs_option_row {
	const char *name;
	const char *argument; /* in the help; NULL of flags */
	enum dvs_option_kind kind;
	unsigned int modes; /* enum dvs_gen_mode, or-ed */
	size_t offset;	    /* in struct dvs_gen_options */
	double min, max;
	const char *words; /* "a|b|c" */
	int (*set)(struct dvs_gen_options *options, const char *text, struct dvs_error *err);
	const char *help; /* lines; a default is in brackets */
};

/* Groups of rows under a title, for the help. */
struct dvs_option_group {
	const char *title;
	const struct dvs_option_row *rows;
	unsigned int n;
};

extern const struct dvs_option_group dvs_option_groups[];
extern const unsigned int dvs_option_n_groups;

/* NULL when there is none. */
const struct dvs_option_row *dvs_option_find(const char *name, size_t length);

/* Sets what the row describes from text (NULL for a flag). */
int dvs_option_set(const struct dvs_option_row *row, struct dvs_gen_options *options,
		   const char *text, struct dvs_error *err);

/* help.c */
void dvs_gen_print_help(void);
void dvs_gen_print_completion(int n, char **words);

#endif
