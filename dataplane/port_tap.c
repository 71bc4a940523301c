/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of a tap port; the interface itself is made in tap_interface.c. */
#include "port_tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "charge.h"
#include "frame.h"
#include "netns.h"
#include "tap_interface.h"
#include "vnet_header.h"

#define FRAME_MAX	 (65536 + 64) /* a GSO frame of the kernel: 64 KB and its L2 header */
#define SEGMENT_BYTES	 2048	      /* least data room of a pool's mbuf */
#define SEGMENTS	 ((FRAME_MAX + SEGMENT_BYTES - 1) / SEGMENT_BYTES)
#define EMPTY_WAIT_US	 5
#define VNET_HEADER_SIZE sizeof(struct virtio_net_hdr_v1)

_Static_assert(VNET_HEADER_SIZE == DVS_TAP_VNET_HEADER, "what the interface is told");

/*
 * A read needs room for the longest frame before it is known how long the frame is. The mbufs that
 * make this room wait here; those that a frame fills are replaced, from slot 0 on.
 */
struct tap_queue {
	int fd;
	uint16_t n_missing; /* slots from 0 on without an mbuf */
	uint64_t empty_tsc; /* when a read last found nothing */
	struct virtio_net_hdr_v1 vnet;
	struct rte_mbuf *slot[SEGMENTS];
	struct iovec iov[1 + SEGMENTS]; /* vnet, slots */
} __rte_cache_aligned;

struct dvs_tap {
	struct dvs_portdev *dev;
	struct dvs_tap_interface interface;
	uint64_t empty_wait; /* TSC cycles; constant */
	bool is_gone;	     /* atomic: somebody deleted the interface */
	char error[96];	     /* of the last update; control thread */
	struct tap_queue queues[DVS_QUEUES_MAX];
};

/* ---- workers ---- */

/* Any worker may notice first. */
static void notice_deletion(struct dvs_tap *tap)
{
	if (!__atomic_exchange_n(&tap->is_gone, true, __ATOMIC_RELAXED))
		dvs_portdev_set_link(tap->dev, DVS_LINK_DOWN, 0, 0);
}

static bool fill_slots(struct tap_queue *q, struct rte_mempool *pool)
{
	if (q->n_missing == 0)
		return true;
	if (rte_pktmbuf_alloc_bulk(pool, q->slot, q->n_missing) != 0)
		return false;
	for (unsigned int i = 0; i < q->n_missing; i++) {
		q->iov[1 + i].iov_base = rte_pktmbuf_mtod(q->slot[i], void *);
		q->iov[1 + i].iov_len = SEGMENT_BYTES;
	}
	q->n_missing = 0;
	return true;
}

/* Takes the slots that length bytes were read into, as one frame. */
static struct rte_mbuf *take_frame(struct tap_queue *q, uint32_t length)
{
	struct rte_mbuf *frame = q->slot[0], *last = frame;
	uint32_t left = length;
	uint16_t n = 0;

	do {
		struct rte_mbuf *segment = q->slot[n++];

		segment->data_len = (uint16_t)RTE_MIN(left, (uint32_t)SEGMENT_BYTES);
		left -= segment->data_len;
		if (segment != frame)
			last->next = segment;
		last = segment;
	} while (left > 0);
	frame->pkt_len = length;
	frame->nb_segs = n;
	q->n_missing = n;
	return frame;
}

static void add_frame(const struct dvs_portdev *dev, struct tap_queue *q, struct dvs_batch *batch,
		      uint32_t length)
{
	struct rte_mbuf *mbuf = take_frame(q, length);
	unsigned int i = batch->n++;

	dvs_frame_set_mbuf(batch, i, mbuf);
	batch->in_port[i] = dev->id;
	dvs_vnet_header_get(&q->vnet, &batch->offload[i]);
}

