/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text from an operator: a type's name on the first line, "field=value" on each that follows.
 * What a record accepts must pass the check for peers' structs, and be printed so that it is
 * accepted again as the same.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "objects.h"
#include "text.h"

#define INPUT_MAX 4096

static void set_field(struct dvs_record *rec, const char *name, const char *value)
{
	char text[DVS_FIELD_TEXT_MAX];
	struct dvs_error err = {0};
	const struct dvs_field *field;
	struct dvs_record again;
	int ret = dvs_record_set(rec, name, value, &err);

	if (ret < 0) {
		MUST(err.code == ret && dvs_text_is_member(err.text, sizeof(err.text)) &&
		     dvs_text_is_member(err.object, sizeof(err.object)));
		return;
	}
	field = dvs_type_field(rec->type, name);
	MUST(dvs_field_check(field, rec->data, &err) == 0 || !dvs_record_is_set(rec, field));
	dvs_record_print(rec, field, text);
	MUST(dvs_text_is_printable(text, strlen(text)));
	dvs_record_init(&again, rec->type);
	MUST(dvs_record_set(&again, name, text, &err) == 0);
	MUST((dvs_type_diff(rec->type, rec->data, again.data) & dvs_field_bit(rec->type, field)) ==
	     0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char input[INPUT_MAX + 1], *rest = input, *line;
	const struct dvs_type *type;
	struct dvs_record rec;
	struct dvs_error err;

	if (size > INPUT_MAX)
		return 0;
	memcpy(input, data, size);
	input[size] = '\0';
	line = strsep(&rest, "\n");
	type = dvs_type_by_name(line);
	if (!type)
		return 0;
	dvs_record_init(&rec, type);
	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		set_field(&rec, line, value);
	}
	if (dvs_record_check(&rec, &err) == 0)
		MUST(dvs_type_check(type, rec.data, &err) == 0);
	else
		MUST(err.code == -EINVAL && err.field[0] != '\0');
	return 0;
}
