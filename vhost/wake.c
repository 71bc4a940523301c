/* SPDX-License-Identifier: BSD-3-Clause */
#include "wake.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_vhost.h>

static const struct rte_vhost_device_ops no_ops;

static int make_path(const char *beside, struct sockaddr_un *addr)
{
	const char *slash = strrchr(beside, '/');
	int length, room = (int)sizeof(addr->sun_path);

	if (slash == NULL)
		return -1;
	length = snprintf(addr->sun_path, sizeof(addr->sun_path), "%.*s/.wake-%d",
			  (int)(slash - beside), beside, (int)getpid());
	return length < room ? 0 : -1;
}

void dvs_vhost_wake(const char *beside)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (make_path(beside, &addr) < 0)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0) {
		if (listen(fd, 1) == 0 &&
		    rte_vhost_driver_register(addr.sun_path, RTE_VHOST_USER_CLIENT |
								     RTE_VHOST_USER_NO_RECONNECT) ==
			    0) {
			if (rte_vhost_driver_callback_register(addr.sun_path, &no_ops) == 0)
				rte_vhost_driver_start(addr.sun_path);
			rte_vhost_driver_unregister(addr.sun_path);
		}
		unlink(addr.sun_path);
	}
	close(fd);
}
