/* SPDX-License-Identifier: BSD-3-Clause */
#include "result.h"

#include <stdlib.h>

double dvs_result_loss(const struct dvs_result *result)
{
	const struct dvs_result_counts *c = &result->total;
	uint64_t missing = c->lost + c->unsent_full + c->unsent_late;

	if (c->offered == 0)
		return 0;
	return (double)missing / (double)c->offered;
}

double dvs_result_latency_us(const struct dvs_result *result, double share)
{
	return (double)dvs_histogram_quantile(result->latency, share) / result->ticks_per_us;
}

void dvs_result_fini(struct dvs_result *result)
{
	free(result->latency);
	free(result->streams);
	*result = (struct dvs_result){0};
}
