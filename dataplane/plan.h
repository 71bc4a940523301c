/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan.h - the first phase of a transaction: what would result, and is it consistent?
 *
 * Changes are staged in the model's objects in the order given (the last word on an object counts),
 * then the result is validated as a whole, so the order of changes within a transaction does not
 * matter otherwise. Nothing that workers or other requests see is touched.
 *
 * Threads: the control thread.
 */
#ifndef DVS_PLAN_H
#define DVS_PLAN_H

#include "model.h"
#include "switch.h"

struct dvs_plan {
	struct dvs_model *model;
	struct dvs_object **objects; /* with a staged word on them, each once */
	unsigned int n_objects;
};

/*
 * Stages and validates. kinds[k] is NULL for kinds of port that the switch does not have. On error
 * nothing is staged: -ENOENT (nothing to delete, a reference to nothing), -EBUSY (deleted but still
 * referred to), -EINVAL (a static MAC's port is in another segment), -ENOSPC (limits),
 * -EOPNOTSUPP, -ENOMEM; err names object and field.
 */
int dvs_plan_create(struct dvs_plan *plan, struct dvs_model *model,
		    const struct dvs_portdev_ops *const *kinds, const struct dvs_change *changes,
		    unsigned int n, struct dvs_error *err);

/* Makes what is staged the configuration in force. The plan's objects stay until _discard. */
void dvs_plan_commit(struct dvs_plan *plan);

/* Forgets what is staged (nothing any more after a commit), and frees objects that do not exist. */
void dvs_plan_discard(struct dvs_plan *plan);

#endif
