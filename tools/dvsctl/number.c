/* SPDX-License-Identifier: BSD-3-Clause */
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS_MIN 100u
#define MS_MAX 3600000u

int dvs_number_uint(const char *text, unsigned int min, unsigned int max, unsigned int *ret_value)
{
	unsigned long value;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, NULL, 10);
	if (errno != 0 || value < min || value > max)
		return -EINVAL;
	*ret_value = (unsigned int)value;
	return 0;
}

int dvs_number_ms(const char *text, unsigned int *ret_ms)
{
	size_t whole = strspn(text, "0123456789");
	size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	unsigned int seconds, ms, digit = 100;

	/* Not strtod: it takes "nan", "1e3" and the locale's comma. */
	if (whole == 0 || whole > 4 || decimals > 3 ||
	    text[whole + (decimals > 0 ? decimals + 1 : 0)] != '\0')
		return -EINVAL;
	seconds = (unsigned int)strtoul(text, NULL, 10);
	ms = seconds * 1000;
	for (size_t i = 0; i < decimals; i++, digit /= 10)
		ms += (unsigned int)(text[whole + 1 + i] - '0') * digit;
	if (ms < MS_MIN || ms > MS_MAX)
		return -EINVAL;
	*ret_ms = ms;
	return 0;
}
