/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench_port.h - kinds of port for instructions.c: what the switch sees is a port, what the bench
 * sees is where frames go in and come out.
 *
 *	thin	costs as little as one can: receiving a frame is a copy of its header to the batch,
 *		sending one is a number. What is counted with it is the pipeline.
 *	split	a queue of vhost-user in each direction: the switch's ring code over memory of a
 *	packed	guest that is ours, one descriptor a frame, buffers that can be merged.
 *
 * Threads: the thread that runs the worker.
 *
 *	bench_thin.push(dev, frame, 64);
 *	dvs_worker_sweep(worker);
 *	n = bench_thin.taken(other);
 */
#ifndef DVS_BENCH_PORT_H
#define DVS_BENCH_PORT_H

#include "port.h"

#define BENCH_HEADER	64 /* bytes of a frame that are given; the rest is as it was */
#define BENCH_FRAME_MAX 1514

struct bench_port {
	const struct dvs_portdev_ops *ops;

	/* A frame for the next rx, at most DVS_BATCH_MAX of them; false when there is no room. */
	bool (*push)(struct dvs_portdev *dev, const uint8_t header[BENCH_HEADER], uint32_t length);

	/* Frames sent to the port since the last call. */
	unsigned int (*taken)(struct dvs_portdev *dev);
};

extern const struct bench_port bench_thin, bench_split, bench_packed;

#endif
