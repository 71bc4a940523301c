/* SPDX-License-Identifier: BSD-3-Clause */
#include "rate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 15 /* of the number, its fraction included: no overflow below */

/* From the largest on; the last has no letter. */
static const struct {
	const char *letter;
	uint64_t factor;
} prefixes[] = {{"G", 1000000000}, {"M", 1000000}, {"k", 1000}, {"", 1}};

#define N_PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

/* "1.5" -> 15 and 10. Returns what follows, NULL when there is no number. */
static const char *parse_number(const char *text, uint64_t *ret_digits, uint64_t *ret_divisor)
{
	unsigned int n = 0, decimals = 0;
	bool is_fraction = false;

	*ret_digits = 0;
	*ret_divisor = 1;
	for (;; text++) {
		if (*text == '.' && n > 0 && !is_fraction) {
			is_fraction = true;
			continue;
		}
		if (*text < '0' || *text > '9')
			break;
		if (++n > DIGITS_MAX)
			return NULL;
		*ret_digits = *ret_digits * 10 + (uint64_t)(*text - '0');
		if (is_fraction) {
			*ret_divisor *= 10;
			decimals++;
		}
	}
	return n == 0 || (is_fraction && decimals == 0) ? NULL : text;
}

/* "kpps" -> 1000 and the bit for packets; false: no unit. */
static bool parse_unit(const char *text, uint64_t *ret_factor, uint64_t *ret_flag)
{
	for (unsigned int i = 0; i < N_PREFIXES; i++) {
		size_t length = strlen(prefixes[i].letter);

		if (strncmp(text, prefixes[i].letter, length) != 0)
			continue;
		*ret_factor = prefixes[i].factor;
		*ret_flag = strcmp(text + length, "pps") == 0 ? DVS_RATE_IS_PPS : 0;
		return *ret_flag != 0 || strcmp(text + length, "bps") == 0;
	}
	return false;
}

int dvs_rate_check(uint64_t rate)
{
	uint64_t number = dvs_rate_number(rate);

	if (!dvs_rate_is_pps(rate))
		return number <= DVS_RATE_MAX_BPS ? 0 : -ERANGE;
	return number >= 1 && number <= DVS_RATE_MAX_PPS ? 0 : -ERANGE;
}

int dvs_rate_parse(const char *text, uint64_t *ret_rate)
{
	uint64_t digits, divisor, factor, flag, number;
	const char *unit;

	if (strcmp(text, "off") == 0 || strcmp(text, "0") == 0) {
		*ret_rate = DVS_RATE_OFF;
		return 0;
	}
	unit = parse_number(text, &digits, &divisor);
	if (unit == NULL || !parse_unit(unit, &factor, &flag))
		return -EINVAL;
	if (digits == 0) {
		*ret_rate = DVS_RATE_OFF;
		return 0;
	}
	while (divisor > 1 && digits % 10 == 0) {
		digits /= 10;
		divisor /= 10;
	}
	if (factor % divisor != 0)
		return -EINVAL;
	factor /= divisor;
	if (digits > DVS_RATE_MAX_BPS || digits > DVS_RATE_MAX_BPS / factor)
		return -ERANGE;
	number = digits * factor;
	if (dvs_rate_check(number | flag) < 0)
		return -ERANGE;
	*ret_rate = number | flag;
	return 0;
}

const char *dvs_rate_print(uint64_t rate, char buf[DVS_RATE_TEXT_MAX])
{
	uint64_t number = dvs_rate_number(rate), fraction;
	unsigned int i = 0, decimals = 3;
	int used;

	if (rate == DVS_RATE_OFF) {
		snprintf(buf, DVS_RATE_TEXT_MAX, "off");
		return buf;
	}
	/* The largest prefix that needs no more than three decimals. */
	while (prefixes[i].factor > 1 &&
	       (number < prefixes[i].factor || number % (prefixes[i].factor / 1000) != 0))
		i++;
	used = snprintf(buf, DVS_RATE_TEXT_MAX, "%llu",
			(unsigned long long)(number / prefixes[i].factor));
	fraction = number % prefixes[i].factor;
	if (fraction != 0) {
		fraction /= prefixes[i].factor / 1000;
		for (; fraction % 10 == 0; fraction /= 10)
			decimals--;
		used += snprintf(buf + used, DVS_RATE_TEXT_MAX - (size_t)used, ".%0*llu",
				 (int)decimals, (unsigned long long)fraction);
	}
	snprintf(buf + used, DVS_RATE_TEXT_MAX - (size_t)used, "%s%s", prefixes[i].letter,
		 dvs_rate_is_pps(rate) ? "pps" : "bps");
	return buf;
}
