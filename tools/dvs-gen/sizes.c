/* SPDX-License-Identifier: BSD-3-Clause */
#include "sizes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IMIX "64x7,594x4,1518x1"

/* A decimal number from min to max at *text, which moves behind it. */
static bool take_number(const char **text, unsigned long min, unsigned long max,
			uint32_t *ret_value)
{
	unsigned long value;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	value = strtoul(*text, &end, 10);
	if (value < min || value > max)
		return false;
	*ret_value = (uint32_t)value;
	*text = end;
	return true;
}

/* Smooth weighted round robin: the length whose share is most overdue is next. */
static void spread(struct dvs_sizes *sizes)
{
	int32_t due[DVS_SIZES_MAX] = {0};

	for (unsigned int k = 0; k < sizes->n_sequence; k++) {
		unsigned int best = 0;

		for (unsigned int i = 0; i < sizes->n; i++) {
			due[i] += (int32_t)sizes->weight[i];
			if (due[i] > due[best])
				best = i;
		}
		due[best] -= (int32_t)sizes->n_sequence;
		sizes->sequence[k] = (uint8_t)best;
	}
}

int dvs_sizes_parse(const char *text, struct dvs_sizes *ret_sizes, struct dvs_error *err)
{
	const char *p = strcmp(text, "imix") == 0 ? IMIX : text;
	struct dvs_sizes sizes = {.n = 0};
	uint32_t total = 0;

	do {
		unsigned int i = sizes.n;

		if (i == DVS_SIZES_MAX)
			return dvs_error_set(err, -EINVAL, NULL, NULL, "more than %u lengths",
					     DVS_SIZES_MAX);
		if (!take_number(&p, DVS_SIZE_MIN, DVS_SIZE_MAX, &sizes.bytes[i]))
			goto bad;
		sizes.weight[i] = 1;
		if (*p == 'x') {
			p++;
			if (!take_number(&p, 1, DVS_SEQUENCE_MAX, &sizes.weight[i]))
				goto bad;
		}
		total += sizes.weight[i];
		sizes.n++;
	} while (*p++ == ',');
	if (p[-1] != '\0')
		goto bad;
	if (total > DVS_SEQUENCE_MAX)
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "the sum of weights is %u, allowed are %u", total,
				     DVS_SEQUENCE_MAX);
	sizes.n_sequence = total;
	spread(&sizes);
	*ret_sizes = sizes;
	return 0;
bad:
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not a list of frame lengths from %u to %u bytes with FCS, "
			     "such as 64, 64,512,1518, 64x7,594x4,1518x1 or imix",
			     text, DVS_SIZE_MIN, DVS_SIZE_MAX);
}

void dvs_sizes_set(struct dvs_sizes *ret_sizes, uint32_t bytes)
{
	*ret_sizes = (struct dvs_sizes){
		.n = 1, .bytes = {bytes}, .weight = {1}, .n_sequence = 1, .sequence = {0}};
}

double dvs_sizes_mean(const struct dvs_sizes *sizes)
{
	double sum = 0;

	for (unsigned int i = 0; i < sizes->n; i++)
		sum += (double)sizes->bytes[i] * sizes->weight[i];
	return sum / sizes->n_sequence;
}

uint32_t dvs_sizes_largest(const struct dvs_sizes *sizes)
{
	uint32_t largest = 0;

	for (unsigned int i = 0; i < sizes->n; i++)
		if (sizes->bytes[i] > largest)
			largest = sizes->bytes[i];
	return largest;
}
