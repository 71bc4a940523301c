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

extern const char *const dvs_class_priority_names[];

#define EGRESS_POLICY	  (DVS_FIELD_POLICY | DVS_FIELD_WIDE)
#define EGRESS_BURST_MAX  (1u << 27) /* bytes */
#define EGRESS_SHARES_MAX 10000
#define EGRESS_QUEUE_MAX  5000 /* ms */

#define EGRESS_RATE_ROW(owner, member, text)                                                       \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RATE, AT(owner, policy.member),                 \
		.flags = EGRESS_POLICY, .default_text = "off", .help = text                        \
	}

#define GROUP_RATE_ROW(owner, member, how, text)                                                   \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RATE, AT(owner, policy.member), .flags = how,   \
		.default_text = "off", .help = text                                                \
	}

#define SHARES_ROW(owner, member, how, text)                                                       \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_UINT, AT(owner, policy.member), .flags = how,   \
		.max = EGRESS_SHARES_MAX, .unit = "shares", .default_text = "100", .help = text    \
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
		{.name = "to_queue",                                                               \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.to_queue_ms),                                                    \
		 .flags = EGRESS_POLICY,                                                           \
		 .max = EGRESS_QUEUE_MAX,                                                          \
		 .unit = "ms",                                                                     \
		 .default_text = "50",                                                             \
		 .help = "Frames to the port that can wait, as time at to_rate; 0 = 50"},          \
		EGRESS_RATE_ROW(owner, uplink_limit, "Most traffic from the port to an uplink"),   \
		EGRESS_RATE_ROW(owner, uplink_reservation,                                         \
				"What an uplink has for traffic from the port in any case; needs " \
				"to_rate of the uplink"),                                          \
		SHARES_ROW(owner, uplink_shares, EGRESS_POLICY,                                    \
			   "Part of an uplink that the port has of what its port group has; 0 = "  \
			   "100"),                                                                 \
		{.name = "class_priority",                                                         \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(owner, policy.class_priority),                                                 \
		 .flags = EGRESS_POLICY,                                                           \
		 .names = dvs_class_priority_names,                                                \
		 .default_text = "none",                                                           \
		 .help = "Class whose frames go before others that wait for the port"},            \
		EGRESS_RATE_ROW(owner, class_ceiling,                                              \
				"Up to this class_priority goes first; what is more has its "      \
				"shares"),                                                         \
	{                                                                                          \
		.name = "class_shares", .type = DVS_FIELD_MAP, AT(owner, policy.class_shares),     \
		.flags = EGRESS_POLICY, .max = 254, .default_text = "none",                        \
		.help = "Parts that classes have of what goes to the port, 1 to 254; 10 where "    \
			"it says nothing"                                                          \
	}

/* Of a port group as a whole; ports know them to tell the switch. */
#define GROUP_ROWS(owner, how)                                                                     \
	GROUP_RATE_ROW(owner, group_limit, how,                                                    \
		       "Most traffic from all ports of the group together to an uplink"),          \
		GROUP_RATE_ROW(owner, group_reservation, how,                                      \
			       "What an uplink has for traffic from the group in any case, at "    \
			       "least what is reserved for its ports"),                            \
		SHARES_ROW(owner, group_shares, how,                                               \
			   "Part of an uplink that the group has beside other groups; 0 = 100")

#endif
