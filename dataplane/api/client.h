/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.h - the client side of the wire contract, for dvs-controld and dvsctl.
 *
 * Calls block until the reply came or the time limit passed (-ETIMEDOUT; the connection is then of
 * no more use and every later call fails with -ENOTCONN). Events that arrive meanwhile are queued
 * (up to 256; beyond that the oldest is lost, which the caller sees as a gap).
 *
 * Threads: one at a time.
 *
 *	struct dvs_client *c;
 *	struct dvs_error err;
 *
 *	if (dvs_client_connect(NULL, "example", 2000, &c, &err) < 0)
 *		return err.code;
 *	dvs_client_begin(c, &err);
 *	dvs_client_put(c, &dvs_segment_type, &segment, &err);
 *	dvs_client_commit(c, NULL, &err);
 *	dvs_client_free(c);
 */
#ifndef DVS_CLIENT_H
#define DVS_CLIENT_H

#include "wire.h"

struct dvs_client;

/* Connects and exchanges HELLO; name is for the switch's log. path NULL: DVS_WIRE_SOCKET.
 * timeout_ms holds for every later call, except that a commit may take ten times as long. */
int dvs_client_connect(const char *path, const char *name, unsigned int timeout_ms,
		       struct dvs_client **ret_client, struct dvs_error *err);
void dvs_client_free(struct dvs_client *client);

/* For an event loop: readable when an event or the end of the connection is there. The client's own
 * descriptor: for polling only. */
int dvs_client_fd(const struct dvs_client *client);
const struct dvs_wire_hello_reply *dvs_client_hello(const struct dvs_client *client);

int dvs_client_begin(struct dvs_client *client, struct dvs_error *err);
int dvs_client_put(struct dvs_client *client, const struct dvs_type *type, const void *object,
		   struct dvs_error *err);
int dvs_client_delete(struct dvs_client *client, const struct dvs_type *type, const void *object,
		      struct dvs_error *err);
int dvs_client_commit(struct dvs_client *client, uint64_t *ret_generation, struct dvs_error *err);
int dvs_client_abort(struct dvs_client *client, struct dvs_error *err);

/* Calls fn for each record of the type, in our struct's size; a negative return of fn ends the dump
 * and is returned. fn must not use the client. */
typedef int (*dvs_client_record_fn)(const struct dvs_type *type, const void *record, void *arg);
int dvs_client_dump(struct dvs_client *client, const struct dvs_type *type, dvs_client_record_fn fn,
		    void *arg, struct dvs_error *err);

/* segment, port: NULL or "" = all. */
int dvs_client_mac_flush(struct dvs_client *client, const char *segment, const char *port,
			 uint32_t *ret_flushed, struct dvs_error *err);

int dvs_client_subscribe(struct dvs_client *client, struct dvs_error *err);

/* Next event: 1 and *ret_event, 0 when none is there now, -EPIPE when the switch went away.
 * wait_ms 0 does not wait, -1 waits without limit. */
int dvs_client_event(struct dvs_client *client, int wait_ms, struct dvs_wire_event *ret_event);

#endif
