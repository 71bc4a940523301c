/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * datapath.h - the two ways in which a vhost-user port's frames move: the same port and session,
 * other rx and tx. port.c chooses when a port is made.
 *
 * Threads: as struct dvs_portdev_ops says.
 */
#ifndef DVS_VHOST_DATAPATH_H
#define DVS_VHOST_DATAPATH_H

#include "port.h"

extern const struct dvs_portdev_ops dvs_vhost_library_ops;
extern const struct dvs_portdev_ops dvs_vhost_direct_ops;

/* A queue pair's rings. From the guest's view: it receives on even rings, and sends on odd ones. */
#define GUEST_RX_RING(queue) ((uint16_t)((queue)*2))
#define GUEST_TX_RING(queue) ((uint16_t)((queue)*2 + 1))

/* What both have in common. */
void dvs_vhost_destroy(struct dvs_portdev *dev);
void dvs_vhost_get_state(struct dvs_portdev *dev, struct dvs_port_state *state);

#endif
