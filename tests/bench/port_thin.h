/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_thin.h - a kind of port that costs as little as one can: receiving a frame is a copy of its
 * header to the batch, sending one is a number. What is counted with it is the pipeline.
 *
 * Threads: the thread that runs the worker.
 *
 *	dvs_thin_push(dev, header);
 *	dvs_worker_sweep(worker);
 *	n = dvs_thin_taken(other);
 */
#ifndef DVS_BENCH_PORT_THIN_H
#define DVS_BENCH_PORT_THIN_H

#include "port.h"

#define DVS_THIN_FRAME 64 /* bytes of each frame, all in the header */

extern const struct dvs_portdev_ops dvs_thin_ops;

/* A frame for the next rx, of at most DVS_BATCH_MAX; false when there is no room. */
bool dvs_thin_push(struct dvs_portdev *dev, const uint8_t frame[DVS_THIN_FRAME]);

/* Frames sent to the port since the last call. */
unsigned int dvs_thin_taken(struct dvs_portdev *dev);

#endif
