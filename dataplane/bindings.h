/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bindings.h - the control side of bindings (tables/binding.h): from what the configuration binds
 * to a port, and what was learnt (savi.h), to the set that workers see.
 *
 * A transaction makes the sets of the ports that it concerns before anything is touched, and puts
 * them in their place when nothing can fail any more. What was there before is freed by a poll,
 * when no worker has it.
 *
 * Threads: the control thread.
 */
#ifndef DVS_BINDINGS_H
#define DVS_BINDINGS_H

#include "plan.h"

struct dvs_binding_set;

/* Makes the sets as they will be. -ENOMEM, -ENOSPC (a port would have more than
 * DVS_BINDING_ROWS_MAX rows); err names the port. */
int dvs_bindings_prepare(struct dvs_switch *sw, struct dvs_plan *plan, struct dvs_error *err);

/* Puts what was prepared; before the plan is committed. */
void dvs_bindings_commit(struct dvs_switch *sw, struct dvs_plan *plan);

/* Forgets what was prepared, if anything was. */
void dvs_bindings_discard(struct dvs_plan *plan);

/* What is learnt of the port has changed: makes its set anew. Without memory for that, the old one
 * stays. */
void dvs_bindings_renew(struct dvs_switch *sw, struct dvs_port_object *port);

/* The second in which a frame of the port was let through by the address last; 0: none was. */
uint32_t dvs_bindings_seen_s(const struct dvs_switch *sw, const struct dvs_port_object *port,
			     const struct dvs_prefix *address);

/* Frees what no worker has any more. */
void dvs_bindings_reclaim(struct dvs_switch *sw);

/* Frees all. No worker runs. */
void dvs_bindings_fini(struct dvs_switch *sw);

#endif
