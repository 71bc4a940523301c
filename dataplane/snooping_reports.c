/* SPDX-License-Identifier: BSD-3-Clause */
/* What reports and queries say, to the table of groups. */
#include "membership.h"

#include "bytes.h"
#include "ethernet.h"
#include "igmp.h"
#include "ipv4.h"
#include "mld.h"
#include "punt.h"
#include "snooping.h"
#include "switch_private.h"

#define LAST_MEMBER_ASKS 2 /* RFC 3376 section 8.9 */

/* A message and where it was heard. */
struct heard {
	struct dvs_switch *sw;
	struct dvs_snooper *snooper;
	const struct dvs_port_object *port;
	enum dvs_group_family family;
	struct dvs_membership message;
	uint64_t now_ms;
};

static uint16_t port_id(const struct heard *heard)
{
	return (uint16_t)heard->port->object.id;
}

static void note(struct dvs_group_member *member, const struct heard *heard)
{
	member->address = heard->message.source;
	if (heard->message.version != 0)
		member->version = heard->message.version;
}

/* ---- routers ---- */

static void hear_router(const struct heard *heard)
{
	const struct dvs_querier *querier = &heard->snooper->queriers[heard->family];
	struct dvs_group_key key = {heard->snooper->id, dvs_group_routers[heard->family]};
	struct dvs_group_member *member;

	if (heard->port->config.policy.mcast_router == DVS_MCAST_ROUTER_NEVER)
		return;
	if (dvs_groups_join(heard->sw->snooping->groups, &key, port_id(heard),
			    heard->now_ms + dvs_querier_router_ms(querier),
			    &member) != DVS_GROUP_REFUSED)
		note(member, heard);
}

/* Who is in this group? Those who do not answer are not. */
static void shorten(const struct heard *heard)
{
	const struct dvs_querier *querier = &heard->snooper->queriers[heard->family];
	struct dvs_group_key key = {heard->snooper->id, heard->message.group};
	uint64_t until_ms =
		heard->now_ms + (uint64_t)querier->robustness * (heard->message.response_ms + 100);
	struct dvs_group_member *members;
	uint32_t n;

	members = dvs_groups_all(heard->sw->snooping->groups, &key, &n);
	for (uint32_t i = 0; i < n; i++)
		if (members[i].port != port_id(heard) && members[i].expires_ms > until_ms)
			members[i].expires_ms = until_ms;
}

static void hear_query(const struct heard *heard)
{
	const struct dvs_membership *query = &heard->message;

	if (dvs_ip_is_unspecified(&query->source) ||
	    heard->port->config.policy.mcast_router == DVS_MCAST_ROUTER_NEVER)
		return;
	if (dvs_ip_is_unspecified(&query->group))
		dvs_querier_hear(heard->sw, heard->snooper, heard->family, query, port_id(heard),
				 heard->now_ms);
	else if (!query->is_suppressed && query->n_sources == 0)
		shorten(heard);
	hear_router(heard);
}

/* ---- members ---- */

/* Index of old_ms: hosts of version 1 know no leave, older than the newest no sources. */
static int age_of(const struct heard *heard)
{
	unsigned int newest = heard->family == DVS_GROUP_V4 ? 3 : 2;

	if (heard->message.version == newest)
		return -1;
	return heard->family == DVS_GROUP_V4 && heard->message.version == 1 ? 0 : 1;
}

static void join(const struct heard *heard, const struct dvs_group_key *key)
{
	const struct dvs_querier *querier = &heard->snooper->queriers[heard->family];
	uint64_t until_ms = heard->now_ms + dvs_querier_membership_ms(querier);
	struct dvs_group_member *member;
	int age = age_of(heard);

	if (dvs_groups_join(heard->sw->snooping->groups, key, port_id(heard), until_ms, &member) ==
	    DVS_GROUP_REFUSED)
		return;
	note(member, heard);
	if (age >= 0)
		member->old_ms[age] = until_ms;
}

