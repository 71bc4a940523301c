/* SPDX-License-Identifier: BSD-3-Clause */
#include "port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "switch_private.h"

int dvs_portdev_create(struct dvs_switch *sw, uint16_t id, const struct dvs_port *config,
		       struct rte_mempool *pool, struct dvs_portdev **ret_dev,
		       struct dvs_error *err)
{
	size_t head = (sizeof(struct dvs_portdev) + 63) & ~(size_t)63;
	size_t size = head + sw->n_workers * sizeof(struct dvs_port_stats);
	struct dvs_portdev *dev = aligned_alloc(64, size);
	int rc;

	if (dev == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for the port");
	memset(dev, 0, size);
	dev->ops = sw->kinds[config->kind];
	dev->sw = sw;
	dev->pool = pool;
	dev->id = id;
	dev->config = *config;
	for (unsigned int w = 0; w < sw->n_workers; w++)
		dev->stats[w] = (struct dvs_port_stats *)((char *)dev + head) + w;
	rc = dev->ops->create(dev, err);
	if (rc < 0) {
		free(dev);
		return rc;
	}
	*ret_dev = dev;
	return 0;
}

void dvs_portdev_destroy(struct dvs_portdev *dev)
{
	if (dev == NULL)
		return;
	dev->ops->destroy(dev);
	free(dev);
}

void dvs_portdev_set_link(struct dvs_portdev *dev, enum dvs_link link, uint16_t queues,
			  uint32_t accept)
{
	uint8_t before;

	if (queues > DVS_QUEUES_MAX)
		queues = DVS_QUEUES_MAX;
	__atomic_store_n(&dev->queues, queues, __ATOMIC_RELAXED);
	__atomic_store_n(&dev->accept, accept, __ATOMIC_RELAXED);
	before = __atomic_exchange_n(&dev->link, (uint8_t)link, __ATOMIC_ACQ_REL);
	if (link == DVS_LINK_UP && before != DVS_LINK_UP)
		__atomic_fetch_add(&dev->sessions, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&dev->link_event_pending, true, __ATOMIC_RELEASE);
	__atomic_store_n(&dev->sw->has_link_event, true, __ATOMIC_RELEASE);
}

void dvs_portdev_quiesce(struct dvs_portdev *dev)
{
	dvs_switch_synchronize(dev->sw);
}
