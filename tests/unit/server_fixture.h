/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * server_fixture.h - a real switch and its server on an event loop in a thread of their own; good
 * clients through the client library, bad ones through bare sockets.
 *
 * Threads: the test's, but for what in_control runs.
 */
#ifndef DVS_TEST_SERVER_FIXTURE_H
#define DVS_TEST_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client.h"
#include "server.h"
#include "switch.h"

/* Limits that no test runs into: what a server of the fixture has. */
extern const struct dvs_server_limits patient;

extern char server_directory[32], server_path[80];

/* What lives in the control thread; the test's thread may look while that does nothing. */
struct server_control {
	struct event_base *base;
	struct dvs_switch *sw;
	struct dvs_server *server;
};

extern struct server_control control;

/* Of a group of tests: the directory's name and the thread. */
int server_start(void **state);
int server_stop(void **state);

/* Of a test: switch and server; at its end, no descriptor is left open. */
int server_set_up(void **state);
int server_tear_down(void **state);

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, server_set_up, server_tear_down)

/* Runs in the control thread and returns what it returns; run NULL ends the loop. */
int in_control(int (*run)(void *arg), void *arg);

/* For in_control: struct dvs_error, nothing, struct dvs_server_limits. */
int make_switch(void *arg);
int free_switch(void *arg);
int set_limits(void *arg);

int64_t server_now_ms(void);

struct dvs_client *connect_client(void);

/* A bare connection; what waits for it for too long fails. */
int connect_bare(void);
void say_hello(int fd);

/* The connection's last words: one error reply of that type, then its end. */
void expect_refusal(int fd, uint16_t type, int code);

/* Segment "sNUMBER"; put into the client's transaction; n of them from 0 on, committed. */
void make_segment(struct dvs_segment *segment, unsigned int number);
void put_segment(struct dvs_client *client, unsigned int number);
void fill_segments(struct dvs_client *client, unsigned int n);

/* Generation after a commit that must succeed. */
uint64_t commit(struct dvs_client *client);

/* For dvs_client_dump: arg is an unsigned int. */
int count_record(const struct dvs_type *type, const void *record, void *arg);
unsigned int count_segments(struct dvs_client *client);

#endif
