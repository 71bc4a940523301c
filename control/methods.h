/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * methods.h - what the operator API can do: the JSON-RPC methods of dvs-controld.
 *
 *	list	{"type":"port"[,"key":"vm1"]} -> {"objects":[record...]}
 *	change	{"ops":[{"op":"add|set|delete","type":"port","key":"vm1","fields":{...}}...]
 *		 [,"dry_run":true]} -> {"revision":7,"applied":true[,"warning":"..."]}
 *	apply	{"yaml":"text"[,"dry_run":true]} -> as change, and "changes":[{"op","type","key",
 *		 "fields":{"mtu":["1500","9000"]}}...]; a side that is not set is null
 *	export	{} -> {"yaml":"text"}
 *	status	{} -> {"version","revision","store","switch":{...},"objects":{"port":3,...}
 *		 [,"warning":"..."]}
 *	version	{} -> {"version":"0.1.0"}
 *	methods	{} -> {"methods":[{"name","help"}...]}
 *
 * A record is {"type","key","fields","set"}: fields has every field with its type in JSON
 * (field_json.h), set the names of those that were set explicitly; ports have "effective" too, the
 * policy that results from port, port group and defaults.
 *
 * In `change`, a field that is null or "" is unset, and a key that has several parts is written
 * "lan/52:54:00:00:00:01". The fields that make the key may be left out.
 *
 * Threads: the control thread only.
 */
#ifndef DVS_METHODS_H
#define DVS_METHODS_H

#include "control.h"
#include "jsonrpc.h"

/* For struct dvs_rpc, with a struct dvs_control as its context. */
extern const struct dvs_rpc_method dvs_control_methods[];

/* The edits of a `change` request, made in the intent; 0, DVS_RPC_BAD_PARAMS, or a negative errno.
 * On failure the edits before the one that failed are still in the intent. */
int dvs_edit_ops(struct dvs_intent *intent, const json_t *ops, struct dvs_error *err);

#endif
