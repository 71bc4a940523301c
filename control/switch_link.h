/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * switch_link.h - the daemon's connection to dvs-switchd.
 *
 * It connects, and tries again after 250 ms, then every 500 ms; every 2 s while there is a switch
 * that does not answer. Each new connection lists what the switch has and programs only the
 * difference: after a restart of the switch that is everything, after one of this daemon nothing.
 * It is told of every change of the switch's configuration; when another client made it, or when
 * events were lost, it lists again. What the switch refused is tried again every 5 s.
 *
 * Threads: the control thread only, within the event loop. Calls to the switch block, at most for
 * the time limits of client.h.
 */
#ifndef DVS_SWITCH_LINK_H
#define DVS_SWITCH_LINK_H

#include "reconcile.h"

struct dvs_switch_link;
struct event_base;

/*
 * Asked before anything is programmed when the switch has objects and nothing was ever stored: the
 * store may have been lost, and all that runs would be deleted. 0: the intent says now what was
 * found, stored as *ret_revision. Otherwise the switch is left as it is, for the reason in err, and
 * asked about again with the next connection.
 */
typedef int (*dvs_adopt_fn)(void *arg, const struct dvs_config_set *found, uint64_t *ret_revision,
			    struct dvs_error *err);

struct dvs_switch_link_state {
	const char *path;
	bool is_connected;
	uint64_t boot_epoch;	   /* of the switch that was last seen; 0 = none was */
	uint64_t applied_revision; /* newest of which the switch has all; 0 = none */
	const struct dvs_failure *failures;
	unsigned int n_failures;
	struct dvs_error error; /* why there is no connection */
};

/* path is copied. revision: of what intent holds, 0 when nothing was ever stored. -ENOMEM. Connects
 * in the event loop. */
int dvs_switch_link_create(struct event_base *base, const char *path,
			   const struct dvs_intent *intent, uint64_t revision, dvs_adopt_fn adopt,
			   void *adopt_arg, struct dvs_switch_link **ret_link);
void dvs_switch_link_free(struct dvs_switch_link *link);

/*
 * Connects now when there is no connection. To be called before a change begins: an operator who
 * starts both daemons and goes on need not wait for the timer.
 */
void dvs_switch_link_hurry(struct dvs_switch_link *link);

/*
 * Programs what an operator's change makes different, all or nothing. 0: the switch has taken it;
 * -ENOTCONN: there is no switch now, or it was lost meanwhile; otherwise the switch refused it for
 * the reason in err.
 */
int dvs_switch_link_change(struct dvs_switch_link *link, struct dvs_error *err);

/*
 * The intent is settled after a change: it was stored as revision, or everything was taken back.
 * What the switch does not have yet is tried again. True: the switch now has all of the intent.
 */
bool dvs_switch_link_settle(struct dvs_switch_link *link, uint64_t revision);

void dvs_switch_link_get_state(const struct dvs_switch_link *link,
			       struct dvs_switch_link_state *ret_state);

#endif
