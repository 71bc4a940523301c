/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flows.h - which flow each frame belongs to.
 *
 * A flow is a tuple of addresses and ports. Flow f uses the MAC (and IP address) number f modulo
 * the number of MACs at both ends, and ports that tell it from other flows of that MAC. Which flow
 * comes next is drawn before the run, into a table that is read in sequence over and over: a worker
 * pays one read of memory that was prefetched.
 *
 * - sequence: 0, 1, 2, ... and over again: every flow is as cold as it can be.
 * - uniform: independent draws.
 * - zipf: flow k (from 0) with probability proportional to 1 / (k + 1)^s: few hot flows, a long
 *   tail.
 *
 * The generator of random numbers is seeded by the caller, so runs can be repeated.
 *
 * Threads: the table does not change after it was made; any thread may read it.
 */
#ifndef DVS_GEN_FLOWS_H
#define DVS_GEN_FLOWS_H

#include <stdint.h>

#define DVS_FLOWS_MAX (1u << 20)

enum dvs_spread {
	DVS_SPREAD_SEQUENCE,
	DVS_SPREAD_UNIFORM,
	DVS_SPREAD_ZIPF,
};

struct dvs_pick {
	uint32_t mac;	 /* number of the MAC at both ends */
	uint32_t number; /* of the flow among those of its MAC */
};

struct dvs_flows {
	uint32_t n; /* picks */
	struct dvs_pick *picks;
};

struct dvs_flows_options {
	uint32_t macs;	/* 1 to DVS_FLOWS_MAX */
	uint32_t flows; /* macs to DVS_FLOWS_MAX */
	enum dvs_spread spread;
	double exponent; /* s of zipf, > 0 and at most 10 */
	uint64_t seed;
};

/* 0, -EINVAL (out of range), -ENOMEM. */
int dvs_flows_create(const struct dvs_flows_options *options, struct dvs_flows *ret_flows);

void dvs_flows_free(struct dvs_flows *flows);

#endif
