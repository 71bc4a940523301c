/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report.h - results and live lines, for people or as JSON (one object a line).
 *
 * Threads: the main thread.
 */
#ifndef DVS_GEN_REPORT_H
#define DVS_GEN_REPORT_H

#include <stdbool.h>

#include <jansson.h>

#include "engine.h"
#include "result.h"

/* The members of a result: rates, counts, latency, streams. The caller owns it; NULL: no memory. */
json_t *dvs_report_result(const struct dvs_result *result);

/* Prints object as one line and releases it. */
void dvs_report_print_json(json_t *object);

void dvs_report_print_text(const struct dvs_result *result);

/* Live lines, as an observer's tick; it keeps what it saw last. */
struct dvs_live {
	bool is_json;
	double seconds;
	uint64_t sent, received, bytes, lost;
	unsigned int n_lines;
	struct dvs_histogram before, now;
};

void dvs_live_tick(void *live, const struct dvs_engine *engine, double seconds);

#endif
