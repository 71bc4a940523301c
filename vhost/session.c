/* SPDX-License-Identifier: BSD-3-Clause */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "broken.h"
#include "datapath.h"
#include "direct.h"
#include "guest_fault.h"
#include "message.h"
#include "packed_ring.h"
#include "peer.h"
#include "virtio_features.h"

#define CONNECTIONS_MAX 4  /* of a socket */
#define VRINGS_MAX	64 /* that are counted */

struct connection {
	struct dvs_vhost *port; /* NULL: free */
	uint64_t enabled;	/* bitmap of vrings */
	bool has_memory;	/* a table was taken, and none has failed since */
	bool has_log;		/* likewise */
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

/* What the port's guest takes. Only the library cannot tell it of ECN. */
static uint32_t accepted(const struct dvs_vhost *port)
{
	uint32_t accept = dvs_vhost_features_accept(port->features);

	if (port->rings != NULL && (accept & (DVS_ACCEPT_TSO4 | DVS_ACCEPT_TSO6)) != 0 &&
	    (port->features >> VIRTIO_NET_F_GUEST_ECN & 1) != 0)
		accept |= DVS_ACCEPT_ECN;
	return accept;
}

/* The library replaces and closes these descriptors as it likes; but it says when a ring begins. */
static void watch_kicks(struct dvs_vhost *port)
{
	struct rte_vhost_vring vring;

	for (uint16_t q = 0; q < port->pairs; q++)
		dvs_portdev_watch(port->dev, q,
				  rte_vhost_get_vhost_vring(port->vid, GUEST_TX_RING(q), &vring) < 0
					  ? -1
					  : vring.kickfd);
}

static void ignore_kicks(struct dvs_vhost *port)
{
	for (uint16_t q = 0; q < port->dev->config.queues; q++)
		dvs_portdev_watch(port->dev, q, -1);
}

/*
 * The link of a port with a session: up while its driver uses at least one queue pair and not more
 * than are configured. Frames from queues beyond would wait there for ever.
 */
static void follow_queues(struct dvs_vhost *port, uint64_t enabled)
{
	port->pairs = count_pairs(enabled);
	if (port->pairs >= 1 && port->pairs <= port->dev->config.queues &&
	    !dvs_vhost_is_broken(port)) {
		watch_kicks(port);
		dvs_portdev_set_link(port->dev, DVS_LINK_UP, port->pairs, accepted(port));
	} else {
		dvs_portdev_set_link(port->dev, DVS_LINK_DOWN, 0, 0);
	}
}

/* Under the lock; the caller quiesces after it has unlocked. */
static void forget_session(struct dvs_vhost *port)
{
	set_vid(port, -1);
	port->features = 0;
	port->mtu = 0;
	port->pairs = 0;
	dvs_portdev_set_link(port->dev, DVS_LINK_DOWN, 0, 0);
	ignore_kicks(port);
}

void dvs_vhost_session_end(struct dvs_vhost *port)
{
	pthread_mutex_lock(&table.lock);
	forget_session(port);
	pthread_mutex_unlock(&table.lock);
	dvs_portdev_quiesce(port->dev);
}

/* ---- messages ---- */

/* May the library change what workers use while it handles this? */
static bool disturbs(uint32_t request)
{
	switch (request) {
	case DVS_VHOST_SET_FEATURES:
	case DVS_VHOST_RESET_OWNER:
	case DVS_VHOST_SET_MEM_TABLE:
	case DVS_VHOST_SET_LOG_BASE:
	case DVS_VHOST_SET_VRING_NUM:
	case DVS_VHOST_SET_VRING_ADDR:
	case DVS_VHOST_SET_VRING_BASE:
	case DVS_VHOST_GET_VRING_BASE:
	case DVS_VHOST_SET_VRING_KICK:
	case DVS_VHOST_SET_VRING_CALL:
		return true;
	default:
		return false;
	}
}

/* The port whose session the connection is, or NULL; and its connection as it is now. */
static struct dvs_vhost *session_of(int vid, struct connection *ret_copy)
{
	struct dvs_vhost *port = NULL;
	struct connection *conn;

	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	if (conn != NULL && conn->port->vid == vid) {
		port = conn->port;
		*ret_copy = *conn;
	}
	pthread_mutex_unlock(&table.lock);
	return port;
}

/* Reads the rings again as they are now: some were enabled, or a message was handled. */
static void resume(int vid)
{
	struct connection conn;
	struct dvs_vhost *port = session_of(vid, &conn);

	if (port == NULL || !conn.has_memory)
		return;
	dvs_vhost_direct_suspend(port);
	dvs_vhost_direct_resume(port, vid, conn.enabled, conn.has_log);
}

/* What the library has mapped of the connection may be taken away from now on. */
static void watch_memory(int vid)
{
	struct rte_vhost_memory *memory = NULL;
	uint64_t log = 0, log_bytes = 0;
	unsigned int slot = 0;

	if (rte_vhost_get_mem_table(vid, &memory) == 0)
		for (; slot < memory->nregions && slot < DVS_GUEST_FAULT_SLOTS - 1; slot++)
			dvs_guest_fault_watch(vid, slot, memory->regions[slot].mmap_addr,
					      memory->regions[slot].mmap_size);
	free(memory);
	if (rte_vhost_get_log_base(vid, &log, &log_bytes) == 0 && log != 0)
		dvs_guest_fault_watch(vid, slot, (void *)(uintptr_t)log, log_bytes);
}

/* What a message leaves behind when the library refuses it is not to be used. */
static void note_mappings(int vid, uint32_t request, bool is_good)
{
	struct connection *conn;

	pthread_mutex_lock(&table.lock);
	conn = find_connection(vid);
	if (conn != NULL && request == DVS_VHOST_SET_MEM_TABLE)
		conn->has_memory = is_good;
	if (conn != NULL && request == DVS_VHOST_SET_LOG_BASE)
		conn->has_log = is_good;
	pthread_mutex_unlock(&table.lock);
}

static enum rte_vhost_msg_result before_message(int vid, void *context)
{
	const struct dvs_vhost_message *message = context;
	struct connection conn;
	struct dvs_vhost *port;

