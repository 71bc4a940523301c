/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate.h - every message of a frontend is looked at before librte_vhost reads it.
 *
 * The library (22.11) trusts frontends in ways that cost the whole switch:
 *	- it never closes descriptors of some messages that it refuses (SET_INFLIGHT_FD of a wrong
 *	  size, SET_MEM_TABLE whose regions cannot be mapped), so that one frontend uses up all that
 *	  the process may have;
 *	- it serves requests that nobody offered: in-flight buffers of any size, post-copy (a new
 *	  userfaultfd for each request, and its own addresses in the reply), IOTLB;
 *	- it reads bodies that did not come: what is left on its stack then counts;
 *	- it takes a log with an offset for one that is as much longer, and writes behind it;
 *	- it writes to call descriptors in workers, however full they are, and whatever they are.
 * Its hooks for messages come too late for some of these, and do not tell the descriptors.
 *
 * So gate.c defines recvmsg(2) for the process, which is the first that the library does with a
 * message. For other sockets it is what it always was. A message of a frontend's connection is
 * compared with a table of requests: body, number and kind of descriptors. What does not fit is
 * closed, and the read fails, by which the library ends the connection.
 *
 * Call descriptors are made non-blocking. This is a property of what the descriptor refers to, so
 * the frontend's own end changes too (hypervisors and DPDK have it so anyway), and a frontend may
 * change it back.
 *
 * Threads: any; _watch the library's.
 */
#ifndef DVS_VHOST_GATE_H
#define DVS_VHOST_GATE_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the messages of the connection fd pass the gate. -EMFILE: fd is too large. */
int dvs_vhost_gate_watch(int fd);

/*
 * Is the message, of which n bytes have come, and which has these descriptors, one that the library
 * may see? Makes call descriptors non-blocking.
 */
bool dvs_vhost_gate_admits(const void *message, size_t n, const int *fds, unsigned int n_fds);

#endif
