/* SPDX-License-Identifier: BSD-3-Clause */
/* What requests do: one row of handlers[] a message type. */
#include "server_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "log.h"
#include "text.h"

#define DUMP_ROUNDS 16 /* calls of dvs_switch_dump for one reply */

struct handler {
	/* Fills body and ret_length (0 before). */
	int (*handle)(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
		      uint8_t *body, size_t *ret_length, struct dvs_error *err);
	bool needs_hello;
	bool needs_txn;
};

/* What OBJECT_PUT and OBJECT_DELETE may name. */
static const struct dvs_type *const switch_types[] = {
	&dvs_segment_type, &dvs_acl_type,     &dvs_acl_rule_type, &dvs_port_type,
	&dvs_mac_type,	   &dvs_binding_type, &dvs_group_type};

static void reply_with(uint8_t *body, size_t *ret_length, const void *reply, size_t length)
{
	memcpy(body, reply, length);
	*ret_length = length;
}

static int handle_hello(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	const struct dvs_wire_hello *hello = msg->body;
	struct dvs_wire_hello_reply reply = {
		.version = hello->version_max < DVS_WIRE_VERSION ? hello->version_max
								 : DVS_WIRE_VERSION,
		.boot_epoch = dvs_switch_boot_epoch(client->server->sw),
		.generation = dvs_switch_generation(client->server->sw),
		.software = "dvs-switchd " DVS_VERSION,
	};

	if (client->has_hello)
		return dvs_error_set(err, -EALREADY, NULL, NULL, "HELLO was said before");
	if (reply.version < DVS_WIRE_VERSION_MIN || reply.version < hello->version_min)
		return dvs_error_set(err, -EPROTONOSUPPORT, NULL, "version",
				     "%u to %u offered; the switch speaks %u to %u",
				     hello->version_min, hello->version_max, DVS_WIRE_VERSION_MIN,
				     DVS_WIRE_VERSION);
	memcpy(client->name, hello->client, sizeof(client->name));
	client->has_hello = true;
	dvs_log_debug("client %s (pid %d) is here", client->name, (int)client->pid);
	reply_with(body, ret_length, &reply, sizeof(reply));
	return 0;
}

static int handle_begin(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	(void)msg;
	(void)body;
	(void)ret_length;
	if (client->transaction.is_open)
		return dvs_error_set(
			err, -EBUSY, NULL, NULL,
			"a transaction is open on this connection; commit or abort it");
	client->transaction.is_open = true;
	client->transaction.begun_ms = client->received_ms;
	return 0;
}

/* The configuration type with that number, NULL and err when the switch has none. */
static const struct dvs_type *find_type(uint16_t id, struct dvs_error *err)
{
	for (unsigned int i = 0; i < COUNT_OF(switch_types); i++)
		if (switch_types[i]->id == id)
			return switch_types[i];
	dvs_error_set(err, -EOPNOTSUPP, NULL, "type",
		      "the switch keeps no objects of type %u; allowed: segment, port, mac, "
		      "binding, group",
		      id);
	return NULL;
}

/* Room for one more change of the transaction; -ENOBUFS, -ENOMEM. */
static int reserve(struct dvs_server *server, struct dvs_transaction *transaction,
		   struct dvs_error *err)
{
	unsigned int more = transaction->n_allocated ? 2 * transaction->n_allocated : 16;
	struct dvs_change *changes;

	if (transaction->n >= DVS_WIRE_TXN_MAX)
		return dvs_error_set(err, -ENOBUFS, NULL, NULL,
				     "a transaction has at most %u operations", DVS_WIRE_TXN_MAX);
	if (server->n_staged >= DVS_SERVER_STAGED_MAX)
		return dvs_error_set(err, -ENOBUFS, NULL, NULL,
				     "all open transactions together have at most %u operations",
				     DVS_SERVER_STAGED_MAX);
	if (transaction->n < transaction->n_allocated)
		return 0;
	changes = realloc(transaction->changes, more * sizeof(*changes));
	if (!changes)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	transaction->changes = changes;
	transaction->n_allocated = more;
	return 0;
}

static int stage(struct dvs_server_client *client, enum dvs_change_op op,
		 const struct dvs_wire_msg *msg, struct dvs_error *err)
{
	struct dvs_transaction *transaction = &client->transaction;
	const struct dvs_wire_object *given = msg->body;
	const struct dvs_type *type = find_type(given->type, err);
	void *object;
	int ret;

	if (!type)
		return -EOPNOTSUPP;
	ret = reserve(client->server, transaction, err);
	if (ret < 0)
		return ret;
	object = malloc(type->size);
	if (!object)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	ret = op == DVS_CHANGE_PUT ? dvs_wire_object(type, msg->tail, msg->tail_length, object, err)
				   : dvs_wire_key(type, msg->tail, msg->tail_length, object, err);
	if (ret < 0) {
		free(object);
		return ret;
	}
	transaction->changes[transaction->n++] = (struct dvs_change){op, type, object};
	client->server->n_staged++;
	return 0;
}

static int handle_put(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
		      uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	int ret = stage(client, DVS_CHANGE_PUT, msg, err);

	(void)body;
	(void)ret_length;
	client->transaction.has_failed |= ret < 0;
	return ret;
}

static int handle_delete(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			 uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	int ret = stage(client, DVS_CHANGE_DELETE, msg, err);

	(void)body;
	(void)ret_length;
	client->transaction.has_failed |= ret < 0;
	return ret;
}

