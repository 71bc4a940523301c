/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_memory.h - what guards and rates remember of a port: it lives as long as the port, through
 * changes of configuration and sessions.
 *
 * Threads: atomic members, as told; made and freed with the port.
 */
#ifndef DVS_PORT_MEMORY_H
#define DVS_PORT_MEMORY_H

#include <stdint.h>

#include "marker.h"
#include "from_limit.h"
#include "meter.h"

enum dvs_storm_kind {
	DVS_STORM_BROADCAST,
	DVS_STORM_MULTICAST,
	DVS_STORM_UNKNOWN,
	DVS_N_STORM_KINDS
};

struct dvs_port_memory {
	/* First source MAC that the guard saw, as a number; 0: none yet. Workers set it once, the
	 * control thread may clear it. */
	uint64_t mac;
	/* Sources that workers let in under mac_limit and that the control thread has not looked at
	 * yet; both change it. */
	uint32_t claims;
	struct dvs_meter storm[DVS_N_STORM_KINDS]; /* workers */
	struct dvs_meter arp;			   /* workers */
	struct dvs_marker marker;		   /* workers */
	struct dvs_from_limit from[2];		   /* from_limit.h */
};

#endif
