/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost.h - the vhost-user kind of port: a VM's virtio-net NIC, over a Unix socket.
 *
 * librte_vhost speaks the protocol and maps guest memory; this folder has what a switch needs around
 * it: sockets that are safe to make and to take over, sessions that come and go without disturbing
 * others, rings of its own by which a frame is copied once (ring.h), and offload requests carried
 * exactly in both directions. With datapath=library the library moves the frames, too.
 *
 * Threads: as struct dvs_portdev_ops says.
 *
 *	dvs_switch_register_kind(sw, DVS_PORT_VHOST_USER, &dvs_vhost_ops);
 */
#ifndef DVS_VHOST_H
#define DVS_VHOST_H

#include "port.h"

extern const struct dvs_portdev_ops dvs_vhost_ops;

#endif
