/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * control.h - the daemon's heart: one intent, its store, and the switch that it is programmed into.
 *
 * A change goes through these steps, and until the last one everything can be taken back:
 *	1. edits in the intent (intent.h), checked as a whole
 *	2. written into an open transaction of the store
 *	3. programmed into the switch, in one transaction; what the switch refuses (a socket path in
 *	   use) is the answer to the operator
 *	4. committed in the store; when that fails (disk full) the switch is sent the way back
 * Without a switch, step 3 is left out: the change is stored and programmed when there is one.
 *
 * A store in which nothing was ever committed, and a switch that has objects: the store was lost,
 * or another one was named by mistake. Nothing is deleted then; what the switch has is taken over
 * as the intent (adopt.h), in one transaction.
 *
 * Errors: those of intent.h, store.h and switch_link.h; err must not be NULL.
 *
 * Threads: the control thread only.
 *
 *	intent = dvs_control_begin(control);
 *	ret = dvs_intent_add(intent, &rec, &err);
 *	if (ret == 0)
 *		ret = dvs_control_commit(control, false, &result, &err);
 *	else
 *		dvs_control_abort(control);
 */
#ifndef DVS_CONTROL_H
#define DVS_CONTROL_H

#include "store.h"
#include "switch_link.h"

struct dvs_control;

struct dvs_control_result {
	uint64_t revision; /* of the intent, afterwards */
	bool is_applied;   /* the switch has all of that revision */
	char warning[512]; /* why it has not, or "" */
};

/* Owns store from success on; loads the intent from it. -ENOMEM and as dvs_store_load. */
int dvs_control_create(struct event_base *base, struct dvs_store *store, const char *switch_socket,
		       struct dvs_control **ret_control, struct dvs_error *err);
void dvs_control_free(struct dvs_control *control);

const struct dvs_intent *dvs_control_intent(const struct dvs_control *control);
const struct dvs_store *dvs_control_store(const struct dvs_control *control);
const struct dvs_switch_link *dvs_control_link(const struct dvs_control *control);

/* The intent is what was found in the switch, as the store was new; nothing was changed since. */
bool dvs_control_has_adopted(const struct dvs_control *control);

/* The intent, to be edited; ends with commit or abort, within the same turn of the event loop. */
struct dvs_intent *dvs_control_begin(struct dvs_control *control);

/* All edits or none. is_dry_run: only checked, then taken back. Without any edit nothing is
 * written and the revision stays. */
int dvs_control_commit(struct dvs_control *control, bool is_dry_run,
		       struct dvs_control_result *ret_result, struct dvs_error *err);
void dvs_control_abort(struct dvs_control *control);

#endif
