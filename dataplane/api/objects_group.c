/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of multicast groups: static members, and what is known of all. */
#include "rows.h"

#include <string.h>

_Static_assert(sizeof(struct dvs_static_group) == 80, "wire layout");
_Static_assert(sizeof(struct dvs_group_state) == 104, "wire layout");

static const char *const group_kinds[] = {"dynamic", "static", "router", "querier", NULL};

static const struct dvs_field group_fields[] = {
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_static_group, segment),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .ref = "segment",
	 .help = "Segment of the group"},
	{.name = "group",
	 .type = DVS_FIELD_IP,
	 AT(dvs_static_group, group),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .help = "IPv4 or IPv6 multicast address"},
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_static_group, port),
	 .flags = DVS_FIELD_KEY | DVS_FIELD_REQUIRED,
	 .ref = "port",
	 .help = "Port that gets the group"},
};

static const struct dvs_field group_state_fields[] = {
	{.name = "segment",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_group_state, segment),
	 .flags = DVS_FIELD_KEY | STATE,
	 .ref = "segment",
	 .help = "Segment of the group"},
	{.name = "group",
	 .type = DVS_FIELD_IP,
	 AT(dvs_group_state, group),
	 .flags = DVS_FIELD_KEY | STATE,
	 .help = "Multicast address; 224.0.0.0 and ff00:: stand for all groups"},
	{.name = "port",
	 .type = DVS_FIELD_NAME,
	 AT(dvs_group_state, port),
	 .flags = STATE, /* no part of the key, as it can be empty */
	 .ref = "port",
	 .help = "Port that gets it; empty: the switch itself"},
	{.name = "kind",
	 .type = DVS_FIELD_ENUM,
	 AT(dvs_group_state, kind),
	 .flags = DVS_FIELD_KEY | STATE,
	 .names = group_kinds,
	 .help = "dynamic: a member that was reported; static: set by an operator; router: gets "
		 "all groups; querier: whose queries count"},
	{.name = "version",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_group_state, version),
	 .flags = STATE,
	 .help = "Version of IGMP or MLD that was heard last; 0: none"},
	{.name = "expires",
	 .type = DVS_FIELD_UINT,
	 AT(dvs_group_state, expires_s),
	 .flags = STATE,
	 .unit = "seconds",
	 .help = "Time until it ends if nothing is heard; 0: it does not"},
	{.name = "address",
	 .type = DVS_FIELD_IP,
	 AT(dvs_group_state, address),
	 .flags = STATE,
	 .help = "Who was heard last"},
};

TYPE(dvs_group_type, DVS_TYPE_GROUP, dvs_static_group, group_fields, "group", "groups",
     "A static member of a multicast group");
TYPE(dvs_group_state_type, DVS_TYPE_GROUP_STATE, dvs_group_state, group_state_fields, "group_state",
     "group_states", "A member of a multicast group, or a router");

static bool is_given(const struct dvs_ip *ip)
{
	static const struct dvs_ip none;

	return !dvs_ip_is_equal(ip, &none);
}

const char *dvs_segment_problem(const struct dvs_segment *segment, const char **ret_field)
{
	const struct dvs_ip *ip = &segment->mcast_querier_ip, *ip6 = &segment->mcast_querier_ip6;
	uint32_t interval_s = segment->mcast_interval_s != 0 ? segment->mcast_interval_s : 125;
	uint32_t response_ms = segment->mcast_response_ms != 0 ? segment->mcast_response_ms : 10000;

	*ret_field = "mcast_querier_ip";
	if (is_given(ip) && (!dvs_ip_is_v4(ip) || dvs_ip_is_group(ip)))
		return "a querier's source has to be an IPv4 unicast address";
	*ret_field = "mcast_querier_ip6";
	if (is_given(ip6) && !dvs_ip_is_link_local6(ip6))
		return "a querier's source has to be a link-local address, fe80::/10 (RFC 3810 "
		       "section 5.1.14)";
	*ret_field = "mcast_response";
	if (segment->mcast_querier && response_ms >= interval_s * 1000)
		return "answers have to come before the next query, in less than mcast_interval "
		       "(RFC 3376 section 8.3)";
	return NULL;
}

const char *dvs_group_problem(const struct dvs_static_group *group, const char **ret_field)
{
	*ret_field = "group";
	if (!dvs_ip_is_multicast(&group->group))
		return "not a multicast address, of 224.0.0.0/4 or ff00::/8";
	if (!dvs_ip_is_snooped(&group->group))
		return "goes to all ports in any case: it is of 224.0.0.0/24, or of link-local "
		       "scope";
	return NULL;
}
