/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marking_twin.h - the slow twin of the stages classify and mark: one frame of a port whose tags
 * are payload, from the policy as an operator set it. Its checksums come from counting, its colors
 * from a marker of its own (which has a twin itself, marker_twin.h).
 *
 * Threads: one.
 */
#ifndef DVS_MARKING_TWIN_H
#define DVS_MARKING_TWIN_H

#include "marker.h"
#include "objects.h"

struct marking_twin {
	struct dvs_policy policy;
	struct dvs_marker marker;
	struct dvs_marker_rates rates;
	uint64_t colors[DVS_N_COLORS], marked, dropped;
};

void marking_twin_init(struct marking_twin *twin, const struct dvs_policy *policy, uint64_t hz);

/* Writes what becomes of the frame; false: it is dropped. */
bool marking_twin_run(struct marking_twin *twin, uint64_t now, uint8_t *frame, uint32_t length,
		      unsigned int *ret_class);

#endif
