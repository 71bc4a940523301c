/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonrpc.h - JSON-RPC 2.0 (https://www.jsonrpc.org/specification) without its transport: texts in,
 * texts out.
 *
 * A message is one JSON object, or an array of them (a batch). On a stream messages follow each
 * other with any white space, or none, in between: dvs_rpc_frame finds where one ends, so that a
 * long one is parsed once and not at each piece that arrives.
 *
 * What a client can make us allocate is bounded: DVS_RPC_MESSAGE_MAX bytes and DVS_RPC_VALUES_MAX
 * values a message, DVS_RPC_DEPTH_MAX levels, DVS_RPC_BATCH_MAX calls a batch, DVS_RPC_REPLY_MAX
 * bytes of replies, after which the rest of a batch is refused.
 *
 * To add a method: one row in the table (methods.c).
 *
 * Threads: the control thread only.
 */
#ifndef DVS_JSONRPC_H
#define DVS_JSONRPC_H

#include <jansson.h>
#include <stdbool.h>

#include "error.h"

#define DVS_RPC_MESSAGE_MAX (16u << 20)
#define DVS_RPC_VALUES_MAX  2000000u
#define DVS_RPC_DEPTH_MAX   32u
#define DVS_RPC_BATCH_MAX   256u
#define DVS_RPC_REPLY_MAX   (64u << 20)

/* Codes of the specification, section 5.1, and the one of refusals by a method. */
enum dvs_rpc_code {
	DVS_RPC_PARSE_ERROR = -32700,
	DVS_RPC_INVALID_REQUEST = -32600,
	DVS_RPC_METHOD_NOT_FOUND = -32601,
	DVS_RPC_INVALID_PARAMS = -32602,
	DVS_RPC_INTERNAL_ERROR = -32603,
	DVS_RPC_REFUSED = -32000, /* data: object, field, errno */
};

/* A method's answer when its params have the wrong shape; err->text says how. */
#define DVS_RPC_BAD_PARAMS 1

struct dvs_rpc_method {
	const char *name;
	const char *help; /* one sentence without full stop */
	/*
	 * params: an object, empty when there were none. 0 and a new reference in *ret_result, a
	 * negative errno and err, or DVS_RPC_BAD_PARAMS and err.
	 */
	int (*call)(void *context, const json_t *params, json_t **ret_result,
		    struct dvs_error *err);
};

struct dvs_rpc {
	const struct dvs_rpc_method *methods; /* ends with a row without a name */
	void *context;			      /* of the methods */
};

/*
 * Serves one message. Returns the reply with a newline at its end, to be freed with free(), and its
 * length; NULL when there is nothing to reply (notifications), or when memory is out.
 */
char *dvs_rpc_serve(const struct dvs_rpc *rpc, const char *text, size_t length, size_t *ret_length);

/* A reply with an error and without an id, for what is no message; to be freed with free(). */
char *dvs_rpc_error_text(enum dvs_rpc_code code, const char *message, size_t *ret_length);

/* How far the beginning of a stream has been looked at. All zero at the start of a message. */
struct dvs_rpc_frame {
	size_t length; /* bytes looked at */
	unsigned int depth, values;
	bool is_in_string, is_escaped;
};

/*
 * Looks at more bytes of a message: 1 when it ends after frame->length bytes in all (white space
 * before it included), 0 when more are needed, -EBADMSG when this is no JSON object or array,
 * -E2BIG when a limit is passed.
 */
int dvs_rpc_frame(struct dvs_rpc_frame *frame, const char *bytes, size_t n);

#endif
