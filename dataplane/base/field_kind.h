/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * field_kind.h - kinds of values, for those who implement them (field.c, field_values.c): what one
 * symbol of enum dvs_field_type needs, and where integers lie in a struct.
 *
 * Threads: constant; pure functions.
 */
#ifndef DVS_FIELD_KIND_H
#define DVS_FIELD_KIND_H

#include "field.h"

/* parse and check return 0 or a negative errno (-EINVAL, -ERANGE, -E2BIG), without a message. */
struct dvs_value_kind {
	/* Writes at to (field->size bytes), which may be written on failure too. */
	int (*parse)(const struct dvs_field *field, const char *text, void *to);
	/* from may hold anything. */
	int (*check)(const struct dvs_field *field, const void *from);
	/* Write to buf, which is DVS_FIELD_TEXT_MAX bytes and empty. */
	void (*print)(const struct dvs_field *field, const void *from, char *buf);
	void (*allowed)(const struct dvs_field *field, char *buf);
};

extern const struct dvs_value_kind dvs_kind_mac, dvs_kind_ip, dvs_kind_prefix, dvs_kind_rate,
	dvs_kind_vlans, dvs_kind_range, dvs_kind_mac_mask, dvs_kind_map;

/* Neither KEY nor REQUIRED: no value is one, too. */
bool dvs_value_may_be_empty(const struct dvs_field *field);

/* An integer of field->size bytes, 1, 2, 4 or 8, at any alignment. */
uint64_t dvs_value_load(const struct dvs_field *field, const void *from);
void dvs_value_store(const struct dvs_field *field, uint64_t value, void *to);

#endif
