/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rpc_server.h - JSON-RPC on a Unix stream socket.
 *
 * Clients are hostile until checked. One that sends something else than JSON, or a message that is
 * too long, is told why and cut off; so is, after 10 to 15 s, one that sends half a message or does
 * not read its replies. A client whose replies pile up is not read from until it has taken them. At
 * most 64 connections: for a newcomer the one that was idle longest is closed, if it was so for 5 s
 * at least.
 *
 * Threads: the control thread only, within the event loop.
 */
#ifndef DVS_RPC_SERVER_H
#define DVS_RPC_SERVER_H

#include "jsonrpc.h"

#define DVS_RPC_CONNECTIONS_MAX 64u
#define DVS_RPC_SOCKET		"/run/dvs/controld.sock"

struct dvs_rpc_server;
struct event_base;

struct dvs_rpc_server_options {
	const char *path;
	const char *group;	  /* of the socket; NULL: as the process */
	unsigned int patience_ms; /* with half messages and unread replies; 0: 10000 */
	unsigned int idle_ms;	  /* 0: 5000 */
};

/*
 * Makes the socket, in the place of one at which nobody listens. -ENOMEM, or an error of
 * dvs_unix_socket_listen(); err, which must not be NULL, says which.
 */
int dvs_rpc_server_create(struct event_base *base, const struct dvs_rpc *rpc,
			  const struct dvs_rpc_server_options *options,
			  struct dvs_rpc_server **ret_server, struct dvs_error *err);

/* Closes the connections and removes the socket. NULL is accepted. */
void dvs_rpc_server_free(struct dvs_rpc_server *server);

unsigned int dvs_rpc_server_connections(const struct dvs_rpc_server *server);

#endif
