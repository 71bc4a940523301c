/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan.h - what has to be done so that the switch has what the model says.
 *
 * A plan is the difference between the model's objects as they take effect (dvs_model_effective)
 * and what the switch is known to have, as steps in an order that works one by one too: first what
 * is gone is deleted, users before what they use, then the rest is put, what is used before its
 * users. Names, sockets and interfaces would collide otherwise. An object that is equal in both is
 * in no step.
 *
 * Threads: the control thread only.
 */
#ifndef DVS_PLAN_H
#define DVS_PLAN_H

#include "model.h"

struct dvs_step {
	bool is_delete;
	struct dvs_object *object; /* PUT: the whole; delete: what the switch has */
};

struct dvs_plan {
	struct dvs_step *steps;
	unsigned int n, room;
};

/* The switch has objects of this configuration type; port groups are known to controld only. */
bool dvs_type_is_in_switch(const struct dvs_type *type);

/* actual: records with the switch's structs (what is set is of no matter). -ENOMEM. */
int dvs_plan_make(struct dvs_plan *ret_plan, const struct dvs_model *model,
		  const struct dvs_object_set *actual);
void dvs_plan_fini(struct dvs_plan *plan);

#endif
