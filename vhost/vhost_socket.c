/* SPDX-License-Identifier: BSD-3-Clause */
#include "vhost_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DIR_MODE     0755
#define NSS_BUF_SIZE 16384 /* of one passwd or group entry; a group may have many members */

_Static_assert(DVS_SOCKET_PATH_MAX == sizeof(((struct sockaddr_un *)NULL)->sun_path),
	       "a configured path fits the address");

int dvs_vhost_socket_path(const struct dvs_port *port, const char *dir,
			  char ret_path[DVS_SOCKET_PATH_MAX], struct dvs_error *err)
{
	char path[PATH_MAX];
	int length;

	if (port->socket[0] == '\0' && (dir == NULL || dir[0] == '\0'))
		return dvs_error_set(err, -EINVAL, NULL, "socket",
				     "the switch has no directory for sockets: give a path");
	if (port->socket[0] != '\0')
		length = snprintf(path, sizeof(path), "%.*s", DVS_SOCKET_PATH_MAX, port->socket);
	else
		length =
			snprintf(path, sizeof(path), "%s/%.*s.sock", dir, DVS_NAME_LEN, port->name);
	if (length >= DVS_SOCKET_PATH_MAX)
		return dvs_error_set(err, -ENAMETOOLONG, NULL, "socket",
				     "%.120s%s is longer than %d characters, what a Unix socket "
				     "takes: give a shorter path",
				     path, length > 120 ? "..." : "", DVS_SOCKET_PATH_MAX - 1);
	memcpy(ret_path, path, (size_t)length + 1);
	return 0;
}

static int find_user(const char *name, uid_t *ret_uid, struct dvs_error *err)
{
	struct passwd entry, *found = NULL;
	char buf[NSS_BUF_SIZE];
	int rc = getpwnam_r(name, &entry, buf, sizeof(buf), &found);

	if (rc != 0)
		return dvs_error_set(err, -rc, NULL, "socket_owner", "cannot look up user %s: %s",
				     name, strerror(rc));
	if (found == NULL)
		return dvs_error_set(err, -ENOENT, NULL, "socket_owner",
				     "there is no user %s on this host", name);
	*ret_uid = entry.pw_uid;
	return 0;
}

static int find_group(const char *name, gid_t *ret_gid, struct dvs_error *err)
{
	struct group entry, *found = NULL;
	char buf[NSS_BUF_SIZE];
	int rc = getgrnam_r(name, &entry, buf, sizeof(buf), &found);

	if (rc != 0)
		return dvs_error_set(err, -rc, NULL, "socket_group", "cannot look up group %s: %s",
				     name, strerror(rc));
	if (found == NULL)
		return dvs_error_set(err, -ENOENT, NULL, "socket_group",
				     "there is no group %s on this host", name);
	*ret_gid = entry.gr_gid;
	return 0;
}

int dvs_vhost_socket_owner(const struct dvs_port *port, struct dvs_vhost_owner *ret_owner,
			   struct dvs_error *err)
{
	struct dvs_vhost_owner owner = {(uid_t)-1, (gid_t)-1};
	int rc = 0;

	if (port->socket_owner[0] != '\0')
		rc = find_user(port->socket_owner, &owner.uid, err);
	if (rc == 0 && port->socket_group[0] != '\0')
		rc = find_group(port->socket_group, &owner.gid, err);
	if (rc == 0)
		*ret_owner = owner;
	return rc;
}

