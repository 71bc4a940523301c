/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inject.h - frames of the switch itself: queries, answers, announcements.
 *
 * The control thread puts a frame into the ring of a worker, which sends it as if it had received
 * and looked it up: in the segment given, to one port, or to all ports of the segment (a multicast
 * one to those that have to get it). Such a frame has no receiving port (in_port is DVS_PORT_NONE),
 * so nothing counts it but the ports that it is sent to. Frames put for one port, or for one
 * segment, are sent in their order.
 *
 * Threads: dvs_inject: the control thread; dvs_inject_take: the worker.
 */
#ifndef DVS_INJECT_H
#define DVS_INJECT_H

#include <stddef.h>
#include <stdint.h>

struct dvs_handover_queue;
struct dvs_switch;
struct dvs_worker;

#define DVS_INJECT_MAX 1536 /* bytes of a frame */

/*
 * A copy of the frame (Ethernet header first, no tag of the segment's VLAN) to port, or to the
 * segment (DVS_PORT_FLOOD). A frame whose port or segment is gone when its turn comes is dropped.
 * 0; -EINVAL: shorter than an Ethernet header, or longer than DVS_INJECT_MAX; -ENOMEM: no packet
 * buffer; -ENOBUFS: the ring is full.
 */
int dvs_inject(struct dvs_switch *sw, uint16_t segment, uint16_t port, const uint8_t *frame,
	       size_t length);

/* Sends what had been put when the call began; returns how many frames. */
unsigned int dvs_inject_take(struct dvs_worker *worker);

#endif
