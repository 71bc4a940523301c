/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rpc.h - a JSON-RPC 2.0 client on a Unix stream socket, for dvs-controld.
 *
 * One request at a time, each with a time limit for the whole of it. What the server sends is
 * bounded (DVS_RPC_CLIENT_REPLY_MAX) and checked; a server that breaks the protocol ends the
 *connection.
 *
 * Threads: one at a time.
 *
 *	struct dvs_rpc_client *rpc;
 *	json_t *result;
 *
 *	if (dvs_rpc_client_connect(path, 30000, &rpc, &err) < 0)
 *		return err.code;
 *	if (dvs_rpc_client_call(rpc, "list", json_pack("{s:s}", "type", "port"), &result, &err) ==
 *0) json_decref(result); dvs_rpc_client_free(rpc);
 */
#ifndef DVS_RPC_CLIENT_H
#define DVS_RPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "error.h"

#define DVS_RPC_CLIENT_SOCKET	 "/run/dvs/controld.sock"
#define DVS_RPC_CLIENT_REPLY_MAX (256u << 20)

struct dvs_rpc_client;

/* Where the end of a JSON object or array is, in text that arrives in pieces. */
struct dvs_json_scan {
	unsigned int depth;
	bool is_in_string, is_escaped;
};

/* Negative errno of connect(2); -ENAMETOOLONG. */
int dvs_rpc_client_connect(const char *path, unsigned int timeout_ms,
			   struct dvs_rpc_client **ret_rpc, struct dvs_error *err);
void dvs_rpc_client_free(struct dvs_rpc_client *rpc);

/*
 * Calls a method; params (an object, its reference is taken over, NULL = out of memory). An error
 * that the server answers is returned with its object, field and errno. When the connection is of
 * no more use (-ETIMEDOUT, -EPIPE, -EPROTO, ...) dvs_rpc_client_is_broken says so.
 */
int dvs_rpc_client_call(struct dvs_rpc_client *rpc, const char *method, json_t *params,
			json_t **ret_result, struct dvs_error *err);
bool dvs_rpc_client_is_broken(const struct dvs_rpc_client *rpc);

/* Bytes of text up to and with the end of the first JSON object or array, 0 when it is not there
 * yet. text continues what earlier calls saw; *scan is all zero at first. */
size_t dvs_json_scan(struct dvs_json_scan *scan, const char *text, size_t length);

#endif
