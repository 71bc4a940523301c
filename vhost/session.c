/* SPDX-License-Identifier: BSD-3-Clause */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "packed_ring.h"
#include "peer.h"
#include "virtio_features.h"

#define CONNECTIONS_MAX 4  /* of a socket */
#define VRINGS_MAX	64 /* that are counted */

struct connection {
	struct dvs_vhost *port; /* NULL: free */
	uint64_t enabled;	/* bitmap of vrings */
};

static struct {
	pthread_mutex_t lock;
	struct dvs_vhost *ports;
	struct connection connections[RTE_MAX_VHOST_DEVICE]; /* by vid */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct dvs_vhost *find_port(const char *path)
{
	struct dvs_vhost *port = table.ports;

	while (port != NULL && strcmp(port->path, path) != 0)
		port = port->next;
	return port;
}

/* The connection of a vid that has a port, or NULL. */
static struct connection *find_connection(int vid)
{
	if (vid < 0 || vid >= RTE_MAX_VHOST_DEVICE || table.connections[vid].port == NULL)
		return NULL;
	return &table.connections[vid];
}

/* Queue pairs from the first on of which both rings are enabled. */
static uint16_t count_pairs(uint64_t enabled)
{
	uint16_t n = 0;

	while (n < VRINGS_MAX / 2 && (enabled >> (2 * n) & 3) == 3)
		n++;
	return n;
}

static void set_vid(struct dvs_vhost *port, int vid)
{
	__atomic_store_n(&port->vid, vid, __ATOMIC_RELEASE);
}

/*
 * The link of a port with a session: up while its driver uses at least one queue pair and not more
 * than are configured. Frames from queues beyond would wait there for ever.
 */
static void follow_queues(struct dvs_vhost *port, uint64_t enabled)
{
	port->pairs = count_pairs(enabled);
	if (port->pairs >= 1 && port->pairs <= port->dev->config.queues)
		dvs_portdev_set_link(port->dev, DVS_LINK_UP, port->pairs,
				     dvs_vhost_features_accept(port->features));
	else
		dvs_portdev_set_link(port->dev, DVS_LINK_DOWN, 0, 0);
}

/* Under the lock; the caller quiesces after it has unlocked. */
static void forget_session(struct dvs_vhost *port)
{
	set_vid(port, -1);
	port->features = 0;
	port->mtu = 0;
	port->pairs = 0;
	dvs_portdev_set_link(port->dev, DVS_LINK_DOWN, 0, 0);
}

void dvs_vhost_session_end(struct dvs_vhost *port)
{
	pthread_mutex_lock(&table.lock);
	forget_session(port);
	pthread_mutex_unlock(&table.lock);
	dvs_portdev_quiesce(port->dev);
}

static int on_new_connection(int vid)
{
	char path[DVS_SOCKET_PATH_MAX];
	struct dvs_vhost *port;
	int rc = -1;

	if (vid < 0 || vid >= RTE_MAX_VHOST_DEVICE ||
	    rte_vhost_get_ifname(vid, path, sizeof(path)) < 0)
		return -1;
	if (dvs_vhost_peer_limit(path) < 0)
		return -1;
	pthread_mutex_lock(&table.lock);
	port = find_port(path);
	if (port != NULL && port->n_connections < CONNECTIONS_MAX) {
		port->n_connections++;
		table.connections[vid] = (struct connection){.port = port};
		rc = 0;
	}
	pthread_mutex_unlock(&table.lock);
	return rc;
}

static void on_destroy_connection(int vid)
{
	struct connection *conn;

	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	if (conn != NULL) {
		conn->port->n_connections--;
		conn->port = NULL;
	}
	pthread_mutex_unlock(&table.lock);
}

/*
 * A ring begins: after the switch was killed, not where the hypervisor says. No worker is in this
 * ring, since it was disabled.
 */
static void find_position(int vid, uint16_t vring)
{
	struct rte_vhost_vring ring;
	uint64_t features;
	uint16_t avail, used, found;

	if (rte_vhost_get_negotiated_features(vid, &features) < 0 ||
	    !(features & 1ull << VIRTIO_F_RING_PACKED) || features & 1ull << VIRTIO_F_IN_ORDER ||
	    rte_vhost_get_vhost_vring(vid, vring, &ring) < 0 ||
	    rte_vhost_get_vring_base(vid, vring, &avail, &used) < 0 || ring.desc_packed == NULL ||
	    ring.size == 0)
		return;
	found = dvs_vhost_packed_position(ring.desc_packed, ring.size, avail);
	if (found != avail || found != used)
		rte_vhost_set_vring_base(vid, vring, found, found);
}

/* The library may hold locks that workers wait for: nothing here waits for workers. */
static int on_vring_state_changed(int vid, uint16_t vring, int enable)
{
	struct connection *conn;

	if (vring >= VRINGS_MAX)
		return 0;
	if (enable)
		find_position(vid, vring);
	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	if (conn != NULL) {
		if (enable)
			conn->enabled |= 1ull << vring;
		else
			conn->enabled &= ~(1ull << vring);
		if (conn->port->vid == vid)
			follow_queues(conn->port, conn->enabled);
	}
	pthread_mutex_unlock(&table.lock);
	return 0;
}

static int on_new_device(int vid)
{
	struct connection *conn;
	struct dvs_vhost *port;
	uint64_t features = 0;
	uint16_t mtu = 0;

	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	port = conn != NULL ? conn->port : NULL;
	pthread_mutex_unlock(&table.lock);
	if (port == NULL || rte_vhost_get_negotiated_features(vid, &features) < 0)
		return -1;
	if (rte_vhost_get_mtu(vid, &mtu) < 0)
		mtu = 0;

	/* Workers poll: the guest need not notify them. */
	for (uint16_t vring = 0; vring < rte_vhost_get_vring_num(vid); vring++)
		rte_vhost_enable_guest_notification(vid, vring, 0);

	/* The port stays: its destroy waits for the library, which waits for this callback. */
	if (port->vid >= 0)
		dvs_vhost_session_end(port);
	pthread_mutex_lock(&table.lock);
	port->features = features;
	port->mtu = mtu;
	set_vid(port, vid);
	follow_queues(port, conn->enabled);
	pthread_mutex_unlock(&table.lock);
	return 0;
}

static void on_destroy_device(int vid)
{
	struct dvs_vhost *port = NULL;
	struct connection *conn;

	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	if (conn != NULL && conn->port->vid == vid) {
		port = conn->port;
		forget_session(port);
	}
	pthread_mutex_unlock(&table.lock);
	if (port != NULL)
		dvs_portdev_quiesce(port->dev);
}

const struct rte_vhost_device_ops dvs_vhost_session_ops = {
	.new_connection = on_new_connection,
	.destroy_connection = on_destroy_connection,
	.vring_state_changed = on_vring_state_changed,
	.new_device = on_new_device,
	.destroy_device = on_destroy_device,
};

int dvs_vhost_session_attach(struct dvs_vhost *port, struct dvs_error *err)
{
	const struct dvs_vhost *other;
	int rc = 0;

	pthread_mutex_lock(&table.lock);
	other = find_port(port->path);
	if (other != NULL) {
		rc = dvs_error_set(err, -EADDRINUSE, NULL, "socket", "%s is port %s's already",
				   port->path, other->dev->config.name);
	} else {
		port->next = table.ports;
		table.ports = port;
	}
	pthread_mutex_unlock(&table.lock);
	return rc;
}

void dvs_vhost_session_detach(struct dvs_vhost *port)
{
	struct dvs_vhost **link;

	pthread_mutex_lock(&table.lock);
	for (link = &table.ports; *link != NULL; link = &(*link)->next)
		if (*link == port) {
			*link = port->next;
			break;
		}
	/* The library does not tell of connections that end because a socket is unregistered. */
	for (unsigned int vid = 0; vid < RTE_MAX_VHOST_DEVICE; vid++)
		if (table.connections[vid].port == port)
			table.connections[vid].port = NULL;
	pthread_mutex_unlock(&table.lock);
}

void dvs_vhost_session_read(struct dvs_vhost *port, struct dvs_vhost *ret_copy)
{
	pthread_mutex_lock(&table.lock);
	*ret_copy = *port;
	pthread_mutex_unlock(&table.lock);
}
