/* SPDX-License-Identifier: BSD-3-Clause */
/* A vhost-user port is made and freed, and says how it is; its datapath moves its frames. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_vhost.h>

#include "broken.h"
#include "datapath.h"
#include "direct.h"
#include "guest_fault.h"
#include "session.h"
#include "switch.h"
#include "vhost.h"
#include "vhost_socket.h"
#include "virtio_features.h"
#include "wake.h"

#define NEW_UMASK 0177

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
	rc = dvs_vhost_socket_secure(port->path, owner, port->dev->config.socket_perm, err);
	if (rc == 0)
		dvs_vhost_wake(port->path);
	return rc;
}

/* The library does not say why, but what it called last has said it. */
static int refused(int number, struct dvs_error *err)
{
	struct rlimit limit = {0};

	if (number == EMFILE) {
		getrlimit(RLIMIT_NOFILE, &limit);
		return dvs_error_set(err, -EMFILE, NULL, "socket",
				     "the switch has all of the %llu descriptors that it may have: "
				     "raise its limit (LimitNOFILE, ulimit -n)",
				     (unsigned long long)limit.rlim_cur);
	}
	if (number != 0)
		return dvs_error_set(err, -number, NULL, "socket", "cannot make the socket: %s",
				     strerror(number));
	return dvs_error_set(err, -ENOSPC, NULL, "socket",
			     "librte_vhost does not take the socket: it serves %d in a process",
			     RTE_MAX_VHOST_DEVICE);
}

static int open_socket(struct dvs_vhost *port, const struct dvs_vhost_owner *owner,
		       struct dvs_error *err)
{
	uint64_t flags = RTE_VHOST_USER_NET_COMPLIANT_OL_FLAGS;
	int rc;

	if (!port->is_server)
		flags |= RTE_VHOST_USER_CLIENT;
	errno = 0;
	if (rte_vhost_driver_register(port->path, flags) < 0)
		return refused(errno, err);
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

static int vhost_check(struct dvs_switch *sw, const struct dvs_port *config, struct dvs_error *err)
{
	char path[DVS_SOCKET_PATH_MAX];
	struct dvs_vhost_owner owner;
	int rc = dvs_vhost_socket_path(config, dvs_switch_vhost_dir(sw), path, err);

	if (rc == 0)
		rc = dvs_vhost_socket_owner(config, &owner, err);
	if (rc == 0 && config->vhost_mode == DVS_VHOST_SERVER && !dvs_vhost_session_has_path(path))
		rc = dvs_vhost_socket_check(path, err);
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
	dvs_guest_fault_init();
	port->dev = dev;
	port->vid = -1;
	port->is_server = dev->config.vhost_mode == DVS_VHOST_SERVER;
	if (dev->config.datapath == DVS_DATAPATH_DIRECT && !dvs_vhost_direct_create(port)) {
		free(port);
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	}
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
	dev->ops = port->rings != NULL ? &dvs_vhost_direct_ops : &dvs_vhost_library_ops;
	return 0;

fail_detach:
	dvs_vhost_session_detach(port);
fail:
	dvs_vhost_direct_free(port);
	free(port);
	return rc;
}

void dvs_vhost_destroy(struct dvs_portdev *dev)
{
	struct dvs_vhost *port = dev->impl;

	dvs_vhost_session_end(port);
	rte_vhost_driver_unregister(port->path); /* removes the socket file of a server */
	dvs_vhost_session_detach(port);
	dvs_vhost_direct_free(port);
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

void dvs_vhost_get_state(struct dvs_portdev *dev, struct dvs_port_state *state)
{
	struct dvs_vhost *port = dev->impl, now;

	dvs_vhost_session_read(port, &now);
	snprintf(state->endpoint, sizeof(state->endpoint), "%s", port->path);
	state->error[0] = '\0';
	state->features = dvs_vhost_features_known(now.features);
	if (dvs_vhost_broken_describe(port, state->error, sizeof(state->error)))
		return;
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
	.check = vhost_check,
	.create = vhost_create, /* chooses one of the other two tables */
};
