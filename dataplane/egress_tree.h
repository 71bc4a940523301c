/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * egress_tree.h - the queues of a port as its configuration wants them.
 *
 *	a VM's port	root (to_rate, to_pps) - classes
 *	an uplink	root - port groups (group_*) - ports (uplink_*) - classes
 *			root - everybody else - classes
 *
 * There are queues for each class when some class is set apart, else one for all.
 *
 * Threads: the control thread.
 */
#ifndef DVS_EGRESS_TREE_H
#define DVS_EGRESS_TREE_H

#include "egress.h"

/* A port whose frames leave by the uplink. */
struct dvs_egress_member {
	uint16_t id;
	const struct dvs_port *config;
};

/* What a tree is made from. */
struct dvs_egress_plan {
	uint16_t port;
	const struct dvs_port *config;
	struct dvs_egress_member *members; /* of an uplink; _plan_sort orders them */
	unsigned int n_members;
};

void dvs_egress_plan_sort(struct dvs_egress_plan *plan);

/* Is there anything to wait for? */
bool dvs_egress_plan_limits(const struct dvs_egress_plan *plan);

/* The same number for plans that make the same trees, sorted. */
uint64_t dvs_egress_plan_signature(const struct dvs_egress_plan *plan);

/* NULL: no memory. Its owner is not set. */
struct dvs_egress *dvs_egress_create(const struct dvs_egress_plan *plan);

#endif
