/* SPDX-License-Identifier: BSD-3-Clause */
#include "groups.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define BUCKETS	  16384 /* a power of two */
#define ROOM_MIN  4	/* members that a group has room for at first */
#define SLOTS_MIN 64
#define NO_LIMIT  UINT32_MAX

/* A group. Readers look at the first part only. */
struct group {
	struct dvs_group_retired retired; /* the writer's, once it is unlinked */
	struct group *next;		  /* atomic: in its bucket */
	struct dvs_group_ports *ports;	  /* atomic; NULL: not published yet */
	struct dvs_group_key key;

	uint32_t slot;
	uint32_t n, room;
	uint32_t n_learnt;		  /* members that count against limits */
	bool is_stale;			  /* there was no memory for what ports should be */
	struct dvs_group_member *members; /* ascending by port */
};

struct dvs_groups {
	struct group **buckets;
	uint64_t seeds[2];
	uint8_t *pruned; /* atomic, by segment: bit of enum dvs_group_family */

	/* The writer's. */
	struct dvs_group_limits limits;
	uint32_t *segment_limits, *segment_groups; /* by segment */
	uint32_t *port_limits, *port_groups;	   /* by port */
	struct group **slots;			   /* n_slots, NULL where there is none */
	uint32_t n_slots, n_groups, slot_hint, aged;
	uint32_t n_members, n_routers, n_router_groups;
	uint64_t refused;
	struct dvs_group_retired *retired;
};

const struct dvs_ip dvs_group_routers[DVS_GROUP_FAMILIES] = {
	{{[10] = 0xff, [11] = 0xff, [12] = 224}},
	{{0xff}},
};

static bool is_routers(const struct dvs_ip *ip)
{
	return dvs_ip_is_equal(ip, &dvs_group_routers[DVS_GROUP_V4]) ||
	       dvs_ip_is_equal(ip, &dvs_group_routers[DVS_GROUP_V6]);
}

/* ---- life ---- */

static void draw_seeds(uint64_t seeds[2])
{
	struct timespec now;

	if (getrandom(seeds, 2 * sizeof(seeds[0]), GRND_NONBLOCK) == 2 * sizeof(seeds[0]))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seeds[0] = (uint64_t)now.tv_nsec * UINT64_C(0x9e3779b97f4a7c15);
	seeds[1] = (uint64_t)(uintptr_t)seeds ^ (uint64_t)now.tv_sec;
}

int dvs_groups_create(const struct dvs_group_limits *limits, struct dvs_groups **ret_groups)
{
	struct dvs_groups *groups = calloc(1, sizeof(*groups));

	if (groups == NULL)
		return -ENOMEM;
	groups->limits = *limits;
	groups->buckets = calloc(BUCKETS, sizeof(*groups->buckets));
	groups->pruned = calloc(limits->segments, sizeof(*groups->pruned));
	groups->segment_limits = calloc(limits->segments, sizeof(uint32_t));
	groups->segment_groups = calloc(limits->segments, sizeof(uint32_t));
	groups->port_limits = calloc(limits->ports, sizeof(uint32_t));
	groups->port_groups = calloc(limits->ports, sizeof(uint32_t));
	if (groups->buckets == NULL || groups->pruned == NULL || groups->segment_limits == NULL ||
	    groups->segment_groups == NULL || groups->port_limits == NULL ||
	    groups->port_groups == NULL) {
		dvs_groups_free(groups);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < limits->segments; i++)
		groups->segment_limits[i] = NO_LIMIT;
	for (uint32_t i = 0; i < limits->ports; i++)
		groups->port_limits[i] = NO_LIMIT;
	draw_seeds(groups->seeds);
	*ret_groups = groups;
	return 0;
}

