/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * codel.h - controlled delay (RFC 8289): when does a queue stand, and which frames are to tell its
 * senders.
 *
 * A queue that takes up a burst is good; one that never gets empty only adds delay. CoDel looks at
 * how long each frame waited: when that was more than the target all the time for an interval,
 * frames are shed (marked where ECN allows it, else dropped), at first one an interval, then more
 * and more often with the square root of their number, until the delay is below the target.
 *
 * Threads: a state belongs to its holder.
 */
#ifndef DVS_CODEL_H
#define DVS_CODEL_H

#include <stdbool.h>
#include <stdint.h>

/* Constant; in cycles. */
struct dvs_codel_params {
	uint64_t target;
	uint64_t interval;
	uint32_t mtu; /* bytes: a queue that holds no more does not stand */
};

/* All zero: new. */
struct dvs_codel {
	uint64_t first_above; /* when the delay will have been above the target for an interval */
	uint64_t shed_next;
	uint32_t count, last_count; /* shed in this state, and when it was last left */
	bool is_above;		    /* first_above is set */
	bool is_shedding;
};

/*
 * To be called for each frame that leaves the queue: is it to be shed? It waited since `since`, and
 * behind it bytes_left wait. When it is dropped, the next frame is asked about at the same time.
 */
bool dvs_codel_sheds(struct dvs_codel *codel, const struct dvs_codel_params *params, uint64_t now,
		     uint64_t since, uint64_t bytes_left);

#endif
