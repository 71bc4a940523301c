/* SPDX-License-Identifier: BSD-3-Clause */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "idle.h"
#include "port_memory.h"
#include "switch_private.h"
#include "violation.h"

/* Under the lock. */
static void drop_watch(struct dvs_portdev *dev, unsigned int queue)
{
	int *fd = &dev->watch_fd[queue];

	if (*fd < 0)
		return;
	__atomic_and_fetch(&dev->watched, (uint16_t) ~(1u << queue), __ATOMIC_RELAXED);
	dvs_idle_forget(dev->sw->workers[dev->queue_worker[queue]], *fd);
	close(*fd);
	*fd = -1;
}

void dvs_portdev_watch(struct dvs_portdev *dev, uint16_t queue, int fd)
{
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	pthread_mutex_lock(&dev->sw->watch_lock);
	drop_watch(dev, queue);
	if (copy >= 0 && dvs_idle_watch(dev->sw->workers[dev->queue_worker[queue]], copy) < 0) {
		close(copy);
		copy = -1;
	}
	dev->watch_fd[queue] = copy;
	if (copy >= 0)
		__atomic_or_fetch(&dev->watched, (uint16_t)(1u << queue), __ATOMIC_RELAXED);
	pthread_mutex_unlock(&dev->sw->watch_lock);
}

void dvs_portdev_move_watch(struct dvs_portdev *dev, uint16_t queue, uint8_t worker)
{
	int fd;

	pthread_mutex_lock(&dev->sw->watch_lock);
	fd = dev->watch_fd[queue];
	if (fd >= 0) {
		dvs_idle_forget(dev->sw->workers[dev->queue_worker[queue]], fd);
		if (dvs_idle_watch(dev->sw->workers[worker], fd) < 0)
			__atomic_and_fetch(&dev->watched, (uint16_t) ~(1u << queue),
					   __ATOMIC_RELAXED);
	}
	dev->queue_worker[queue] = worker;
	pthread_mutex_unlock(&dev->sw->watch_lock);
}

static void forget_port(struct dvs_portdev *dev)
{
	__atomic_store_n(&dev->sw->shared.queues_up[dev->id], 0, __ATOMIC_RELAXED);
	for (uint16_t q = 0; q < DVS_QUEUES_MAX; q++)
		dvs_portdev_watch(dev, q, -1);
	free(dev->offenders);
	free(dev->memory);
	free(dev);
}

int dvs_portdev_create(struct dvs_switch *sw, uint16_t id, const struct dvs_port *config,
		       const uint8_t queue_worker[DVS_QUEUES_MAX], struct dvs_portdev **ret_dev,
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
	dev->pool = sw->workers[queue_worker[0]]->pool;
	dev->id = id;
	dev->config = *config;
	memcpy(dev->queue_worker, queue_worker, sizeof(dev->queue_worker));
	for (unsigned int q = 0; q < DVS_QUEUES_MAX; q++)
		dev->watch_fd[q] = -1;
	for (unsigned int w = 0; w < sw->n_workers; w++)
		dev->stats[w] = (struct dvs_port_stats *)((char *)dev + head) + w;
	dev->offenders = calloc(1, sizeof(*dev->offenders));
	dev->memory = calloc(1, sizeof(*dev->memory));
	rc = dev->offenders != NULL && dev->memory != NULL
		     ? dev->ops->create(dev, err)
		     : dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for the port");
	if (rc < 0) {
		forget_port(dev);
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
	forget_port(dev);
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
	__atomic_store_n(&dev->sw->shared.queues_up[dev->id],
			 (uint8_t)(link == DVS_LINK_UP ? queues : 0), __ATOMIC_RELEASE);
	if (link == DVS_LINK_UP && before != DVS_LINK_UP)
		__atomic_fetch_add(&dev->sessions, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&dev->link_event_pending, true, __ATOMIC_RELEASE);
	__atomic_store_n(&dev->sw->has_link_event, true, __ATOMIC_RELEASE);
	dvs_wake_up(&dev->sw->shared.control);
	if (link == DVS_LINK_UP)
		dvs_portdev_wake(dev);
}

/* All workers: which of them have the port's queues may be about to change. */
void dvs_portdev_wake(struct dvs_portdev *dev)
{
	dvs_switch_wake(dev->sw);
}

void dvs_portdev_quiesce(struct dvs_portdev *dev)
{
	dvs_switch_synchronize(dev->sw);
}
