/* SPDX-License-Identifier: BSD-3-Clause */
#include "flows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define PICKS_MIN      65536u
#define PICKS_PER_FLOW 4u /* so that a table of random draws has most flows in it */

/* splitmix64 by S. Vigna: one addition and three mixing steps. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* From 0 to 1, 1 excluded. */
static double next_fraction(uint64_t *state)
{
	return (double)(next_random(state) >> 11) * 0x1p-53;
}

/*
 * Zipf by rejection-inversion (W. Hoermann, G. Derflinger, "Rejection-inversion to generate
 * variates from monotone discrete distributions", 1996): constant time a draw, no table of
 * probabilities. h is the density 1/x^s, hat its integral, and inverse undoes that.
 */
struct zipf {
	double s, low, high, bound;
	uint32_t n;
};

static double zipf_hat(double s, double x)
{
	double log_x = log(x);

	return fabs(1 - s) < 1e-9 ? log_x : expm1((1 - s) * log_x) / (1 - s);
}

static double zipf_inverse(double s, double y)
{
	return fabs(1 - s) < 1e-9 ? exp(y) : exp(log1p(y * (1 - s)) / (1 - s));
}

static struct zipf zipf_init(uint32_t n, double s)
{
	return (struct zipf){
		.s = s,
		.n = n,
		.low = zipf_hat(s, 1.5) - 1,
		.high = zipf_hat(s, n + 0.5),
		.bound = 2 - zipf_inverse(s, zipf_hat(s, 2.5) - pow(2, -s)),
	};
}

/* 0 to n - 1. */
static uint32_t zipf_draw(const struct zipf *zipf, uint64_t *state)
{
	for (;;) {
		double y = zipf->high + next_fraction(state) * (zipf->low - zipf->high);
		double x = zipf_inverse(zipf->s, y);
		double k = floor(x + 0.5);

		if (k < 1)
			k = 1;
		else if (k > zipf->n)
			k = zipf->n;
		if (k - x <= zipf->bound || y >= zipf_hat(zipf->s, k + 0.5) - pow(k, -zipf->s))
			return (uint32_t)k - 1;
	}
}

static uint32_t table_size(const struct dvs_flows_options *options)
{
	uint32_t n = options->flows * PICKS_PER_FLOW;

	if (options->spread == DVS_SPREAD_SEQUENCE)
		return options->flows;
	return n > PICKS_MIN ? n : PICKS_MIN;
}

int dvs_flows_create(const struct dvs_flows_options *options, struct dvs_flows *ret_flows)
{
	struct dvs_flows flows;
	uint64_t state = options->seed;
	struct zipf zipf = {0};

	if (options->macs == 0 || options->flows < options->macs || options->flows > DVS_FLOWS_MAX)
		return -EINVAL;
	if (options->spread == DVS_SPREAD_ZIPF) {
		if (!(options->exponent > 0) || options->exponent > 10)
			return -EINVAL;
		zipf = zipf_init(options->flows, options->exponent);
	}
	flows.n = table_size(options);
	flows.picks = calloc(flows.n, sizeof(flows.picks[0]));
	if (flows.picks == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < flows.n; i++) {
		uint32_t flow = i;

		if (options->spread == DVS_SPREAD_UNIFORM)
			flow = (uint32_t)((next_random(&state) >> 32) * options->flows >> 32);
		else if (options->spread == DVS_SPREAD_ZIPF)
			flow = zipf_draw(&zipf, &state);
		flows.picks[i].mac = flow % options->macs;
		flows.picks[i].number = flow / options->macs;
	}
	*ret_flows = flows;
	return 0;
}

void dvs_flows_free(struct dvs_flows *flows)
{
	free(flows->picks);
	*flows = (struct dvs_flows){0};
}
