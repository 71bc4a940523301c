/* SPDX-License-Identifier: BSD-3-Clause */
#include "jsonrpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The reply as it grows. */
struct text {
	char *bytes;
	size_t n, room;
};

static int append(const char *bytes, size_t n, void *arg)
{
	struct text *text = arg;

	if (n == 0)
		return 0;
	if (text->room - text->n < n) {
		size_t room = 2 * text->room + n + 256;
		char *grown = realloc(text->bytes, room);

		if (!grown)
			return -1;
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
	return 0;
}

static json_t *error_object(enum dvs_rpc_code code, const char *message, json_t *data)
{
	json_t *error = json_pack("{s:i, s:s}", "code", (int)code, "message", message);

	if (error && data)
		json_object_set(error, "data", data);
	json_decref(data);
	return error;
}

/* Object and field are beside the message, not in it: clients put them together as they like. */
static json_t *error_of(int ret, const struct dvs_error *err)
{
	const char *message = err->text[0] ? err->text : strerrordesc_np(-ret);

	if (ret == DVS_RPC_BAD_PARAMS)
		return error_object(DVS_RPC_INVALID_PARAMS, err->text, NULL);
	return error_object(DVS_RPC_REFUSED, message ? message : "refused",
			    json_pack("{s:s, s:s, s:i}", "object", err->object, "field", err->field,
				      "errno", -ret));
}

/* Steals result or error. */
static json_t *reply_of(json_t *id, json_t *result, json_t *error)
{
	json_t *reply = json_pack("{s:s}", "jsonrpc", "2.0");

	if (!result && !error)
		error = error_object(DVS_RPC_INTERNAL_ERROR, "out of memory", NULL);
	if (reply) {
		json_object_set_new(reply, error ? "error" : "result", error ? error : result);
		json_object_set(reply, "id", id ? id : json_null());
	} else {
		json_decref(result);
		json_decref(error);
	}
	return reply;
}

static json_t *refuse(json_t *id, enum dvs_rpc_code code, const char *message)
{
	return reply_of(id, NULL, error_object(code, message, NULL));
}

static const struct dvs_rpc_method *find_method(const struct dvs_rpc *rpc, const char *name)
{
	for (const struct dvs_rpc_method *method = rpc->methods; method->name; method++)
		if (strcmp(method->name, name) == 0)
			return method;
	return NULL;
}

static json_t *call_method(const struct dvs_rpc *rpc, const char *name, json_t *id, json_t *params)
{
	const struct dvs_rpc_method *method = find_method(rpc, name);
	json_t *result = NULL, *error = NULL, *none = NULL;
	struct dvs_error err = {0};
	int ret;

	if (!method)
		return refuse(id, DVS_RPC_METHOD_NOT_FOUND,
			      "there is no such method; 'methods' lists them");
	if (params && !json_is_object(params))
		return refuse(id, DVS_RPC_INVALID_PARAMS, "params must be an object");
	if (!params)
		params = none = json_object();
	ret = params ? method->call(rpc->context, params, &result, &err) : -ENOMEM;
	json_decref(none);
	if (ret != 0)
		error = error_of(ret, &err);
	return reply_of(id, result, error);
}

/* One call: its reply, or NULL for a notification. */
static json_t *serve_call(const struct dvs_rpc *rpc, json_t *call)
{
	json_t *id = json_object_get(call, "id"), *params = json_object_get(call, "params");
	const char *version = json_string_value(json_object_get(call, "jsonrpc"));
	const char *name = json_string_value(json_object_get(call, "method"));
	json_t *reply;

	if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		return refuse(NULL, DVS_RPC_INVALID_REQUEST,
			      "id must be a string, a number or null");
	if (!json_is_object(call) || !version || strcmp(version, "2.0") != 0 || !name ||
	    (params && !json_is_object(params) && !json_is_array(params)))
		return refuse(id, DVS_RPC_INVALID_REQUEST,
			      "a request is an object with \"jsonrpc\":\"2.0\", \"method\", and "
			      "optional \"params\" and \"id\"");
	reply = call_method(rpc, name, id, params);
	if (id)
		return reply;
	json_decref(reply);
	return NULL;
}

/* Appends a reply, if there is one; frees it. */
static int append_reply(struct text *text, json_t *reply, const char *before)
{
	int ret = 0;

	if (!reply)
		return 0;
	ret = append(before, strlen(before), text);
	if (ret == 0)
		ret = json_dump_callback(reply, append, text, JSON_COMPACT);
	json_decref(reply);
	return ret;
}

static int serve_batch(const struct dvs_rpc *rpc, json_t *batch, struct text *text)
{
	size_t n = json_array_size(batch);
	int ret = 0;

	if (n == 0)
		return append_reply(
			text, refuse(NULL, DVS_RPC_INVALID_REQUEST, "the batch is empty"), "");
	if (n > DVS_RPC_BATCH_MAX)
		return append_reply(
			text, refuse(NULL, DVS_RPC_INVALID_REQUEST, "the batch has too many calls"),
			"");
	for (size_t i = 0; i < n && ret == 0; i++) {
		json_t *call = json_array_get(batch, i);
		json_t *reply =
			text->n < DVS_RPC_REPLY_MAX
				? serve_call(rpc, call)
				: refuse(json_object_get(call, "id"), DVS_RPC_INTERNAL_ERROR,
					 "the replies of this batch are too long");

		ret = append_reply(text, reply, text->n > 0 ? "," : "[");
	}
	if (ret == 0 && text->n > 0)
		ret = append("]", 1, text);
	return ret;
}

static char *finish(struct text *text, int ret, size_t *ret_length)
{
	if (ret == 0 && text->n > 0)
		ret = append("\n", 1, text);
	if (ret < 0 || text->n == 0) {
		free(text->bytes);
		return NULL;
	}
	*ret_length = text->n;
	return text->bytes;
}

char *dvs_rpc_serve(const struct dvs_rpc *rpc, const char *bytes, size_t length, size_t *ret_length)
{
	struct text text = {0};
	json_error_t json_err;
	json_t *message = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &json_err);
	int ret;

	if (!message) {
		char why[256];

		snprintf(why, sizeof(why), "not JSON: %.160s (line %d, column %d)", json_err.text,
			 json_err.line, json_err.column);
		return dvs_rpc_error_text(DVS_RPC_PARSE_ERROR, why, ret_length);
	}
	ret = json_is_array(message) ? serve_batch(rpc, message, &text)
				     : append_reply(&text, serve_call(rpc, message), "");
	json_decref(message);
	return finish(&text, ret, ret_length);
}

