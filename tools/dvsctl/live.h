/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * live.h - what commands that read the switch share: choosing ports, sampling, rates.
 *
 * Threads: one.
 */
#ifndef DVS_LIVE_H
#define DVS_LIVE_H

#include "ctl.h"
#include "table.h"

/* Records of one type at one time. */
struct dvs_sample {
	struct dvs_rows rows;
	uint64_t at_ns; /* monotonic clock */
};

/*
 * Keeps the rows whose field ("name", "port") is one of the names; all when n_names is 0. A name
 * that no port of the switch has is an error with a suggestion.
 */
int dvs_live_choose(struct dvs_ctl *ctl, struct dvs_rows *rows, const char *field_name, int n_names,
		    char **names, struct dvs_error *err);

int dvs_live_sample(struct dvs_ctl *ctl, const struct dvs_type *type, struct dvs_sample *ret_sample,
		    struct dvs_error *err);

/* Increase a second of a COUNTER; negative when it is not known (no earlier record, or the counter
 * went back because the switch was started anew). */
double dvs_live_rate(const struct dvs_field *field, const void *earlier, const void *now,
		     uint64_t interval_ns);

/* "RX_BYTES (bit/s)", "RX_FRAMES (/s)": a column of the rates of a COUNTER. */
void dvs_live_add_rate(struct dvs_table *table, const struct dvs_field *field);
/* The rate as a cell of it: bytes as bits, "-" when it is not known. */
void dvs_live_print_rate(const struct dvs_field *field, double rate, char buf[DVS_FIELD_TEXT_MAX]);

void dvs_live_sleep(unsigned int ms);

/* Before each screen of a watch: clears a terminal, separates by an empty line elsewhere. */
void dvs_live_new_screen(bool is_first);

#endif
