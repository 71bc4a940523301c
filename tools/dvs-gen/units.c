/* SPDX-License-Identifier: BSD-3-Clause */
#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE_OVERHEAD 20 /* preamble, start of frame and gap: IEEE 802.3 section 4.4.2 */

/* A finite number >= 0 at the start of text; *ret_rest is what follows. */
static bool parse_number(const char *text, double *ret_value, const char **ret_rest)
{
	char *end;
	double value;

	/* strtod also takes signs, blanks, "inf", "nan" and hexadecimal numbers. */
	if ((text[0] < '0' || text[0] > '9') && text[0] != '.')
		return false;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false;
	value = strtod(text, &end);
	if (end == text || !isfinite(value))
		return false;
	*ret_value = value;
	*ret_rest = end;
	return true;
}

/* The factor of a decimal prefix at *text, which moves behind it. */
static double take_prefix(const char **text)
{
	static const struct {
		char letter;
		double factor;
	} prefixes[] = {{'k', 1e3}, {'K', 1e3}, {'M', 1e6}, {'G', 1e9}, {'T', 1e12}};

	for (unsigned int i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (**text == prefixes[i].letter) {
			(*text)++;
			return prefixes[i].factor;
		}
	return 1;
}

int dvs_units_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret_count,
			  struct dvs_error *err)
{
	const char *rest;
	double value;

	if (parse_number(text, &value, &rest)) {
		value *= take_prefix(&rest);
		if (*rest == '\0' && value == floor(value) && value >= (double)min &&
		    value <= (double)max) {
			*ret_count = (uint64_t)value;
			return 0;
		}
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a whole number from %llu to %llu", text,
			     (unsigned long long)min, (unsigned long long)max);
}

int dvs_units_parse_seconds(const char *text, double min, double max, double *ret_seconds,
			    struct dvs_error *err)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60}, {"h", 3600}};
	const char *rest;
	double value;

	if (parse_number(text, &value, &rest))
		for (unsigned int i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (strcmp(rest, units[i].unit) == 0 && value * units[i].factor >= min &&
			    value * units[i].factor <= max) {
				*ret_seconds = value * units[i].factor;
				return 0;
			}
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a time from %g to %g s, such as 10, 500ms or 2m", text,
			     min, max);
}

int dvs_units_parse_ratio(const char *text, double *ret_ratio, struct dvs_error *err)
{
	const char *rest;
	double value;

	if (parse_number(text, &value, &rest)) {
		if (*rest == '%') {
			value /= 100;
			rest++;
		}
		if (*rest == '\0' && value <= 1) {
			*ret_ratio = value;
			return 0;
		}
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a fraction from 0 to 1, such as 0, 1e-5 or 0.5%%",
			     text);
}

int dvs_units_parse_rate(const char *text, struct dvs_rate *ret_rate, struct dvs_error *err)
{
	struct dvs_rate rate;
	const char *rest;

	if (strcmp(text, "max") == 0) {
		*ret_rate = (struct dvs_rate){.kind = DVS_RATE_MAX};
		return 0;
	}
	if (!parse_number(text, &rate.value, &rest) || rate.value <= 0)
		goto bad;
	if (strcmp(rest, "%") == 0) {
		rate.kind = DVS_RATE_LINE;
		rate.value /= 100;
		if (rate.value > 1)
			return dvs_error_set(err, -EINVAL, NULL, NULL,
					     "%s is more than the line can carry", text);
	} else {
		rate.value *= take_prefix(&rest);
		if (*rest == '\0' || strcmp(rest, "pps") == 0)
			rate.kind = DVS_RATE_PPS;
		else if (strcmp(rest, "bps") == 0 || strcmp(rest, "bit/s") == 0)
			rate.kind = DVS_RATE_BPS;
		else
			goto bad;
	}
	if (rate.value > 1e13)
		goto bad;
	*ret_rate = rate;
	return 0;
bad:
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a rate such as 1Mpps, 10Gbps, 50%% or max", text);
}

int dvs_units_parse_bps(const char *text, double *ret_bps, struct dvs_error *err)
{
	const char *rest;
	double value;

	if (parse_number(text, &value, &rest)) {
		value *= take_prefix(&rest);
		if ((*rest == '\0' || strcmp(rest, "bps") == 0) && value >= 1e6 && value <= 1e13) {
			*ret_bps = value;
			return 0;
		}
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a speed from 1M to 10T, such as 10G", text);
}

double dvs_rate_pps(const struct dvs_rate *rate, double mean_bytes, double line_bps)
{
	switch (rate->kind) {
	case DVS_RATE_PPS:
		return rate->value;
	case DVS_RATE_BPS:
		return rate->value / (8 * mean_bytes);
	case DVS_RATE_LINE:
		return rate->value * line_bps / (8 * (mean_bytes + LINE_OVERHEAD));
	case DVS_RATE_MAX:
		break;
	}
	return 0;
}
