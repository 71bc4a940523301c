/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * match.h - what rules match by: ranges of numbers, and MAC addresses under a mask.
 *
 * All zero is "any" in both, and each has one text.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_MATCH_H
#define DVS_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "mac.h"

#define DVS_RANGE_TEXT_MAX    24 /* "4294967294-4294967294" and more, with its NUL */
#define DVS_MAC_MASK_TEXT_MAX (2 * DVS_MAC_TEXT_LEN)

/* Numbers from first to end - 1; end 0: any. */
struct dvs_range {
	uint32_t first, end;
};

/* Addresses whose bits under the mask are these. Bits outside of the mask are zero. */
struct dvs_mac_mask {
	uint8_t mac[DVS_MAC_LEN], mask[DVS_MAC_LEN];
};

/* "80", "1024-65535" or "any"; most: the largest number. -EINVAL, -ERANGE. */
int dvs_range_parse(const char *text, uint32_t most, struct dvs_range *ret_range);
const char *dvs_range_print(const struct dvs_range *range, char buf[DVS_RANGE_TEXT_MAX]);
bool dvs_range_is_valid(const struct dvs_range *range, uint32_t most);

static inline bool dvs_range_has(const struct dvs_range *range, uint32_t number)
{
	return range->end == 0 || (number >= range->first && number < range->end);
}

/* "52:54:00:00:00:01", "01:00:00:00:00:00/01:00:00:00:00:00" or "any"; -EINVAL. */
int dvs_mac_mask_parse(const char *text, struct dvs_mac_mask *ret_mask);
const char *dvs_mac_mask_print(const struct dvs_mac_mask *mask, char buf[DVS_MAC_MASK_TEXT_MAX]);
bool dvs_mac_mask_is_valid(const struct dvs_mac_mask *mask);

static inline bool dvs_mac_mask_has(const struct dvs_mac_mask *mask, const uint8_t mac[DVS_MAC_LEN])
{
	unsigned int differ = 0;

	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		differ |= (unsigned int)(mac[i] & mask->mask[i]) ^ mask->mac[i];
	return differ == 0;
}

#endif
