/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * result.h - what a trial found.
 *
 * Of every frame that was meant to be sent, one is true: it was sent, or it was given up because
 * the ring was full (unsent_full: the switch did not take it) or because the generator itself came
 * too late (unsent_late). Of every frame sent: it was received, or it is lost.
 *
 * Threads: belongs to its holder.
 */
#ifndef DVS_GEN_RESULT_H
#define DVS_GEN_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

struct dvs_result_counts {
	uint64_t offered; /* frames that were meant to be sent */
	uint64_t sent;
	uint64_t unsent_full; /* not sent, as the ring was full */
	uint64_t unsent_late; /* not sent, as the generator was late */
	uint64_t received;    /* each once */
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
	uint64_t late;	       /* beyond the window of the tracker: counts are not exact */
	uint64_t distance_max; /* of reordering */
	uint64_t corrupt;      /* payload not as sent */
	uint64_t sent_bytes, received_bytes; /* with FCS */
};

struct dvs_result_stream {
	unsigned int from, to; /* ports as on the command line, from 0 */
	unsigned int queue;
	struct dvs_result_counts counts;
};

struct dvs_result {
	double seconds; /* in which frames were sent */
	double ticks_per_us;
	struct dvs_result_counts total;
	uint64_t misdelivered; /* frames that arrived at a port where they do not belong */
	uint64_t foreign;      /* frames that are not ours */
	double busy;	       /* of the busiest core: part of its time with work, 0 to 1 */
	bool has_latency;
	bool is_generator_bound; /* the generator was the limit */
	bool is_interrupted;
	struct dvs_histogram *latency;	   /* ticks; owned */
	struct dvs_result_stream *streams; /* owned */
	unsigned int n_streams;
};

/* Lost and unsent as a part of what was offered. */
double dvs_result_loss(const struct dvs_result *result);

/* Microseconds that a share (0 to 1) of the frames did not exceed. */
double dvs_result_latency_us(const struct dvs_result *result, double share);

void dvs_result_fini(struct dvs_result *result);

#endif