void dvs_groups_free(struct dvs_groups *groups)
{
	if (groups == NULL)
		return;
	for (uint32_t i = 0; i < groups->n_slots; i++) {
		if (groups->slots[i] == NULL)
			continue;
		free(groups->slots[i]->ports);
		free(groups->slots[i]->members);
		free(groups->slots[i]);
	}
	dvs_groups_free_retired(groups->retired);
	free(groups->slots);
	free(groups->buckets);
	free(groups->pruned);
	free(groups->segment_limits);
	free(groups->segment_groups);
	free(groups->port_limits);
	free(groups->port_groups);
	free(groups);
}

static void retire(struct dvs_groups *groups, struct dvs_group_retired *retired)
{
	retired->next = groups->retired;
	groups->retired = retired;
}

struct dvs_group_retired *dvs_groups_take(struct dvs_groups *groups)
{
	struct dvs_group_retired *retired = groups->retired;

	groups->retired = NULL;
	return retired;
}

void dvs_groups_free_retired(struct dvs_group_retired *retired)
{
	while (retired != NULL) {
		struct dvs_group_retired *next = retired->next;

		free(retired);
		retired = next;
	}
}

/* ---- readers ---- */

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint32_t bucket_of(const struct dvs_groups *groups, uint16_t segment,
				 const struct dvs_ip *ip)
{
	uint64_t high, low;

	memcpy(&high, ip->bytes, sizeof(high));
	memcpy(&low, ip->bytes + 8, sizeof(low));
	high = fold(high ^ groups->seeds[0], low ^ groups->seeds[1]);
	return (uint32_t)fold(high ^ segment, groups->seeds[0] | 1) & (BUCKETS - 1);
}

static struct group *lookup(const struct dvs_groups *groups, uint16_t segment,
			    const struct dvs_ip *ip)
{
	struct group *group =
		__atomic_load_n(&groups->buckets[bucket_of(groups, segment, ip)], __ATOMIC_ACQUIRE);

	while (group != NULL &&
	       (group->key.segment != segment || !dvs_ip_is_equal(&group->key.ip, ip)))
		group = __atomic_load_n(&group->next, __ATOMIC_ACQUIRE);
	return group;
}

const struct dvs_group_ports *dvs_groups_members(const struct dvs_groups *groups, uint16_t segment,
						 const struct dvs_ip *ip)
{
	const struct group *group = lookup(groups, segment, ip);

	return group != NULL ? __atomic_load_n(&group->ports, __ATOMIC_ACQUIRE) : NULL;
}

bool dvs_groups_is_pruned(const struct dvs_groups *groups, uint16_t segment,
			  enum dvs_group_family family)
{
	return (__atomic_load_n(&groups->pruned[segment], __ATOMIC_RELAXED) >> family & 1) != 0;
}

/* ---- small ones ---- */

void dvs_groups_set_pruned(struct dvs_groups *groups, uint16_t segment,
			   enum dvs_group_family family, bool is_pruned)
{
	uint8_t bits = groups->pruned[segment];

	bits = (uint8_t)(is_pruned ? bits | 1u << family : bits & ~(1u << family));
	__atomic_store_n(&groups->pruned[segment], bits, __ATOMIC_RELAXED);
}

void dvs_groups_limit_segment(struct dvs_groups *groups, uint16_t segment, uint32_t most)
{
	groups->segment_limits[segment] = most;
}

void dvs_groups_limit_port(struct dvs_groups *groups, uint16_t port, uint32_t most)
{
	groups->port_limits[port] = most;
}

uint32_t dvs_groups_places(const struct dvs_groups *groups)
{
	return groups->n_slots;
}

void dvs_groups_stats(const struct dvs_groups *groups, struct dvs_group_stats *ret_stats)
{
	ret_stats->groups = groups->n_groups - groups->n_router_groups;
	ret_stats->members = groups->n_members - groups->n_routers;
	ret_stats->refused = groups->refused;
}

/* ---- groups come and go ---- */

