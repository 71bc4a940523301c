/* SPDX-License-Identifier: BSD-3-Clause */
#include "groups_twin.h"

#include <stdlib.h>

struct groups_twin *groups_twin_create(uint32_t max)
{
	struct groups_twin *twin = calloc(1, sizeof(*twin));

	twin->max = max;
	twin->members = calloc(max, sizeof(twin->members[0]));
	memset(twin->segment_limits, 0xff, sizeof(twin->segment_limits));
	memset(twin->port_limits, 0xff, sizeof(twin->port_limits));
	return twin;
}

void groups_twin_free(struct groups_twin *twin)
{
	free(twin->members);
	free(twin);
}

static bool is_same(const struct dvs_group_key *a, const struct dvs_group_key *b)
{
	return a->segment == b->segment && memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0;
}

static bool is_routers(const struct dvs_group_key *key)
{
	return memcmp(&key->ip, &dvs_group_routers[DVS_GROUP_V4], sizeof(key->ip)) == 0 ||
	       memcmp(&key->ip, &dvs_group_routers[DVS_GROUP_V6], sizeof(key->ip)) == 0;
}

struct groups_twin_member *groups_twin_find(struct groups_twin *twin,
					    const struct dvs_group_key *key, uint16_t port)
{
	for (uint32_t i = 0; i < twin->n; i++)
		if (twin->members[i].port == port && is_same(&twin->members[i].key, key))
			return &twin->members[i];
	return NULL;
}

/* Learnt groups of the port. */
static uint32_t groups_of_port(const struct groups_twin *twin, uint16_t port)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < twin->n; i++)
		n += twin->members[i].port == port && twin->members[i].expires_ms != 0 &&
		     !is_routers(&twin->members[i].key);
	return n;
}

static bool is_learnt(const struct groups_twin *twin, const struct dvs_group_key *key)
{
	for (uint32_t i = 0; i < twin->n; i++)
		if (twin->members[i].expires_ms != 0 && is_same(&twin->members[i].key, key))
			return true;
	return false;
}

/* Learnt groups of the segment, each counted at its first learnt member. */
static uint32_t groups_of_segment(const struct groups_twin *twin, uint16_t segment)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < twin->n; i++) {
		const struct groups_twin_member *member = &twin->members[i];
		bool is_first = member->expires_ms != 0;

		if (member->key.segment != segment || is_routers(&member->key))
			continue;
		for (uint32_t k = 0; k < i; k++)
			is_first &= twin->members[k].expires_ms == 0 ||
				    !is_same(&twin->members[k].key, &member->key);
		n += is_first;
	}
	return n;
}

static struct groups_twin_member *add(struct groups_twin *twin, const struct dvs_group_key *key,
				      uint16_t port)
{
	struct groups_twin_member *member = groups_twin_find(twin, key, port);

	if (member != NULL || twin->n == twin->max)
		return member;
	member = &twin->members[twin->n++];
	*member = (struct groups_twin_member){.key = *key, .port = port};
	return member;
}

enum dvs_group_result groups_twin_join(struct groups_twin *twin, const struct dvs_group_key *key,
				       uint16_t port, uint64_t expires_ms)
{
	struct groups_twin_member *member = groups_twin_find(twin, key, port);

	if (member != NULL && member->expires_ms != 0) {
		member->expires_ms = expires_ms;
		return DVS_GROUP_RENEWED;
	}
	if (!is_routers(key) &&
	    (groups_of_port(twin, port) >= twin->port_limits[port] ||
	     (!is_learnt(twin, key) &&
	      groups_of_segment(twin, key->segment) >= twin->segment_limits[key->segment])))
		return DVS_GROUP_REFUSED;
	member = add(twin, key, port);
	if (member == NULL)
		return DVS_GROUP_REFUSED;
	member->expires_ms = expires_ms;
	return DVS_GROUP_ADDED;
}

/* The member without parts is none. */
static void tidy(struct groups_twin *twin)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < twin->n; i++)
		if (twin->members[i].is_static || twin->members[i].expires_ms != 0)
			twin->members[n++] = twin->members[i];
	twin->n = n;
}

void groups_twin_leave(struct groups_twin *twin, const struct dvs_group_key *key, uint16_t port)
{
	struct groups_twin_member *member = groups_twin_find(twin, key, port);

	if (member != NULL)
		member->expires_ms = 0;
	tidy(twin);
}

bool groups_twin_set_static(struct groups_twin *twin, const struct dvs_group_key *key,
			    uint16_t port, bool is_static)
{
	struct groups_twin_member *member =
		is_static ? add(twin, key, port) : groups_twin_find(twin, key, port);

	if (member != NULL)
		member->is_static = is_static;
	tidy(twin);
	return member != NULL;
}

void groups_twin_retain(struct groups_twin *twin, dvs_group_keep_fn keep, void *arg)
{
	for (uint32_t i = 0; i < twin->n; i++) {
		struct groups_twin_member *member = &twin->members[i];

		if (member->expires_ms != 0 && !keep(&member->key, member->port, false, arg))
			member->expires_ms = 0;
		if (member->is_static && !keep(&member->key, member->port, true, arg))
			member->is_static = false;
	}
	tidy(twin);
}

void groups_twin_age(struct groups_twin *twin, uint64_t now_ms)
{
	for (uint32_t i = 0; i < twin->n; i++)
		if (now_ms >= twin->members[i].expires_ms)
			twin->members[i].expires_ms = 0;
	tidy(twin);
}

uint32_t groups_twin_ports(const struct groups_twin *twin, const struct dvs_group_key *key,
			   uint16_t ports[64])
{
	uint32_t n = 0;

	for (uint16_t port = 0; port < 64; port++)
		for (uint32_t i = 0; i < twin->n; i++)
			if (twin->members[i].port == port && is_same(&twin->members[i].key, key))
				ports[n++] = port;
	return n;
}
