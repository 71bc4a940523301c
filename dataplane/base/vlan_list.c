/* SPDX-License-Identifier: BSD-3-Clause */
#include "vlan_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct set {
	bool has[DVS_VLAN_MAX + 2]; /* the last stays false, so that each run of ids ends */
};

/* One id of 1 to 4 digits; moves *text behind it. */
static int parse_id(const char **text, uint16_t *ret_id)
{
	unsigned int id = 0, digits = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		if (++digits > 4)
			return -ERANGE;
		id = id * 10 + (unsigned int)(**text - '0');
	}
	if (digits == 0)
		return -EINVAL;
	*ret_id = (uint16_t)id;
	return id >= 1 && id <= DVS_VLAN_MAX ? 0 : -ERANGE;
}

static int parse_range(const char **text, struct set *set)
{
	uint16_t first, last;
	int rc = parse_id(text, &first);

	if (rc < 0)
		return rc;
	last = first;
	if (**text == '-') {
		++*text;
		rc = parse_id(text, &last);
		if (rc < 0)
			return rc;
	}
	if (last < first)
		return -ERANGE;
	memset(&set->has[first], true, (size_t)(last - first + 1));
	return 0;
}

static int parse_set(const char *text, struct set *set)
{
	int rc;

	for (;;) {
		rc = parse_range(&text, set);
		if (rc < 0 || *text == '\0')
			return rc;
		if (*text++ != ',')
			return -EINVAL;
	}
}

static int set_ranges(const struct set *set, struct dvs_vlan_list *list)
{
	unsigned int n = 0;

	for (unsigned int id = 1; id <= DVS_VLAN_MAX; id++) {
		unsigned int last = id;

		if (!set->has[id])
			continue;
		if (n == DVS_VLAN_RANGES_MAX)
			return -E2BIG;
		while (set->has[last + 1])
			last++;
		list->ranges[n++] = (struct dvs_vlan_range){(uint16_t)id, (uint16_t)last};
		id = last;
	}
	return 0;
}

int dvs_vlan_list_parse(const char *text, struct dvs_vlan_list *ret_list)
{
	struct dvs_vlan_list list = {{{0, 0}}};
	struct set set = {{false}};
	int rc = 0;

	if (strcmp(text, "all") == 0)
		list.ranges[0] = (struct dvs_vlan_range){1, DVS_VLAN_MAX};
	else if (strcmp(text, "none") != 0)
		rc = parse_set(text, &set);
	if (rc == 0)
		rc = set_ranges(&set, &list);
	if (rc == 0)
		*ret_list = list;
	return rc;
}

/* How many ranges are canonical. */
static unsigned int count(const struct dvs_vlan_list *list)
{
	unsigned int n, free_from = 1;

	for (n = 0; n < DVS_VLAN_RANGES_MAX; n++) {
		struct dvs_vlan_range range = list->ranges[n];

		if (range.first < free_from || range.last < range.first ||
		    range.last > DVS_VLAN_MAX)
			break;
		free_from = range.last + 2u;
	}
	return n;
}

bool dvs_vlan_list_is_canonical(const struct dvs_vlan_list *list)
{
	for (unsigned int i = count(list); i < DVS_VLAN_RANGES_MAX; i++)
		if (list->ranges[i].first != 0 || list->ranges[i].last != 0)
			return false;
	return true;
}

const char *dvs_vlan_list_print(const struct dvs_vlan_list *list, char buf[DVS_VLAN_TEXT_MAX])
{
	unsigned int n = count(list);
	size_t used = 0;

	if (n == 0)
		return memcpy(buf, "none", sizeof("none"));
	if (list->ranges[0].first == 1 && list->ranges[0].last == DVS_VLAN_MAX)
		return memcpy(buf, "all", sizeof("all"));
	for (unsigned int i = 0; i < n; i++) {
		struct dvs_vlan_range range = list->ranges[i];

		used += (size_t)snprintf(buf + used, DVS_VLAN_TEXT_MAX - used, "%s%u",
					 i > 0 ? "," : "", range.first);
		if (range.last != range.first)
			used += (size_t)snprintf(buf + used, DVS_VLAN_TEXT_MAX - used, "-%u",
						 range.last);
	}
	return buf;
}

bool dvs_vlan_list_has(const struct dvs_vlan_list *list, uint16_t vlan)
{
	for (unsigned int i = 0; i < DVS_VLAN_RANGES_MAX && list->ranges[i].first != 0; i++)
		if (vlan >= list->ranges[i].first && vlan <= list->ranges[i].last)
			return true;
	return false;
}
