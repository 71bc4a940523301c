/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mac.h - MAC-48 addresses (IEEE 802-2014 section 8.2): parse, print, classify.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_MAC_H
#define DVS_MAC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DVS_MAC_LEN	 6
#define DVS_MAC_TEXT_LEN 18 /* "52:54:00:00:00:01" and its NUL */

/* Accepts six hexadecimal octets separated by ':' or by '-'; 0 or -EINVAL. */
int dvs_mac_parse(const char *text, uint8_t ret_mac[DVS_MAC_LEN]);

/* Lower case, ':' between octets; returns buf. */
const char *dvs_mac_print(const uint8_t mac[DVS_MAC_LEN], char buf[DVS_MAC_TEXT_LEN]);

/* The group bit: multicast or broadcast. */
static inline bool dvs_mac_is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

static inline bool dvs_mac_is_zero(const uint8_t *mac)
{
	return (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0;
}

/* 01:80:C2:00:00:00 to :0F, which a bridge must not forward (IEEE 802.1Q-2022 table 8-1). */
static inline bool dvs_mac_is_reserved(const uint8_t *mac)
{
	static const uint8_t prefix[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return memcmp(mac, prefix, sizeof(prefix)) == 0 && (mac[5] & 0xf0) == 0;
}

#endif
