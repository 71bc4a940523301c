/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rows of quality of service cannot say (rows_qos.h). */
#include "rows_egress.h"
#include "rows_from.h"
#include "rows_qos.h"

#include "rate.h"

#define MARKER_BPS_MIN	 1000
#define AUTOMATIC_MS	 100
#define AUTOMATIC_LEAST	 65536 /* bytes: a large frame of a guest */
#define SECONDS_IN_BURST 3600  /* no bucket takes longer to fill */

const char *const dvs_trust_names[] = {"none", "pcp", "dscp", NULL};
const char *const dvs_marker_names[] = {"off", "srtcm", "trtcm", NULL};
const char *const dvs_color_action_names[] = {"mark", "drop", "pass", NULL};

/* NULL: it can be a marker's. */
static const char *rate_problem(uint64_t rate)
{
	if (rate == DVS_RATE_OFF)
		return "a marker needs a rate; marker=trtcm needs marker_rate and marker_peak";
	if (dvs_rate_is_pps(rate))
		return "markers count bytes: a rate in bits a second, such as 10Mbps";
	if (rate < MARKER_BPS_MIN)
		return "less than 1kbps";
	return NULL;
}

static const char *burst_problem(uint32_t burst, uint64_t rate, uint16_t mtu)
{
	if (burst == 0)
		return NULL;
	if (burst < mtu)
		return "less than the MTU: no packet of that length would ever have the color";
	if (burst > rate / 8 * SECONDS_IN_BURST)
		return "more than the rate gives in an hour";
	return NULL;
}

static const char *marker_problem(const struct dvs_policy *policy, const char **ret_field)
{
	bool has_peak = policy->marker == DVS_MARKER_TWO_RATES;
	const char *problem = rate_problem(policy->marker_rate);

	*ret_field = "marker_rate";
	if (problem == NULL && has_peak) {
		*ret_field = "marker_peak";
		problem = rate_problem(policy->marker_peak);
		if (problem == NULL && policy->marker_peak < policy->marker_rate)
			problem = "less than marker_rate (RFC 2698 section 1)";
	}
	if (problem != NULL)
		return problem;
	*ret_field = "marker_burst";
	problem = burst_problem(policy->marker_burst, policy->marker_rate, policy->mtu);
	if (problem != NULL)
		return problem;
	*ret_field = "marker_excess";
	return burst_problem(policy->marker_excess,
			     has_peak ? policy->marker_peak : policy->marker_rate, policy->mtu);
}

const char *dvs_policy_problem(const struct dvs_policy *policy, const char **ret_field)
{
	const char *problem;

	if (policy->marker != DVS_MARKER_OFF) {
		problem = marker_problem(policy, ret_field);
		if (problem != NULL)
			return problem;
	}
	problem = dvs_from_problem(policy, ret_field);
	return problem != NULL ? problem : dvs_egress_problem(policy, ret_field);
}

static uint64_t burst_of(uint32_t burst, uint64_t rate)
{
	uint64_t automatic = rate / 8 * AUTOMATIC_MS / 1000;

	if (burst != 0)
		return burst;
	if (automatic < AUTOMATIC_LEAST)
		return AUTOMATIC_LEAST;
	return automatic < DVS_BURST_MAX ? automatic : DVS_BURST_MAX;
}

void dvs_policy_marker_bursts(const struct dvs_policy *policy, uint64_t *ret_committed,
			      uint64_t *ret_excess)
{
	bool has_peak = policy->marker == DVS_MARKER_TWO_RATES;

	*ret_committed = burst_of(policy->marker_burst, policy->marker_rate);
	*ret_excess = burst_of(policy->marker_excess,
			       has_peak ? policy->marker_peak : policy->marker_rate);
}
