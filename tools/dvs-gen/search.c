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

/* Halves [low, high] until it is narrow; *low is the highest rate that passed, or unchanged. */
static int halve(const struct dvs_search *search, double *low, double *high,
		 struct dvs_search_result *result)
{
	while (*high - *low > search->resolution * *high && result->n_trials < TRIALS_MAX) {
		double middle = (*low + *high) / 2;
		bool pass;
		int rc = try_rate(search, middle, false, result, &pass);

		if (rc < 0)
			return rc;
		if (pass) {
			*low = middle;
			result->rate = middle;
		} else {
			*high = middle;
		}
	}
	return 0;
}

/* The upper bound first: often the limit is the line, and one trial is enough. */
static int search_below(const struct dvs_search *search, double low, double high,
			struct dvs_search_result *result)
{
	bool pass;
	int rc = try_rate(search, high, false, result, &pass);

	if (rc < 0)
		return rc;
	if (pass) {
		result->rate = high;
		result->is_upper_bound = high >= search->high;
		return 0;
	}
	rc = halve(search, &low, &high, result);
	if (rc < 0 || result->rate > 0)
		return rc;
	rc = try_rate(search, low, false, result, &pass);
	if (rc == 0 && pass)
		result->rate = low;
	return rc;
}

int dvs_search_run(const struct dvs_search *search, struct dvs_search_result *ret_result)
{
	struct dvs_search_result result = {.rate = 0};
	double high = search->high;
	int rc;

	for (;;) {
		bool pass = true;

		result.rate = 0;
		rc = search_below(search, search->low, high, &result);
		if (rc == 0 && result.rate > 0 && search->confirms)
			rc = try_rate(search, result.rate, true, &result, &pass);
		if (rc < 0)
			return rc;
		if (pass || result.n_trials >= TRIALS_MAX)
			break;
		/* The shorter trials were too kind: what failed is the new upper bound. */
		high = result.rate * (1 - search->resolution);
		result.rate = 0;
		result.is_upper_bound = false;
		if (high <= search->low)
			break;
	}
	*ret_result = result;
	return 0;
}
