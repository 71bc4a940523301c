/* SPDX-License-Identifier: BSD-3-Clause */
/* Which flow comes next: coverage and distributions. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "flows.h"

static struct dvs_flows create(uint32_t macs, uint32_t n, enum dvs_spread spread, double exponent)
{
	const struct dvs_flows_options options = {
		.macs = macs, .flows = n, .spread = spread, .exponent = exponent, .seed = 1};
	struct dvs_flows flows;

	assert_int_equal(dvs_flows_create(&options, &flows), 0);
	return flows;
}

static uint32_t flow_of(const struct dvs_pick *pick, uint32_t macs)
{
	return pick->number * macs + pick->mac;
}

static void test_sequence(void **state)
{
	struct dvs_flows flows = create(10, 25, DVS_SPREAD_SEQUENCE, 0);

	(void)state;
	assert_int_equal(flows.n, 25);
	for (uint32_t i = 0; i < 25; i++) {
		assert_int_equal(flows.picks[i].mac, i % 10);
		assert_int_equal(flow_of(&flows.picks[i], 10), i);
	}
	dvs_flows_free(&flows);
}

/* How often each flow was drawn. */
static uint32_t *count(const struct dvs_flows *flows, uint32_t macs, uint32_t n)
{
	uint32_t *counts = calloc(n, sizeof(counts[0]));

	assert_non_null(counts);
	for (uint32_t i = 0; i < flows->n; i++) {
		uint32_t flow = flow_of(&flows->picks[i], macs);

		assert_true(flows->picks[i].mac < macs);
		assert_true(flow < n);
		counts[flow]++;
	}
	return counts;
}

static void test_uniform(void **state)
{
	struct dvs_flows flows = create(16, 64, DVS_SPREAD_UNIFORM, 0);
	uint32_t *counts = count(&flows, 16, 64);
	double expected = flows.n / 64.0;

	(void)state;
	for (unsigned int i = 0; i < 64; i++)
		assert_true(fabs(counts[i] - expected) < 6 * sqrt(expected));
	free(counts);
	dvs_flows_free(&flows);
}

static void test_zipf(void **state)
{
	static const double exponents[] = {0.5, 0.99, 1, 1.2, 3};
	const uint32_t n = 50000;

	(void)state;
	for (unsigned int e = 0; e < sizeof(exponents) / sizeof(exponents[0]); e++) {
		struct dvs_flows flows = create(n, n, DVS_SPREAD_ZIPF, exponents[e]);
		uint32_t *counts = count(&flows, n, n);
		double sum = 0, seen = 0, wanted = 0;

		for (uint32_t k = 1; k <= n; k++)
			sum += pow(k, -exponents[e]);
		/* The first flows one by one, then all up to some. */
		for (uint32_t k = 1; k <= n; k++) {
			double expected = flows.n * pow(k, -exponents[e]) / sum;

			seen += counts[k - 1];
			wanted += expected;
			if (k <= 10)
				assert_true(fabs(counts[k - 1] - expected) <
					    6 * sqrt(expected) + 1);
			if (k == 100 || k == 1000 || k == 20000)
				assert_true(fabs(seen - wanted) < 6 * sqrt(wanted) + 1);
		}
		free(counts);
		dvs_flows_free(&flows);
	}
}

static void test_repeatable(void **state)
{
	struct dvs_flows a = create(100, 100, DVS_SPREAD_UNIFORM, 0);
	struct dvs_flows b = create(100, 100, DVS_SPREAD_UNIFORM, 0);

	(void)state;
	assert_memory_equal(a.picks, b.picks, a.n * sizeof(a.picks[0]));
	dvs_flows_free(&a);
	dvs_flows_free(&b);
}

static void test_million(void **state)
{
	struct dvs_flows flows = create(1000000, 1000000, DVS_SPREAD_SEQUENCE, 0);

	(void)state;
	assert_int_equal(flows.picks[999999].mac, 999999);
	dvs_flows_free(&flows);
}

static void test_refused(void **state)
{
	static const struct dvs_flows_options bad[] = {
		{.macs = 0, .flows = 1},
		{.macs = 2, .flows = 1},
		{.macs = 1, .flows = DVS_FLOWS_MAX + 1},
		{.macs = 1, .flows = 1, .spread = DVS_SPREAD_ZIPF, .exponent = 0},
		{.macs = 1, .flows = 1, .spread = DVS_SPREAD_ZIPF, .exponent = NAN},
		{.macs = 1, .flows = 1, .spread = DVS_SPREAD_ZIPF, .exponent = 11},
	};
	struct dvs_flows flows;

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(dvs_flows_create(&bad[i], &flows), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence), cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_zipf),	 cmocka_unit_test(test_repeatable),
		cmocka_unit_test(test_million),	 cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
