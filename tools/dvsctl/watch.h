/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * watch.h - commands that show what the switch counts: once as totals, or again and again with the
 * rates between two samples (--watch, --count).
 *
 * Threads: one.
 */
#ifndef DVS_WATCH_H
#define DVS_WATCH_H

#include "live.h"

/* What is shown at one time. */
struct dvs_view {
	const struct dvs_sample *before; /* NULL: totals */
	const struct dvs_sample *now;
};

struct dvs_watch {
	const struct dvs_type *type;
	const char *port_field; /* with the port's name, which operands choose; NULL: no operands */
	const char *json_name;	/* of the array that a watch prints */
	unsigned int default_ms; /* between two samples */
	bool needs_two;		 /* there are no totals: a single look takes two samples */
	bool (*keep)(const void *record, const void *arg); /* NULL: all */
	void (*print_table)(const struct dvs_view *view);
	void (*print_totals)(const struct dvs_view *view);		  /* as JSON */
	json_t *(*watched_json)(const struct dvs_view *view, size_t row); /* element of the array */
};

/* Runs the command; argv are the names of ports. Returns enum dvs_exit. */
int dvs_watch(struct dvs_ctl *ctl, const struct dvs_watch *watch, int argc, char **argv);

double dvs_view_seconds(const struct dvs_view *view);

/* Rate of a COUNTER in a row, as dvs_live_rate. unseen stands for a row that was not there before;
 * NULL: its rates are not known. */
double dvs_view_rate(const struct dvs_view *view, size_t row, const struct dvs_field *field,
		     const void *unseen);

/* {"rx_frames": 12.5, ...}: the rates that are known. */
json_t *dvs_view_rates_json(const struct dvs_view *view, size_t row, const void *unseen);

#endif
