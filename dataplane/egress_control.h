/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * egress_control.h - the control side of queues towards ports (egress.h): made from the
 * configuration, changed, and moved between workers.
 *
 * A change makes a new tree beside the old one. While workers are paused for some ten microseconds
 * (queues.h) frames, counters, and what was left in buckets go over to it, so that nothing that
 * waits is lost and nothing is given away. Transactions that do not touch any of this pause nobody.
 * When limits are switched off the queues stay, without limits, until they are empty.
 *
 * Threads: the control thread.
 */
#ifndef DVS_EGRESS_CONTROL_H
#define DVS_EGRESS_CONTROL_H

#include "egress.h"
#include "model.h"

struct dvs_switch;

/* What the port has, or will have when the transaction under way is done. */
struct dvs_egress *dvs_egress_of(const struct dvs_port_object *port, bool staged);

/* Do the uplinks have what is reserved of them? The ports' segments are staged. -EINVAL, -ENOMEM.
 */
int dvs_egress_check(const struct dvs_model *model, struct dvs_error *err);

/* Makes what the transaction needs; its ports have been made. -ENOMEM: _discard follows. */
int dvs_egress_prepare(struct dvs_switch *sw, struct dvs_error *err);

/* Pauses workers when anything is new, and puts it in force. A snapshot without pause follows. */
void dvs_egress_commit(struct dvs_switch *sw);
void dvs_egress_discard(struct dvs_switch *sw);

/* Trees go to the workers that are their owners. Workers are paused. */
void dvs_egress_rehome(struct dvs_switch *sw);

/* Ports were made anew, with other workers than before, which does the same with a pause if it has
 * to; a snapshot without pause follows. False: no memory. */
bool dvs_egress_follow(struct dvs_switch *sw);

/* Now and then: takes out queues without limits that are empty. */
void dvs_egress_poll(struct dvs_switch *sw);

/* Frees it with its frames. No worker runs, or sees it. NULL is accepted. */
void dvs_egress_free(struct dvs_egress *egress);

/* Fills state with what queue number i of the port does, i < n_nodes; false: that is none. */
bool dvs_egress_state(const struct dvs_switch *sw, const struct dvs_port_object *port, uint32_t i,
		      struct dvs_queue_state *state);

#endif
