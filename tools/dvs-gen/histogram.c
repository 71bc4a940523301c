/* SPDX-License-Identifier: BSD-3-Clause */
#include "histogram.h"

#include <math.h>

uint64_t dvs_histogram_upper(uint32_t bucket)
{
	uint32_t shift;
	uint64_t mantissa;

	if (bucket < (1u << (DVS_HISTOGRAM_BITS + 1)))
		return bucket;
	shift = (bucket >> DVS_HISTOGRAM_BITS) - 1;
	mantissa = bucket - ((uint64_t)shift << DVS_HISTOGRAM_BITS);
	return ((mantissa + 1) << shift) - 1;
}

void dvs_histogram_add_to(const struct dvs_histogram *from, struct dvs_histogram *to)
{
	uint64_t max = dvs_counter_read(&from->max);

	for (uint32_t i = 0; i < DVS_HISTOGRAM_BUCKETS; i++)
		to->counts[i] += dvs_counter_read(&from->counts[i]);
	to->sum += dvs_counter_read(&from->sum);
	if (max > to->max)
		to->max = max;
}

void dvs_histogram_subtract(struct dvs_histogram *later, const struct dvs_histogram *earlier)
{
	uint64_t max = 0;

	for (uint32_t i = 0; i < DVS_HISTOGRAM_BUCKETS; i++) {
		later->counts[i] -= earlier->counts[i];
		if (later->counts[i] > 0)
			max = dvs_histogram_upper(i);
	}
	later->sum -= earlier->sum;
	if (max < later->max)
		later->max = max;
}

uint64_t dvs_histogram_count(const struct dvs_histogram *histogram)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < DVS_HISTOGRAM_BUCKETS; i++)
		count += histogram->counts[i];
	return count;
}

uint64_t dvs_histogram_quantile(const struct dvs_histogram *histogram, double share)
{
	uint64_t count = dvs_histogram_count(histogram), seen = 0, upper;
	uint64_t wanted = (uint64_t)ceil(share * (double)count);

	if (wanted == 0)
		wanted = 1;
	for (uint32_t i = 0; i < DVS_HISTOGRAM_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted) {
			upper = dvs_histogram_upper(i);
			return upper < histogram->max ? upper : histogram->max;
		}
	}
	return histogram->max;
}

uint64_t dvs_histogram_min(const struct dvs_histogram *histogram)
{
	return dvs_histogram_quantile(histogram, 0);
}

double dvs_histogram_mean(const struct dvs_histogram *histogram)
{
	uint64_t count = dvs_histogram_count(histogram);

	return count > 0 ? (double)histogram->sum / (double)count : 0;
}
