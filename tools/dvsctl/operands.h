/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * operands.h - the words after "port add": names of objects, then FIELD=VALUE.
 *
 * An object has a word for each KEY field of its type ("lan 52:54:00:00:00:01" for mac); several
 * objects may follow each other. Types with more than one key take "lan/52:54:00:00:00:01" as well,
 * the form in which keys are printed.
 *
 * Threads: one at a time.
 */
#ifndef DVS_OPERANDS_H
#define DVS_OPERANDS_H

#include "field.h"

struct dvs_operands {
	const struct dvs_type *type;
	char **words; /* n_objects times n_keys */
	unsigned int n_words, n_keys, n_objects;
	char **fields; /* FIELD=VALUE, of the caller's argv */
	unsigned int n_fields;
};

/*
 * Takes the words apart. -EINVAL: they are no such list (usage); the values of keys and fields are
 * not looked at.
 */
int dvs_operands_init(struct dvs_operands *ops, const struct dvs_type *type, int argc, char **argv,
		      struct dvs_error *err);
void dvs_operands_fini(struct dvs_operands *ops);

/* An object's record with its keys set. Errors as dvs_record_set. */
int dvs_operands_record(const struct dvs_operands *ops, unsigned int object,
			struct dvs_record *ret_rec, struct dvs_error *err);

/*
 * The field of a FIELD=VALUE: its row and its value. -ENOENT with a suggestion when there is no
 * such row; -EPERM for rows with one of the flags in refused.
 */
int dvs_operand_field(const struct dvs_type *type, const char *word, unsigned int refused,
		      const struct dvs_field **ret_field, const char **ret_value,
		      struct dvs_error *err);

#endif
