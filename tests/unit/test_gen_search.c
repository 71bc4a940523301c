/* SPDX-License-Identifier: BSD-3-Clause */
/* The search for a rate, on functions whose answer is known. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "search.h"

/* A switch that takes `capacity`, and loses what is beyond it. */
struct device {
	double capacity;
	double longer;	       /* capacity in a confirmation */
	unsigned int failures; /* so many trials fail by accident */
	unsigned int n_trials, n_confirmations;
	int error;
};

static int trial(void *context, double rate, bool is_last, double *ret_loss)
{
	struct device *d = context;
	double capacity = is_last ? d->longer : d->capacity;

	if (d->error < 0)
		return d->error;
	d->n_trials++;
	d->n_confirmations += is_last;
	*ret_loss = rate > capacity ? 1 - capacity / rate : 0;
	if (d->failures > 0) {
		d->failures--;
		*ret_loss = 0.5;
	}
	return 0;
}

static struct dvs_search_result run(struct device *d, struct dvs_search search)
{
	struct dvs_search_result result;

	search.trial = trial;
	search.context = d;
	assert_int_equal(dvs_search_run(&search, &result), 0);
	assert_int_equal(result.n_trials, d->n_trials);
	return result;
}

static const struct dvs_search base = {.low = 1e4, .high = 1e7, .resolution = 0.01};

static void test_finds(void **state)
{
	(void)state;
	for (double capacity = 2e4; capacity < 1e7; capacity *= 1.37) {
		struct device d = {.capacity = capacity, .longer = capacity};
		struct dvs_search_result r = run(&d, base);

		assert_true(r.rate <= capacity);
		assert_true(r.rate >= capacity * 0.98);
		assert_false(r.is_upper_bound);
		assert_true(r.n_trials < 20);
	}
}

static void test_tolerance(void **state)
{
	struct device d = {.capacity = 1e6, .longer = 1e6};
	struct dvs_search search = base;
	struct dvs_search_result r;

	(void)state;
	search.loss = 0.005;
	search.resolution = 0.0001;
	r = run(&d, search);
	/* rate * (1 - loss) = capacity */
	assert_near(r.rate, 1e6 / 0.995, 500);
}

static void test_upper_bound(void **state)
{
	struct device d = {.capacity = 2e7, .longer = 2e7};
	struct dvs_search_result r = run(&d, base);

	(void)state;
	assert_near(r.rate, 1e7, 1);
	assert_true(r.is_upper_bound);
	assert_int_equal(r.n_trials, 1);
}

static void test_nothing_is_good(void **state)
{
	struct device d = {.capacity = 100, .longer = 100};
	struct dvs_search_result r = run(&d, base);

	(void)state;
	assert_near(r.rate, 0, 0);
}

static void test_lower_bound(void **state)
{
	struct device d = {.capacity = 10001, .longer = 10001};
	struct dvs_search_result r = run(&d, base);

	(void)state;
	assert_near(r.rate, 1e4, 1);
}

static void test_retries(void **state)
{
	struct device d = {.capacity = 2e7, .longer = 2e7, .failures = 1};
	struct dvs_search search = base;
	struct dvs_search_result r;

	(void)state;
	search.retries = 1;
	r = run(&d, search);
	assert_true(r.is_upper_bound);
	assert_int_equal(r.n_trials, 2);
}

static void test_confirmation(void **state)
{
	/* Short trials are too kind: the longer one takes less. */
	struct device d = {.capacity = 1e6, .longer = 0.9e6};
	struct dvs_search search = base;
	struct dvs_search_result r;

	(void)state;
	search.confirms = true;
	r = run(&d, search);
	assert_true(r.rate <= 0.9e6);
	assert_true(r.rate >= 0.85e6);
	assert_true(d.n_confirmations > 1);
	assert_false(r.is_upper_bound);
}

static void test_confirmation_never(void **state)
{
	struct device d = {.capacity = 1e6, .longer = 1};
	struct dvs_search search = base;
	struct dvs_search_result r;

	(void)state;
	search.confirms = true;
	r = run(&d, search);
	assert_near(r.rate, 0, 0);
}

static void test_error_ends_it(void **state)
{
	struct device d = {.error = -EINTR};
	struct dvs_search search = base;
	struct dvs_search_result result = {.rate = 7};

	(void)state;
	search.trial = trial;
	search.context = &d;
	assert_int_equal(dvs_search_run(&search, &result), -EINTR);
	assert_near(result.rate, 7, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds),	      cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_upper_bound),   cmocka_unit_test(test_nothing_is_good),
		cmocka_unit_test(test_lower_bound),   cmocka_unit_test(test_retries),
		cmocka_unit_test(test_confirmation),  cmocka_unit_test(test_confirmation_never),
		cmocka_unit_test(test_error_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
