/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * neighbors.h - the control side of ARP and ND suppression: fills the table of owners
 * (tables/neighbor.h) from the senders that workers punt, and from bindings with a MAC. An address
 * that is bound to a port is never another port's.
 *
 * Threads: the control thread.
 */
#ifndef DVS_NEIGHBORS_H
#define DVS_NEIGHBORS_H

#include "model.h"

struct dvs_switch;

/*
 * A binding has come or has changed, and may be a prefix; has gone. Without a MAC (0) it does not
 * say who answers: what was known of the address is forgotten, and its owner is to be seen.
 */
void dvs_neighbors_bound(struct dvs_switch *sw, const struct dvs_port_object *port,
			 const struct dvs_prefix *address, uint64_t mac);
void dvs_neighbors_unbound(struct dvs_switch *sw, const struct dvs_port_object *port,
			   const struct dvs_prefix *address);

/* Ages the table, once a second. */
void dvs_neighbors_poll(struct dvs_switch *sw);

#endif
