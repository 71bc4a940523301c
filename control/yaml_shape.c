/* SPDX-License-Identifier: BSD-3-Clause */
#include "yaml_shape.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "objects.h"
#include "text.h"

/* What is open: nothing, the mapping of lists, a list, an entry of it. */
enum {
	OUTSIDE,
	IN_ROOT,
	IN_LIST,
	IN_ENTRY,
};

struct shape {
	int depth;
	bool is_value;		     /* in a mapping: its key was seen */
	const struct dvs_type *type; /* of the list */
	unsigned int entry;	     /* of the list, from 0 */
	const struct dvs_field *field;
	uint64_t types_seen;
	dvs_field_set fields_seen;
	unsigned int n_documents;
	char complaint[256];
};

static void complain(struct shape *shape, const char *what, const char *key)
{
	char shown[48];

	if (!key) {
		dvs_text_copy(shape->complaint, sizeof(shape->complaint), what);
		return;
	}
	dvs_text_copy(shown, sizeof(shown), key);
	snprintf(shape->complaint, sizeof(shape->complaint), "%s '%s'", what, shown);
}

static void add_allowed(struct shape *shape, const char *name)
{
	size_t used = strlen(shape->complaint);

	snprintf(shape->complaint + used, sizeof(shape->complaint) - used, "%s%s",
		 strchr(shape->complaint, ';') ? ", " : "; allowed: ", name);
}

static void list_key(struct shape *shape, const char *key)
{
	for (unsigned int t = 0; t < dvs_n_config_types; t++) {
		if (strcmp(dvs_config_types[t]->plural, key) != 0)
			continue;
		if ((shape->types_seen >> t & 1) != 0)
			complain(shape, "there is a second list", key);
		shape->types_seen |= UINT64_C(1) << t;
		shape->type = dvs_config_types[t];
		shape->entry = 0;
		return;
	}
	complain(shape, "there is no list", key);
	for (unsigned int t = 0; t < dvs_n_config_types; t++)
		add_allowed(shape, dvs_config_types[t]->plural);
}

static void field_key(struct shape *shape, const char *key)
{
	const struct dvs_type *type = shape->type;
	const struct dvs_field *field = dvs_type_field(type, key);

	if (field && dvs_field_is_given(field)) {
		if ((shape->fields_seen & dvs_field_bit(type, field)) != 0)
			complain(shape, "there is a second", key);
		shape->fields_seen |= dvs_field_bit(type, field);
		shape->field = field;
		return;
	}
	complain(shape, "there is no field", key);
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (dvs_field_is_given(&type->fields[i]))
			add_allowed(shape, type->fields[i].name);
}

static void take_text(struct shape *shape, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (memchr(text, '\0', event->data.scalar.length))
		complain(shape, "a text has a NUL character in it", NULL);
	else if (shape->depth == OUTSIDE)
		complain(shape, "the file must be a mapping of lists, such as 'segments:'", NULL);
	else if (shape->depth == IN_LIST)
		complain(shape, "an entry must be a mapping, such as 'name: lan'", NULL);
	else if (shape->depth == IN_ROOT && !shape->is_value)
		list_key(shape, text);
	else if (shape->depth == IN_ENTRY && !shape->is_value)
		field_key(shape, text);
	else if (shape->depth == IN_ROOT && event->data.scalar.length > 0)
		complain(shape, "this must be a list", NULL);
	else if (event->data.scalar.length >= DVS_FIELD_TEXT_MAX)
		complain(shape, "the value is too long", NULL);
	shape->is_value = !shape->is_value;
}

static void open_mapping(struct shape *shape)
{
	if (shape->depth == IN_ROOT && shape->is_value)
		complain(shape, "this must be a list: begin each entry with '- '", NULL);
	else if (shape->depth != OUTSIDE && shape->depth != IN_LIST)
		complain(shape, "this must be a single text, not a mapping", NULL);
	else if (shape->depth == IN_LIST && shape->entry >= DVS_YAML_ENTRIES_MAX)
		complain(shape, "the list has too many entries", NULL);
	shape->depth += shape->depth == OUTSIDE ? IN_ROOT : 1;
	shape->is_value = false;
	shape->fields_seen = 0;
	shape->field = NULL;
}

