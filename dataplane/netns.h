/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * netns.h - a thread's visit to another network namespace.
 *
 * Sockets and /dev/net/tun belong to the namespace in which they were opened, so whoever makes an
 * interface elsewhere goes there, opens what it needs, and comes back.
 *
 * Threads: a visit belongs to the thread that began it; no other thread is affected.
 *
 *	struct dvs_netns_visit visit;
 *
 *	rc = dvs_netns_enter(&visit, "ns1", &err);
 *	if (rc < 0)
 *		return rc;
 *	fd = socket(...);
 *	dvs_netns_leave(&visit);
 */
#ifndef DVS_NETNS_H
#define DVS_NETNS_H

#include <stdbool.h>
#include <sys/types.h>

struct dvs_error;

struct dvs_netns_visit {
	int home_fd; /* -1: the thread is at home */
};

/* A namespace as a file, to tell later whether its name still means the same. */
struct dvs_netns_id {
	dev_t dev;
	ino_t ino;
};

/*
 * name: a file in /run/netns, an absolute path, or "" for no change. -ENOENT when there is none,
 * -EINVAL when it is no network namespace, -EPERM without CAP_SYS_ADMIN; err names the field netns.
 */
int dvs_netns_enter(struct dvs_netns_visit *visit, const char *name, struct dvs_error *err);

/* Back home. Ends the process when that is not possible: the thread would work in a wrong place. */
void dvs_netns_leave(struct dvs_netns_visit *visit);

/* What the name is now. The negative errno of stat. */
int dvs_netns_identify(const char *name, struct dvs_netns_id *ret_id);

#endif