char *dvs_rpc_error_text(enum dvs_rpc_code code, const char *message, size_t *ret_length)
{
	struct text text = {0};
	int ret = append_reply(&text, refuse(NULL, code, message), "");

	return finish(&text, ret, ret_length);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte in a string: whether it goes on. */
static void look_in_string(struct dvs_rpc_frame *frame, char c)
{
	if (frame->is_escaped)
		frame->is_escaped = false;
	else if (c == '\\')
		frame->is_escaped = true;
	else if (c == '"')
		frame->is_in_string = false;
}

int dvs_rpc_frame(struct dvs_rpc_frame *frame, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		frame->length++;
		if (frame->length > DVS_RPC_MESSAGE_MAX)
			return -E2BIG;
		if (frame->is_in_string) {
			look_in_string(frame, c);
		} else if (c == '{' || c == '[') {
			frame->values++;
			if (++frame->depth > DVS_RPC_DEPTH_MAX)
				return -E2BIG;
		} else if (frame->depth == 0) {
			if (!is_space(c))
				return -EBADMSG;
		} else if (c == '"') {
			frame->is_in_string = true;
		} else if (c == ',') {
			if (++frame->values > DVS_RPC_VALUES_MAX)
				return -E2BIG;
		} else if ((c == '}' || c == ']') && --frame->depth == 0) {
			return 1;
		}
	}
	return 0;
}
