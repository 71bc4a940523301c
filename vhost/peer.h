/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h - what a frontend can cost the library's one protocol thread.
 *
 * librte_vhost reads a message's body and writes replies with blocking calls, in a thread that
 * serves all ports, and for some messages with the locks held that workers take. A frontend that
 * sends half a message, or never reads replies, would stop them all. Connections are made
 * non-blocking here: the library ends one whose message is not whole, and drops replies that do not
 * fit. A frontend in order sends a message in one call and has few replies to read. What is in the
 * messages is checked by gate.h.
 *
 * Threads: the library's threads, from its new_connection callback.
 */
#ifndef DVS_VHOST_PEER_H
#define DVS_VHOST_PEER_H

/*
 * Makes this process's connections of the socket at path non-blocking, and puts them behind the
 * gate (the library does not tell its descriptors, so they are found by their address). 0, or
 * -ENOENT when there is none.
 */
int dvs_vhost_peer_admit(const char *path);

#endif
