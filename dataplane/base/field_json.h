/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * field_json.h - objects as JSON, by the rows of their field tables.
 *
 * How a value is written: BOOL as true or false, UINT as an integer (as a decimal string above
 * 2^63 - 1, which JSON libraries cannot hold), FLAGS as an array of names, everything else as a
 * string in the text form of field.h.
 *
 * How a value is read: in the form above, or as a string in the text form of field.h; null unsets.
 * A string follows dvs_record_set, so "" and "default" unset as well. An empty array of FLAGS is
 *the value "none". MODE is a string only: 660 and 0660 are different numbers.
 *
 * DERIVED rows are neither written nor read. A library of its own (dvs_json_dep), as it needs
 * jansson.
 *
 * Threads: pure functions, any thread.
 *
 *	json_t *fields = dvs_type_json(&dvs_port_type, &port, DVS_FIELDS_ALL);
 *	json_t *state = dvs_type_json(&dvs_port_state_type, &state, DVS_FIELDS_ALL);
 *
 *	dvs_record_init(&rec, &dvs_port_type);
 *	if (dvs_record_set_json(&rec, fields, &err) < 0 || dvs_record_check(&rec, &err) < 0)
 *		return err.code;
 */
#ifndef DVS_FIELD_JSON_H
#define DVS_FIELD_JSON_H

#include <jansson.h>

#include "field.h"

/* The member as a new JSON value; NULL when memory is out. Text that is not printable becomes '?'.
 */
json_t *dvs_field_json(const struct dvs_field *field, const void *object);

/* {"name":"vm1","mtu":1500,...}: the fields of the set, in the order of the rows. A new
 * reference, NULL when memory is out. */
json_t *dvs_type_json(const struct dvs_type *type, const void *object, dvs_field_set fields);

/* ["name","mtu"]: names of the rows in the set. A new reference, NULL when memory is out. */
json_t *dvs_fields_json_names(const struct dvs_type *type, dvs_field_set fields);

/*
 * Sets one field from a JSON value. Errors as dvs_record_set, and -EINVAL for a JSON type that the
 * row does not take.
 */
int dvs_record_set_json_field(struct dvs_record *rec, const char *name, const json_t *value,
			      struct dvs_error *err);

/*
 * Sets the fields of a JSON object in a record; fields that are not in it stay. KEY rows are set
 * first, so that errors name the object. The first error ends it, with the fields before it set:
 * work on a copy where that matters. -EINVAL when it is no JSON object.
 */
int dvs_record_set_json(struct dvs_record *rec, const json_t *fields, struct dvs_error *err);

#endif
