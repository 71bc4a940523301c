/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of a vhost-user port. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_vhost.h>

#include "frame.h"
#include "virtio_features.h"
#include "metadata.h"
#include "session.h"
#include "vhost_socket.h"
#include "switch.h"
#include "vhost.h"

#define BURST	  32 /* what the library moves in a call */
#define NEW_UMASK 0177

/* From the guest's view: it receives on even rings, and sends on odd ones. */
#define GUEST_RX_RING(queue) ((uint16_t)((queue)*2))
#define GUEST_TX_RING(queue) ((uint16_t)((queue)*2 + 1))

/* ---- workers ---- */

static void describe_frame(const struct dvs_portdev *dev, struct dvs_batch *batch, unsigned int i)
{
	dvs_frame_set_mbuf(batch, i, batch->mbuf[i]);
	batch->in_port[i] = dev->id;
	dvs_vhost_metadata_get(batch->mbuf[i], &batch->offload[i]);
}

static uint16_t vhost_rx(struct dvs_portdev *dev, uint16_t queue, struct dvs_batch *batch)
{
	const struct dvs_vhost *port = dev->impl;
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);
	uint16_t first = batch->n, n;

	if (vid < 0)
		return 0;
	do {
		uint16_t room = (uint16_t)RTE_MIN(DVS_BATCH_MAX - batch->n, BURST);

		if (room == 0)
			break;
		n = rte_vhost_dequeue_burst(vid, GUEST_TX_RING(queue), dev->pool,
					    &batch->mbuf[batch->n], room);
		batch->n = (uint16_t)(batch->n + n);
	} while (n == BURST);
	for (unsigned int i = first; i < batch->n; i++)
		describe_frame(dev, batch, i);
	return (uint16_t)(batch->n - first);
}

/* A copy of the frame with its checksum completed, or NULL. */
static struct rte_mbuf *complete_copy(const struct dvs_portdev *dev, const struct rte_mbuf *mbuf,
				      const struct dvs_offload *offload)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(mbuf, dev->pool, 0, UINT32_MAX);

	if (copy != NULL)
		dvs_offload_checksum(copy, offload);
	return copy;
}

/* Sends up to BURST frames. */
static uint16_t send_burst(const struct dvs_portdev *dev, int vid, uint16_t queue,
			   const struct dvs_batch *batch, const uint8_t *index, uint16_t n)
{
	struct dvs_vhost_view views[BURST];
	struct rte_mbuf *frames[BURST], *copies[BURST];
	unsigned int n_copies = 0;
	uint16_t ready, sent;

	for (ready = 0; ready < n; ready++) {
		unsigned int i = index[ready];
		const struct dvs_offload *offload = &batch->offload[i];

		frames[ready] = batch->mbuf[i];
		if (!offload->needs_csum)
			continue;
		if (dvs_vhost_metadata_is_expressible(offload)) {
			frames[ready] = dvs_vhost_metadata_view(&views[ready], batch->mbuf[i],
								batch->header[i], offload);
			continue;
		}
		frames[ready] = complete_copy(dev, batch->mbuf[i], offload);
		if (frames[ready] == NULL)
			break;
		copies[n_copies++] = frames[ready];
	}
	sent = rte_vhost_enqueue_burst(vid, GUEST_RX_RING(queue), frames, ready);
	rte_pktmbuf_free_bulk(copies, n_copies);
	return sent;
}

static uint64_t vhost_tx(struct dvs_portdev *dev, uint16_t queue, const struct dvs_batch *batch,
			 const uint8_t *index, uint16_t n)
{
	const struct dvs_vhost *port = dev->impl;
	int vid = __atomic_load_n(&port->vid, __ATOMIC_ACQUIRE);
	uint16_t sent = 0;

	if (vid < 0)
		return 0;
	while (sent < n) {
		uint16_t burst = (uint16_t)RTE_MIN(n - sent, BURST);
		uint16_t taken = send_burst(dev, vid, queue, batch, &index[sent], burst);

		sent = (uint16_t)(sent + taken);
		if (taken < burst)
			break;
	}
	return dvs_taken_first(sent);
}

/* ---- control thread ---- */

/* Sets the level of one of the library's logs, unless an EAL argument has changed it. */
static void quiet_log(const char *name, int usual_level)
{
	int type = rte_log_register(name);

	if (type >= 0 && rte_log_get_level((uint32_t)type) == usual_level)
		rte_log_set_level((uint32_t)type, RTE_LOG_CRIT);
}

/* The library logs what a frontend does wrong as often as the frontend likes, in workers too. */
static void quiet_library(void)
{
	quiet_log("lib.vhost.config", RTE_LOG_INFO);
	quiet_log("lib.vhost.data", RTE_LOG_WARNING);
}

static int set_features(const struct dvs_vhost *port)
{
	const struct dvs_port *config = &port->dev->config;
	uint64_t hidden = dvs_vhost_features_hidden(config->policy.features_off, config->queues);
	uint64_t protocol;

	if (rte_vhost_driver_disable_features(port->path, hidden) < 0 ||
	    rte_vhost_driver_get_protocol_features(port->path, &protocol) < 0)
		return -EIO;
	if (hidden & 1ull << VIRTIO_NET_F_MQ)
		protocol &= ~(1ull << VHOST_USER_PROTOCOL_F_MQ);
	if (rte_vhost_driver_set_protocol_features(port->path, protocol) < 0 ||
	    rte_vhost_driver_callback_register(port->path, &dvs_vhost_session_ops) < 0)
		return -EIO;
	return 0;
}

