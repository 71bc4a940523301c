/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * yaml_shape.h - whether a file has the shape of an intent (intent_yaml.h), and where in it a value
 * is.
 *
 * libcyaml checks the shape as well, but it reads only the first document, and the places that it
 * names are those before the culprit. Values are not looked at here.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_YAML_SHAPE_H
#define DVS_YAML_SHAPE_H

#include "field.h"

#define DVS_YAML_ENTRIES_MAX 65536u /* of one list; the intent has limits of its own */

/*
 * One document without anchors, aliases and tags; a mapping of lists of mappings of single texts;
 * known keys, none twice;
 * no more than DVS_YAML_ENTRIES_MAX entries in a list. -EINVAL, -ENOMEM; err, which must not be
 * NULL, has line and column.
 */
int dvs_yaml_check(const char *text, size_t length, struct dvs_error *err);

/*
 * Where a field (name; one that is not there: the entry itself) of an entry (from 0) of a type's
 * list is, in a file that dvs_yaml_check takes. Line and column count from 1. False: no such entry.
 */
bool dvs_yaml_find(const char *text, size_t length, const struct dvs_type *type, unsigned int entry,
		   const char *name, size_t *ret_line, size_t *ret_column);

#endif
