/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_tap.h - the tap kind of port: a kernel interface, for the host itself, containers and tests.
 *
 * The interface is made when the port is and goes with it. It lives in the network namespace that
 * the port names; once made it keeps that namespace alive, also when its name is removed. Checksum
 * and TCP segmentation requests pass in both directions as struct virtio_net_hdr. With several
 * queues the kernel spreads flows over them.
 *
 * The kernel side is the operator's: addresses, bridges, also setting the interface down. A port
 * that is not enabled has no carrier. When somebody deletes the interface the port's link goes
 * down, and only a new port brings it back.
 *
 * Frames cost a system call each: this kind is for reach, not for speed. A queue that was found
 * empty is not asked again for some microseconds, so that an idle tap does not slow down its
 * worker.
 *
 * Threads: as struct dvs_portdev_ops says.
 */
#ifndef DVS_PORT_TAP_H
#define DVS_PORT_TAP_H

#include "port.h"

extern const struct dvs_portdev_ops dvs_tap_ops;

#endif
