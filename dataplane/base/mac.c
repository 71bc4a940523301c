/* SPDX-License-Identifier: BSD-3-Clause */
#include "mac.h"

#include <errno.h>
#include <stdio.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int dvs_mac_parse(const char *text, uint8_t ret_mac[DVS_MAC_LEN])
{
	uint8_t mac[DVS_MAC_LEN];
	char separator;

	if (strnlen(text, DVS_MAC_TEXT_LEN) != DVS_MAC_TEXT_LEN - 1)
		return -EINVAL;
	separator = text[2];
	if (separator != ':' && separator != '-')
		return -EINVAL;
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++) {
		int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		if (i + 1 < DVS_MAC_LEN && text[3 * i + 2] != separator)
			return -EINVAL;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}

const char *dvs_mac_print(const uint8_t mac[DVS_MAC_LEN], char buf[DVS_MAC_TEXT_LEN])
{
	snprintf(buf, DVS_MAC_TEXT_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return buf;
}