static void open_list(struct shape *shape)
{
	if (shape->depth == OUTSIDE)
		complain(shape, "the file must be a mapping of lists, such as 'segments:'", NULL);
	else if (shape->depth == IN_LIST)
		complain(shape, "an entry must be a mapping, such as 'name: lan'", NULL);
	else if (shape->depth != IN_ROOT || !shape->is_value)
		complain(shape, "this must be a single text, not a list", NULL);
	shape->depth++;
}

static void refuse_marks(struct shape *shape, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		complain(shape, "anchors and aliases are not supported", NULL);
	else if (tag)
		complain(shape, "tags are not supported", NULL);
}

static void take_event(struct shape *shape, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++shape->n_documents > 1)
			complain(shape, "the file must have one document only", NULL);
		break;
	case YAML_ALIAS_EVENT:
		refuse_marks(shape, event->data.alias.anchor, NULL);
		break;
	case YAML_SCALAR_EVENT:
		take_text(shape, event);
		refuse_marks(shape, event->data.scalar.anchor, event->data.scalar.tag);
		break;
	case YAML_MAPPING_START_EVENT:
		open_mapping(shape);
		refuse_marks(shape, event->data.mapping_start.anchor,
			     event->data.mapping_start.tag);
		break;
	case YAML_SEQUENCE_START_EVENT:
		open_list(shape);
		refuse_marks(shape, event->data.sequence_start.anchor,
			     event->data.sequence_start.tag);
		break;
	case YAML_MAPPING_END_EVENT:
		if (shape->depth == IN_ENTRY)
			shape->entry++;
		shape->depth--;
		break;
	case YAML_SEQUENCE_END_EVENT:
		shape->depth--;
		shape->is_value = false;
		break;
	default:
		break;
	}
}

static int refuse_syntax(const yaml_parser_t *parser, struct dvs_error *err)
{
	const char *problem = parser->problem ? parser->problem : "cannot be read";

	if (parser->error == YAML_MEMORY_ERROR)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	if (parser->error == YAML_READER_ERROR)
		return dvs_error_set(err, -EINVAL, "YAML", NULL, "byte %zu: %s",
				     parser->problem_offset, problem);
	return dvs_error_set(err, -EINVAL, "YAML", NULL, "line %zu, column %zu: %s",
			     parser->problem_mark.line + 1, parser->problem_mark.column + 1,
			     problem);
}

/* Takes one event, and says where it begins: 1, 0 at the end, or an error. */
static int next(yaml_parser_t *parser, struct shape *shape, yaml_mark_t *ret_mark,
		struct dvs_error *err)
{
	yaml_event_t event;
	bool is_end;

	if (!yaml_parser_parse(parser, &event))
		return refuse_syntax(parser, err);
	take_event(shape, &event);
	*ret_mark = event.start_mark;
	is_end = event.type == YAML_STREAM_END_EVENT;
	yaml_event_delete(&event);
	if (shape->complaint[0])
		return dvs_error_set(err, -EINVAL, "YAML", NULL, "line %zu, column %zu: %s",
				     ret_mark->line + 1, ret_mark->column + 1, shape->complaint);
	return is_end ? 0 : 1;
}

int dvs_yaml_check(const char *text, size_t length, struct dvs_error *err)
{
	struct shape shape = {0};
	yaml_parser_t parser;
	yaml_mark_t mark;
	int ret;

	if (!yaml_parser_initialize(&parser))
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	do
		ret = next(&parser, &shape, &mark, err);
	while (ret > 0);
	yaml_parser_delete(&parser);
	if (ret == 0 && shape.types_seen == 0)
		return dvs_error_set(err, -EINVAL, "YAML", NULL,
				     "the file has no list; to delete everything write 'segments: "
				     "[]'");
	return ret;
}

bool dvs_yaml_find(const char *text, size_t length, const struct dvs_type *type, unsigned int entry,
		   const char *name, size_t *ret_line, size_t *ret_column)
{
	bool is_found = false, is_field = false;
	struct shape shape = {0};
	struct dvs_error err;
	yaml_parser_t parser;
	yaml_mark_t mark;

	if (!yaml_parser_initialize(&parser))
		return false;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (!is_field && next(&parser, &shape, &mark, &err) > 0) {
		if (shape.type != type || shape.entry != entry || shape.depth != IN_ENTRY)
			continue;
		is_field = shape.is_value && strcmp(shape.field->name, name) == 0;
		if (!is_found || is_field) {
			*ret_line = mark.line + 1;
			*ret_column = mark.column + 1;
		}
		is_found = true;
	}
	yaml_parser_delete(&parser);
	return is_found;
}