static uint16_t tap_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	struct dvs_tap *tap = dev->impl;
	struct tap_queue *q = &tap->queues[queue];
	uint16_t first = batch->n;

	if (rte_rdtsc() - q->empty_tsc < tap->empty_wait)
		return 0;
	for (unsigned int reads = 0; reads < DVS_BATCH_MAX && batch->n < DVS_BATCH_MAX; reads++) {
		ssize_t n;

		if (!fill_slots(q, dev->pool))
			break;
		n = readv(q->fd, q->iov, 1 + SEGMENTS);
		if (n > (ssize_t)VNET_HEADER_SIZE) {
			add_frame(dev, q, batch, (uint32_t)((size_t)n - VNET_HEADER_SIZE));
			if (batch->is_limited && !dvs_charge_frame(batch, batch->n - 1u))
				break;
			continue;
		}
		if (n < 0) {
			if (errno == EBADFD)
				notice_deletion(tap);
			q->empty_tsc = rte_rdtsc();
			break;
		}
	}
	return (uint16_t)(batch->n - first);
}

/* The descriptor is readable by itself; rx only has to ask it again. */
static bool tap_arm(struct dvs_portdev *dev, uint16_t queue)
{
	struct dvs_tap *tap = dev->impl;

	tap->queues[queue].empty_tsc = 0;
	return true;
}

/* Writes a frame. 0, or the negative errno of the kernel. */
static int send_frame(int fd, const struct dvs_batch *batch, unsigned int i)
{
	struct dvs_extent pieces[DVS_FRAME_PIECES_MAX];
	struct iovec iov[1 + DVS_FRAME_PIECES_MAX];
	struct virtio_net_hdr_v1 vnet;
	unsigned int n = dvs_frame_pieces(batch, i, pieces);

	if (n == 0)
		return -EMSGSIZE;
	dvs_vnet_header_set(&vnet, &batch->offload[i], batch->header[i]);
	iov[0] = (struct iovec){&vnet, sizeof(vnet)};
	for (unsigned int k = 0; k < n; k++)
		iov[1 + k] = (struct iovec){(void *)(uintptr_t)pieces[k].address, pieces[k].length};
	return writev(fd, iov, (int)n + 1) < 0 ? -errno : 0;
}

static uint64_t tap_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
		       const uint8_t *index, uint16_t n)
{
	struct dvs_tap *tap = dev->impl;
	uint16_t sent;

	for (sent = 0; sent < n; sent++) {
		int rc = send_frame(tap->queues[queue].fd, batch, index[sent]);

		if (rc == -EBADFD)
			notice_deletion(tap);
		/* Down, deleted or out of memory: the rest would fare no better. Any other error
		 * is this frame's: the interface took it, and counts it as an error. */
		if (rc == -EBADFD || rc == -EIO || rc == -EAGAIN || rc == -ENOMEM || rc == -ENOBUFS)
			break;
	}
	return dvs_taken_first(sent);
}

/* ---- control thread ---- */

static uint32_t accepted(uint32_t features_off)
{
	uint32_t accept = DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO4 | DVS_ACCEPT_TSO6 | DVS_ACCEPT_ECN;

	if (features_off & 1u << DVS_FEATURE_CSUM)
		return 0;
	if (features_off & 1u << DVS_FEATURE_TSO4)
		accept &= ~(uint32_t)DVS_ACCEPT_TSO4;
	if (features_off & 1u << DVS_FEATURE_TSO6)
		accept &= ~(uint32_t)DVS_ACCEPT_TSO6;
	if (features_off & 1u << DVS_FEATURE_ECN || !(accept & (DVS_ACCEPT_TSO4 | DVS_ACCEPT_TSO6)))
		accept &= ~(uint32_t)DVS_ACCEPT_ECN;
	return accept;
}

static int tap_check(struct dvs_switch *sw, const struct dvs_port *config, struct dvs_error *err)
{
	(void)sw;
	return dvs_tap_interface_check(config, err);
}