void dvs_transaction_end(struct dvs_server *server, struct dvs_transaction *transaction)
{
	for (unsigned int i = 0; i < transaction->n; i++)
		free((void *)(uintptr_t)transaction->changes[i].object);
	server->n_staged -= transaction->n;
	free(transaction->changes);
	memset(transaction, 0, sizeof(*transaction));
}

/* Ends the transaction in any case. */
static int handle_commit(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			 uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	struct dvs_transaction *transaction = &client->transaction;
	struct dvs_wire_commit_reply reply = {0};
	char text[sizeof(*err)];
	int ret;

	(void)msg;
	if (transaction->has_failed)
		ret = dvs_error_set(err, -ECANCELED, NULL, NULL,
				    "an operation of this transaction was refused");
	else
		ret = dvs_switch_apply(client->server->sw, transaction->changes, transaction->n,
				       &reply.generation, err);
	dvs_transaction_end(client->server, transaction);
	if (ret < 0) {
		dvs_server_complain(client, "transaction refused: %s",
				    dvs_error_print(err, text, sizeof(text)));
		return ret;
	}
	reply_with(body, ret_length, &reply, sizeof(reply));
	return 0;
}

static int handle_abort(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	(void)msg;
	(void)body;
	(void)ret_length;
	(void)err;
	dvs_transaction_end(client->server, &client->transaction);
	return 0;
}

void dvs_server_make_printable(char *member, size_t size)
{
	char copy[DVS_FIELD_TEXT_MAX];

	if (dvs_text_is_member(member, size) || size > sizeof(copy))
		return;
	memcpy(copy, member, size);
	copy[size - 1] = '\0';
	dvs_text_copy(member, size, copy);
}

static void make_record_printable(const struct dvs_type *type, uint8_t *record)
{
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (type->fields[i].type == DVS_FIELD_STRING)
			dvs_server_make_printable((char *)record + type->fields[i].offset,
						  type->fields[i].size);
}

static int handle_dump(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
		       uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	const struct dvs_wire_dump *dump = msg->body;
	const struct dvs_type *type = dvs_type_by_id(dump->type);
	struct dvs_wire_dump_reply reply = {.type = dump->type, .next_cursor = dump->cursor};
	uint8_t *records = body + sizeof(reply);
	unsigned int max;

	if (!type)
		return dvs_error_set(err, -EOPNOTSUPP, NULL, "type", "there is no type %u",
				     dump->type);
	reply.size = type->size;
	max = (unsigned int)((DVS_SERVER_BODY_MAX - sizeof(reply)) / type->size);
	for (unsigned int round = 0; round < DUMP_ROUNDS && reply.count < max; round++) {
		int n = dvs_switch_dump(client->server->sw, type, &reply.next_cursor,
					records + (size_t)reply.count * type->size,
					max - reply.count);

		if (n < 0)
			return dvs_error_set(err, n, NULL, "type", "the switch cannot dump a %s",
					     type->name);
		for (int i = 0; i < n; i++, reply.count++)
			make_record_printable(type, records + (size_t)reply.count * type->size);
		if (reply.next_cursor == 0)
			break;
	}
	memcpy(body, &reply, sizeof(reply));
	*ret_length = sizeof(reply) + (size_t)reply.count * type->size;
	return 0;
}

static int handle_mac_flush(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			    uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	const struct dvs_wire_mac_flush *flush = msg->body;
	struct dvs_wire_mac_flush_reply reply = {0};
	int ret = dvs_switch_mac_flush(client->server->sw, flush->segment, flush->port,
				       &reply.flushed, err);

	if (ret < 0)
		return ret;
	reply_with(body, ret_length, &reply, sizeof(reply));
	return 0;
}

static int handle_subscribe(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			    uint8_t *body, size_t *ret_length, struct dvs_error *err)
{
	(void)msg;
	(void)body;
	(void)ret_length;
	(void)err;
	client->is_subscribed = true;
	return 0;
}

static const struct handler handlers[DVS_WIRE_N_TYPES] = {
	/*			  handler	    needs_hello needs_txn */
	[DVS_WIRE_HELLO] = {handle_hello, false, false},
	[DVS_WIRE_TXN_BEGIN] = {handle_begin, true, false},
	[DVS_WIRE_OBJECT_PUT] = {handle_put, true, true},
	[DVS_WIRE_OBJECT_DELETE] = {handle_delete, true, true},
	[DVS_WIRE_TXN_COMMIT] = {handle_commit, true, true},
	[DVS_WIRE_TXN_ABORT] = {handle_abort, true, true},
	[DVS_WIRE_DUMP] = {handle_dump, true, false},
	[DVS_WIRE_MAC_FLUSH] = {handle_mac_flush, true, false},
	[DVS_WIRE_SUBSCRIBE] = {handle_subscribe, true, false},
};

int dvs_server_handle(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
		      uint8_t *body, size_t *ret_length, bool *ret_close, struct dvs_error *err)
{
	const struct handler *handler = &handlers[msg->header.type];
	const char *name = dvs_wire_type_name(msg->header.type);
	int ret;

	*ret_length = 0;
	*ret_close = false;
	if (handler->needs_hello && !client->has_hello) {
		*ret_close = true;
		return dvs_error_set(err, -EPROTO, NULL, NULL, "%s before HELLO", name);
	}
	if (handler->needs_txn && !client->transaction.is_open)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "%s outside of a transaction", name);
	ret = handler->handle(client, msg, body, ret_length, err);
	if (ret < 0 && msg->header.type == DVS_WIRE_HELLO)
		*ret_close = true;
	return ret;
}
