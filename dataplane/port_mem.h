/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_mem.h - an in-memory kind of port, so that the real pipeline runs in unit tests without NIC,
 * root or sleeping. A test puts frames in at the port's far end, as a guest would send them, and
 * takes out what the switch sent there.
 *
 * It registers under the number of any kind. The link is up from the start, with config.queues
 * queues, and every offload request accepted.
 *
 * Threads: each queue has one thread that injects and one that collects, which may run beside the
 * workers; the rest is the control thread's.
 *
 *	dvs_switch_register_kind(sw, DVS_PORT_TAP, &dvs_mem_ops);
 *	dev = dvs_switch_portdev(sw, "p1");
 *	dvs_mem_inject(dev, 0, frame, sizeof(frame), NULL);
 *	dvs_worker_sweep(dvs_switch_worker(sw, 0));
 *	if (dvs_mem_collect(other, 0, &got))
 *		assert_memory_equal(got.data, frame, got.length);
 */
#ifndef DVS_PORT_MEM_H
#define DVS_PORT_MEM_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

#define DVS_MEM_FRAME_MAX (65536 + 256)
#define DVS_MEM_RING	  512 /* frames of a queue that wait, in each direction */

struct dvs_mem_frame {
	uint32_t length;
	struct dvs_offload offload;
	uint8_t data[DVS_MEM_FRAME_MAX];
};

extern const struct dvs_portdev_ops dvs_mem_ops;

/* A frame that the switch will receive. offload may be NULL. 0, -ENOBUFS (queue full, no mbuf),
 * -EINVAL (too long, no such queue). */
int dvs_mem_inject(struct dvs_portdev *dev, uint16_t queue, const void *data, uint32_t length,
		   const struct dvs_offload *offload);

/* The next frame that the switch sent; false when there is none. */
bool dvs_mem_collect(struct dvs_portdev *dev, uint16_t queue, struct dvs_mem_frame *ret_frame);

/* Frames waiting to be collected / throws them away. */
unsigned int dvs_mem_pending(struct dvs_portdev *dev, uint16_t queue);
unsigned int dvs_mem_discard(struct dvs_portdev *dev, uint16_t queue);

/* At most so many frames wait to be collected in each queue; 0 to DVS_MEM_RING - 1. */
void dvs_mem_set_room(struct dvs_portdev *dev, unsigned int frames);

#endif
