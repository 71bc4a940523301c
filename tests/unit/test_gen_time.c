/* SPDX-License-Identifier: BSD-3-Clause */
/* The histogram against sorted values, and the schedule against arithmetic. */
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

#include "near.h"
#include "histogram.h"
#include "pace.h"

static void test_buckets(void **state)
{
	uint32_t last = 0;

	(void)state;
	/* Each value is in a bucket whose bounds hold it, and buckets follow one another. */
	for (uint64_t v = 0; v < UINT64_C(1) << 40; v += v / 300 + 1) {
		uint32_t b = dvs_histogram_bucket(v);

		assert_true(b == last || b == last + 1);
		assert_true(v <= dvs_histogram_upper(b));
		assert_true(b == 0 || v > dvs_histogram_upper(b - 1));
		assert_true((double)(dvs_histogram_upper(b) - v) <= (double)v / 128);
		last = b;
	}
	assert_int_equal(dvs_histogram_bucket((UINT64_C(1) << 40) - 1), DVS_HISTOGRAM_BUCKETS - 1);
	assert_int_equal(dvs_histogram_bucket(UINT64_C(1) << 40), DVS_HISTOGRAM_BUCKETS - 1);
	assert_int_equal(dvs_histogram_bucket(UINT64_MAX), DVS_HISTOGRAM_BUCKETS - 1);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void test_quantiles(void **state)
{
	static const double shares[] = {0, 0.1, 0.5, 0.9, 0.99, 0.999, 0.99999, 1};
	static struct dvs_histogram h;
	static uint64_t values[100000];
	const size_t n = sizeof(values) / sizeof(values[0]);
	unsigned int seed = 1;
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		values[i] = (uint64_t)exp(1 + 20.0 * rand_r(&seed) / RAND_MAX);
		sum += (double)values[i];
		dvs_histogram_record(&h, values[i]);
	}
	qsort(values, n, sizeof(values[0]), compare);
	assert_int_equal(dvs_histogram_count(&h), n);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		size_t rank = (size_t)ceil(shares[i] * (double)n);
		double exact = (double)values[rank == 0 ? 0 : rank - 1];
		double seen = (double)dvs_histogram_quantile(&h, shares[i]);

		assert_true(seen >= exact && seen <= exact * (1 + 1 / 128.0));
	}
	assert_int_equal(dvs_histogram_quantile(&h, 1), values[n - 1]);
	assert_near(dvs_histogram_mean(&h), sum / (double)n, 1e-3);
}

static void test_sums(void **state)
{
	static struct dvs_histogram a, b, sum;

	(void)state;
	assert_int_equal(dvs_histogram_quantile(&a, 0.5), 0);
	assert_int_equal(dvs_histogram_min(&a), 0);
	for (uint64_t i = 0; i < 100; i++) {
		dvs_histogram_record(&a, 10);
		dvs_histogram_record(&b, 1000000);
	}
	dvs_histogram_add_to(&a, &sum);
	dvs_histogram_add_to(&b, &sum);
	assert_int_equal(dvs_histogram_count(&sum), 200);
	assert_int_equal(dvs_histogram_quantile(&sum, 0.5), 10);
	assert_int_equal(sum.max, 1000000);
	/* Of a later copy only what came since counts, its largest value included. */
	dvs_histogram_subtract(&sum, &b);
	assert_int_equal(dvs_histogram_count(&sum), 100);
	assert_int_equal(sum.max, 10);
	assert_near(dvs_histogram_mean(&sum), 10, 1e-9);
}

static void test_schedule_is_exact(void **state)
{
	static const double gaps[] = {0.5, 1, 3.14159265, 100.123456789, 2100, 2.1e9};

	(void)state;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct dvs_pace pace;
		uint64_t gap;
		uint64_t n = 1000000;
		double exact = (double)n * gaps[i];

		assert_true(dvs_pace_gap(gaps[i], &gap));
		dvs_pace_start(&pace, 1000, UINT64_MAX);
		for (uint64_t k = 0; k < n; k++)
			dvs_pace_advance(&pace, gap);
		assert_true(fabs((double)(pace.next - 1000) - exact) <= 1 + exact * 1e-7);
	}
}

static void test_schedule_ends(void **state)
{
	struct dvs_pace pace;
	uint64_t gap;
	unsigned int n = 0;

	(void)state;
	assert_true(dvs_pace_gap(10, &gap));
	dvs_pace_start(&pace, 100, 200);
	assert_false(dvs_pace_is_due(&pace, 99));
	assert_true(dvs_pace_is_due(&pace, 100));
	while (dvs_pace_is_due(&pace, 10000)) {
		dvs_pace_advance(&pace, gap);
		n++;
	}
	assert_int_equal(n, 10); /* 100, 110, ... 190 */
	assert_true(dvs_pace_is_over(&pace));
}

static void test_schedule_does_not_drift_with_delay(void **state)
{
	struct dvs_pace pace;
	uint64_t gap;

	(void)state;
	/* Looked at late: what was due keeps its time. */
	assert_true(dvs_pace_gap(10, &gap));
	dvs_pace_start(&pace, 0, UINT64_MAX);
	for (uint64_t k = 0; dvs_pace_is_due(&pace, 95); k++) {
		assert_int_equal(pace.next, 10 * k);
		dvs_pace_advance(&pace, gap);
	}
	assert_int_equal(pace.next, 100);
}

static void test_gaps_out_of_range(void **state)
{
	uint64_t gap = 7;

	(void)state;
	assert_false(dvs_pace_gap(0, &gap));
	assert_false(dvs_pace_gap(-1, &gap));
	assert_false(dvs_pace_gap(NAN, &gap));
	assert_false(dvs_pace_gap(INFINITY, &gap));
	assert_false(dvs_pace_gap(0x1p39, &gap));
	assert_int_equal(gap, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_schedule_is_exact),
		cmocka_unit_test(test_schedule_ends),
		cmocka_unit_test(test_schedule_does_not_drift_with_delay),
		cmocka_unit_test(test_gaps_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
