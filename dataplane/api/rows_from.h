/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rows_from.h - the rows of a policy about how much comes from a port, in a port group and as
 * overrides in a port. What they cannot say is in objects_from.c. Private to this folder.
 */
#ifndef DVS_ROWS_FROM_H
#define DVS_ROWS_FROM_H

#include "rows.h"

/* Of dvs_policy_problem: what concerns these rows. */
const char *dvs_from_problem(const struct dvs_policy *policy, const char **ret_field);

extern const char *const dvs_from_modes[];
extern const char *const dvs_rate_counts_names[];

/* What a port's VM may send, in a port group and as overrides in a port. */
#define FROM_ROWS(owner)                                                                           \
	{.name = "from_rate",                                                                      \
	 .type = DVS_FIELD_RATE,                                                                   \
	 AT(owner, policy.from_rate),                                                              \
	 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                               \
	 .default_text = "off",                                                                    \
	 .help = "Most that the port may send on average, in bits a second; off = no limit"},      \
		{.name = "from_peak",                                                              \
		 .type = DVS_FIELD_RATE,                                                           \
		 AT(owner, policy.from_peak),                                                      \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "off",                                                            \
		 .help = "Most that it may send within from_burst, in bits a second; off = as "    \
			 "fast as it can"},                                                        \
		{.name = "from_burst",                                                             \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.from_burst),                                                     \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .max = 1000000000,                                                                \
		 .unit = "bytes",                                                                  \
		 .default_text = "0",                                                              \
		 .help = "That it may send faster than from_rate after it was silent; 0 = 1 ms "   \
			 "of it "                                                                  \
			 "(100 ms with from_mode=police), or two frames"},                         \
		{.name = "from_pps",                                                               \
		 .type = DVS_FIELD_RATE,                                                           \
		 AT(owner, policy.from_pps),                                                       \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "off",                                                            \
		 .help = "Most packets a second that it may send; off = no limit"},                \
		{.name = "from_mode",                                                              \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(owner, policy.from_mode),                                                      \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .names = dvs_from_modes,                                                          \
		 .default_text = "shape",                                                          \
		 .help = "What is more than these rates: shape leaves it with the VM until it is " \
			 "time, police drops it"},                                                 \
	{                                                                                          \
		.name = "rate_counts", .type = DVS_FIELD_ENUM, AT(owner, policy.rate_counts),      \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .names = dvs_rate_counts_names,        \
		.default_text = "frame",                                                           \
		.help = "Bytes that rates are about: frame = of frames without FCS; wire = and "   \
			"24 "                                                                      \
			"for each: preamble, FCS and gap"                                          \
	}

#endif
