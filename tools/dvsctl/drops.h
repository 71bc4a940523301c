/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * drops.h - what is shown of a port's drops, by `drops` and by `port show`.
 *
 * Threads: one.
 */
#ifndef DVS_DROPS_H
#define DVS_DROPS_H

#include <jansson.h>

#include "describe.h"
#include "objects.h"

/* The last frame whose header was kept, as a line in buf; NULL: there is none. */
const char *dvs_drop_describe(const struct dvs_drop *drop, char buf[DVS_DESCRIBE_MAX]);

/* The record with "meaning" and "last_frame". A new reference. */
json_t *dvs_drop_json(const struct dvs_drop *drop);

#endif
