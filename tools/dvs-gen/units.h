/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * units.h - what people write on a command line: 10k, 500ms, 1e-5, 0.5%, 1Mpps, 10Gbps, 50%.
 *
 * Prefixes are decimal: k = 1000, M, G. A number may have a fraction and an exponent. All parsers
 * take a whole word, and leave the output untouched when it is not one.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_GEN_UNITS_H
#define DVS_GEN_UNITS_H

#include <stdint.h>

#include "error.h"

enum dvs_rate_kind {
	DVS_RATE_PPS,  /* frames a second */
	DVS_RATE_BPS,  /* bits of frames a second, with FCS, without preamble and gap */
	DVS_RATE_LINE, /* a fraction of the line rate, with 20 bytes of preamble and gap a frame */
	DVS_RATE_MAX,  /* as fast as frames are taken */
};

struct dvs_rate {
	enum dvs_rate_kind kind;
	double value; /* > 0; 1.0 is the whole line */
};

/* A whole number from min to max: "1000", "10k", "1M". */
int dvs_units_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret_count,
			  struct dvs_error *err);

/* Seconds from min to max: "10", "10s", "500ms", "20us", "2m". */
int dvs_units_parse_seconds(const char *text, double min, double max, double *ret_seconds,
			    struct dvs_error *err);

/* A fraction from 0 to 1: "0", "1e-5", "0.5%". */
int dvs_units_parse_ratio(const char *text, double *ret_ratio, struct dvs_error *err);

/* "1Mpps", "10Gbps", "50%", "max"; a number without a unit is frames a second. */
int dvs_units_parse_rate(const char *text, struct dvs_rate *ret_rate, struct dvs_error *err);

/* "10G", "2500M": bits a second. */
int dvs_units_parse_bps(const char *text, double *ret_bps, struct dvs_error *err);

/*
 * Frames a second of frames of this mean length (bytes with FCS) on a line of line_bps; 0 for
 * DVS_RATE_MAX.
 */
double dvs_rate_pps(const struct dvs_rate *rate, double mean_bytes, double line_bps);

#endif
