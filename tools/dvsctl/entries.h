/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * entries.h - tables that the switch fills by itself, of which an operator's objects are but a
 * part: the MAC table, bindings, multicast groups. `OBJECT show [FIELD=VALUE...]` prints them.
 *
 * Threads: one.
 */
#ifndef DVS_ENTRIES_H
#define DVS_ENTRIES_H

#include "ctl.h"
#include "filter.h"

/* The type of the live entries of an object, NULL: there are none. */
const struct dvs_type *dvs_entries_type(const struct dvs_type *object);

/* All words are FIELD=VALUE of the object's entries; an error that is reported otherwise. */
int dvs_entries_filter(const struct dvs_ctl *ctl, const struct dvs_type *object, const char *verb,
		       int argc, char **argv, struct dvs_filter *ret_filter);

/* As a table, or as a JSON list of that name. */
void dvs_entries_print(const struct dvs_ctl *ctl, const struct dvs_rows *rows, const char *name);

/* The handler of "show" for objects that have entries. */
int dvs_entries_show(struct dvs_ctl *ctl, const struct dvs_type *object, int argc, char **argv);

#endif
