/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * direct.h - the switch's own datapath of a vhost-user port: rings (ring.h) on what librte_vhost
 * has mapped and negotiated.
 *
 * The library changes rings and memory while it handles messages, with no regard for who uses them.
 * So rings are *suspended* before each message that may do that, and *resumed* after it: suspended,
 * no worker is inside, and the library knows the rings' positions; resumed, all is read from the
 * library again, positions too. Hooks around the library's handlers do this (session.c).
 *
 * The hooks run with the locks of all of the device's rings held. Workers never take those in this
 * datapath, so that waiting for workers there is safe.
 *
 * A ring that is broken breaks its port (broken.h).
 *
 * Threads: create, free: control; suspend, resume, announce: the library's.
 */
#ifndef DVS_VHOST_DIRECT_H
#define DVS_VHOST_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct dvs_vhost;

/* Makes port->rings; false: no memory. _free accepts a port without. */
bool dvs_vhost_direct_create(struct dvs_vhost *port);
void dvs_vhost_direct_free(struct dvs_vhost *port);

/*
 * Stops the use of all rings: returns when no worker is inside, and the library knows where they
 * are. Nothing when the port has another datapath, or they are suspended already.
 */
void dvs_vhost_direct_suspend(struct dvs_vhost *port);

/* Reads memory and rings of the device vid, and starts those in the bitmap enabled. They are
 * suspended; the device has memory, and with has_log a log of it. Nothing when the port has another
 * datapath or is broken. */
void dvs_vhost_direct_resume(struct dvs_vhost *port, int vid, uint64_t enabled, bool has_log);

/* The guest's MAC has moved here: the next rx of queue 0 is an RARP request from it, by which the
 * network learns where the guest is now. */
void dvs_vhost_direct_announce(struct dvs_vhost *port, const uint8_t mac[6]);

#endif
