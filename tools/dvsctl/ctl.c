/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach.h"
#include "suggest.h"
#include "text.h"

/* JSON */

/* Escapes DEL, the one control character that JSON and JSON_ENSURE_ASCII leave alone. */
static int put_json(const char *text, size_t size, void *arg)
{
	FILE *out = arg;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == 0x7f)
			fputs("\\u007f", out);
		else
			fputc(text[i], out);
	}
	return 0;
}

static void print_json(json_t *json_new, size_t flags)
{
	json_dump_callback(json_new, put_json, stdout,
			   JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9) | flags);
	json_decref(json_new);
}

void dvs_ctl_json(json_t *json_new)
{
	print_json(json_new, JSON_INDENT(2));
	fputc('\n', stdout);
}

void dvs_ctl_json_line(json_t *json_new)
{
	print_json(json_new, JSON_COMPACT);
	fputc('\n', stdout);
	fflush(stdout);
}

void dvs_ctl_list_begin(const char *name)
{
	printf("{\"%s\":[", name);
}

void dvs_ctl_list_item(json_t *json_new, bool is_first)
{
	fputs(is_first ? "\n" : ",\n", stdout);
	print_json(json_new, JSON_COMPACT);
}

void dvs_ctl_list_end(void)
{
	fputs("\n]}\n", stdout);
}

/* Errors */

int dvs_ctl_fail(const struct dvs_ctl *ctl, int code, const struct dvs_error *err)
{
	char text[512];

	if (ctl->is_json) {
		/* Only the sentence is built here: the members are printable already. */
		struct dvs_error bare = {.code = err->code};

		dvs_text_copy(bare.text, sizeof(bare.text), err->text);
		dvs_ctl_json(json_pack("{s:{s:s, s:s, s:s}}", "error", "object", err->object,
				       "field", err->field, "text",
				       dvs_error_print(&bare, text, sizeof(text))));
		return code;
	}
	fprintf(stderr, "dvsctl: %s\n", dvs_error_print(err, text, sizeof(text)));
	return code;
}

int dvs_ctl_usage(const struct dvs_ctl *ctl, const char *format, ...)
{
	struct dvs_error err;
	char text[512];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	dvs_error_set(&err, -EINVAL, NULL, NULL, "%s", text);
	return dvs_ctl_fail(ctl, DVS_EXIT_USAGE, &err);
}

void dvs_ctl_note(const char *format, ...)
{
	char text[768], printable[768];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	/* What was printed before comes first where both go to one place. */
	fflush(stdout);
	fprintf(stderr, "dvsctl: note: %s\n", dvs_text_copy(printable, sizeof(printable), text));
}

/* dvs-controld */

int dvs_ctl_call(struct dvs_ctl *ctl, const char *method, json_t *params, json_t **ret_result,
		 struct dvs_error *err)
{
	int ret;

	if (!ctl->rpc) {
		ret = dvs_rpc_client_connect(ctl->socket, ctl->timeout_ms, &ctl->rpc, err);
		if (ret < 0) {
			json_decref(params);
			dvs_reach_explain(&dvs_reach_controld, ctl->socket, err);
			return DVS_EXIT_UNREACHABLE;
		}
	}
	ret = dvs_rpc_client_call(ctl->rpc, method, params, ret_result, err);
	if (ret == 0)
		return DVS_EXIT_OK;
	if (!dvs_rpc_client_is_broken(ctl->rpc))
		return DVS_EXIT_FAILED;
	dvs_error_set(err, err->code, "dvs-controld", NULL, "%s (%s)", err->text, ctl->socket);
	return DVS_EXIT_UNREACHABLE;
}

