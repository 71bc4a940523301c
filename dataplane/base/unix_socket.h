/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unix_socket.h - the socket at which a daemon listens: nobody else's is taken away, and one that a
 * dead daemon left does not block the start.
 *
 * Threads: any; processes too, as the directory is locked while a path is examined and bound.
 *
 *	struct dvs_unix_socket sock;
 *
 *	if (dvs_unix_socket_listen(&sock, "/run/dvs/switchd.sock", SOCK_SEQPACKET, NULL, &err) < 0)
 *		...
 *	accept4(sock.fd, ...);
 *	dvs_unix_socket_close(&sock);
 */
#ifndef DVS_UNIX_SOCKET_H
#define DVS_UNIX_SOCKET_H

#include <sys/types.h>
#include <sys/un.h>

#include "error.h"

struct dvs_unix_socket {
	int fd;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	dev_t device; /* of the file that was made, to remove no other */
	ino_t inode;
};

/*
 * A non-blocking listening socket of the type (SOCK_STREAM, SOCK_SEQPACKET), mode 0660, whose
 * directory is made when it is missing. group may be NULL: the process's. Errors name the path:
 *	-EADDRINUSE	somebody listens there
 *	-EEXIST		it is not a socket
 *	-ENOENT		there is no such group (the field is "socket-group")
 *	-ENAMETOOLONG	and what the system says
 */
int dvs_unix_socket_listen(struct dvs_unix_socket *ret_socket, const char *path, int type,
			   const char *group, struct dvs_error *err);

/* Closes it and removes its file, unless that is no longer ours. */
void dvs_unix_socket_close(struct dvs_unix_socket *sock);

/*
 * Removes the sockets *.sock in the directory at which nobody listens, as daemons leave them that
 * were killed: never what is not a socket, nor one whose state cannot be found out. How many went;
 * a negative errno when the directory cannot be read (none there: 0).
 */
int dvs_unix_socket_sweep(const char *directory);

#endif
