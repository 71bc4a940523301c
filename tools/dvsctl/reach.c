/* SPDX-License-Identifier: BSD-3-Clause */
#include "reach.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const struct dvs_reach dvs_reach_controld = {.daemon = "dvs-controld", .option = "--socket"};
const struct dvs_reach dvs_reach_switchd = {.daemon = "dvs-switchd", .option = "--switch-socket"};

/* "/run/dvs/x.sock": the directory that holds it, at most size - 1 bytes. */
static void directory_of(const char *path, char *dir, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(dir, size, ".");
	else
		snprintf(dir, size, "%.*s", (int)(slash == path ? 1 : slash - path), path);
}

/* Who could let us in: the group of the socket, or that of a directory that we may not search. */
static void explain_denied(const struct dvs_reach *reach, const char *path, struct dvs_error *err)
{
	char dir[256], group[64];
	const char *what = path;
	struct group *entry;
	struct stat st;
	int ret = stat(path, &st);

	if (ret < 0) {
		directory_of(path, dir, sizeof(dir));
		what = dir;
		ret = stat(dir, &st);
	}
	if (ret < 0) {
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "permission denied: %s cannot be looked up; run dvsctl with sudo",
			      path);
		return;
	}
	if (what == path && (st.st_mode & S_IWGRP) == 0) {
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "permission denied: %s has mode %04o, its owner only; run dvsctl "
			      "with sudo",
			      path, st.st_mode & 07777);
		return;
	}
	/* Nobody should become a member of root. */
	if (st.st_gid == 0) {
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "permission denied: %s is for group root; run dvsctl with sudo, or "
			      "start %s with --socket-group GROUP",
			      what, reach->daemon);
		return;
	}
	entry = getgrgid(st.st_gid);
	if (entry)
		snprintf(group, sizeof(group), "%s", entry->gr_name);
	else
		snprintf(group, sizeof(group), "%u", st.st_gid);
	dvs_error_set(err, err->code, reach->daemon, NULL,
		      "permission denied: %s is for members of group %s; run dvsctl with sudo, or "
		      "add yourself: sudo usermod -aG %s $USER",
		      what, group, group);
}

/* Connecting to a file or a device is refused like connecting to a socket that nobody listens at.
 */
static bool is_other_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISSOCK(st.st_mode);
}

static void explain_other(const struct dvs_reach *reach, const char *path, struct dvs_error *err)
{
	dvs_error_set(err, err->code, reach->daemon, NULL,
		      "what is at %s is not its socket (%s PATH says where that is)", path,
		      reach->option);
}

void dvs_reach_explain(const struct dvs_reach *reach, const char *path, struct dvs_error *err)
{
	switch (err->code) {
	case -ENOENT:
	case -ENOTDIR:
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "not running: there is no socket %s; start it (systemctl start %s, "
			      "or sudo tools/quickstart) or say where it is (%s PATH)",
			      path, reach->daemon, reach->option);
		return;
	case -ECONNREFUSED:
		if (is_other_file(path)) {
			explain_other(reach, path, err);
			return;
		}
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "not running: nobody listens at %s; start it (systemctl start %s, "
			      "or sudo tools/quickstart)",
			      path, reach->daemon);
		return;
	case -EACCES:
	case -EPERM:
		explain_denied(reach, path, err);
		return;
	case -EPROTOTYPE:
	case -ENOTSOCK:
	case -EPROTO:
	case -EBADMSG:
		explain_other(reach, path, err);
		return;
	case -ETIMEDOUT:
		dvs_error_set(err, err->code, reach->daemon, NULL,
			      "no answer at %s; look at its log (journalctl -u %s)", path,
			      reach->daemon);
		return;
	default:
		dvs_error_object(err, reach->daemon, NULL);
	}
}
