/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fixture.h - a real switch for tests: in-memory ports under both kinds, a warped clock, workers
 * that the test runs by hand (or starts).
 *
 * Threads: the test's.
 */
#ifndef DVS_TEST_FIXTURE_H
#define DVS_TEST_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "port_mem.h"
#include "switch.h"
#include "switch_private.h"

#define DVS_TEST_BUFFERS 8191

struct fixture {
	struct dvs_switch *sw;
	struct dvs_clock clock;
	struct dvs_error err;
	uint32_t links, configs, moves; /* events */
	struct dvs_wire_event last;	/* of any kind */
};

/* A switch with n workers (lcores 1 ...), started or not. */
void fixture_create(struct fixture *fixture, uint16_t n_workers, bool start);
/* The same, which keeps what outlives it there. */
void fixture_create_in(struct fixture *fixture, uint16_t n_workers, bool start,
		       const char *state_dir);

/* The same with a segment lan and ports in it, whose names are words: "p1 p2". */
void fixture_create_lan(struct fixture *fixture, uint16_t n_workers, bool start, const char *ports);

/* Frees it: the counters of all ports were right, and every packet buffer has come back. */
void fixture_free(struct fixture *fixture);

/* Objects with the defaults of their types. */
struct dvs_segment fixture_segment(const char *name);
struct dvs_port fixture_port(const char *name, const char *segment);
struct dvs_static_mac fixture_mac(const char *segment, const char *mac, const char *port);

/* One change, applied; what dvs_switch_apply returns. */
int fixture_put(struct fixture *fixture, const struct dvs_type *type, const void *object);
int fixture_delete(struct fixture *fixture, const struct dvs_type *type, const void *object);

/* The same, which must succeed. */
void fixture_add_segment(struct fixture *fixture, const char *name);
void fixture_add_port(struct fixture *fixture, const char *name, const char *segment);
void fixture_delete_port(struct fixture *fixture, const char *name);

struct dvs_portdev *fixture_dev(struct fixture *fixture, const char *name);
struct dvs_port_state fixture_state(struct fixture *fixture, const char *name);
uint64_t fixture_drops(struct fixture *fixture, const char *name, enum dvs_drop_reason reason);
uint64_t fixture_audited(struct fixture *fixture, const char *name, enum dvs_drop_reason reason);

/* The port with one field set from text, applied. */
void fixture_set(struct fixture *fixture, const char *port, const char *field, const char *text);

/* Every worker sweeps (rounds times), then the control thread polls. */
void fixture_run(struct fixture *fixture, unsigned int rounds);

/* Moves the clock and polls until the whole MAC table has been looked at. */
void fixture_warp(struct fixture *fixture, uint32_t seconds);

/* Ethernet frame with 46 bytes of payload, addresses 02:00:00:00:00:NN; 0xff is broadcast. */
#define FIXTURE_FRAME 60
void fixture_frame(uint8_t frame[FIXTURE_FRAME], uint8_t dst, uint8_t src);

/* Injects such a frame at queue 0. */
void fixture_send(struct fixture *fixture, const char *port, uint8_t dst, uint8_t src);

/* Frames that wait at a port in all its queues; they are thrown away. */
unsigned int fixture_received(struct fixture *fixture, const char *port);

/* rx = delivered + drops at every port. */
void fixture_check_invariant(struct fixture *fixture);

#endif