static bool find_slot(struct dvs_groups *groups)
{
	struct group **slots;
	uint32_t n = groups->n_slots != 0 ? 2 * groups->n_slots : SLOTS_MIN;

	while (groups->slot_hint < groups->n_slots && groups->slots[groups->slot_hint] != NULL)
		groups->slot_hint++;
	if (groups->slot_hint < groups->n_slots)
		return true;
	slots = realloc(groups->slots, n * sizeof(struct group *));
	if (slots == NULL)
		return false;
	memset(slots + groups->n_slots, 0, (n - groups->n_slots) * sizeof(struct group *));
	groups->slots = slots;
	groups->n_slots = n;
	return true;
}

static struct group *add_group(struct dvs_groups *groups, const struct dvs_group_key *key)
{
	struct group **bucket = &groups->buckets[bucket_of(groups, key->segment, &key->ip)];
	struct group *group;

	if (groups->n_groups >= groups->limits.groups || !find_slot(groups))
		return NULL;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return NULL;
	group->key = *key;
	group->slot = groups->slot_hint;
	groups->slots[group->slot] = group;
	groups->n_groups++;
	groups->n_router_groups += is_routers(&key->ip);
	group->next = *bucket;
	__atomic_store_n(bucket, group, __ATOMIC_RELEASE);
	return group;
}

static void remove_group(struct dvs_groups *groups, struct group *group)
{
	struct group **at = &groups->buckets[bucket_of(groups, group->key.segment, &group->key.ip)];

	while (*at != group)
		at = &(*at)->next;
	__atomic_store_n(at, group->next, __ATOMIC_RELEASE);
	groups->slots[group->slot] = NULL;
	if (group->slot < groups->slot_hint)
		groups->slot_hint = group->slot;
	groups->n_groups--;
	groups->n_router_groups -= is_routers(&group->key.ip);
	if (group->ports != NULL)
		retire(groups, &group->ports->retired);
	free(group->members);
	retire(groups, &group->retired);
}

/* Readers see the members as they are now; without memory for that, what they saw before. */
static void publish(struct dvs_groups *groups, struct group *group)
{
	struct dvs_group_ports *ports, *old = group->ports;

	ports = malloc(sizeof(*ports) + group->n * sizeof(ports->ids[0]));
	group->is_stale = ports == NULL;
	if (ports == NULL)
		return;
	ports->n = (uint16_t)group->n;
	for (uint32_t i = 0; i < group->n; i++)
		ports->ids[i] = group->members[i].port;
	__atomic_store_n(&group->ports, ports, __ATOMIC_RELEASE);
	if (old != NULL)
		retire(groups, &old->retired);
}

/* ---- members come and go ---- */

