/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sizes.h - lengths of frames: one, several in turn, or a mix by weights.
 *
 * A length counts the FCS of 4 bytes, as RFC 2544 section 9 and every data sheet do: 64 is the
 * shortest frame of Ethernet, of which a driver sees 60 bytes. "imix" is the simple Internet mix
 * 64:7, 594:4, 1518:1.
 *
 * Weights are spread over the sequence (smooth weighted round robin), so that no burst of one
 * length appears that the mix did not ask for.
 *
 * Threads: pure functions; a dvs_sizes does not change after it was parsed.
 */
#ifndef DVS_GEN_SIZES_H
#define DVS_GEN_SIZES_H

#include <stdint.h>

#include "error.h"

#define DVS_FCS_BYTES	 4u
#define DVS_SIZE_MIN	 64u
#define DVS_SIZE_MAX	 65535u /* what the IP length field allows, about */
#define DVS_SIZES_MAX	 32u
#define DVS_SEQUENCE_MAX 256u /* sum of weights */

struct dvs_sizes {
	unsigned int n;
	uint32_t bytes[DVS_SIZES_MAX]; /* with FCS */
	uint32_t weight[DVS_SIZES_MAX];
	unsigned int n_sequence;
	uint8_t sequence[DVS_SEQUENCE_MAX]; /* indices into bytes, by weight */
};

/* "64", "64,512,1518", "64x7,594x4,1518x1", "imix". */
int dvs_sizes_parse(const char *text, struct dvs_sizes *ret_sizes, struct dvs_error *err);

/* One length, which may be any. */
void dvs_sizes_set(struct dvs_sizes *ret_sizes, uint32_t bytes);

/* Mean length in bytes, with FCS. */
double dvs_sizes_mean(const struct dvs_sizes *sizes);

uint32_t dvs_sizes_largest(const struct dvs_sizes *sizes);

#endif
