/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * number_map.h - what small numbers are turned into: "46:7", "0-7:0,8-15:1" or "none".
 *
 * A map is an array with a place for each key; 0 there says that the map has nothing for the key,
 * else it is the number and one more. So all zero is the empty map. Keys that are next to each
 * other and have the same number are printed as a range, in order: each map has one text.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_NUMBER_MAP_H
#define DVS_NUMBER_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_NUMBER_MAP_KEYS_MAX 64
#define DVS_NUMBER_MAP_MOST_MAX 254 /* the largest number that there can be */
#define DVS_NUMBER_MAP_TEXT_MAX (DVS_NUMBER_MAP_KEYS_MAX * 7) /* "63:254,", with its NUL */

/*
 * Keys are 0 to n_keys - 1, numbers 0 to most; ret_map is written when all is well. -EINVAL: not
 * such a text, or a key twice; -ERANGE: a key or number that is too large, a range that runs
 * backwards.
 */
int dvs_number_map_parse(const char *text, unsigned int n_keys, unsigned int most,
			 uint8_t *ret_map);

/* Returns buf. */
const char *dvs_number_map_print(const uint8_t *map, unsigned int n_keys,
				 char buf[DVS_NUMBER_MAP_TEXT_MAX]);

/* No number is more than most. */
bool dvs_number_map_is_valid(const uint8_t *map, unsigned int n_keys, unsigned int most);

/* What the map has for the key, else otherwise. */
static inline unsigned int dvs_number_map_get(const uint8_t *map, unsigned int key,
					      unsigned int otherwise)
{
	return map[key] != 0 ? map[key] - 1u : otherwise;
}

#endif