	dvs_guest_fault_begin(vid);
	if (!disturbs(message->request))
		return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
	port = session_of(vid, &conn);
	if (port != NULL)
		dvs_vhost_direct_suspend(port);
	if (message->request == DVS_VHOST_SET_MEM_TABLE ||
	    message->request == DVS_VHOST_SET_LOG_BASE)
		dvs_guest_fault_unwatch(vid);
	note_mappings(vid, message->request, false);
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

/* Not called when the library has refused the message: then rings stay suspended until it has
 * taken another one. */
static enum rte_vhost_msg_result after_message(int vid, void *context)
{
	const struct dvs_vhost_message *message = context;
	struct connection conn;
	struct dvs_vhost *port;

	note_mappings(vid, message->request, true);
	if (message->request == DVS_VHOST_SET_MEM_TABLE ||
	    message->request == DVS_VHOST_SET_LOG_BASE)
		watch_memory(vid);
	dvs_guest_fault_begin(-1);
	if (message->request == DVS_VHOST_SEND_RARP) {
		port = session_of(vid, &conn);
		if (port != NULL)
			dvs_vhost_direct_announce(port, message->mac);
	} else if (disturbs(message->request)) {
		resume(vid);
	}
	return RTE_VHOST_MSG_RESULT_NOT_HANDLED;
}

static struct rte_vhost_user_extern_ops message_hooks = {
	.pre_msg_handle = before_message,
	.post_msg_handle = after_message,
};

/* ---- callbacks ---- */

static int on_new_connection(int vid)
{
	char path[DVS_SOCKET_PATH_MAX];
	struct dvs_vhost *port;
	int rc = -1;

	if (vid < 0 || vid >= RTE_MAX_VHOST_DEVICE ||
	    rte_vhost_get_ifname(vid, path, sizeof(path)) < 0)
		return -1;
	if (dvs_vhost_peer_admit(path) < 0 ||
	    rte_vhost_extern_callback_register(vid, &message_hooks, NULL) < 0)
		return -1;
	pthread_mutex_lock(&table.lock);
	port = find_port(path);
	if (port != NULL && port->n_connections < CONNECTIONS_MAX) {
		port->n_connections++;
		table.connections[vid] = (struct connection){.port = port};
		rc = 0;
	}
	pthread_mutex_unlock(&table.lock);
	if (rc == 0)
		dvs_guest_fault_forget(vid);
	return rc;
}

static void on_destroy_connection(int vid)
{
	struct connection *conn;

	dvs_guest_fault_forget(vid);
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

/* The library may hold locks that workers wait for, unless their datapath is ours: only with that
 * is there anything here that waits for workers. */
static int on_vring_state_changed(int vid, uint16_t vring, int enable)
{
	struct dvs_vhost *port = NULL;
	struct connection *conn;
	uint64_t enabled = 0;

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
		port = conn->port;
		enabled = conn->enabled;
	}
	pthread_mutex_unlock(&table.lock);
	resume(vid);
	pthread_mutex_lock(&table.lock);
	if (port != NULL && port->vid == vid)
		follow_queues(port, enabled);
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
	dvs_vhost_direct_suspend(port);
	dvs_vhost_broken_clear(port);
	pthread_mutex_lock(&table.lock);
	port->features = features;
	port->mtu = mtu;
	set_vid(port, vid);
	pthread_mutex_unlock(&table.lock);
	resume(vid);
	pthread_mutex_lock(&table.lock);
	if (port->vid == vid)
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
	if (port != NULL) {
		dvs_portdev_quiesce(port->dev);
		dvs_vhost_direct_suspend(port);
	}
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

bool dvs_vhost_session_has_path(const char *path)
{
	bool has_path;

	pthread_mutex_lock(&table.lock);
	has_path = find_port(path) != NULL;
	pthread_mutex_unlock(&table.lock);
	return has_path;
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
		if (table.connections[vid].port == port) {
			table.connections[vid].port = NULL;
			dvs_guest_fault_forget((int)vid);
		}
	pthread_mutex_unlock(&table.lock);
}

void dvs_vhost_session_read(struct dvs_vhost *port, struct dvs_vhost *ret_copy)
{
	pthread_mutex_lock(&table.lock);
	*ret_copy = *port;
	pthread_mutex_unlock(&table.lock);
}
