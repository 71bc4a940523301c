/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marker_twin.h - the slow, obviously right twin of a marker (marker.h): the text of RFC 2697 and
 * RFC 2698, with tokens in exact fractions that are filled in at each packet.
 *
 * Threads: one.
 */
#ifndef DVS_MARKER_TWIN_H
#define DVS_MARKER_TWIN_H

#include "marker.h"

/* Tokens are bits times hz: a rate gives its number of them in a cycle. */
struct marker_twin {
	struct dvs_marker_config config;
	uint64_t hz, last;
	__int128_t c, c_full; /* < 0: owed by a frame of several packets */
	__int128_t e, e_full; /* E, or P with a peak rate */
};

void marker_twin_init(struct marker_twin *twin, const struct dvs_marker_config *config, uint64_t hz,
		      uint64_t now);
enum dvs_color marker_twin_take(struct marker_twin *twin, uint64_t now, uint32_t first,
				uint32_t bytes, enum dvs_color before);

#endif
