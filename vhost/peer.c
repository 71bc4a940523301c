/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gate.h"

static bool has_path(const struct sockaddr_un *addr, socklen_t length, const char *path)
{
	size_t size = offsetof(struct sockaddr_un, sun_path) + strlen(path);

	return length >= size && addr->sun_family == AF_UNIX &&
	       strncmp(addr->sun_path, path, sizeof(addr->sun_path)) == 0;
}

/* Is fd a connection, not the listener, whose own or other end is bound to path? */
static bool is_connection(int fd, const char *path)
{
	struct sockaddr_un addr = {0};
	socklen_t length = sizeof(addr);
	int is_listener = 0;
	socklen_t flag_length = sizeof(is_listener);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listener, &flag_length) < 0 ||
	    is_listener)
		return false;
	if (getsockname(fd, (struct sockaddr *)&addr, &length) == 0 &&
	    has_path(&addr, length, path))
		return true;
	memset(&addr, 0, sizeof(addr));
	length = sizeof(addr);
	return getpeername(fd, (struct sockaddr *)&addr, &length) == 0 &&
	       has_path(&addr, length, path);
}

int dvs_vhost_peer_admit(const char *path)
{
	const struct dirent *entry;
	int rc = -ENOENT;
	DIR *dir = opendir("/proc/self/fd");

	if (dir == NULL)
		return -errno;
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name), flags;

		if (entry->d_name[0] == '.' || !is_connection(fd, path))
			continue;
		flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
		    dvs_vhost_gate_watch(fd) == 0)
			rc = 0;
	}
	closedir(dir);
	return rc;
}
