/* SPDX-License-Identifier: BSD-3-Clause */
/* What snooping keeps, in line with the configuration and with time. */
#include "snooping.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <rte_rcu_qsbr.h>

#include "switch_private.h"

#define TICK_MS 100  /* between two looks at queriers */
#define AGE_MS	250  /* in which all groups are looked at */
#define GROUPS	4096 /* of a segment that does not say */

int dvs_snooping_create(struct dvs_switch *sw)
{
	const struct dvs_group_limits limits = {
		.segments = DVS_SNOOPING_SEGMENTS,
		.ports = DVS_PORT_IDS,
		.groups = DVS_GROUPS_MAX,
		.members = DVS_GROUP_MEMBERS_MAX,
	};
	struct dvs_snooping *snooping = calloc(1, sizeof(*snooping));

	if (snooping == NULL)
		return -ENOMEM;
	sw->snooping = snooping;
	/* Locally administered, and another one in each switch of a segment. */
	if (getrandom(snooping->mac, sizeof(snooping->mac), 0) != sizeof(snooping->mac))
		return -EIO;
	snooping->mac[0] = (uint8_t)((snooping->mac[0] & 0xfc) | 2);
	snooping->polled_ms = dvs_snooping_now_ms(sw);
	return dvs_groups_create(&limits, &snooping->groups);
}

void dvs_snooping_free(struct dvs_switch *sw)
{
	struct dvs_snooping *snooping = sw->snooping;

	if (snooping == NULL)
		return;
	for (unsigned int i = 0; i < DVS_SNOOPING_SEGMENTS; i++)
		free(snooping->snoopers[i]);
	dvs_groups_free_retired(snooping->retired);
	dvs_groups_free(snooping->groups);
	free(snooping);
	sw->snooping = NULL;
}

/* ---- in line with the configuration ---- */

static const struct dvs_port_object *port_at(const struct dvs_switch *sw, uint16_t id)
{
	const struct dvs_port_object *port = (const void *)dvs_table_at(&sw->model.ports, id);

	return port != NULL && port->object.exists && !port->is_out ? port : NULL;
}

static bool is_routers(const struct dvs_ip *ip)
{
	return dvs_ip_is_equal(ip, &dvs_group_routers[DVS_GROUP_V4]) ||
	       dvs_ip_is_equal(ip, &dvs_group_routers[DVS_GROUP_V6]);
}

static bool is_configured(const struct dvs_switch *sw, const struct dvs_group_key *key,
			  const struct dvs_port_object *port, const struct dvs_snooper *snooper)
{
	struct dvs_static_group group = {.group = key->ip};
	char text[DVS_KEY_TEXT_MAX];
	const struct dvs_object *object;

	memcpy(group.segment, snooper->config.name, sizeof(group.segment));
	memcpy(group.port, port->config.name, sizeof(group.port));
	object = dvs_table_lookup(&sw->model.groups, dvs_type_key(&dvs_group_type, &group, text));
	return object != NULL && object->exists;
}

static bool keep(const struct dvs_group_key *key, uint16_t port_id, bool is_static, void *arg)
{
	const struct dvs_switch *sw = arg;
	const struct dvs_snooper *snooper = sw->snooping->snoopers[key->segment];
	const struct dvs_port_object *port = port_at(sw, port_id);

	if (snooper == NULL || port == NULL || !dvs_port_is_member(&port->config, &snooper->config))
		return false;
	if (!is_routers(&key->ip))
		return !is_static || is_configured(sw, key, port, snooper);
	if (is_static)
		return port->config.policy.mcast_router == DVS_MCAST_ROUTER_ALWAYS;
	return port->config.policy.mcast_router != DVS_MCAST_ROUTER_NEVER;
}

void dvs_snooping_forget(struct dvs_switch *sw)
{
	if (sw->snooping->n != 0)
		dvs_groups_retain(sw->snooping->groups, keep, sw);
}

