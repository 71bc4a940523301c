/* SPDX-License-Identifier: BSD-3-Clause */
#include "marking.h"

#include "number_map.h"

static bool has_marks(const struct dvs_policy *policy)
{
	unsigned int marks = policy->marker;

	for (unsigned int class = 0; class < DVS_CLASSES; class ++)
		marks |= policy->mark_dscp[class] | policy->mark_pcp[class];
	return marks != 0;
}

bool dvs_marking_is_needed(const struct dvs_policy *policy)
{
	return policy->trust != DVS_TRUST_NONE || policy->default_class != 0 || has_marks(policy);
}

static void fill_rates(struct dvs_marking *marking, const struct dvs_policy *policy,
		       uint64_t tsc_hz)
{
	struct dvs_marker_config config = {
		.committed_bps = policy->marker_rate,
		.is_color_aware = policy->marker_aware != 0,
	};

	if (policy->marker == DVS_MARKER_TWO_RATES)
		config.peak_bps = policy->marker_peak;
	dvs_policy_marker_bursts(policy, &config.committed_burst, &config.excess_burst);
	dvs_marker_rates_init(&marking->rates, &config, tsc_hz);
}

void dvs_marking_fill(struct dvs_marking *marking, const struct dvs_policy *policy, uint64_t tsc_hz)
{
	marking->trust = policy->trust;
	marking->default_class = policy->default_class;
	marking->marks = has_marks(policy);
	for (unsigned int pcp = 0; pcp < sizeof(marking->class_of_pcp); pcp++)
		marking->class_of_pcp[pcp] =
			(uint8_t)dvs_number_map_get(policy->class_of_pcp, pcp, pcp);
	for (unsigned int dscp = 0; dscp < sizeof(marking->class_of_dscp); dscp++)
		marking->class_of_dscp[dscp] =
			(uint8_t)dvs_number_map_get(policy->class_of_dscp, dscp, dscp / 8);
	for (unsigned int class = 0; class < DVS_CLASSES; class ++) {
		marking->dscp_of[class] =
			(uint8_t)dvs_number_map_get(policy->mark_dscp, class, DVS_MARKING_KEEP);
		marking->pcp_of[class] =
			(uint8_t)dvs_number_map_get(policy->mark_pcp, class, DVS_MARKING_KEEP);
	}
	marking->action[DVS_GREEN] = DVS_COLOR_MARK;
	marking->action[DVS_YELLOW] = policy->marker_yellow;
	marking->action[DVS_RED] = policy->marker_red;
	if (policy->marker != DVS_MARKER_OFF)
		fill_rates(marking, policy, tsc_hz);
}
