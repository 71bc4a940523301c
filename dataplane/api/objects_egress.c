/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues towards ports: what the rows of a policy cannot say, and the rows of their state. */
#include "rows_egress.h"

#include <stdbool.h>

#include "rate.h"

#define HEADER 18 /* bytes of Ethernet and a VLAN tag */

_Static_assert(sizeof(struct dvs_queue_state) == 344, "wire layout");

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
	{.name = "class",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_queue_state, class),
	 .flags = DVS_FIELD_KEY | STATE,
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

TYPE(dvs_queue_type, DVS_TYPE_QUEUE, dvs_queue_state, queue_fields, "queue", "queues",
     "Frames that wait for a port");