/* Which segments snoop, and how. */
static int update_segments(struct dvs_switch *sw)
{
	struct dvs_snooping *snooping = sw->snooping;

	for (uint32_t id = 1; id < DVS_SNOOPING_SEGMENTS; id++) {
		const struct dvs_segment_object *segment =
			(const void *)dvs_table_at(&sw->model.segments, id);
		bool is_on =
			segment != NULL && segment->object.exists && segment->config.mcast_snooping;
		struct dvs_snooper *snooper = snooping->snoopers[id];

		if (!is_on && snooper != NULL) {
			for (unsigned int f = 0; f < DVS_GROUP_FAMILIES; f++)
				dvs_groups_set_pruned(snooping->groups, (uint16_t)id, f, false);
			free(snooper);
			snooping->snoopers[id] = NULL;
			snooping->n--;
		}
		if (!is_on)
			continue;
		if (snooper == NULL) {
			snooper = calloc(1, sizeof(*snooper));
			if (snooper == NULL)
				return -ENOMEM;
			snooper->id = (uint16_t)id;
			for (unsigned int f = 0; f < DVS_GROUP_FAMILIES; f++)
				snooper->queriers[f].next_ms = snooper->queriers[f].prune_ms =
					DVS_SNOOPING_NEVER;
			snooping->snoopers[id] = snooper;
			snooping->n++;
		}
		snooper->config = segment->config;
		for (unsigned int f = 0; f < DVS_GROUP_FAMILIES; f++)
			dvs_querier_update(sw, snooper, f);
		dvs_groups_limit_segment(
			snooping->groups, (uint16_t)id,
			segment->config.mcast_groups != 0 ? segment->config.mcast_groups : GROUPS);
	}
	return 0;
}

/* A port that is a router in every segment of its that snoops. */
static int put_router(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	int ret = 0;

	for (uint32_t id = 1; id < DVS_SNOOPING_SEGMENTS && ret == 0; id++) {
		const struct dvs_snooper *snooper = sw->snooping->snoopers[id];

		if (snooper == NULL || !dvs_port_is_member(&port->config, &snooper->config))
			continue;
		for (unsigned int f = 0; f < DVS_GROUP_FAMILIES && ret == 0; f++) {
			struct dvs_group_key key = {(uint16_t)id, dvs_group_routers[f]};

			ret = dvs_groups_set_static(sw->snooping->groups, &key,
						    (uint16_t)port->object.id);
		}
	}
	return ret;
}

