/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The struct of an object from a peer. The first byte chooses the type; when the second one is odd
 * the rest is the struct, else it is a list of changes (offset, value) to a good one.
 * What the check lets through must print, and what is printed must parse to the same.
 */
#include "fuzz.h"

#include <string.h>

#include "objects.h"
#include "text.h"
#include "wire.h"

static const struct dvs_type *const types[] = {
	&dvs_segment_type,    &dvs_portgroup_type, &dvs_port_type,   &dvs_mac_type,
	&dvs_port_state_type, &dvs_fdb_entry_type, &dvs_worker_type, &dvs_drop_type,
	&dvs_switch_type,     &dvs_binding_type,   &dvs_group_type,  &dvs_group_state_type,
	&dvs_duplicate_type,
};

static const char *good_text(const struct dvs_field *field)
{
	if (field->type == DVS_FIELD_MAC)
		return "52:54:00:00:00:01";
	if (field->type == DVS_FIELD_PREFIX)
		return "10.0.0.0/24";
	return field->type == DVS_FIELD_IP ? "239.1.1.1" : "a";
}

static void make_good(const struct dvs_type *type, uint8_t *object)
{
	dvs_type_defaults(type, object);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (dvs_field_check(field, object, NULL) == 0)
			continue;
		MUST(dvs_field_parse(field, good_text(field), object, NULL) == 0);
	}
	MUST(dvs_type_check(type, object, NULL) == 0);
}

static void check_good(const struct dvs_type *type, const uint8_t *object)
{
	_Alignas(8) uint8_t again[DVS_RECORD_MAX];
	char text[DVS_FIELD_TEXT_MAX], key[DVS_KEY_TEXT_MAX];

	dvs_type_defaults(type, again);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		dvs_field_print(&type->fields[i], object, text);
		MUST(dvs_text_is_printable(text, strlen(text)));
		MUST(dvs_field_parse(&type->fields[i], text, again, NULL) == 0);
	}
	MUST(dvs_type_diff(type, object, again) == 0);
	MUST(dvs_type_check(type, again, NULL) == 0);
	dvs_type_key(type, object, key);
	MUST(dvs_text_is_member(key, sizeof(key)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t object[DVS_RECORD_MAX] = {0}, got[DVS_RECORD_MAX];
	const struct dvs_type *type;
	struct dvs_error err;
	int ret;

	if (size < 2)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	if (data[1] & 1) {
		ret = dvs_wire_object(type, data + 2, size - 2, got, &err);
	} else {
		make_good(type, object);
		for (size_t i = 2; i + 2 < size; i += 3)
			object[(data[i] | data[i + 1] << 8) % type->size] = data[i + 2];
		ret = dvs_wire_object(type, object, type->size, got, &err);
	}
	if (ret == 0)
		check_good(type, got);
	else
		MUST(err.code == ret && dvs_text_is_member(err.text, sizeof(err.text)));
	return 0;
}