/* Index of the port among the members, or where it would be. */
static uint32_t place_of(const struct group *group, uint16_t port)
{
	uint32_t low = 0, high = group->n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (group->members[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct dvs_group_member *member_of(struct group *group, uint16_t port)
{
	uint32_t at = place_of(group, port);

	return at < group->n && group->members[at].port == port ? &group->members[at] : NULL;
}

static struct dvs_group_member *insert_member(struct dvs_groups *groups, struct group *group,
					      uint16_t port)
{
	uint32_t at = place_of(group, port);

	if (group->n == group->room) {
		uint32_t room = group->room != 0 ? 2 * group->room : ROOM_MIN;
		struct dvs_group_member *members = realloc(group->members, room * sizeof(*members));

		if (members == NULL)
			return NULL;
		group->members = members;
		group->room = room;
	}
	memmove(&group->members[at + 1], &group->members[at],
		(group->n - at) * sizeof(group->members[0]));
	group->members[at] = (struct dvs_group_member){.port = port};
	group->n++;
	groups->n_members++;
	groups->n_routers += is_routers(&group->key.ip);
	publish(groups, group);
	return &group->members[at];
}

/* Counts a member as learnt, or not any more. */
static void count_learnt(struct dvs_groups *groups, struct group *group, uint16_t port,
			 bool is_more)
{
	if (is_routers(&group->key.ip))
		return;
	if (is_more && group->n_learnt++ == 0)
		groups->segment_groups[group->key.segment]++;
	if (!is_more && --group->n_learnt == 0)
		groups->segment_groups[group->key.segment]--;
	groups->port_groups[port] += is_more ? 1 : UINT32_MAX;
}

/* Forgets parts of a member, and the member when none is left; true then. The caller publishes, as
 * it may forget several. */
static bool forget_parts(struct dvs_groups *groups, struct group *group, uint32_t at, bool learnt,
			 bool is_static)
{
	struct dvs_group_member *member = &group->members[at];

	if (learnt && member->expires_ms != 0) {
		count_learnt(groups, group, member->port, false);
		member->expires_ms = 0;
		member->queries_left = 0;
		member->version = 0;
	}
	if (is_static)
		member->is_static = false;
	if (member->is_static || member->expires_ms != 0)
		return false;
	group->n--;
	groups->n_members--;
	groups->n_routers -= is_routers(&group->key.ip);
	memmove(member, member + 1, (group->n - at) * sizeof(*member));
	return true;
}

/* The end of changes to a group. */
static void settle(struct dvs_groups *groups, struct group *group, bool has_changed)
{
	if (group->n == 0)
		remove_group(groups, group);
	else if (has_changed || group->is_stale)
		publish(groups, group);
}

/* May one more be learnt? member: what is there of it already. */
static bool has_room(const struct dvs_groups *groups, const struct dvs_group_key *key,
		     const struct group *group, uint16_t port)
{
	if (is_routers(&key->ip))
		return true;
	if (groups->port_groups[port] >= groups->port_limits[port])
		return false;
	return (group != NULL && group->n_learnt != 0) ||
	       groups->segment_groups[key->segment] < groups->segment_limits[key->segment];
}

static struct dvs_group_member *find_or_add(struct dvs_groups *groups,
					    const struct dvs_group_key *key, uint16_t port)
{
	struct group *group = lookup(groups, key->segment, &key->ip);
	struct dvs_group_member *member = group != NULL ? member_of(group, port) : NULL;

	if (member != NULL)
		return member;
	if (groups->n_members >= groups->limits.members)
		return NULL;
	if (group == NULL)
		group = add_group(groups, key);
	if (group == NULL)
		return NULL;
	member = insert_member(groups, group, port);
	if (member == NULL)
		settle(groups, group, false);
	return member;
}

enum dvs_group_result dvs_groups_join(struct dvs_groups *groups, const struct dvs_group_key *key,
				      uint16_t port, uint64_t expires_ms,
				      struct dvs_group_member **ret_member)
{
	struct group *group = lookup(groups, key->segment, &key->ip);
	struct dvs_group_member *member = group != NULL ? member_of(group, port) : NULL;
	enum dvs_group_result result = DVS_GROUP_RENEWED;

	if (member == NULL || member->expires_ms == 0) {
		member = has_room(groups, key, group, port) ? find_or_add(groups, key, port) : NULL;
		if (member == NULL) {
			groups->refused++;
			return DVS_GROUP_REFUSED;
		}
		count_learnt(groups, lookup(groups, key->segment, &key->ip), port, true);
		result = DVS_GROUP_ADDED;
	}
	member->expires_ms = expires_ms;
	member->queries_left = 0;
	if (ret_member != NULL)
		*ret_member = member;
	return result;
}

static void forget(struct dvs_groups *groups, const struct dvs_group_key *key, uint16_t port,
		   bool learnt, bool is_static)
{
	struct group *group = lookup(groups, key->segment, &key->ip);
	struct dvs_group_member *member = group != NULL ? member_of(group, port) : NULL;

	if (member != NULL)
		settle(groups, group,
		       forget_parts(groups, group, (uint32_t)(member - group->members), learnt,
				    is_static));
}

void dvs_groups_leave(struct dvs_groups *groups, const struct dvs_group_key *key, uint16_t port)
{
	forget(groups, key, port, true, false);
}

int dvs_groups_set_static(struct dvs_groups *groups, const struct dvs_group_key *key, uint16_t port)
{
	struct dvs_group_member *member = find_or_add(groups, key, port);

	if (member == NULL)
		return groups->n_members >= groups->limits.members ||
				       groups->n_groups >= groups->limits.groups
			       ? -ENOSPC
			       : -ENOMEM;
	member->is_static = true;
	return 0;
}

void dvs_groups_unset_static(struct dvs_groups *groups, const struct dvs_group_key *key,
			     uint16_t port)
{
	forget(groups, key, port, false, true);
}

struct dvs_group_member *dvs_groups_find(struct dvs_groups *groups, const struct dvs_group_key *key,
					 uint16_t port)
{
	struct group *group = lookup(groups, key->segment, &key->ip);

	return group != NULL ? member_of(group, port) : NULL;
}

struct dvs_group_member *dvs_groups_all(struct dvs_groups *groups, const struct dvs_group_key *key,
					uint32_t *ret_n)
{
	struct group *group = lookup(groups, key->segment, &key->ip);

	*ret_n = group != NULL ? group->n : 0;
	return group != NULL ? group->members : NULL;
}

/* ---- walks ---- */

void dvs_groups_retain(struct dvs_groups *groups, dvs_group_keep_fn keep, void *arg)
{
	for (uint32_t slot = 0; slot < groups->n_slots; slot++) {
		struct group *group = groups->slots[slot];
		bool has_changed = false;

		for (uint32_t i = 0; group != NULL && i < group->n;) {
			const struct dvs_group_member *member = &group->members[i];
			bool learnt = member->expires_ms != 0 &&
				      !keep(&group->key, member->port, false, arg);
			bool is_static =
				member->is_static && !keep(&group->key, member->port, true, arg);

			if (forget_parts(groups, group, i, learnt, is_static))
				has_changed = true;
			else
				i++;
		}
		if (group != NULL)
			settle(groups, group, has_changed);
	}
}

static void age_group(struct dvs_groups *groups, struct group *group, uint64_t now_ms,
		      dvs_group_due_fn fn, void *arg)
{
	bool has_changed = false;

	for (uint32_t i = 0; i < group->n;) {
		struct dvs_group_member *member = &group->members[i];
		bool is_over = member->expires_ms != 0 && now_ms >= member->expires_ms;

		if (!is_over && member->queries_left != 0 && now_ms >= member->query_ms)
			fn(&group->key, member, arg);
		if (is_over && forget_parts(groups, group, i, true, false))
			has_changed = true;
		else
			i++;
	}
	settle(groups, group, has_changed);
}

void dvs_groups_age(struct dvs_groups *groups, uint64_t now_ms, uint32_t steps, dvs_group_due_fn fn,
		    void *arg)
{
	for (uint32_t n = steps < groups->n_slots ? steps : groups->n_slots; n != 0; n--) {
		struct group *group;

		if (groups->aged >= groups->n_slots)
			groups->aged = 0;
		group = groups->slots[groups->aged++];
		if (group != NULL)
			age_group(groups, group, now_ms, fn, arg);
	}
}

/* A cursor is 1 + the slot, and in the low 17 bits the lowest port that is still to come. */
uint64_t dvs_groups_walk(const struct dvs_groups *groups, uint64_t cursor,
			 struct dvs_group_key *ret_key, struct dvs_group_member *ret_member,
			 bool *ret_found)
{
	uint64_t slot = cursor != 0 ? (cursor >> 17) - 1 : 0;
	uint32_t port = (uint32_t)(cursor & 0x1ffff);

	*ret_found = false;
	for (; slot < groups->n_slots; slot++, port = 0) {
		const struct group *group = groups->slots[slot];
		uint32_t at;

		if (group == NULL || port > UINT16_MAX)
			continue;
		at = place_of(group, (uint16_t)port);
		if (at == group->n)
			continue;
		*ret_key = group->key;
		*ret_member = group->members[at];
		*ret_found = true;
		return (slot + 1) << 17 | (group->members[at].port + 1u);
	}
	return 0;
}
