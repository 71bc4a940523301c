/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rows_egress.h - the rows of a policy about traffic towards a port, in a port group and as
 * overrides in a port. What they cannot say is in objects_egress.c. Private to this folder.
 */
#ifndef DVS_ROWS_EGRESS_H
#define DVS_ROWS_EGRESS_H

#include "rows.h"

/* Of dvs_policy_problem: what concerns these rows. */
const char *dvs_egress_problem(const struct dvs_policy *policy, const char **ret_field);

#define EGRESS_POLICY	 (DVS_FIELD_POLICY | DVS_FIELD_WIDE)
#define EGRESS_BURST_MAX (1u << 27) /* bytes */
#define EGRESS_QUEUE_MAX 5000	    /* ms */

#define EGRESS_RATE_ROW(owner, member, text)                                                       \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RATE, AT(owner, policy.member),                 \
		.flags = EGRESS_POLICY, .default_text = "off", .help = text                        \
	}

#define EGRESS_ROWS(owner)                                                                         \
	EGRESS_RATE_ROW(owner, to_rate, "Most traffic to the port, in bits a second"),             \
		{.name = "to_burst",                                                               \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.to_burst),                                                       \
		 .flags = EGRESS_POLICY,                                                           \
		 .max = EGRESS_BURST_MAX,                                                          \
		 .unit = "bytes",                                                                  \
		 .default_text = "0",                                                              \
		 .help = "What to_rate lets through at once; 0 = 1 ms of it, at least two "        \
			 "frames"},                                                                \
		EGRESS_RATE_ROW(owner, to_pps, "Most frames to the port, in packets a second"),    \
	{                                                                                          \
		.name = "to_queue", .type = DVS_FIELD_UINT, AT(owner, policy.to_queue_ms),         \
		.flags = EGRESS_POLICY, .max = EGRESS_QUEUE_MAX, .unit = "ms",                     \
		.default_text = "50",                                                              \
		.help = "Frames to the port that can wait, as time at to_rate; 0 = 50"             \
	}

#endif
