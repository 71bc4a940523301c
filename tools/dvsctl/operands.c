/* SPDX-License-Identifier: BSD-3-Clause */
#include "operands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "suggest.h"

static unsigned int count_keys(const struct dvs_type *type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < type->n_fields; i++)
		n += (type->fields[i].flags & DVS_FIELD_KEY) != 0;
	return n;
}

/* Is key number n of an object a prefix, which has a '/' itself? */
static bool is_prefix(const struct dvs_type *type, unsigned int n)
{
	const struct dvs_field *field = type->fields;

	for (;; field++)
		if ((field->flags & DVS_FIELD_KEY) != 0 && n-- == 0)
			return field->type == DVS_FIELD_PREFIX;
}

/* Adds a word, or the parts of "a/b" when an object has several keys. */
static int add_words(struct dvs_operands *ops, const char *word)
{
	const char *part = word;
	unsigned int n_parts = 1;

	for (;;) {
		bool is_last =
			n_parts >= ops->n_keys || is_prefix(ops->type, ops->n_words % ops->n_keys);
		size_t length = is_last ? strlen(part) : strcspn(part, "/");

		ops->words[ops->n_words] = strndup(part, length);
		if (!ops->words[ops->n_words])
			return -ENOMEM;
		ops->n_words++;
		if (part[length] == '\0')
			return 0;
		part += length + 1;
		n_parts++;
	}
}

int dvs_operands_init(struct dvs_operands *ops, const struct dvs_type *type, int argc, char **argv,
		      struct dvs_error *err)
{
	char keys[DVS_FIELD_TEXT_MAX];
	int n = 0, ret = 0;

	memset(ops, 0, sizeof(*ops));
	ops->type = type;
	ops->n_keys = count_keys(type);
	while (n < argc && !strchr(argv[n], '='))
		n++;
	ops->fields = argv + n;
	ops->n_fields = (unsigned int)(argc - n);
	for (unsigned int i = 0; i < ops->n_fields; i++)
		if (!strchr(ops->fields[i], '='))
			return dvs_error_set(err, -EINVAL, NULL, NULL,
					     "\"%s\" is not FIELD=VALUE; names come first",
					     ops->fields[i]);
	ops->words = calloc((size_t)n * ops->n_keys + 1, sizeof(*ops->words));
	if (!ops->words)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	for (int i = 0; i < n && ret == 0; i++)
		ret = add_words(ops, argv[i]);
	if (ret == 0 && ops->n_words % ops->n_keys != 0)
		ret = dvs_error_set(err, -EINVAL, NULL, NULL, "each %s is named by %s", type->name,
				    dvs_keys_print(type, keys));
	else if (ret < 0)
		dvs_error_set(err, ret, NULL, NULL, "out of memory");
	ops->n_objects = ops->n_words / ops->n_keys;
	if (ret < 0)
		dvs_operands_fini(ops);
	return ret;
}

void dvs_operands_fini(struct dvs_operands *ops)
{
	for (unsigned int i = 0; i < ops->n_words; i++)
		free(ops->words[i]);
	free(ops->words);
	ops->words = NULL;
	ops->n_words = ops->n_objects = 0;
}

int dvs_operands_record(const struct dvs_operands *ops, unsigned int object,
			struct dvs_record *ret_rec, struct dvs_error *err)
{
	char **word = &ops->words[object * ops->n_keys];

	dvs_record_init(ret_rec, ops->type);
	for (unsigned int i = 0; i < ops->type->n_fields; i++) {
		int ret;

		if ((ops->type->fields[i].flags & DVS_FIELD_KEY) == 0)
			continue;
		ret = dvs_record_set(ret_rec, ops->type->fields[i].name, *word++, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int dvs_operand_field(const struct dvs_type *type, const char *word, unsigned int refused,
		      const struct dvs_field **ret_field, const char **ret_value,
		      struct dvs_error *err)
{
	size_t length = strcspn(word, "=");
	const struct dvs_field *field;
	struct dvs_suggest s;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	field = dvs_type_field(type, name);
	if (field && (field->flags & refused) == 0) {
		*ret_field = field;
		*ret_value = word + length + 1;
		return 0;
	}
	if (field)
		return dvs_error_set(err, -EPERM, NULL, field->name, "%s",
				     field->flags & DVS_FIELD_KEY
					     ? "names the object and cannot be changed; delete it "
					       "and add another"
					     : "is not for operators to set");
	dvs_suggest_init(&s, name);
	for (unsigned int i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & refused) == 0)
			dvs_suggest_offer(&s, type->fields[i].name);
	if (dvs_suggest_best(&s))
		return dvs_error_set(err, -ENOENT, NULL, name,
				     "unknown field; did you mean \"%s\"?", dvs_suggest_best(&s));
	return dvs_error_set(err, -ENOENT, NULL, name, "unknown field; dvsctl help %s lists them",
			     type->name);
}
