/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filter.h - FIELD=VALUE words that choose among records of a type: `mac show port=vm1`.
 *
 * Threads: pure functions.
 */
#ifndef DVS_FILTER_H
#define DVS_FILTER_H

#include "field.h"

/* What records must be, and the fields that count; zero: every record is chosen. */
struct dvs_filter {
	_Alignas(8) uint8_t wanted[DVS_RECORD_MAX];
	dvs_field_set fields;
};

/* words are all FIELD=VALUE. -ENOENT: no such field; else as dvs_field_parse. */
int dvs_filter_parse(const struct dvs_type *type, unsigned int n, char **words,
		     struct dvs_filter *ret_filter, struct dvs_error *err);

/* record is a struct of the type. */
bool dvs_filter_matches(const struct dvs_filter *filter, const struct dvs_type *type,
			const void *record);

#endif