/* Makes the listening socket, which only its owner can use until it has its mode. */
static int listen_safely(const struct dvs_vhost *port, const struct dvs_vhost_owner *owner,
			 struct dvs_error *err)
{
	mode_t old = umask(NEW_UMASK);
	int rc;

	errno = 0;
	rc = rte_vhost_driver_start(port->path);
	umask(old);
	if (rc < 0)
		return dvs_error_set(err, errno != 0 ? -errno : -EIO, NULL, "socket",
				     "cannot listen on %s: %s", port->path,
				     errno != 0 ? strerror(errno) : "librte_vhost refused");
	return dvs_vhost_socket_secure(port->path, owner, port->dev->config.socket_perm, err);
}

static int open_socket(struct dvs_vhost *port, const struct dvs_vhost_owner *owner,
		       struct dvs_error *err)
{
	uint64_t flags = RTE_VHOST_USER_NET_COMPLIANT_OL_FLAGS;
	int rc;

	if (!port->is_server)
		flags |= RTE_VHOST_USER_CLIENT;
	if (rte_vhost_driver_register(port->path, flags) < 0)
		return dvs_error_set(err, -ENOSPC, NULL, "socket",
				     "librte_vhost does not take the socket: it serves %d in a "
				     "process",
				     RTE_MAX_VHOST_DEVICE);
	rc = set_features(port);
	if (rc < 0)
		dvs_error_set(err, rc, NULL, "features_off", "librte_vhost refused the features");
	else if (port->is_server)
		rc = listen_safely(port, owner, err);
	else if (rte_vhost_driver_start(port->path) < 0)
		rc = dvs_error_set(err, -EIO, NULL, "socket", "cannot connect to %s", port->path);
	if (rc < 0)
		rte_vhost_driver_unregister(port->path);
	return rc;
}

static int vhost_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	struct dvs_vhost_owner owner;
	struct dvs_vhost *port;
	int rc;

	port = calloc(1, sizeof(*port));
	if (port == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	quiet_library();
	port->dev = dev;
	port->vid = -1;
	port->is_server = dev->config.vhost_mode == DVS_VHOST_SERVER;
	rc = dvs_vhost_socket_path(&dev->config, dvs_switch_vhost_dir(dev->sw), port->path, err);
	if (rc == 0)
		rc = dvs_vhost_socket_owner(&dev->config, &owner, err);
	if (rc < 0)
		goto fail;
	rc = dvs_vhost_session_attach(port, err);
	if (rc < 0)
		goto fail;
	if (port->is_server)
		rc = dvs_vhost_socket_prepare(port->path, err);
	if (rc == 0)
		rc = open_socket(port, &owner, err);
	if (rc < 0)
		goto fail_detach;
	dev->impl = port;
	return 0;

fail_detach:
	dvs_vhost_session_detach(port);
fail:
	free(port);
	return rc;
}

static void vhost_destroy(struct dvs_portdev *dev)
{
	struct dvs_vhost *port = dev->impl;

	dvs_vhost_session_end(port);
	rte_vhost_driver_unregister(port->path); /* removes the socket file of a server */
	dvs_vhost_session_detach(port);
	dev->impl = NULL;
	free(port);
}

/* Why a client port has no connection; nothing when it may just be between two tries. */
static void describe_wait(const struct dvs_vhost *port, char *text, size_t size)
{
	struct stat st;

	if (stat(port->path, &st) < 0)
		snprintf(text, size, "waiting for the hypervisor's socket: %s", strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		snprintf(text, size, "what is there is not a socket");
	else if (access(port->path, W_OK) < 0)
		snprintf(text, size, "may not connect to the socket: %s", strerror(errno));
}

static void vhost_get_state(struct dvs_portdev *dev, struct dvs_port_state *state)
{
	struct dvs_vhost *port = dev->impl, now;

	dvs_vhost_session_read(port, &now);
	snprintf(state->endpoint, sizeof(state->endpoint), "%s", port->path);
	state->error[0] = '\0';
	state->features = dvs_vhost_features_known(now.features);
	if (now.vid >= 0 && now.pairs > dev->config.queues)
		snprintf(state->error, sizeof(state->error),
			 "the driver uses %u queue pairs, the port has %u: raise queues, or use "
			 "fewer in the guest",
			 now.pairs, dev->config.queues);
	else if (now.vid >= 0 && now.mtu > dev->config.policy.mtu)
		snprintf(state->error, sizeof(state->error),
			 "the hypervisor tells the guest MTU %u, the port's is %u: longer frames "
			 "are dropped",
			 now.mtu, dev->config.policy.mtu);
	else if (!port->is_server && now.n_connections == 0)
		describe_wait(port, state->error, sizeof(state->error));
}

const struct dvs_portdev_ops dvs_vhost_ops = {
	.name = "vhost-user",
	.create = vhost_create,
	.destroy = vhost_destroy,
	.rx = vhost_rx,
	.tx = vhost_tx,
	.needs_mbufs = true,
	.get_state = vhost_get_state,
};
