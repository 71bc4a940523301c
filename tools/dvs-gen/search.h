/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * search.h - the highest rate at which no more than a given part of the frames is lost: RFC 2544
 * section 26.1, by halving the interval.
 *
 * A trial at a rate either passes (loss <= tolerated) or fails; frames that could not be sent at
 * their time count as lost. Invariant: `low` passed or is the lower bound, `high` failed or is the
 * upper bound. The search ends when they are closer than `resolution` of high. It is about trials
 * in general, not about frames, so that tests can search a function.
 *
 * On a noisy machine a trial can fail by accident; `retries` repeats it, and it passes when one
 * repetition does. `confirm` asks for a last trial, longer as a rule; when it fails, the search
 * goes on below with trials of that kind.
 *
 * Threads: the caller's.
 */
#ifndef DVS_GEN_SEARCH_H
#define DVS_GEN_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct dvs_search {
	double low, high;  /* bounds of the rate, any unit, low > 0 */
	double loss;	   /* tolerated, 0 to 1 */
	double resolution; /* a part of the rate, > 0 */
	uint32_t retries;
	bool confirms;
	/*
	 * Runs a trial at this rate: 0 and the loss, or a negative errno, which ends the search.
	 * is_last: it is the confirmation.
	 */
	int (*trial)(void *context, double rate, bool is_last, double *ret_loss);
	void *context;
};

struct dvs_search_result {
	double rate; /* the highest that passed; 0 = none did */
	unsigned int n_trials;
	bool is_upper_bound; /* the upper bound passed: the true rate may be higher */
};

/* 0, or what a trial returned. */
int dvs_search_run(const struct dvs_search *search, struct dvs_search_result *ret_result);

#endif
