/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h - what a frontend can cost the library's one protocol thread.
 *
 * librte_vhost reads a message's body and writes replies with blocking calls, in a thread that
 * serves all ports, and for some messages with the locks held that workers take. A frontend that
 * sends half a message, or never reads replies, would stop them all. The calls get time limits
 * here; the library ends a connection that runs into one.
 *
 * Threads: the library's threads, from its new_connection callback.
 */
#ifndef DVS_VHOST_PEER_H
#define DVS_VHOST_PEER_H

/*
 * Sets the limits on this process's connections of the socket at path (the library does not tell
 * its descriptors, so they are found by their address). 0, or -ENOENT when there is none.
 */
int dvs_vhost_peer_limit(const char *path);

#endif
