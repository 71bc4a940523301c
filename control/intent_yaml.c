/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcyaml reads and writes files by a schema, which is made here from the field tables: every
 * value is a string to it, and goes through dvs_record_set. Before that the file's shape is
 * checked (yaml_shape.h).
 */
#include "intent_yaml.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_shape.h"

/* What libcyaml fills: one list for each type, of arrays with one string for each field. */
struct list {
	char **strings; /* n_fields of each entry, NULL: not given */
	uint32_t n;
};

struct document {
	struct list lists[DVS_CONFIG_TYPES_MAX];
};

struct schema {
	struct cyaml_schema_field roots[DVS_CONFIG_TYPES_MAX + 1];
	struct cyaml_schema_value entries[DVS_CONFIG_TYPES_MAX];
	struct cyaml_schema_field fields[DVS_CONFIG_TYPES_MAX][DVS_FIELDS_MAX + 1];
	struct cyaml_schema_value root;
};

/* Free text, addresses, VLANs and maps are quoted: other YAML readers would take some of them for
 * numbers. */
static enum cyaml_flag value_flags(const struct dvs_field *field)
{
	unsigned int flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL;

	if (field->type == DVS_FIELD_STRING || field->type == DVS_FIELD_MAC ||
	    field->type == DVS_FIELD_MODE || field->type == DVS_FIELD_PREFIX ||
	    field->type == DVS_FIELD_IP || field->type == DVS_FIELD_VLANS ||
	    field->type == DVS_FIELD_MAP || field->type == DVS_FIELD_RANGE ||
	    field->type == DVS_FIELD_MAC_MASK)
		flags |= CYAML_FLAG_SCALAR_QUOTE_DOUBLE;
	return (enum cyaml_flag)flags;
}

static void make_fields(const struct dvs_type *type, struct cyaml_schema_field *fields)
{
	for (unsigned int i = 0; i < type->n_fields; i++) {
		if (!dvs_field_is_given(&type->fields[i]))
			continue;
		*fields++ = (struct cyaml_schema_field){
			.key = type->fields[i].name,
			.data_offset = (uint32_t)(i * sizeof(char *)),
			.value = {.type = CYAML_STRING,
				  .flags = value_flags(&type->fields[i]),
				  .data_size = 1,
				  .string = {.min = 0, .max = DVS_FIELD_TEXT_MAX - 1}},
		};
	}
}

static struct schema *make_schema(void)
{
	struct schema *schema = calloc(1, sizeof(*schema));

	for (unsigned int t = 0; schema && t < dvs_n_config_types; t++) {
		const struct dvs_type *type = dvs_config_types[t];
		uint32_t size = (uint32_t)(type->n_fields * sizeof(char *));

		make_fields(type, schema->fields[t]);
		schema->entries[t] = (struct cyaml_schema_value){
			.type = CYAML_MAPPING,
			.flags = CYAML_FLAG_DEFAULT,
			.data_size = size,
			.mapping = {.fields = schema->fields[t]},
		};
		schema->roots[t] = (struct cyaml_schema_field){
			.key = type->plural,
			.data_offset = (uint32_t)(offsetof(struct document, lists) +
						  t * sizeof(struct list) +
						  offsetof(struct list, strings)),
			.count_offset =
				(uint32_t)(offsetof(struct document, lists) +
					   t * sizeof(struct list) + offsetof(struct list, n)),
			.count_size = sizeof(uint32_t),
			.value = {.type = CYAML_SEQUENCE,
				  .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER_NULL |
							     CYAML_FLAG_OPTIONAL),
				  .data_size = size,
				  .sequence = {.entry = &schema->entries[t],
					       .min = 0,
					       .max = DVS_YAML_ENTRIES_MAX}},
		};
	}
	if (schema)
		schema->root = (struct cyaml_schema_value){
			.type = CYAML_MAPPING,
			.flags = CYAML_FLAG_POINTER,
			.data_size = sizeof(struct document),
			.mapping = {.fields = schema->roots},
		};
	return schema;
}

