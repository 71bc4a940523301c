/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reconcile.h - brings the switch to what the intent says, and remembers what it would not take.
 *
 * It holds a mirror of what the switch has: filled by a dump of it (dvs_reconcile_list), then kept
 * up with every transaction that the switch has taken. What has to be done is always the
 * difference between intent and mirror (diff.h), so that the same code serves the first connection,
 * a restarted switch, an operator's change, and the way back when a change could not be stored.
 *
 * A *failure* is an object that the switch refused. It does not keep others out: everything else
 * is programmed, and it is tried again by dvs_reconcile_retry.
 *
 * Errors: -ENOTCONN when the connection was lost (the caller has to connect and list again; a
 * transaction that was under way may or may not have been taken), -ENOMEM, and for changes what the
 * switch refused them with; err must not be NULL.
 *
 * Threads: the control thread only. Calls block as those of client.h do.
 */
#ifndef DVS_RECONCILE_H
#define DVS_RECONCILE_H

#include "client.h"
#include "diff.h"

struct dvs_failure {
	const struct dvs_type *type;
	char key[DVS_KEY_TEXT_MAX];
	struct dvs_error error;
};

struct dvs_reconcile {
	struct dvs_config_set mirror;
	struct dvs_failure *failures; /* sorted by type and key */
	unsigned int n_failures, failures_room;
	uint64_t generation; /* of the switch's configuration, after our last commit */
	bool is_stale;	     /* another client has committed in between: list again */
};

void dvs_reconcile_init(struct dvs_reconcile *rc);
void dvs_reconcile_fini(struct dvs_reconcile *rc);

/* Forgets what was known and lists what the switch has. */
int dvs_reconcile_list(struct dvs_reconcile *rc, struct dvs_client *client, struct dvs_error *err);

/* The whole difference, in one transaction; when the switch refuses it, object by object. Nothing
 * is sent when there is none. 0 even when there are failures. */
int dvs_reconcile_all(struct dvs_reconcile *rc, struct dvs_client *client,
		      const struct dvs_intent *intent, struct dvs_error *err);

/*
 * What an operator's change makes different, in one transaction: the difference without objects
 * that have failed before, and without those that refer to something which the switch does not
 * have. *ret_left says how many were left out.
 */
int dvs_reconcile_change(struct dvs_reconcile *rc, struct dvs_client *client,
			 const struct dvs_intent *intent, unsigned int *ret_left,
			 struct dvs_error *err);

/* The difference, object by object; failures are noted anew. 0 even when there are some. */
int dvs_reconcile_retry(struct dvs_reconcile *rc, struct dvs_client *client,
			const struct dvs_intent *intent, struct dvs_error *err);

#endif
