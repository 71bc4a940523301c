/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * savi.h - bindings that the switch learns by itself (SAVI, RFC 7039): from DHCP (RFC 7513), and
 * for IPv6 addresses that hosts make themselves, from duplicate address detection, first come first
 * served (RFC 6620).
 *
 * Workers punt the messages (punt.h). A client's request is remembered with the port that it came
 * from; the server's answer to it, which counts from trusted ports only, binds the address to that
 * port for the time of the lease. Releases, declines and the end of the lease unbind it. An answer
 * that comes over another worker's ring may be here before its request: it waits for that a moment.
 *
 * An address that DAD asks for is bound half a second later, unless another port of the segment has
 * it, or somebody behind another port says that it is in use; it stays until it has not been a
 * source for DVS_SLAAC_SILENCE_S.
 *
 * A port has at most its binding_limit of learnt bindings; one more takes the place of its DAD
 * binding that was silent longest, or is refused and counted. Learnt bindings go when their kind is
 * not learnt any more, when the port changes its segment, and with the port.
 *
 * They outlive the switch in a file of its state directory (state_file.h): hosts do not ask again
 * only because the switch was started anew. What is in it waits for its port to be configured.
 *
 * Threads: the control thread.
 */
#ifndef DVS_SAVI_H
#define DVS_SAVI_H

#include "model.h"

struct dvs_binding_row;
struct dvs_savi;
struct dvs_switch;

#define DVS_SLAAC_SILENCE_S 86400

/* A binding of a port, in its list. */
struct dvs_learnt {
	LIST_ENTRY(dvs_learnt) of_port;
	struct dvs_prefix address;
	uint64_t mac;	    /* as a number */
	uint32_t expires_s; /* of the switch's clock; 0: never */
	uint8_t kind;	    /* enum dvs_binding_kind, not static */
};

/* state_dir: NULL or "": nothing is kept. Reads what was kept; a file that is damaged, or of
 * another version, is as good as none. NULL: no memory. */
struct dvs_savi *dvs_savi_create(struct dvs_switch *sw, const char *state_dir);
/* Writes the file when something has changed since. */
void dvs_savi_free(struct dvs_switch *sw);

/* A transaction has touched the port, which exists: its policy may be another, and it may be what
 * kept bindings wait for. */
void dvs_savi_port_changed(struct dvs_switch *sw, struct dvs_port_object *port, bool has_moved);

/* Forgets what the port has learnt; it is about to go. */
void dvs_savi_port_gone(struct dvs_switch *sw, struct dvs_port_object *port);

/* Ends what has expired, and writes the file: some work once a second. */
void dvs_savi_poll(struct dvs_switch *sw);

/* Time of the lease that is left, 0: it never ends. */
uint32_t dvs_savi_left_s(const struct dvs_switch *sw, const struct dvs_port_object *port,
			 const struct dvs_learnt *learnt);

#endif
