/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench_port.h"

struct thin_port {
	unsigned int n, taken;
	uint32_t length[DVS_BATCH_MAX];
	uint8_t frames[DVS_BATCH_MAX][BENCH_HEADER];
};

static int thin_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	dev->impl = calloc(1, sizeof(struct thin_port));
	if (dev->impl == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	dvs_portdev_set_link(dev, DVS_LINK_UP, dev->config.queues, 0);
	return 0;
}

static void thin_destroy(struct dvs_portdev *dev)
{
	free(dev->impl);
}

static uint16_t thin_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct thin_port *port = dev->impl;
	unsigned int n = port->n;

	(void)queue;
	for (unsigned int i = 0; i < n; i++) {
		memcpy(batch->snapshot[i], port->frames[i], BENCH_HEADER);
		batch->mbuf[i] = NULL;
		batch->header[i] = batch->snapshot[i];
		batch->header_len[i] = BENCH_HEADER;
		batch->length[i] = port->length[i];
		batch->extents_of[i] = 0;
		batch->offload[i] = (struct dvs_offload){.needs_csum = 0};
		batch->in_port[i] = dev->id;
	}
	batch->n = (uint16_t)n;
	port->n = 0;
	return (uint16_t)n;
}

static uint64_t thin_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
			const uint8_t *index, uint16_t n)
{
	struct thin_port *port = dev->impl;

	(void)queue, (void)batch, (void)index;
	port->taken += n;
	return dvs_taken_first(n);
}

static bool thin_push(struct dvs_portdev *dev, const uint8_t header[BENCH_HEADER], uint32_t length)
{
	struct thin_port *port = dev->impl;

	if (port->n == DVS_BATCH_MAX)
		return false;
	port->length[port->n] = length;
	memcpy(port->frames[port->n++], header, BENCH_HEADER);
	return true;
}

static unsigned int thin_taken(struct dvs_portdev *dev)
{
	struct thin_port *port = dev->impl;
	unsigned int taken = port->taken;

	port->taken = 0;
	return taken;
}

static const struct dvs_portdev_ops thin_ops = {
	.name = "thin",
	.create = thin_create,
	.destroy = thin_destroy,
	.rx = thin_rx,
	.tx = thin_tx,
};

const struct bench_port bench_thin = {&thin_ops, thin_push, thin_taken};
