/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vlan_list.h - a set of VLAN ids as up to 16 ranges: "1-10,20,4000-4094", "none" or "all".
 *
 * VLAN ids are 1 to 4094: 0 marks a priority tag and 4095 is reserved (IEEE 802.1Q-2022 table 9-2).
 * A list is canonical: ranges in order, with a gap of at least one id between two, and all zero
 * behind the last. So two lists with the same ids have the same bytes.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_VLAN_LIST_H
#define DVS_VLAN_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_VLAN_MAX	    4094
#define DVS_VLAN_RANGES_MAX 16
#define DVS_VLAN_TEXT_MAX   (DVS_VLAN_RANGES_MAX * 10) /* "1000-2000,", with its NUL */

struct dvs_vlan_range {
	uint16_t first, last; /* both included; 0, 0: behind the last range */
};

struct dvs_vlan_list {
	struct dvs_vlan_range ranges[DVS_VLAN_RANGES_MAX];
};

/* Ids and ranges in any order, that may overlap. -EINVAL, -ERANGE (not 1 to 4094, or a range that
 * runs backwards), -E2BIG (more than 16 ranges). */
int dvs_vlan_list_parse(const char *text, struct dvs_vlan_list *ret_list);

/* Returns buf; of lists that are not canonical up to the first range that is not. */
const char *dvs_vlan_list_print(const struct dvs_vlan_list *list, char buf[DVS_VLAN_TEXT_MAX]);

bool dvs_vlan_list_is_canonical(const struct dvs_vlan_list *list);

bool dvs_vlan_list_has(const struct dvs_vlan_list *list, uint16_t vlan);

#endif
