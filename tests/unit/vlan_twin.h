/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vlan_twin.h - a slow bridge that knows VLANs, and is obviously right: one frame at a time, whole
 * copies, lists that are walked.
 *
 * Threads: the test's.
 */
#ifndef DVS_TEST_VLAN_TWIN_H
#define DVS_TEST_VLAN_TWIN_H

#include <stdbool.h>
#include <stdint.h>

#include "objects.h"

#define TWIN_PORTS    16
#define TWIN_SEGMENTS 8
#define TWIN_FRAME    128

struct twin_frame {
	uint32_t length; /* 0: none */
	uint8_t bytes[TWIN_FRAME];
};

struct twin_port {
	unsigned int segment; /* native */
	struct dvs_policy policy;
};

struct twin_mac {
	bool is_known;
	unsigned int port;
};

struct twin {
	unsigned int n_ports;
	struct twin_port ports[TWIN_PORTS];
	uint16_t vlan[TWIN_SEGMENTS];
	struct twin_mac macs[TWIN_SEGMENTS][256]; /* by last octet of the MAC */
	struct twin_frame out[TWIN_PORTS];	  /* what the last frame became at each port */
};

void twin_init(struct twin *twin, unsigned int n_ports);
void twin_set_segment(struct twin *twin, unsigned int segment, uint16_t vlan);

/* Also forgets what was learnt there, when its segments change. */
void twin_set_port(struct twin *twin, unsigned int port, unsigned int segment,
		   const struct dvs_policy *policy);

/* Fills out[] with what each port gets. */
void twin_send(struct twin *twin, unsigned int from, const uint8_t *frame, uint32_t length);

#endif