int dvs_ctl_list(struct dvs_ctl *ctl, const struct dvs_type *type, const char *key,
		 json_t **ret_objects, struct dvs_error *err)
{
	json_t *params = json_pack("{s:s, s:s*}", "type", type->name, "key", key);
	json_t *result, *objects;
	int code = dvs_ctl_call(ctl, "list", params, &result, err);

	if (code == DVS_EXIT_FAILED && err->code == -ENOENT && key) {
		*ret_objects = json_array();
		return DVS_EXIT_OK;
	}
	if (code != DVS_EXIT_OK)
		return code;
	objects = json_object_get(result, "objects");
	if (json_is_array(objects)) {
		*ret_objects = json_incref(objects);
	} else {
		dvs_error_set(err, -EPROTO, "dvs-controld", NULL, "its answer has no objects");
		code = DVS_EXIT_FAILED;
	}
	json_decref(result);
	return code;
}

/* dvs-switchd */

static int need_switch(struct dvs_ctl *ctl, struct dvs_error *err)
{
	if (ctl->client)
		return DVS_EXIT_OK;
	if (dvs_client_connect(ctl->switch_socket, "dvsctl", ctl->timeout_ms, &ctl->client, err) ==
	    0)
		return DVS_EXIT_OK;
	dvs_reach_explain(&dvs_reach_switchd, ctl->switch_socket, err);
	return DVS_EXIT_UNREACHABLE;
}

/* Sorts out what a failed call means: refused, or the switch went away. */
static int switch_failed(struct dvs_ctl *ctl, struct dvs_error *err)
{
	switch (err->code) {
	case -EPIPE:
	case -ECONNRESET:
	case -ENOTCONN:
	case -ETIMEDOUT:
		dvs_error_set(err, err->code, "dvs-switchd", NULL, "%s (%s)",
			      err->text[0] ? err->text : "the connection ended",
			      ctl->switch_socket);
		return DVS_EXIT_UNREACHABLE;
	default:
		return DVS_EXIT_FAILED;
	}
}

static int add_row(const struct dvs_type *type, const void *record, void *arg)
{
	struct dvs_rows *rows = arg;

	if (rows->n == rows->capacity) {
		size_t capacity = rows->capacity ? 2 * rows->capacity : 64;
		uint8_t *data;

		if (rows->n >= DVS_ROWS_MAX)
			return -E2BIG;
		data = realloc(rows->data, capacity * type->size);
		if (!data)
			return -ENOMEM;
		rows->data = data;
		rows->capacity = capacity;
	}
	memcpy(rows->data + rows->n++ * type->size, record, type->size);
	return 0;
}

/* By the KEY rows; text by letters, numbers by value, MACs by octets. */
static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct dvs_type *type = arg;

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		const uint8_t *left = (const uint8_t *)a + field->offset;
		const uint8_t *right = (const uint8_t *)b + field->offset;
		uint64_t l = dvs_field_uint(field, a), r = dvs_field_uint(field, b);
		int order;

		if ((field->flags & DVS_FIELD_KEY) == 0)
			continue;
		if (field->type == DVS_FIELD_NAME)
			order = strverscmp((const char *)left, (const char *)right);
		else if (field->type == DVS_FIELD_MAC || field->type == DVS_FIELD_PREFIX ||
			 field->type == DVS_FIELD_IP)
			order = memcmp(left, right, field->size);
		else
			order = (l > r) - (l < r);
		if (order != 0)
			return order;
	}
	return 0;
}

int dvs_ctl_dump(struct dvs_ctl *ctl, const struct dvs_type *type, struct dvs_rows *ret_rows,
		 struct dvs_error *err)
{
	struct dvs_rows rows = {.type = type};
	int code = need_switch(ctl, err);
	int ret;

	if (code != DVS_EXIT_OK)
		return code;
	ret = dvs_client_dump(ctl->client, type, add_row, &rows, err);
	if (ret < 0) {
		dvs_rows_fini(&rows);
		/* Ours, not the client's: it does not describe an error of the callback. */
		if (ret == -ENOMEM || ret == -E2BIG)
			dvs_error_set(err, ret, "dvs-switchd", NULL, "%s",
				      ret == -ENOMEM ? "out of memory" : "endless answer");
		err->code = ret;
		return switch_failed(ctl, err);
	}
	if (rows.n > 1)
		qsort_r(rows.data, rows.n, type->size, compare_keys, (void *)(uintptr_t)type);
	*ret_rows = rows;
	return DVS_EXIT_OK;
}

