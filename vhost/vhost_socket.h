/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_socket.h - the file of a vhost-user socket: where it is, whether it may be made, who may
 * use it.
 *
 * A socket file outlives a process that was killed, so one that is found may be stale. It is
 * removed only when it is a socket and nobody answers on it; what somebody uses, and what is not a
 * socket, is never touched.
 *
 * Threads: the control thread; no state is kept here.
 */
#ifndef DVS_VHOST_SOCKET_H
#define DVS_VHOST_SOCKET_H

#include <sys/types.h>

#include "objects.h"

/* Owner of a socket file as numbers; (uid_t)-1 and (gid_t)-1 leave what the process is. */
struct dvs_vhost_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * The socket's path: port->socket, or NAME.sock in dir. -ENAMETOOLONG when it does not fit
 * sockaddr_un, -EINVAL when there is neither a path nor a directory; err names the field.
 */
int dvs_vhost_socket_path(const struct dvs_port *port, const char *dir,
			  char ret_path[DVS_SOCKET_PATH_MAX], struct dvs_error *err);

/* socket_owner and socket_group -> numbers. -ENOENT when there is no such user or group. */
int dvs_vhost_socket_owner(const struct dvs_port *port, struct dvs_vhost_owner *ret_owner,
			   struct dvs_error *err);

/*
 * Can a socket be made at path? Nothing is changed. -EADDRINUSE when a process answers there,
 * -EEXIST when it is not a socket, -EACCES and others when the directory cannot be written; err
 * says what is needed. A directory that is missing is no error yet.
 */
int dvs_vhost_socket_check(const char *path, struct dvs_error *err);

/*
 * Makes room for a new socket: checks, then its directory is made when missing (mode 0755), and a
 * stale socket is removed.
 */
int dvs_vhost_socket_prepare(const char *path, struct dvs_error *err);

/* Gives a fresh socket its owner and then its mode. The negative errno of chown or chmod. */
int dvs_vhost_socket_secure(const char *path, const struct dvs_vhost_owner *owner, mode_t mode,
			    struct dvs_error *err);

#endif
