/* SPDX-License-Identifier: BSD-3-Clause */
#include "unix_socket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_MODE    0660
#define DIRECTORY_MODE 0755
#define BACKLOG	       128
#define SUFFIX	       ".sock"

static int failed(struct dvs_error *err, int code, const char *path, const char *what)
{
	return dvs_error_set(err, code, path, NULL, "%s: %s", what, strerrordesc_np(-code));
}

/* Makes the socket's directory when it is missing; its descriptor, to be locked while the path is
 * examined and bound: two daemons that start at once do not take the path from each other. */
static int lock_directory(const char *path, struct dvs_error *err)
{
	char copy[sizeof(((struct dvs_unix_socket *)NULL)->path)];
	const char *directory;
	int fd, ret;

	strcpy(copy, path);
	directory = dirname(copy);
	if (mkdir(directory, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return failed(err, -errno, directory, "cannot make the socket's directory");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(err, -errno, directory, "cannot open the socket's directory");
	if (flock(fd, LOCK_EX) < 0) {
		ret = failed(err, -errno, directory, "cannot lock the socket's directory");
		close(fd);
		return ret;
	}
	return fd;
}

static pid_t peer_pid(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

/* Tries the path: 0 when somebody listens there, -ECONNREFUSED when nobody does; ret_pid may be
 * NULL. */
static int try_socket(const struct sockaddr_un *address, int type, pid_t *ret_pid)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	if (ret == 0 && ret_pid)
		*ret_pid = peer_pid(fd);
	close(fd);
	return ret;
}

/* There is a socket at the path: 0 when it is dead and was removed. */
static int replace_socket(const struct sockaddr_un *address, int type, struct dvs_error *err)
{
	const char *path = address->sun_path;
	pid_t pid = 0;
	int ret = try_socket(address, type, &pid);

	if (ret == 0)
		return dvs_error_set(err, -EADDRINUSE, path, NULL,
				     "in use by pid %d; stop that daemon or choose another path",
				     (int)pid);
	if (ret == -EAGAIN || ret == -EPROTOTYPE)
		return dvs_error_set(err, -EADDRINUSE, path, NULL,
				     "in use by another program; choose another path");
	if (ret != -ECONNREFUSED)
		return failed(err, ret, path, "cannot find out whether the socket is in use");
	if (unlink(path) < 0)
		return failed(err, -errno, path, "cannot remove the socket that a daemon left");
	return 0;
}

static int clear_path(const struct sockaddr_un *address, int type, struct dvs_error *err)
{
	struct stat found;

	if (lstat(address->sun_path, &found) < 0)
		return errno == ENOENT
			       ? 0
			       : failed(err, -errno, address->sun_path, "cannot look at the path");
	if (!S_ISSOCK(found.st_mode))
		return dvs_error_set(err, -EEXIST, address->sun_path, NULL,
				     "is there and is not a socket; choose another path");
	return replace_socket(address, type, err);
}

static int find_group(const char *name, gid_t *ret_gid, struct dvs_error *err)
{
	struct group entry, *found = NULL;
	char buffer[16384];
	int ret = -getgrnam_r(name, &entry, buffer, sizeof(buffer), &found);

	if (!found)
		return dvs_error_set(err, ret < 0 ? ret : -ENOENT, NULL, "socket-group",
				     "there is no group '%s'", name);
	*ret_gid = found->gr_gid;
	return 0;
}

/* The file exists from here on; at no time is its mode wider than it shall be. */
static int bind_path(struct dvs_unix_socket *sock, const struct sockaddr_un *address,
		     const char *group, struct dvs_error *err)
{
	const char *path = address->sun_path;
	gid_t gid = (gid_t)-1;
	struct stat made;
	int ret;

	if (group) {
		ret = find_group(group, &gid, err);
		if (ret < 0)
			return ret;
	}
	if (fchmod(sock->fd, SOCKET_MODE) < 0 ||
	    bind(sock->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return failed(err, -errno, path, "cannot make the socket");
	if (chown(path, (uid_t)-1, gid) < 0)
		ret = failed(err, -errno, path, "cannot give the socket to its group");
	else if (chmod(path, SOCKET_MODE) < 0)
		ret = failed(err, -errno, path, "cannot set the socket's mode");
	else if (lstat(path, &made) < 0)
		ret = failed(err, -errno, path, "the socket has gone");
	else if (listen(sock->fd, BACKLOG) < 0)
		ret = failed(err, -errno, path, "cannot listen");
	else
		ret = 0;
	if (ret < 0) {
		unlink(path);
		return ret;
	}
	sock->device = made.st_dev;
	sock->inode = made.st_ino;
	return 0;
}

int dvs_unix_socket_listen(struct dvs_unix_socket *ret_socket, const char *path, int type,
			   const char *group, struct dvs_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct dvs_unix_socket sock = {.fd = -1};
	int directory, ret;

	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path))
		return dvs_error_set(err, -ENAMETOOLONG, path, NULL,
				     "a socket's path has 1 to %zu bytes",
				     sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	strcpy(sock.path, path);
	directory = lock_directory(path, err);
	if (directory < 0)
		return directory;
	ret = clear_path(&address, type, err);
	if (ret == 0) {
		sock.fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		ret = sock.fd < 0 ? failed(err, -errno, path, "cannot make a socket")
				  : bind_path(&sock, &address, group, err);
	}
	close(directory);
	if (ret < 0) {
		if (sock.fd >= 0)
			close(sock.fd);
		return ret;
	}
	*ret_socket = sock;
	return 0;
}

void dvs_unix_socket_close(struct dvs_unix_socket *sock)
{
	struct stat found;

	if (lstat(sock->path, &found) == 0 && found.st_dev == sock->device &&
	    found.st_ino == sock->inode)
		unlink(sock->path);
	close(sock->fd);
}

static bool has_suffix(const char *name)
{
	size_t length = strlen(name), suffix = strlen(SUFFIX);

	return length > suffix && strcmp(name + length - suffix, SUFFIX) == 0;
}

/* The file in the directory is a socket, and nobody listens at it. */
static bool is_dead(int directory_fd, const char *directory, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat found;
	int length;

	if (fstatat(directory_fd, name, &found, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISSOCK(found.st_mode))
		return false;
	length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, name);
	return (size_t)length < sizeof(address.sun_path) &&
	       try_socket(&address, SOCK_STREAM, NULL) == -ECONNREFUSED;
}

int dvs_unix_socket_sweep(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	int n = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		if (has_suffix(entry->d_name) && is_dead(dirfd(dir), directory, entry->d_name) &&
		    unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			n++;
	closedir(dir);
	return n;
}