/* Are there others behind the port? While that is being asked, nobody asks again. */
static void ask_whether_last(const struct heard *heard, const struct dvs_group_key *key,
			     struct dvs_group_member *member)
{
	uint32_t wait_ms = dvs_snooping_last_member_ms(heard->snooper);
	uint64_t until_ms = heard->now_ms + (uint64_t)LAST_MEMBER_ASKS * wait_ms + 100;

	if (member->expires_ms <= until_ms ||
	    !dvs_querier_is_own(&heard->snooper->queriers[heard->family]))
		return;
	member->expires_ms = until_ms;
	member->queries_left = LAST_MEMBER_ASKS - 1;
	member->query_ms = heard->now_ms + wait_ms;
	dvs_querier_ask(heard->sw, heard->snooper, heard->family, &key->ip, member->port);
}

/* What older hosts behind the port could not take part in is ignored (RFC 3376 section 7.3.2). */
static void leave(const struct heard *heard, const struct dvs_group_key *key, bool is_block)
{
	struct dvs_groups *groups = heard->sw->snooping->groups;
	struct dvs_group_member *member = dvs_groups_find(groups, key, port_id(heard));

	if (member == NULL || member->expires_ms == 0 || heard->now_ms < member->old_ms[0] ||
	    (is_block && heard->now_ms < member->old_ms[1]))
		return;
	if (heard->port->config.policy.mcast_fast_leave && !is_block)
		dvs_groups_leave(groups, key, port_id(heard));
	else
		ask_whether_last(heard, key, member);
}

static void hear_report(const struct heard *heard)
{
	struct dvs_membership_cursor at = {0};
	struct dvs_membership_record record;

	while (dvs_membership_next(&heard->message, &at, &record)) {
		struct dvs_group_key key = {heard->snooper->id, record.group};

		if (!dvs_ip_is_snooped(&record.group))
			continue;
		if (record.change == DVS_MEMBERSHIP_JOIN)
			join(heard, &key);
		else if (record.change != DVS_MEMBERSHIP_NONE)
			leave(heard, &key, record.change == DVS_MEMBERSHIP_BLOCK);
	}
}

/* ---- the frame ---- */

/* It was good when the worker looked at it; a copy that was cut is not, any more. */
static bool parse(const struct dvs_punted *frame, struct heard *heard)
{
	const uint8_t *data = frame->bytes + DVS_ETHERNET_HEADER;
	uint32_t length, total;

	if (frame->length < DVS_ETHERNET_HEADER)
		return false;
	length = frame->length - DVS_ETHERNET_HEADER;
	total = frame->frame_length - DVS_ETHERNET_HEADER;
	heard->family = dvs_load16(frame->bytes + DVS_ETHERNET_TYPE_AT) == DVS_IPV4_ETHERTYPE
				? DVS_GROUP_V4
				: DVS_GROUP_V6;
	return (heard->family == DVS_GROUP_V4
			? dvs_igmp_parse(data, length, total, &heard->message)
			: dvs_mld_parse(data, length, total, &heard->message)) == 0;
}

void dvs_punt_membership(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	struct heard heard = {
		.sw = sw,
		.snooper = sw->snooping->snoopers[frame->segment],
		.port = (const void *)dvs_table_at(&sw->model.ports, frame->port),
		.now_ms = dvs_snooping_now_ms(sw),
	};

	if (heard.snooper == NULL || heard.port == NULL ||
	    !dvs_port_is_member(&heard.port->config, &heard.snooper->config) ||
	    !parse(frame, &heard))
		return;
	switch (heard.message.kind) {
	case DVS_MEMBERSHIP_QUERY:
		hear_query(&heard);
		break;
	case DVS_MEMBERSHIP_REPORT:
		hear_report(&heard);
		break;
	case DVS_MEMBERSHIP_ADVERTISED:
		hear_router(&heard);
		break;
	}
}
