/* SPDX-License-Identifier: BSD-3-Clause */
#include "search.h"

#define TRIALS_MAX 200u /* in all; halving needs 14 from 1 to 10^-4 */

/* *ret_pass: whether the rate is good. */
static int try_rate(const struct dvs_search *search, double rate, bool is_last,
		    struct dvs_search_result *result, bool *ret_pass)
{
	*ret_pass = false;
	for (uint32_t i = 0; i <= search->retries && !*ret_pass; i++) {
		double loss = 1;
		int rc = search->trial(search->context, rate, is_last, &loss);

		if (rc < 0)
			return rc;
		result->n_trials++;
		*ret_pass = loss <= search->loss;
	}
	return 0;
}

/*
 * Halves [low, high] until it is narrow. result->rate is the highest that passed, if any; when none
 * did, the lower bound is tried.
 */
static int halve(const struct dvs_search *search, double high, bool is_last,
		 struct dvs_search_result *result)
{
	double low = search->low;
	bool pass;
	int rc;

	while (high - low > search->resolution * high && result->n_trials < TRIALS_MAX) {
		double middle = (low + high) / 2;

		rc = try_rate(search, middle, is_last, result, &pass);
		if (rc < 0)
			return rc;
		if (pass)
			result->rate = low = middle;
		else
			high = middle;
	}
	if (result->rate > 0)
		return 0;
	rc = try_rate(search, low, is_last, result, &pass);
	if (rc == 0 && pass)
		result->rate = low;
	return rc;
}

int dvs_search_run(const struct dvs_search *search, struct dvs_search_result *ret_result)
{
	struct dvs_search_result result = {.rate = 0};
	double found;
	bool pass;
	/* The upper bound first: often the limit is the line, and one trial is enough. */
	int rc = try_rate(search, search->high, false, &result, &pass);

	if (rc == 0 && pass) {
		result.rate = search->high;
		result.is_upper_bound = true;
	} else if (rc == 0) {
		rc = halve(search, search->high, false, &result);
	}
	found = result.rate;
	if (rc == 0 && search->confirms && found > 0) {
		rc = try_rate(search, found, true, &result, &pass);
		if (rc == 0 && !pass) {
			/* The shorter trials were too kind. */
			result.rate = 0;
			result.is_upper_bound = false;
			rc = halve(search, found, true, &result);
		}
	}
	if (rc == 0)
		*ret_result = result;
	return rc;
}
