/* SPDX-License-Identifier: BSD-3-Clause */
#include "number_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A number of 1 to 3 digits, at most `most`; moves *text behind it. */
static int parse_number(const char **text, unsigned int most, unsigned int *ret_number)
{
	unsigned int number = 0, digits = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		if (++digits > 3)
			return -ERANGE;
		number = number * 10 + (unsigned int)(**text - '0');
	}
	if (digits == 0)
		return -EINVAL;
	*ret_number = number;
	return number <= most ? 0 : -ERANGE;
}

/* "8-15:1" or "46:7" */
static int parse_entry(const char **text, unsigned int n_keys, unsigned int most, uint8_t *map)
{
	unsigned int first, last, number;
	int rc = parse_number(text, n_keys - 1, &first);

	last = first;
	if (rc == 0 && **text == '-') {
		++*text;
		rc = parse_number(text, n_keys - 1, &last);
	}
	if (rc < 0)
		return rc;
	if (*(*text)++ != ':')
		return -EINVAL;
	rc = parse_number(text, most, &number);
	if (rc < 0)
		return rc;
	if (last < first)
		return -ERANGE;
	for (unsigned int key = first; key <= last; key++) {
		if (map[key] != 0)
			return -EINVAL;
		map[key] = (uint8_t)(number + 1);
	}
	return 0;
}

int dvs_number_map_parse(const char *text, unsigned int n_keys, unsigned int most, uint8_t *ret_map)
{
	uint8_t map[DVS_NUMBER_MAP_KEYS_MAX] = {0};
	bool is_none = strcmp(text, "none") == 0;

	while (!is_none) {
		int rc = parse_entry(&text, n_keys, most, map);

		if (rc < 0)
			return rc;
		if (*text == '\0')
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	memcpy(ret_map, map, n_keys);
	return 0;
}

const char *dvs_number_map_print(const uint8_t *map, unsigned int n_keys,
				 char buf[DVS_NUMBER_MAP_TEXT_MAX])
{
	size_t used = 0;

	for (unsigned int key = 0, last; key < n_keys; key = last + 1) {
		last = key;
		if (map[key] == 0)
			continue;
		while (last + 1 < n_keys && map[last + 1] == map[key])
			last++;
		used += (size_t)snprintf(buf + used, DVS_NUMBER_MAP_TEXT_MAX - used, "%s%u",
					 used > 0 ? "," : "", key);
		if (last != key)
			used += (size_t)snprintf(buf + used, DVS_NUMBER_MAP_TEXT_MAX - used, "-%u",
						 last);
		used += (size_t)snprintf(buf + used, DVS_NUMBER_MAP_TEXT_MAX - used, ":%u",
					 map[key] - 1u);
	}
	if (used == 0)
		memcpy(buf, "none", sizeof("none"));
	return buf;
}

bool dvs_number_map_is_valid(const uint8_t *map, unsigned int n_keys, unsigned int most)
{
	for (unsigned int key = 0; key < n_keys; key++)
		if (map[key] > most + 1)
			return false;
	return true;
}
