/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * session.h - frontends come and go: from librte_vhost's callbacks to the port's link.
 *
 * The library has one device (vid) for each connection. Of a port's connections the one whose
 * driver came up last is its session; a frontend that was killed and started again may connect
 * before the library has noticed that the old connection is gone. A few connections a socket are
 * let in, more are refused: the library has 1024 for all ports.
 *
 * Life of a session, all in the library's threads:
 *	new_connection		the connection gets a slot in the table, by its socket's path
 *	before each message	the rings of a port with datapath=direct are suspended, when the
 *				message may change them or memory; after it they are resumed, and
 *				memory is watched (guest_fault.h)
 *	vring_state_changed	its driver enables and disables rings; counted
 *	new_device		the driver is up: link up
 *	destroy_device		link down, then wait until no worker is inside: after the return
 *				the library frees what workers use
 *	destroy_connection	the slot is given back
 *
 * Locks: one for the table and the ports in it, held briefly. Never held while waiting for workers,
 * who may be spinning on a ring's lock that the library holds while it calls vring_state_changed,
 * nor while calling rte_vhost_driver_*, which wait for callbacks.
 *
 * The library is one of a process, and so is the table.
 *
 * Threads: as each function says.
 */
#ifndef DVS_VHOST_SESSION_H
#define DVS_VHOST_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_vhost.h>

#include "port.h"

struct dvs_vhost {
	struct dvs_portdev *dev;	/* constant */
	char path[DVS_SOCKET_PATH_MAX]; /* constant */
	bool is_server;			/* constant */
	struct dvs_vhost_rings *rings;	/* constant; NULL: librte_vhost moves the frames */

	uint16_t broken; /* atomic; broken.h */

	int vid; /* of the session, -1: none; library: write under lock, worker: read */

	/* Worker that polls the queue: dev->sessions when it asked the library for the driver's
	 * notifications; 0: it has none. Only for ports without rings. */
	uint32_t armed[DVS_QUEUES_MAX];

	/* Under the table's lock. */
	uint64_t features; /* VIRTIO bits negotiated in the session */
	uint16_t mtu;	   /* that the hypervisor told the guest; 0: none */
	uint16_t pairs;	   /* queue pairs that the driver enabled, also beyond config.queues */
	uint16_t n_connections;
	struct dvs_vhost *next;
};

extern const struct rte_vhost_device_ops dvs_vhost_session_ops;

/*
 * Control thread: enters a port before its socket is registered, so that callbacks find it.
 * -EADDRINUSE when another port has the path.
 */
int dvs_vhost_session_attach(struct dvs_vhost *port, struct dvs_error *err);

/* Control thread: does a port have the path? */
bool dvs_vhost_session_has_path(const char *path);

/* Control thread: after the socket is unregistered; no callback knows the port any more. */
void dvs_vhost_session_detach(struct dvs_vhost *port);

/* Ends the session, if any: link down, no worker inside rx or tx. Any thread but workers. */
void dvs_vhost_session_end(struct dvs_vhost *port);

/* Any thread: features, mtu, pairs and n_connections as they are now; vid too. */
void dvs_vhost_session_read(struct dvs_vhost *port, struct dvs_vhost *ret_copy);

#endif
