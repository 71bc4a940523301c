/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate.h - a rate as users write it, in one number: bits or packets a second, or no limit.
 *
 *	"10Mbps" "1.5Gbps"	bits a second; prefixes k, M, G are powers of 1000
 *	"1000pps" "10kpps"	packets a second
 *	"off" "0"		no limit: 0
 *
 * Bit 63 says packets, the rest is the number a second. A rate that is not "off" is at least 1, and
 * is printed so that it is read back as the same: "1500bps" is "1.5kbps".
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_RATE_H
#define DVS_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_RATE_OFF	  0ull
#define DVS_RATE_IS_PPS	  (UINT64_C(1) << 63)
#define DVS_RATE_MAX_BPS  UINT64_C(1000000000000)
#define DVS_RATE_MAX_PPS  UINT64_C(1000000000)
#define DVS_RATE_TEXT_MAX 32 /* with its NUL */

static inline bool dvs_rate_is_pps(uint64_t rate)
{
	return (rate & DVS_RATE_IS_PPS) != 0;
}

/* Bits or packets a second. */
static inline uint64_t dvs_rate_number(uint64_t rate)
{
	return rate & ~DVS_RATE_IS_PPS;
}

/* -EINVAL: not a rate, or not a whole number a second; -ERANGE: above the limits. */
int dvs_rate_parse(const char *text, uint64_t *ret_rate);

/* Returns buf. */
const char *dvs_rate_print(uint64_t rate, char buf[DVS_RATE_TEXT_MAX]);

/* -ERANGE: above the limits, or no packets a second. */
int dvs_rate_check(uint64_t rate);

#endif
