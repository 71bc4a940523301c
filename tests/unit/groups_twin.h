/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * groups_twin.h - the slow, obviously right twin of the table of multicast groups (groups.h): one
 * array of members, linear search, no lists.
 *
 * Threads: one.
 */
#ifndef DVS_GROUPS_TWIN_H
#define DVS_GROUPS_TWIN_H

#include "groups.h"

struct groups_twin_member {
	struct dvs_group_key key;
	uint16_t port;
	bool is_static;
	uint64_t expires_ms;
};

struct groups_twin {
	uint32_t n, max;
	struct groups_twin_member *members;
	uint32_t segment_limits[16], port_limits[64];
};

struct groups_twin *groups_twin_create(uint32_t max);
void groups_twin_free(struct groups_twin *twin);

/* NULL when there is none. */
struct groups_twin_member *groups_twin_find(struct groups_twin *twin,
					    const struct dvs_group_key *key, uint16_t port);
enum dvs_group_result groups_twin_join(struct groups_twin *twin, const struct dvs_group_key *key,
				       uint16_t port, uint64_t expires_ms);
void groups_twin_leave(struct groups_twin *twin, const struct dvs_group_key *key, uint16_t port);
bool groups_twin_set_static(struct groups_twin *twin, const struct dvs_group_key *key,
			    uint16_t port, bool is_static);
void groups_twin_retain(struct groups_twin *twin, dvs_group_keep_fn keep, void *arg);
void groups_twin_age(struct groups_twin *twin, uint64_t now_ms);

/* Ports of the group in ascending order; their number. */
uint32_t groups_twin_ports(const struct groups_twin *twin, const struct dvs_group_key *key,
			   uint16_t ports[64]);

#endif
