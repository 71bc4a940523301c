/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * server.h - the switch's side of the wire contract (wire.h): a SEQPACKET socket on the control
 * thread's event loop.
 *
 * Clients are not trusted to behave. Bounded are: connections (DVS_WIRE_CLIENTS_MAX; when all are
 * taken, the oldest one that has not said HELLO makes room, else the new one is refused), the time
 * until HELLO, the time that a client may leave its replies unread or its transaction open, the
 * operations staged by one client and by all, events queued for one client, messages logged.
 * Requests of a client are read only when its last reply was taken by the socket, so a client that
 * does not read holds up itself alone.
 *
 * What each message type needs and does is one row in server_handlers.c.
 *
 * Threads: the control thread (the one that runs the event base) only.
 */
#ifndef DVS_SERVER_H
#define DVS_SERVER_H

#include "error.h"

struct dvs_server;
struct dvs_switch;
struct event_base;

/*
 * Listens on path (mode 0660; its directory is made with mode 0755 when it is missing) and serves
 * sw, whose events it takes over. group: who owns the socket, NULL = the process's group. Both are
 * copied. A socket that nobody listens on is replaced; one that answers is left alone.
 *
 * -EADDRINUSE (err has the pid), -EEXIST (path is no socket), -ENAMETOOLONG, -ENOENT (no such
 * group), -EACCES and what else the system says; nothing is left behind on failure.
 */
int dvs_server_create(struct event_base *base, struct dvs_switch *sw, const char *path,
		      const char *group, struct dvs_server **ret_server, struct dvs_error *err);

/* Closes all connections and removes the socket. NULL is accepted. Before dvs_switch_free. */
void dvs_server_free(struct dvs_server *server);

struct dvs_server_limits {
	unsigned int hello_ms;	     /* from connect to HELLO; default 5000 */
	unsigned int unread_ms;	     /* for which a reply may wait; default 10000 */
	unsigned int transaction_ms; /* from begin to commit or abort; default 30000 */
};

/* Holds for what happens from now on. */
void dvs_server_set_limits(struct dvs_server *server, const struct dvs_server_limits *limits);

#endif
