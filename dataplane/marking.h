/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marking.h - how a port's frames are classified and marked, as the stages classify and mark need
 * it: each map with a value for every key.
 *
 * Threads: made by the control thread as part of a snapshot, constant then.
 */
#ifndef DVS_MARKING_H
#define DVS_MARKING_H

#include <stdbool.h>
#include <stdint.h>

#include "marker.h"
#include "objects.h"

#define DVS_MARKING_KEEP 0xff /* the frame keeps what it has */

struct dvs_marking {
	uint8_t trust; /* enum dvs_trust */
	uint8_t default_class;
	bool marks; /* there is something to do behind classify */
	uint8_t class_of_pcp[8];
	uint8_t class_of_dscp[64];
	uint8_t dscp_of[DVS_CLASSES]; /* or DVS_MARKING_KEEP, as the next */
	uint8_t pcp_of[DVS_CLASSES];
	uint8_t action[DVS_N_COLORS]; /* enum dvs_color_action */
	struct dvs_marker_rates rates;
};

/* Else all frames of the port are of class 0, and stay as they are. */
bool dvs_marking_is_needed(const struct dvs_policy *policy);

/* marking is all zero. */
void dvs_marking_fill(struct dvs_marking *marking, const struct dvs_policy *policy,
		      uint64_t tsc_hz);

#endif
