/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * diff.h - what has to be done so that the switch has what the intent says.
 *
 * It is the difference between the intent's objects as they take effect (dvs_intent_effective)
 * and what the switch is known to have, as steps in an order that works one by one too: first what
 * is gone is deleted, users before what they use, then the rest is put, what is used before its
 * users. Names, sockets and interfaces would collide otherwise. An object that is equal in both is
 * in no step.
 *
 * Threads: the control thread only.
 */
#ifndef DVS_DIFF_H
#define DVS_DIFF_H

#include "intent.h"

struct dvs_diff_step {
	bool is_delete;
	struct dvs_config_object *object; /* PUT: the whole; delete: what the switch has */
};

struct dvs_diff {
	struct dvs_diff_step *steps;
	unsigned int n, room;
};

/* The switch has objects of this configuration type; port groups are known to controld only. */
bool dvs_type_is_in_switch(const struct dvs_type *type);

/* actual: records with the switch's structs (what is set is of no matter). -ENOMEM. */
int dvs_diff_make(struct dvs_diff *ret_diff, const struct dvs_intent *intent,
		  const struct dvs_config_set *actual);
void dvs_diff_fini(struct dvs_diff *diff);

#endif
