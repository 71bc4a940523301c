/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int fail(struct dvs_error *err, int code, const char *path, const char *what)
{
	return dvs_error_set(err, code, path, NULL, "%s: %s", what, strerrordesc_np(-code));
}

/* Removes a socket at which nobody listens. 0 when the path is free then. */
static int clear_path(const struct sockaddr_un *address, struct dvs_error *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, ret;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : fail(err, -errno, path, "cannot be looked at");
	if (!S_ISSOCK(st.st_mode))
		return dvs_error_set(err, -EADDRINUSE, path, NULL,
				     "exists and is no socket; name another path or remove it");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, -errno, path, "no socket");
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	close(fd);
	if (ret != -ECONNREFUSED)
		return dvs_error_set(
			err, -EADDRINUSE, path, NULL,
			"another daemon answers here; stop it or use another --socket");
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(err, -errno, path, "the dead socket cannot be removed");
	return 0;
}

static int give_to_group(const char *path, const char *group, struct dvs_error *err)
{
	const struct group *entry;

	if (!group)
		return 0;
	errno = 0;
	entry = getgrnam(group);
	if (!entry)
		return dvs_error_set(err, -ENOENT, path, NULL, "there is no group '%s'", group);
	if (chown(path, (uid_t)-1, entry->gr_gid) < 0)
		return fail(err, -errno, path, "cannot be given to the group");
	return 0;
}

int dvs_rpc_socket_listen(const char *path, const char *group, struct dvs_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, ret;

	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path))
		return dvs_error_set(err, -ENAMETOOLONG, path, NULL,
				     "a socket's path has 1 to %zu bytes",
				     sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	ret = clear_path(&address, err);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, -errno, path, "no socket");
	/* Never open to more than owner and group, not even for a moment. */
	mask = umask(0117);
	ret = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (ret < 0) {
		close(fd);
		return fail(err, ret, path, "the socket cannot be made");
	}
	ret = give_to_group(path, group, err);
	if (ret == 0 && listen(fd, BACKLOG) < 0)
		ret = fail(err, -errno, path, "cannot listen");
	if (ret < 0) {
		close(fd);
		unlink(path);
		return ret;
	}
	return fd;
}