static int update_ports(struct dvs_switch *sw)
{
	const struct dvs_port_object *port;
	uint32_t id = 0;
	int ret = 0;

	while (ret == 0 && (port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		const struct dvs_policy *policy = &port->config.policy;

		dvs_groups_limit_port(sw->snooping->groups, (uint16_t)port->object.id,
				      policy->mcast_limit != 0 ? policy->mcast_limit : UINT32_MAX);
		if (policy->mcast_router == DVS_MCAST_ROUTER_ALWAYS)
			ret = put_router(sw, port);
	}
	return ret;
}

static int update_groups(struct dvs_switch *sw)
{
	const struct dvs_group_object *group;
	uint32_t id = 0;
	int ret = 0;

	while (ret == 0 && (group = (const void *)dvs_table_next(&sw->model.groups, &id)) != NULL) {
		const struct dvs_object *segment =
			dvs_table_lookup(&sw->model.segments, group->config.segment);
		const struct dvs_object *port =
			dvs_table_lookup(&sw->model.ports, group->config.port);
		struct dvs_group_key key = {.ip = group->config.group};

		if (segment == NULL || port == NULL || sw->snooping->snoopers[segment->id] == NULL)
			continue;
		key.segment = (uint16_t)segment->id;
		ret = dvs_groups_set_static(sw->snooping->groups, &key, (uint16_t)port->id);
	}
	return ret;
}

int dvs_snooping_update(struct dvs_switch *sw)
{
	bool was_on = sw->snooping->n != 0;
	int ret = update_segments(sw);

	if (sw->snooping->n == 0 && !was_on)
		return ret;
	dvs_groups_retain(sw->snooping->groups, keep, sw);
	if (ret == 0)
		ret = update_ports(sw);
	return ret < 0 ? ret : update_groups(sw);
}

/* ---- in line with time ---- */

static void on_due(const struct dvs_group_key *key, struct dvs_group_member *member, void *arg)
{
	struct dvs_switch *sw = arg;
	const struct dvs_snooper *snooper = sw->snooping->snoopers[key->segment];

	member->queries_left--;
	if (snooper == NULL)
		return;
	member->query_ms += dvs_snooping_last_member_ms(snooper);
	dvs_querier_ask(sw, snooper, dvs_ip_is_v4(&key->ip) ? DVS_GROUP_V4 : DVS_GROUP_V6, &key->ip,
			member->port);
}

/* Frees what no worker can see any more, and takes what is to be freed next. */
static void reclaim(struct dvs_switch *sw)
{
	struct dvs_snooping *snooping = sw->snooping;

	if (snooping->retired != NULL &&
	    rte_rcu_qsbr_check(sw->shared.qsbr, snooping->token, false) != 0) {
		dvs_groups_free_retired(snooping->retired);
		snooping->retired = NULL;
	}
	if (snooping->retired != NULL)
		return;
	snooping->retired = dvs_groups_take(snooping->groups);
	if (snooping->retired != NULL)
		snooping->token = rte_rcu_qsbr_start(sw->shared.qsbr);
}

void dvs_snooping_poll(struct dvs_switch *sw)
{
	struct dvs_snooping *snooping = sw->snooping;
	uint64_t now_ms = dvs_snooping_now_ms(sw), passed_ms = now_ms - snooping->polled_ms;

	if (snooping->n == 0) {
		snooping->polled_ms = now_ms;
		reclaim(sw);
		return;
	}
	if (now_ms - snooping->ticked_ms >= TICK_MS) {
		snooping->ticked_ms = now_ms;
		for (uint32_t id = 1; id < DVS_SNOOPING_SEGMENTS; id++)
			for (unsigned int f = 0;
			     snooping->snoopers[id] != NULL && f < DVS_GROUP_FAMILIES; f++)
				dvs_querier_tick(sw, snooping->snoopers[id], f, now_ms);
	}
	if (passed_ms != 0) {
		uint64_t places = dvs_groups_places(snooping->groups);

		snooping->polled_ms = now_ms;
		passed_ms = passed_ms < AGE_MS ? passed_ms : AGE_MS;
		dvs_groups_age(snooping->groups, now_ms,
			       (uint32_t)(places * passed_ms / AGE_MS) + 1, on_due, sw);
	}
	reclaim(sw);
}

/* A router behind the port has no need of it, and might take it for a rival's. */
void dvs_snooping_link_up(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	for (uint32_t id = 1; sw->snooping->n != 0 && id < DVS_SNOOPING_SEGMENTS; id++) {
		const struct dvs_snooper *snooper = sw->snooping->snoopers[id];

		if (snooper == NULL || !dvs_port_is_member(&port->config, &snooper->config))
			continue;
		for (unsigned int f = 0; f < DVS_GROUP_FAMILIES; f++) {
			struct dvs_group_key key = {(uint16_t)id, dvs_group_routers[f]};

			if (snooper->queriers[f].prune_ms != DVS_SNOOPING_NEVER &&
			    dvs_groups_find(sw->snooping->groups, &key,
					    (uint16_t)port->object.id) == NULL)
				dvs_querier_ask(sw, snooper, f, NULL, (uint16_t)port->object.id);
		}
	}
}

/* ---- what is known ---- */

static uint32_t left_s(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? (uint32_t)((until_ms - now_ms + 999) / 1000) : 0;
}

/* Who asks; false: nobody. */
static bool fill_querier(const struct dvs_switch *sw, const struct dvs_snooper *snooper,
			 enum dvs_group_family family, struct dvs_group_state *state)
{
	const struct dvs_querier *querier = &snooper->queriers[family];
	bool is_own = dvs_querier_is_own(querier);
	const struct dvs_port_object *port = is_own ? NULL : port_at(sw, querier->other_port);

	if (!is_own && (querier->other_until_ms == 0 || port == NULL))
		return false;
	*state = (struct dvs_group_state){.group = dvs_group_routers[family],
					  .kind = DVS_GROUP_QUERIER};
	memcpy(state->segment, snooper->config.name, sizeof(state->segment));
	if (is_own) {
		state->address = dvs_querier_source(sw, snooper, family);
		state->version = family == DVS_GROUP_V4 ? (uint8_t)(3 - snooper->config.mcast_igmp)
							: (uint8_t)(2 - snooper->config.mcast_mld);
		return true;
	}
	memcpy(state->port, port->config.name, sizeof(state->port));
	state->address = querier->other_ip;
	state->version = querier->other_version;
	state->expires_s = left_s(querier->other_until_ms, dvs_snooping_now_ms(sw));
	return true;
}

static bool fill_member(const struct dvs_switch *sw, const struct dvs_group_key *key,
			const struct dvs_group_member *member, struct dvs_group_state *state)
{
	const struct dvs_snooper *snooper = sw->snooping->snoopers[key->segment];
	const struct dvs_port_object *port = port_at(sw, member->port);

	if (snooper == NULL || port == NULL)
		return false;
	*state = (struct dvs_group_state){
		.group = key->ip,
		.address = member->address,
		.kind = is_routers(&key->ip) ? DVS_GROUP_ROUTER
			: member->is_static  ? DVS_GROUP_STATIC
					     : DVS_GROUP_DYNAMIC,
		.version = member->version,
	};
	memcpy(state->segment, snooper->config.name, sizeof(state->segment));
	memcpy(state->port, port->config.name, sizeof(state->port));
	if (!member->is_static)
		state->expires_s = left_s(member->expires_ms, dvs_snooping_now_ms(sw));
	return true;
}

#define MEMBERS_FROM (UINT64_C(1) << 63) /* cursors of members; below: 1 + 2 * segment + family */
#define WALK_STEPS   4096		 /* by one call */

static int dump_queriers(const struct dvs_switch *sw, uint64_t *cursor,
			 struct dvs_group_state *states, unsigned int max)
{
	unsigned int n = 0;
	uint64_t at = *cursor != 0 ? *cursor - 1 : 0;

	for (; at < 2 * DVS_SNOOPING_SEGMENTS; at++) {
		const struct dvs_snooper *snooper = sw->snooping->snoopers[at / 2];

		if (snooper == NULL)
			continue;
		if (n == max) {
			*cursor = at + 1;
			return (int)n;
		}
		n += fill_querier(sw, snooper, at % 2, &states[n]);
	}
	*cursor = MEMBERS_FROM;
	return (int)n;
}

int dvs_snooping_dump(struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max)
{
	struct dvs_group_state *states = buf;
	uint64_t at = *cursor & ~MEMBERS_FROM;
	unsigned int n = 0, steps = 0;

	if ((*cursor & MEMBERS_FROM) == 0)
		return dump_queriers(sw, cursor, states, max);
	while (n < max && steps++ < WALK_STEPS) {
		struct dvs_group_member member;
		struct dvs_group_key key;
		bool is_found;

		at = dvs_groups_walk(sw->snooping->groups, at, &key, &member, &is_found);
		if (is_found)
			n += fill_member(sw, &key, &member, &states[n]);
		if (at == 0) {
			*cursor = 0;
			return (int)n;
		}
	}
	*cursor = at | MEMBERS_FROM;
	return (int)n;
}
