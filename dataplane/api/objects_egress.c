/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues towards ports: what the rows of a policy cannot say, and the rows of their state. */
#include "rows_egress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rate.h"

const char *const dvs_class_priority_names[] = {"none", "0", "1", "2", "3",
						"4",	"5", "6", "7", NULL};

#define HEADER 18 /* bytes of Ethernet and a VLAN tag */

_Static_assert(sizeof(struct dvs_queue_state) == 352, "wire layout");

/* A limit and what is reserved within it. */
static const char *pair_problem(uint64_t limit, uint64_t reservation, uint64_t frame,
				const char *const fields[2], const char **ret_field)
{
	*ret_field = fields[0];
	if (dvs_rate_is_pps(limit))
		return "packets a second: it is in bits a second";
	if (limit != DVS_RATE_OFF && limit < frame * 8)
		return "less than one frame of the MTU a second";
	*ret_field = fields[1];
	if (dvs_rate_is_pps(reservation))
		return "packets a second: it is in bits a second";
	if (limit != DVS_RATE_OFF && reservation > limit)
		return "more than the limit";
	return NULL;
}

static const char *class_problem(const struct dvs_policy *policy, const char **ret_field)
{
	*ret_field = "class_ceiling";
	if (policy->class_priority != 0 && policy->class_ceiling == DVS_RATE_OFF)
		return "class_priority needs one, or other classes could get nothing";
	if (dvs_rate_is_pps(policy->class_ceiling))
		return "packets a second: it is in bits a second";
	if (policy->to_rate != DVS_RATE_OFF && policy->class_ceiling > policy->to_rate)
		return "more than to_rate";
	*ret_field = "class_shares";
	for (unsigned int i = 0; i < DVS_CLASSES; i++)
		if (policy->class_shares[i] == 1)
			return "a class without any would never be served";
	return NULL;
}

static const char *uplink_problem(const struct dvs_policy *policy, const char **ret_field)
{
	static const char *const of_port[] = {"uplink_limit", "uplink_reservation"};
	static const char *const of_group[] = {"group_limit", "group_reservation"};
	uint64_t frame = (uint64_t)policy->mtu + HEADER;
	const char *problem = pair_problem(policy->uplink_limit, policy->uplink_reservation, frame,
					   of_port, ret_field);

	if (problem == NULL)
		problem = pair_problem(policy->group_limit, policy->group_reservation, frame,
				       of_group, ret_field);
	return problem != NULL ? problem : class_problem(policy, ret_field);
}

const char *dvs_egress_problem(const struct dvs_policy *policy, const char **ret_field)
{
	uint64_t frame = (uint64_t)policy->mtu + HEADER;

	*ret_field = "to_rate";
	if (dvs_rate_is_pps(policy->to_rate))
		return "packets a second: that is to_pps";
	if (policy->to_rate != DVS_RATE_OFF && policy->to_rate < frame * 8)
		return "less than one frame of the MTU a second";
	*ret_field = "to_pps";
	if (policy->to_pps != DVS_RATE_OFF && !dvs_rate_is_pps(policy->to_pps))
		return "bits a second: that is to_rate";
	*ret_field = "to_burst";
	if (policy->to_burst != 0 && policy->to_rate == DVS_RATE_OFF)
		return "of to_rate, which is off";
	if (policy->to_burst != 0 && policy->to_burst < frame)
		return "less than a frame of the MTU, with 18 bytes of Ethernet and VLAN";
	return uplink_problem(policy, ret_field);
}

bool dvs_port_uses_uplink(const struct dvs_port *port, const struct dvs_segment *segment,
			  const struct dvs_port *uplink)
{
	if (port->uplink || !uplink->uplink)
		return false;
	return dvs_policy_is_trunk(&port->policy) || dvs_port_is_member(uplink, segment);
}

void dvs_reservation_add(struct dvs_reservation *groups, unsigned int *n,
			 const struct dvs_port *port)
{
	const struct dvs_policy *policy = &port->policy;
	unsigned int i = 0;

	if ((policy->uplink_reservation | policy->group_reservation) == 0)
		return;
	while (i < *n && strcmp(groups[i].group, port->group) != 0)
		i++;
	if (i == *n) {
		groups[i] = (struct dvs_reservation){.of_group = policy->group_reservation,
						     .limit = policy->group_limit};
		memcpy(groups[i].group, port->group, sizeof(groups[i].group));
		++*n;
	}
	groups[i].of_ports += policy->uplink_reservation;
	groups[i].last = port;
}

