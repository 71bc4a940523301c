/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device.h - a port of the generator as a DPDK device: probed, configured, started.
 *
 * Threads: the main thread; queues are then used by one thread each.
 */
#ifndef DVS_GEN_DEVICE_H
#define DVS_GEN_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include "error.h"
#include "options.h"

struct dvs_device {
	uint16_t port_id;
	bool is_open;
	double line_bps; /* 0 = unknown */
};

/* Room for packet data in a buffer, without headroom: frames up to this length are in one piece. */
uint32_t dvs_device_room(const struct dvs_gen_options *options);

/*
 * Starts the device of a port with as many queues each way as it asks for. -ENODEV (no such
 * device), -ENOTSUP (queues or offloads that it does not have), or what DPDK says.
 */
int dvs_device_open(const struct dvs_gen_options *options, const struct dvs_port_spec *spec,
		    struct rte_mempool *rx_pool, struct dvs_device *ret_device,
		    struct dvs_error *err);

/* Accepts one that is not open. */
void dvs_device_close(struct dvs_device *device);

#endif