/* Makes dir and its parents. */
static int make_dirs(const char *dir)
{
	char path[DVS_SOCKET_PATH_MAX];

	snprintf(path, sizeof(path), "%s", dir);
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, DIR_MODE) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	if (mkdir(path, DIR_MODE) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int find_dir(const char *socket_path, char dir[DVS_SOCKET_PATH_MAX], struct dvs_error *err)
{
	char *slash;

	snprintf(dir, DVS_SOCKET_PATH_MAX, "%s", socket_path);
	slash = strrchr(dir, '/');
	if (dir[0] != '/' || slash == NULL)
		return dvs_error_set(err, -EINVAL, NULL, "socket", "%s is not an absolute path",
				     socket_path);
	if (slash == dir)
		slash++;
	*slash = '\0';
	return 0;
}

/* -ENOENT, with no error described, when dir does not exist. */
static int check_dir(const char *dir, struct dvs_error *err)
{
	struct stat st;
	int rc;

	if (stat(dir, &st) < 0) {
		rc = -errno;
		if (rc == -ENOENT)
			return rc;
		return dvs_error_set(err, rc, NULL, "socket", "cannot look at directory %s: %s",
				     dir, strerror(-rc));
	}
	if (!S_ISDIR(st.st_mode))
		return dvs_error_set(err, -ENOTDIR, NULL, "socket", "%s is not a directory", dir);
	if (access(dir, W_OK | X_OK) < 0) {
		rc = -errno;
		return dvs_error_set(err, rc, NULL, "socket",
				     "directory %s is not writable: %s; the switch runs as uid %u "
				     "and needs write and search permission there",
				     dir, strerror(-rc), (unsigned int)geteuid());
	}
	return 0;
}

/* " by process 12 (name)" of the process that listens at the other end of fd, or "". */
static void describe_peer(int fd, char *buf, size_t size)
{
	struct ucred cred;
	socklen_t length = sizeof(cred);
	char path[48], name[32] = "";
	FILE *file;

	buf[0] = '\0';
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length) < 0 || cred.pid <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)cred.pid);
	file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(name, sizeof(name), file) == NULL)
			name[0] = '\0';
		name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	snprintf(buf, size, " by process %d (%s)", (int)cred.pid, name);
}

/* 0 when nobody answers at path. */
static int probe(const char *path, struct dvs_error *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char who[96];
	int fd, rc = 0;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return dvs_error_set(err, -errno, NULL, "socket", "cannot make a socket: %s",
				     strerror(errno));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		rc = -errno;
	describe_peer(fd, who, sizeof(who));
	close(fd);
	if (rc == -ECONNREFUSED || rc == -ENOENT)
		return 0;
	if (rc == -EACCES || rc == -EPERM)
		return dvs_error_set(err, rc, NULL, "socket",
				     "%s exists and the switch may not find out who uses it: %s; "
				     "remove it when nobody does",
				     path, strerror(-rc));
	return dvs_error_set(err, -EADDRINUSE, NULL, "socket",
			     "%s is in use%s: end that process or choose another path", path, who);
}

/* What is at path, if anything, may be removed. */
static int check_file(const char *path, struct dvs_error *err)
{
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0) {
		rc = -errno;
		if (rc == -ENOENT)
			return 0;
		return dvs_error_set(err, rc, NULL, "socket", "cannot look at %s: %s", path,
				     strerror(-rc));
	}
	if (!S_ISSOCK(st.st_mode))
		return dvs_error_set(err, -EEXIST, NULL, "socket",
				     "%s exists and is not a socket: remove it or choose another "
				     "path",
				     path);
	return probe(path, err);
}

int dvs_vhost_socket_check(const char *path, struct dvs_error *err)
{
	char dir[DVS_SOCKET_PATH_MAX];
	int rc = find_dir(path, dir, err);

	if (rc == 0)
		rc = check_dir(dir, err);
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? rc : check_file(path, err);
}

int dvs_vhost_socket_prepare(const char *path, struct dvs_error *err)
{
	char dir[DVS_SOCKET_PATH_MAX];
	int rc = find_dir(path, dir, err);

	if (rc < 0)
		return rc;
	rc = check_dir(dir, err);
	if (rc == -ENOENT) {
		rc = make_dirs(dir);
		if (rc < 0)
			return dvs_error_set(err, rc, NULL, "socket",
					     "cannot make directory %s: %s; make it, or run the "
					     "switch as a user who may",
					     dir, strerror(-rc));
	}
	if (rc == 0)
		rc = check_file(path, err);
	if (rc < 0)
		return rc;
	if (unlink(path) < 0 && errno != ENOENT) {
		rc = -errno;
		return dvs_error_set(err, rc, NULL, "socket",
				     "%s is stale and cannot be removed: %s", path, strerror(-rc));
	}
	return 0;
}

int dvs_vhost_socket_secure(const char *path, const struct dvs_vhost_owner *owner, mode_t mode,
			    struct dvs_error *err)
{
	int rc;

	if (lchown(path, owner->uid, owner->gid) < 0) {
		rc = -errno;
		return dvs_error_set(err, rc, NULL,
				     owner->uid != (uid_t)-1 ? "socket_owner" : "socket_group",
				     "cannot give %s its owner and group: %s; the switch needs "
				     "CAP_CHOWN for that",
				     path, strerror(-rc));
	}
	if (chmod(path, mode) < 0) {
		rc = -errno;
		return dvs_error_set(err, rc, NULL, "socket_perm", "cannot set the mode of %s: %s",
				     path, strerror(-rc));
	}
	return 0;
}
