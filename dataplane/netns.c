/* SPDX-License-Identifier: BSD-3-Clause */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "log.h"

#define NETNS_DIR  "/run/netns"
#define NETNS_SELF "/proc/thread-self/ns/net"
#define PATH_SIZE  128

static int make_path(const char *name, char path[PATH_SIZE])
{
	int length;

	if (name[0] == '/')
		length = snprintf(path, PATH_SIZE, "%s", name);
	else if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	else
		length = snprintf(path, PATH_SIZE, NETNS_DIR "/%s", name);
	return length < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

/* The namespace's file. What is not a plain file is not opened: a device may act on it. */
static int open_netns(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd >= 0 ? fd : -errno;
}

static int describe_failure(int rc, const char *name, const char *path, struct dvs_error *err)
{
	switch (rc) {
	case -ENOENT:
		return dvs_error_set(err, rc, NULL, "netns",
				     "there is no network namespace %s: %s does not exist; \"ip "
				     "netns add\" makes one",
				     name, path);
	case -EINVAL:
		return dvs_error_set(err, rc, NULL, "netns",
				     "%s is not a network namespace; give a name in " NETNS_DIR
				     " or an absolute path such as /proc/PID/ns/net",
				     name);
	case -EPERM:
		return dvs_error_set(err, rc, NULL, "netns",
				     "may not enter network namespace %s: the switch needs "
				     "CAP_SYS_ADMIN",
				     name);
	default:
		return dvs_error_set(err, rc, NULL, "netns",
				     "cannot enter network namespace %s: %s", name, strerror(-rc));
	}
}

int dvs_netns_enter(struct dvs_netns_visit *visit, const char *name, struct dvs_error *err)
{
	char path[PATH_SIZE] = "";
	int home, fd, rc;

	visit->home_fd = -1;
	if (name[0] == '\0')
		return 0;
	rc = make_path(name, path);
	if (rc < 0)
		return describe_failure(rc, name, path, err);
	fd = open_netns(path);
	if (fd < 0)
		return describe_failure(fd, name, path, err);
	home = open(NETNS_SELF, O_RDONLY | O_CLOEXEC);
	if (home < 0 || setns(fd, CLONE_NEWNET) < 0) {
		rc = -errno;
		close(fd);
		if (home >= 0)
			close(home);
		return describe_failure(rc, name, path, err);
	}
	close(fd);
	visit->home_fd = home;
	return 0;
}

void dvs_netns_leave(struct dvs_netns_visit *visit)
{
	if (visit->home_fd < 0)
		return;
	if (setns(visit->home_fd, CLONE_NEWNET) < 0) {
		dvs_log_error("cannot come back from a network namespace: %s", strerror(errno));
		abort();
	}
	close(visit->home_fd);
	visit->home_fd = -1;
}

int dvs_netns_identify(const char *name, struct dvs_netns_id *ret_id)
{
	char path[PATH_SIZE];
	struct stat st;
	int rc;

	rc = make_path(name[0] != '\0' ? name : NETNS_SELF, path);
	if (rc < 0)
		return rc;
	if (stat(path, &st) < 0)
		return -errno;
	ret_id->dev = st.st_dev;
	ret_id->ino = st.st_ino;
	return 0;
}