/* What libcyaml logs when it refuses a file: the cause, then where, innermost first. */
struct complaint {
	char cause[160];
	char where[160];
};

static void take_line(cyaml_log_t level, void *context, const char *format, va_list args)
{
	struct complaint *complaint = context;
	char line[160];

	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	if (complaint->cause[0] == '\0')
		snprintf(complaint->cause, sizeof(complaint->cause), "%s",
			 line + (strncmp(line, "Load: ", 6) == 0 ? 6 : 0));
	else if (complaint->where[0] == '\0' && line[0] == ' ')
		snprintf(complaint->where, sizeof(complaint->where), "%s", line);
}

/* libcyaml asks for room for one more entry at a time: give it more, so that lists are not copied
 * again and again. */
static void *resize(void *context, void *bytes, size_t size)
{
	size_t spare = size > 4096 ? size / 2 : 0;

	(void)context;
	if (size == 0) {
		free(bytes);
		return NULL;
	}
	if (bytes && malloc_usable_size(bytes) >= size)
		return bytes;
	return realloc(bytes, size + spare);
}

static cyaml_config_t make_config(struct complaint *complaint)
{
	return (cyaml_config_t){
		.log_fn = take_line,
		.log_ctx = complaint,
		.mem_fn = resize,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS | CYAML_CFG_STYLE_BLOCK,
	};
}

static int refuse_file(const struct complaint *complaint, cyaml_err_t result, struct dvs_error *err)
{
	if (result == CYAML_ERR_OOM)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	return dvs_error_set(err, -EINVAL, "YAML", NULL, "%s: %s%s", cyaml_strerror(result),
			     complaint->cause, complaint->where);
}

/* Puts "line 7, column 10: " before the text of an error in an entry. */
static int add_place(const char *text, size_t length, const struct dvs_type *type,
		     unsigned int entry, struct dvs_error *err)
{
	struct dvs_error full = *err;
	size_t line, column;

	if (!dvs_yaml_find(text, length, type, entry, err->field, &line, &column))
		return err->code;
	dvs_error_set(&full, err->code, err->object, err->field, "line %zu, column %zu: %s", line,
		      column, err->text);
	*err = full;
	return err->code;
}

static int make_record(const struct dvs_type *type, char *const *strings, struct dvs_record *rec,
		       struct dvs_error *err)
{
	dvs_record_init(rec, type);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		int ret =
			strings[i] ? dvs_record_set(rec, type->fields[i].name, strings[i], err) : 0;

		if (ret < 0)
			return ret;
	}
	return dvs_record_check(rec, err);
}

static int add_object(struct dvs_config_set *set, const struct dvs_record *rec,
		      struct dvs_error *err)
{
	struct dvs_config_object *object = dvs_config_object_create(rec), *old;
	int ret = -ENOMEM;

	if (object && dvs_config_set_lookup(set, rec->type, object->key)) {
		dvs_error_set(err, -EEXIST, NULL, NULL, "is in the file twice");
		ret = dvs_error_object(err, rec->type->name, object->key);
	} else if (object) {
		ret = dvs_config_set_swap(set, rec->type, object->key, object, &old);
	}
	if (ret < 0)
		free(object);
	if (ret == -ENOMEM)
		dvs_error_set(err, ret, NULL, NULL, "out of memory");
	return ret;
}

static int add_list(const char *text, size_t length, const struct dvs_type *type,
		    const struct list *list, struct dvs_config_set *set, struct dvs_error *err)
{
	struct dvs_record rec;

	for (uint32_t i = 0; i < list->n; i++) {
		int ret = make_record(type, list->strings + (size_t)i * type->n_fields, &rec, err);

		if (ret == 0)
			ret = add_object(set, &rec, err);
		if (ret < 0)
			return add_place(text, length, type, i, err);
	}
	return 0;
}

static int read_document(const char *text, size_t length, const struct document *document,
			 struct dvs_config_set *ret_set, struct dvs_error *err)
{
	struct dvs_config_set set;
	int ret = 0;