const char *dvs_reservation_problem(const struct dvs_reservation *groups, unsigned int n,
				    const struct dvs_port *uplink, const struct dvs_port **ret_port,
				    const char **ret_field, char buf[DVS_FIELD_TEXT_MAX])
{
	char all_text[DVS_RATE_TEXT_MAX], limit_text[DVS_RATE_TEXT_MAX];
	uint64_t all = 0, limit = uplink->policy.to_rate;

	for (unsigned int i = 0; i < n; i++) {
		const struct dvs_reservation *group = &groups[i];
		bool is_ports = group->of_ports >= group->of_group;

		all += is_ports ? group->of_ports : group->of_group;
		*ret_port = group->last;
		*ret_field = is_ports ? "uplink_reservation" : "group_reservation";
		dvs_rate_print(all, all_text);
		if (limit == DVS_RATE_OFF)
			snprintf(buf, DVS_FIELD_TEXT_MAX,
				 "uplink %.31s has no to_rate of which it could be a part",
				 uplink->name);
		else if (group->limit != 0 && group->of_ports > group->limit)
			snprintf(buf, DVS_FIELD_TEXT_MAX,
				 "the ports of group %.31s would have more reserved than its "
				 "group_limit, %s",
				 group->group, dvs_rate_print(group->limit, limit_text));
		else if (all > limit)
			snprintf(buf, DVS_FIELD_TEXT_MAX,
				 "%s would be reserved of uplink %.31s, whose to_rate is %s",
				 all_text, uplink->name, dvs_rate_print(limit, limit_text));
		else
			continue;
		return buf;
	}
	return NULL;
}

static const struct dvs_field queue_fields[] = {
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_queue_state, port),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "port",
	 .help = "Port that the frames go to"},
	{.name = "from",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_queue_state, from),
	 .flags = STATE, /* no part of the key, as it can be empty */
	 .ref = "port",
	 .help = "Port that they come from; empty = all, or all without a queue of their own"},
	{.name = "number",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, number),
	 .flags = DVS_FIELD_KEY | STATE | DVS_FIELD_WIDE,
	 .help = "Number of the queue at its port"},
	{.name = "class",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, class),
	 .flags = STATE,
	 .help = "Class of the frames, where classes have queues of their own"},
	{.name = "waiting",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, waiting),
	 .flags = STATE,
	 .unit = "frames",
	 .help = "Frames that wait now"},
	{.name = "waiting_bytes",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, waiting_bytes),
	 .flags = STATE | DVS_FIELD_WIDE,
	 .unit = "bytes",
	 .help = "Bytes of these frames"},
	{.name = "frames",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, frames),
	 .flags = COUNTER,
	 .help = "Frames sent"},
	{.name = "bytes",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, bytes),
	 .flags = COUNTER,
	 .unit = "bytes",
	 .help = "Bytes sent, as rates count them"},
	{.name = "waited",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, waited),
	 .flags = COUNTER,
	 .help = "Of frames: had to wait"},
	{.name = "delay_p50",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, delay_p50_us),
	 .flags = STATE,
	 .unit = "us",
	 .help = "Half of those waited for less than this"},
	{.name = "delay_p99",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, delay_p99_us),
	 .flags = STATE,
	 .unit = "us",
	 .help = "And 99 % of them for less than this"},
	{.name = "marked",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, marked),
	 .flags = COUNTER,
	 .help = "Of frames: marked, as the queue stood for long (ECN, RFC 3168)"},
	{.name = "dropped_full",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, drops[DVS_QUEUE_DROP_FULL]),
	 .flags = COUNTER,
	 .help = "Frames dropped: the queue was full"},
	{.name = "dropped_delay",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, drops[DVS_QUEUE_DROP_DELAY]),
	 .flags = COUNTER,
	 .help = "Frames dropped: the queue stood for long"},
	{.name = "dropped_buffer",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, drops[DVS_QUEUE_DROP_NO_BUFFER]),
	 .flags = COUNTER | DVS_FIELD_WIDE,
	 .help = "Frames dropped: no packet buffer to wait in"},
	{.name = "dropped_port",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, drops[DVS_QUEUE_DROP_PORT]),
	 .flags = COUNTER,
	 .help = "Frames dropped: they had waited, and the port did not take them"},
};

uint32_t dvs_queue_delay_us(const uint64_t delays[DVS_QUEUE_DELAYS], unsigned int percent)
{
	uint64_t all = 0, sum = 0;

	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS; n++)
		all += delays[n];
	for (unsigned int n = 0; n < DVS_QUEUE_DELAYS && all != 0; n++) {
		sum += delays[n];
		if (sum * 100 >= all * percent)
			return UINT32_C(1) << n;
	}
	return 0;
}

TYPE(dvs_queue_type, DVS_TYPE_QUEUE, dvs_queue_state, queue_fields, "queue", "queues",
     "Frames that wait for a port");
