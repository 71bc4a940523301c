/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream from an API client, cut into messages as the server does it, served by the methods with
 * an empty intent at the start. Every reply is one line of JSON; after each message the intent is
 * consistent, and the pieces in which the stream arrives are of no matter.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "field_json.h"
#include "methods.h"

/* The methods that need no store and no switch, on an intent alone. */
static int method_change(void *context, const json_t *params, json_t **ret_result,
			 struct dvs_error *err)
{
	struct dvs_intent *intent = context;
	int ret = dvs_edit_ops(intent, json_object_get(params, "ops"), err);

	if (ret == 0)
		ret = dvs_intent_check(intent, err);
	if (ret != 0) {
		MUST(err->text[0] != '\0');
		dvs_intent_rollback(intent);
		return ret;
	}
	dvs_intent_commit(intent);
	*ret_result = json_object();
	return 0;
}

static const struct dvs_rpc_method methods[] = {
	{"change", "", method_change},
	{NULL, NULL, NULL},
};

static void serve(const struct dvs_rpc *rpc, const char *bytes, size_t length)
{
	size_t reply_length;
	char *reply = dvs_rpc_serve(rpc, bytes, length, &reply_length);
	struct dvs_error err;
	json_t *json;

	MUST(dvs_intent_check(rpc->context, &err) == 0);
	if (!reply)
		return;
	MUST(reply_length > 0 && reply[reply_length - 1] == '\n');
	json = json_loadb(reply, reply_length, JSON_REJECT_DUPLICATES, NULL);
	MUST(json);
	json_decref(json);
	free(reply);
}

/* The same in single bytes. */
static int frame_slowly(const char *bytes, size_t size, size_t *ret_length)
{
	struct dvs_rpc_frame frame = {0};
	int ret = 0;

	for (size_t i = 0; i < size && ret == 0; i++)
		ret = dvs_rpc_frame(&frame, bytes + i, 1);
	*ret_length = frame.length;
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct dvs_intent *intent;
	struct dvs_rpc rpc = {methods, NULL};

	MUST(dvs_intent_create(&intent) == 0);
	rpc.context = intent;
	while (size > 0) {
		struct dvs_rpc_frame frame = {0};
		size_t length;
		int ret = dvs_rpc_frame(&frame, bytes, size);

		MUST(frame_slowly(bytes, size, &length) == ret && length == frame.length);
		if (ret != 1)
			break;
		serve(&rpc, bytes, frame.length);
		bytes += frame.length;
		size -= frame.length;
	}
	dvs_intent_free(intent);
	return 0;
}