int dvs_ctl_mac_flush(struct dvs_ctl *ctl, const char *segment, const char *port,
		      uint32_t *ret_flushed, struct dvs_error *err)
{
	int code = need_switch(ctl, err);
	int ret;

	if (code != DVS_EXIT_OK)
		return code;
	ret = dvs_client_mac_flush(ctl->client, segment, port, ret_flushed, err);
	if (ret == 0)
		return DVS_EXIT_OK;
	err->code = ret;
	return switch_failed(ctl, err);
}

const void *dvs_rows_get(const struct dvs_rows *rows, size_t row)
{
	return rows->data + row * rows->type->size;
}

const void *dvs_rows_find(const struct dvs_rows *rows, const void *record)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const void *candidate = dvs_rows_get(rows, middle);
		int order = compare_keys(record, candidate, (void *)(uintptr_t)rows->type);

		if (order == 0)
			return candidate;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void dvs_rows_fini(struct dvs_rows *rows)
{
	free(rows->data);
	rows->data = NULL;
	rows->n = rows->capacity = 0;
}

void dvs_rows_filter(struct dvs_rows *rows, bool (*keep)(const void *record, const void *arg),
		     const void *arg)
{
	size_t size = rows->type ? rows->type->size : 0, kept = 0;

	for (size_t row = 0; row < rows->n; row++) {
		if (!keep(rows->data + row * size, arg))
			continue;
		if (kept != row)
			memcpy(rows->data + kept * size, rows->data + row * size, size);
		kept++;
	}
	rows->n = kept;
}

/* Suggestions */

void dvs_ctl_add_suggestion(struct dvs_error *err, const char *word)
{
	char text[sizeof(err->text)];

	if (!word)
		return;
	memcpy(text, err->text, sizeof(text));
	dvs_error_set(err, err->code, err->object, err->field, "%s; did you mean \"%s\"?", text,
		      word);
}

static void keys_of_controld(struct dvs_ctl *ctl, const struct dvs_type *type,
			     void (*fn)(const char *key, void *arg), void *arg, int *ret_code)
{
	struct dvs_error err;
	json_t *objects, *entry;
	size_t i;

	*ret_code = dvs_ctl_list(ctl, type, NULL, &objects, &err);
	if (*ret_code != DVS_EXIT_OK)
		return;
	json_array_foreach (objects, i, entry) {
		const char *key = json_string_value(json_object_get(entry, "key"));

		if (key && dvs_text_is_printable(key, strlen(key)))
			fn(key, arg);
	}
	json_decref(objects);
}

void dvs_ctl_each_key(struct dvs_ctl *ctl, const struct dvs_type *type,
		      void (*fn)(const char *key, void *arg), void *arg)
{
	char key[DVS_KEY_TEXT_MAX];
	struct dvs_rows rows;
	struct dvs_error err;
	int code;

	keys_of_controld(ctl, type, fn, arg, &code);
	if (code == DVS_EXIT_OK || type != &dvs_port_type)
		return;
	if (dvs_ctl_dump(ctl, &dvs_port_state_type, &rows, &err) != DVS_EXIT_OK)
		return;
	for (size_t row = 0; row < rows.n; row++)
		fn(dvs_type_key(rows.type, dvs_rows_get(&rows, row), key), arg);
	dvs_rows_fini(&rows);
}

static void offer(const char *key, void *arg)
{
	dvs_suggest_offer(arg, key);
}

void dvs_ctl_suggest_object(struct dvs_ctl *ctl, const struct dvs_type *type, const char *name,
			    struct dvs_error *err)
{
	struct dvs_suggest s;

	dvs_suggest_init(&s, name);
	dvs_ctl_each_key(ctl, type, offer, &s);
	dvs_ctl_add_suggestion(err, dvs_suggest_best(&s));
}

void dvs_ctl_fini(struct dvs_ctl *ctl)
{
	dvs_rpc_client_free(ctl->rpc);
	dvs_client_free(ctl->client);
	ctl->rpc = NULL;
	ctl->client = NULL;
}
