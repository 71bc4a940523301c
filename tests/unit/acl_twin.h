/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl_twin.h - access control lists, rule by rule; and random rules and keys of a small world, so
 * that they meet.
 *
 * Threads: the test's.
 */
#ifndef DVS_TEST_ACL_TWIN_H
#define DVS_TEST_ACL_TWIN_H

#include "acl.h"

struct acl_twin_key {
	struct dvs_acl_key key;
	bool is_v6;
};

/* Does the first rule that matches deny it, or the default? */
bool acl_twin_denies(const struct dvs_acl_list *list, const struct dvs_acl_rule *const *rules,
		     unsigned int n, enum dvs_acl_direction direction,
		     const struct acl_twin_key *key);

/* A rule that can match. */
struct dvs_acl_rule acl_twin_random_rule(void);
struct acl_twin_key acl_twin_random_key(void);

#endif