static int tap_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	const struct dvs_port *config = &dev->config;
	struct dvs_tap *tap;
	uint32_t accept = accepted(config->policy.features_off);
	int rc;

	if (rte_pktmbuf_data_room_size(dev->pool) < SEGMENT_BYTES + RTE_PKTMBUF_HEADROOM)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "packet buffers are too small");
	tap = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*tap));
	if (tap == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	memset(tap, 0, sizeof(*tap));
	tap->dev = dev;
	tap->empty_wait = rte_get_tsc_hz() * EMPTY_WAIT_US / 1000000;
	rc = dvs_tap_interface_open(&tap->interface, config, accept, err);
	if (rc < 0) {
		free(tap);
		return rc;
	}
	for (unsigned int i = 0; i < config->queues; i++) {
		tap->queues[i].fd = tap->interface.queue_fd[i];
		tap->queues[i].n_missing = SEGMENTS;
		tap->queues[i].iov[0] = (struct iovec){&tap->queues[i].vnet, VNET_HEADER_SIZE};
	}
	dev->impl = tap;
	for (uint16_t i = 0; i < config->queues; i++)
		dvs_portdev_watch(dev, i, tap->queues[i].fd);
	dvs_portdev_set_link(dev, DVS_LINK_UP, config->queues, accept);
	return 0;
}

static void tap_destroy(struct dvs_portdev *dev)
{
	struct dvs_tap *tap = dev->impl;

	dvs_portdev_set_link(dev, DVS_LINK_DOWN, 0, 0);
	dvs_portdev_quiesce(dev);
	dvs_tap_interface_close(&tap->interface);
	for (unsigned int i = 0; i < dev->config.queues; i++)
		rte_pktmbuf_free_bulk(&tap->queues[i].slot[tap->queues[i].n_missing],
				      SEGMENTS - tap->queues[i].n_missing);
	dev->impl = NULL;
	free(tap);
}

/* An error stands until another MTU is set. */
static void update_mtu(struct dvs_tap *tap, uint16_t mtu)
{
	int rc = dvs_tap_interface_set_mtu(&tap->interface, mtu);

	tap->error[0] = '\0';
	if (rc < 0)
		snprintf(tap->error, sizeof(tap->error), "MTU %u not set on %s: %s", mtu,
			 tap->interface.name, strerror(-rc));
}

static void tap_update(struct dvs_portdev *dev, const struct dvs_port *old)
{
	struct dvs_tap *tap = dev->impl;

	if (dev->config.policy.mtu != old->policy.mtu)
		update_mtu(tap, dev->config.policy.mtu);
	if (dev->config.enabled != old->enabled)
		dvs_tap_interface_set_carrier(&tap->interface, dev->config.enabled);
}

static uint32_t known_features(uint32_t accept)
{
	uint32_t features = 0;

	if (accept & DVS_ACCEPT_CSUM)
		features |= 1u << DVS_FEATURE_CSUM;
	if (accept & DVS_ACCEPT_TSO4)
		features |= 1u << DVS_FEATURE_TSO4;
	if (accept & DVS_ACCEPT_TSO6)
		features |= 1u << DVS_FEATURE_TSO6;
	if (accept & DVS_ACCEPT_ECN)
		features |= 1u << DVS_FEATURE_ECN;
	return features;
}

static void tap_get_state(struct dvs_portdev *dev, struct dvs_port_state *state)
{
	const struct dvs_tap *tap = dev->impl;
	const char *netns = dev->config.netns;

	snprintf(state->endpoint, sizeof(state->endpoint), "%s%s%s", tap->interface.name,
		 netns[0] != '\0' ? "@" : "", netns);
	state->features = known_features(accepted(dev->config.policy.features_off));
	if (__atomic_load_n(&tap->is_gone, __ATOMIC_RELAXED))
		snprintf(state->error, sizeof(state->error),
			 "interface %s was deleted: delete and add the port to have it again",
			 tap->interface.name);
	else if (netns[0] != '\0' && !dvs_tap_interface_is_in_netns(&tap->interface, netns))
		snprintf(
			state->error, sizeof(state->error),
			"network namespace %.40s is gone; delete and add the port to use a new one",
			netns);
	else
		snprintf(state->error, sizeof(state->error), "%s", tap->error);
}

const struct dvs_portdev_ops dvs_tap_ops = {
	.name = "tap",
	.check = tap_check,
	.create = tap_create,
	.destroy = tap_destroy,
	.update = tap_update,
	.rx = tap_rx,
	.tx = tap_tx,
	.arm = tap_arm,
	.get_state = tap_get_state,
};