	dvs_config_set_init(&set);
	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		ret = add_list(text, length, dvs_config_types[t], &document->lists[t], &set, err);
	if (ret < 0)
		dvs_config_set_fini(&set);
	else
		*ret_set = set;
	return ret;
}

int dvs_yaml_read(const char *text, size_t length, struct dvs_config_set *ret_set,
		  struct dvs_error *err)
{
	struct complaint complaint = {0};
	cyaml_config_t config = make_config(&complaint);
	static const struct document empty;
	struct document *document = NULL;
	struct schema *schema;
	cyaml_err_t result;
	int ret;

	if (length > DVS_YAML_MAX)
		return dvs_error_set(err, -E2BIG, "YAML", NULL,
				     "the file has %zu bytes, at most %u are read", length,
				     DVS_YAML_MAX);
	ret = dvs_yaml_check(text, length, err);
	if (ret < 0)
		return ret;
	schema = make_schema();
	if (!schema)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	result = cyaml_load_data((const uint8_t *)text, length, &config, &schema->root,
				 (cyaml_data_t **)&document, NULL);
	if (result != CYAML_OK)
		ret = refuse_file(&complaint, result, err);
	else
		ret = read_document(text, length, document ? document : &empty, ret_set, err);
	if (document)
		cyaml_free(&config, &schema->root, document, 0);
	free(schema);
	return ret;
}

/* Writing */

static int fill_entry(const struct dvs_record *rec, char **strings)
{
	char text[DVS_FIELD_TEXT_MAX];

	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *field = &rec->type->fields[i];

		if (!dvs_field_is_given(field) || !dvs_record_is_set(rec, field))
			continue;
		strings[i] = strdup(dvs_record_print(rec, field, text));
		if (!strings[i])
			return -ENOMEM;
	}
	return 0;
}

static int fill_document(const struct dvs_intent *intent, struct document *document)
{
	for (unsigned int t = 0; t < dvs_n_config_types; t++) {
		const struct dvs_type *type = dvs_config_types[t];
		unsigned int n = dvs_intent_count(intent, type);
		struct list *list = &document->lists[t];

		/* One at least: a pointer to nothing would be no list. */
		list->strings = calloc((size_t)n * type->n_fields + 1, sizeof(char *));
		if (!list->strings)
			return -ENOMEM;
		for (list->n = 0; list->n < n; list->n++) {
			char **strings = list->strings + (size_t)list->n * type->n_fields;

			if (fill_entry(&dvs_intent_at(intent, type, list->n)->rec, strings) < 0) {
				list->n++;
				return -ENOMEM;
			}
		}
	}
	return 0;
}

static void free_document(struct document *document)
{
	for (unsigned int t = 0; t < dvs_n_config_types; t++) {
		struct list *list = &document->lists[t];
		size_t n = (size_t)list->n * dvs_config_types[t]->n_fields;

		for (size_t i = 0; list->strings && i < n; i++)
			free(list->strings[i]);
		free(list->strings);
	}
}

/* The text that libcyaml makes has no NUL at its end. */
static char *terminate(char *bytes, size_t length)
{
	char *text = malloc(length + 1);

	if (text) {
		memcpy(text, bytes, length);
		text[length] = '\0';
	}
	free(bytes);
	return text;
}

int dvs_yaml_write(const struct dvs_intent *intent, char **ret_text, struct dvs_error *err)
{
	struct complaint complaint = {0};
	cyaml_config_t config = make_config(&complaint);
	struct document document = {0};
	struct schema *schema = make_schema();
	char *bytes = NULL, *text = NULL;
	cyaml_err_t result = CYAML_ERR_OOM;
	size_t length = 0;

	if (schema && fill_document(intent, &document) == 0)
		result = cyaml_save_data(&bytes, &length, &config, &schema->root, &document, 0);
	if (result == CYAML_OK)
		text = terminate(bytes, length);
	free_document(&document);
	free(schema);
	if (result != CYAML_OK && result != CYAML_ERR_OOM)
		return dvs_error_set(err, -EIO, "YAML", NULL, "%s", cyaml_strerror(result));
	if (!text)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	*ret_text = text;
	return 0;
}
