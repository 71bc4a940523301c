/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.h - what dvsctl can do, as a table: one row a command.
 *
 * A command is one word ("status"), or an object and a verb ("port show"). Objects are the
 * configuration types of the field tables; a row whose object is DVS_ANY_OBJECT stands for all of
 * them, and a row that names one object comes before it.
 *
 * To add a command: its row in command.c, its handler in a file of its own, its line in
 * ../man/dvsctl.1.in. Help and completion follow from the row.
 *
 * Threads: constant table; handlers run once, in main.
 */
#ifndef DVS_COMMAND_H
#define DVS_COMMAND_H

#include "ctl.h"

#define DVS_ANY_OBJECT "*"

/* What the words after a command are, for completion. */
enum dvs_operand {
	DVS_OPERAND_KEYS = 1 << 0,    /* existing objects */
	DVS_OPERAND_FIELDS = 1 << 1,  /* FIELD=VALUE of fields that can be set */
	DVS_OPERAND_FILTERS = 1 << 2, /* FIELD=VALUE of entries (entries.h), or instead of KEYS */
	DVS_OPERAND_PORTS = 1 << 3,   /* ports */
	DVS_OPERAND_TOPICS = 1 << 4,  /* objects and commands */
};

/* argv are the words after the command; type is its object or NULL. Returns enum dvs_exit. */
typedef int (*dvs_command_fn)(struct dvs_ctl *ctl, const struct dvs_type *type, int argc,
			      char **argv);

struct dvs_command {
	const char *object; /* name of a type, DVS_ANY_OBJECT, or NULL */
	const char *verb;
	dvs_command_fn run;
	const char *args;      /* for help; "%" stands for the object's keys: NAME, SEGMENT MAC */
	unsigned int options;  /* enum dvs_ctl_option */
	unsigned int operands; /* enum dvs_operand */
	const char *help;      /* one sentence without full stop */
};

extern const struct dvs_command dvs_commands[];
extern const unsigned int dvs_n_commands;

/* A configuration type by its name, NULL when there is none. */
const struct dvs_type *dvs_object_type(const char *name);

/* object NULL: one-word commands. NULL when there is no such command. */
const struct dvs_command *dvs_command_find(const char *object, const char *verb);

/* "NAME", "SEGMENT MAC": the KEY fields of a type in capitals; returns buf. */
const char *dvs_keys_print(const struct dvs_type *type, char buf[DVS_FIELD_TEXT_MAX]);

/* "port add NAME... FIELD=VALUE..."; type NULL for one-word commands. */
const char *dvs_command_usage(const struct dvs_command *command, const struct dvs_type *type,
			      char buf[DVS_FIELD_TEXT_MAX]);

/* The handlers. */
int dvs_ctl_object_add(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_ctl_object_set(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_ctl_object_del(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_ctl_object_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_port_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_mac_duplicates(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_mac_flush(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_stats(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_drops(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_qos(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_workers(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_status(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_apply(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_export(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);
int dvs_help(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv);

/* `dvsctl __complete WORDS...`: candidates for the last word, one a line; always 0. */
int dvs_complete(struct dvs_ctl *ctl, int argc, char **argv);

#endif
