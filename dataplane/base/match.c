/* SPDX-License-Identifier: BSD-3-Clause */
#include "match.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Up to ten digits; moves *text behind them. */
static int parse_number(const char **text, uint32_t most, uint32_t *ret_number)
{
	uint64_t number = 0;
	unsigned int digits = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		if (++digits > 10)
			return -ERANGE;
		number = number * 10 + (uint64_t)(**text - '0');
	}
	if (digits == 0)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	return number <= most ? 0 : -ERANGE;
}

int dvs_range_parse(const char *text, uint32_t most, struct dvs_range *ret_range)
{
	uint32_t first, last;
	int rc;

	if (strcmp(text, "any") == 0) {
		*ret_range = (struct dvs_range){0, 0};
		return 0;
	}
	rc = parse_number(&text, most, &first);
	if (rc < 0)
		return rc;
	last = first;
	if (*text == '-') {
		text++;
		rc = parse_number(&text, most, &last);
	}
	if (rc < 0 || *text != '\0')
		return rc < 0 ? rc : -EINVAL;
	if (last < first)
		return -ERANGE;
	*ret_range = (struct dvs_range){first, last + 1};
	return 0;
}

const char *dvs_range_print(const struct dvs_range *range, char buf[DVS_RANGE_TEXT_MAX])
{
	if (range->end == 0)
		return memcpy(buf, "any", sizeof("any"));
	if (range->end - range->first == 1)
		snprintf(buf, DVS_RANGE_TEXT_MAX, "%u", range->first);
	else
		snprintf(buf, DVS_RANGE_TEXT_MAX, "%u-%u", range->first, range->end - 1);
	return buf;
}

bool dvs_range_is_valid(const struct dvs_range *range, uint32_t most)
{
	if (range->end == 0)
		return range->first == 0;
	return range->first < range->end && range->end - 1 <= most;
}

int dvs_mac_mask_parse(const char *text, struct dvs_mac_mask *ret_mask)
{
	struct dvs_mac_mask mask = {{0}, {0}};
	const char *slash = strchr(text, '/');
	char mac[DVS_MAC_TEXT_LEN];
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	if (strcmp(text, "any") != 0) {
		if (length >= sizeof(mac))
			return -EINVAL;
		memcpy(mac, text, length);
		mac[length] = '\0';
		memset(mask.mask, 0xff, sizeof(mask.mask));
		if (dvs_mac_parse(mac, mask.mac) < 0 ||
		    (slash && dvs_mac_parse(slash + 1, mask.mask) < 0) ||
		    !dvs_mac_mask_is_valid(&mask))
			return -EINVAL;
	}
	*ret_mask = mask;
	return 0;
}

const char *dvs_mac_mask_print(const struct dvs_mac_mask *mask, char buf[DVS_MAC_MASK_TEXT_MAX])
{
	static const uint8_t whole[DVS_MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (dvs_mac_is_zero(mask->mask))
		return memcpy(buf, "any", sizeof("any"));
	dvs_mac_print(mask->mac, buf);
	if (memcmp(mask->mask, whole, sizeof(whole)) != 0) {
		size_t length = strlen(buf);

		buf[length] = '/';
		dvs_mac_print(mask->mask, buf + length + 1);
	}
	return buf;
}

bool dvs_mac_mask_is_valid(const struct dvs_mac_mask *mask)
{
	unsigned int outside = 0;

	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		outside |= mask->mac[i] & ~(unsigned int)mask->mask[i];
	return outside == 0;
}
