/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rows of rates from ports cannot say (rows_from.h). */
#include "rows_from.h"

#include "rate.h"

#define ETHERNET_HEADER	 14
#define SECONDS_IN_BURST 3600 /* no bucket takes longer to fill */

const char *const dvs_from_modes[] = {"shape", "police", NULL};
const char *const dvs_rate_counts_names[] = {"frame", "wire", NULL};

/* Of a rate in bits a second; off is none. */
static const char *rate_problem(uint64_t rate, unsigned int frame)
{
	if (rate == DVS_RATE_OFF)
		return NULL;
	if (dvs_rate_is_pps(rate))
		return "a rate in bits a second, such as 10Mbps; one in packets is from_pps";
	if (dvs_rate_number(rate) < (uint64_t)frame * 8)
		return "less than one frame of the MTU in a second";
	return NULL;
}

static const char *burst_problem(uint32_t burst, uint64_t rate, unsigned int frame)
{
	if (burst == 0)
		return NULL;
	if (burst < frame)
		return "less than a frame of the MTU; 0 = automatic";
	if (rate != DVS_RATE_OFF && burst / SECONDS_IN_BURST > rate / 8)
		return "more than from_rate gives in an hour";
	return NULL;
}

const char *dvs_from_problem(const struct dvs_policy *policy, const char **ret_field)
{
	unsigned int frame = policy->mtu + ETHERNET_HEADER;
	const char *problem;

	*ret_field = "from_rate";
	problem = rate_problem(policy->from_rate, frame);
	if (problem != NULL)
		return problem;
	*ret_field = "from_peak";
	problem = rate_problem(policy->from_peak, frame);
	if (problem != NULL)
		return problem;
	if (policy->from_peak != DVS_RATE_OFF && policy->from_peak < policy->from_rate)
		return "less than from_rate, which it is to exceed for a time; off = no limit of "
		       "its own";
	*ret_field = "from_burst";
	problem = burst_problem(policy->from_burst, policy->from_rate, frame);
	if (problem != NULL)
		return problem;
	*ret_field = "from_pps";
	if (policy->from_pps != DVS_RATE_OFF && !dvs_rate_is_pps(policy->from_pps))
		return "a rate in packets a second, such as 10kpps; one in bits is from_rate";
	return NULL;
}
