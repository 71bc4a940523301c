/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * server_private.h - what the files of the server share: server.c (connections and their queues)
 * and server_handlers.c (what requests do).
 *
 * Threads: the control thread only.
 */
#ifndef DVS_SERVER_PRIVATE_H
#define DVS_SERVER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event.h>

#include "server.h"
#include "switch.h"
#include "unix_socket.h"
#include "wire.h"

#define DVS_SERVER_EVENTS_MAX 256u		      /* queued for one client */
#define DVS_SERVER_STAGED_MAX (2u * DVS_WIRE_TXN_MAX) /* operations of all transactions */

/* A packet that the client's socket did not take yet. */
struct dvs_server_packet {
	TAILQ_ENTRY(dvs_server_packet) link;
	uint32_t length;
	uint8_t data[];
};

struct dvs_transaction {
	bool is_open;
	bool has_failed; /* an operation was refused, so a commit is too */
	uint64_t begun_ms;
	unsigned int n, n_allocated;
	struct dvs_change *changes; /* each owns its object */
};

struct dvs_server_client {
	TAILQ_ENTRY(dvs_server_client) link; /* in the order of arrival */
	struct dvs_server *server;
	struct event *on_read, *on_write, *on_time;
	int fd;
	pid_t pid;
	char name[DVS_NAME_LEN]; /* from HELLO */
	bool has_hello;
	bool is_subscribed;
	bool is_closing; /* once its queue is empty; nothing is read from it any more */
	bool is_dead;	 /* to be freed by its own callback */
	uint64_t accepted_ms, received_ms, sent_ms;
	TAILQ_HEAD(, dvs_server_packet) queue;
	unsigned int n_queued;
	uint64_t sequence; /* of its last event */
	/* The newest event that found the queue full. Sent when the queue is empty, it shows the
	 * gap that would otherwise stay unknown until something else happens. */
	bool has_held;
	struct dvs_wire_event held;
	struct dvs_transaction transaction;
};

struct dvs_server {
	struct event_base *base;
	struct dvs_switch *sw;
	struct dvs_unix_socket socket;
	struct dvs_server_limits limits;
	struct event *on_connect, *on_resume;
	TAILQ_HEAD(, dvs_server_client) clients;
	unsigned int n_clients;
	unsigned int n_staged; /* operations of all transactions */
	uint64_t logged_ms;    /* start of the log's current interval */
	unsigned int n_logged; /* messages in it */
	_Alignas(8) uint8_t in[DVS_WIRE_MSG_MAX];
	_Alignas(8) uint8_t out[DVS_WIRE_MSG_MAX];
};

/* server_handlers.c: handles a request whose lengths are checked. Fills body (room for
 * DVS_SERVER_BODY_MAX bytes, 8-byte aligned) and ret_length; a negative errno and err make it an
 * error reply, and *ret_close ends the connection after it. */
#define DVS_SERVER_BODY_MAX (DVS_WIRE_MSG_MAX - sizeof(struct dvs_wire_header))
int dvs_server_handle(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
		      uint8_t *body, size_t *ret_length, bool *ret_close, struct dvs_error *err);

/* A text from the system, which may be cut within a character, as clients accept it. */
void dvs_server_make_printable(char *member, size_t size);

/* Frees what is staged. */
void dvs_transaction_end(struct dvs_server *server, struct dvs_transaction *transaction);

/* server.c: a warning about a client, of which only some are logged in a given time. */
void dvs_server_complain(struct dvs_server_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
