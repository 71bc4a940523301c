/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rpc_socket.h - a listening Unix stream socket that takes the place of a dead one only.
 *
 * Threads: any.
 */
#ifndef DVS_RPC_SOCKET_H
#define DVS_RPC_SOCKET_H

#include "error.h"

/* A non-blocking listening socket, mode 0660; group NULL: as the process. Returns the descriptor,
 * or an error as dvs_rpc_server_create does. */
int dvs_rpc_socket_listen(const char *path, const char *group, struct dvs_error *err);

#endif
