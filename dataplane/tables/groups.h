/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * groups.h - multicast groups: (segment, group) to the ports that have members, and the router
 * ports of each segment.
 *
 * A group is an IP address, as RFC 4541 section 2.1.2 recommends: 32 IPv4 groups share a MAC.
 *Router ports, which get every group, are kept as members of a group of their own for each family
 * (224.0.0.0 and ff00::, where nobody can be a member), so that all that holds for members holds
 * for them: they are learnt and expire, or are static.
 *
 * A member is learnt (until expires_ms), static, or both. Writers may set the timers of a member
 * that they have found; it moves when members come and go, so it is not to be kept.
 *
 * What guests can make this allocate is limited three times: groups of a segment, groups of a port,
 * and members of all together. Router ports and static members are not counted against the first
 * two: their number is bounded by the ports and by the configuration.
 *
 * Readers get lists of ports in ascending order, which never change: a change publishes another
 * list. Lists and groups that were unlinked are retired: whoever owns the table takes them (_take)
 * and frees them (_free_retired) when all readers have passed a quiescent state since. The hash is
 * seeded at random, as guests choose the keys.
 *
 * Whether groups are used in a segment and family at all is one bit (_set_pruned): not before
 * somebody asks for members (RFC 4541 section 2.1.1).
 *
 * Threads: one writer. _members, _routers, _is_pruned: readers, any number, who never wait; what
 * they return holds until their next quiescent state.
 *
 *	writer:						reader:
 *	dvs_groups_create(limits, &groups);		ports = dvs_groups_members(groups, 1, &ip);
 *	dvs_groups_join(groups, &join, now_ms, &m);	for (i = 0; ports && i < ports->n; i++)
 *	...							send(ports->ids[i]);
 *	retired = dvs_groups_take(groups);		quiescent();
 *	(grace period)
 *	dvs_groups_free_retired(retired);
 */
#ifndef DVS_GROUPS_H
#define DVS_GROUPS_H

#include "ip.h"

struct dvs_groups;

#define DVS_GROUPS_MAX	      65536  /* of all segments */
#define DVS_GROUP_MEMBERS_MAX 262144 /* of all groups */

enum dvs_group_family { DVS_GROUP_V4, DVS_GROUP_V6, DVS_GROUP_FAMILIES };

/* Links what is to be freed. */
struct dvs_group_retired {
	struct dvs_group_retired *next;
};

/* What readers get. */
struct dvs_group_ports {
	struct dvs_group_retired retired; /* the writer's */
	uint16_t n;
	uint16_t ids[]; /* ascending */
};

struct dvs_group_member {
	uint16_t port;
	bool is_static;
	uint8_t version;       /* of the protocol, in the last report; 0: none was heard */
	uint8_t queries_left;  /* to be sent before it expires */
	uint64_t query_ms;     /* when the next of these is due */
	uint64_t expires_ms;   /* 0: not learnt */
	uint64_t old_ms[2];    /* until then there are hosts of version 1, of version 2 */
	struct dvs_ip address; /* of who reported last */
};

struct dvs_group_key {
	uint16_t segment;
	struct dvs_ip ip;
};

enum dvs_group_result {
	DVS_GROUP_ADDED,
	DVS_GROUP_RENEWED,
	DVS_GROUP_REFUSED, /* a limit, or no memory */
};

struct dvs_group_limits {
	uint32_t segments, ports; /* ids are below */
	uint32_t groups, members; /* most of all together */
};

struct dvs_group_stats {
	uint32_t groups, members; /* without router ports */
	uint64_t refused;
};

/* The group whose members are the router ports of the family. */
extern const struct dvs_ip dvs_group_routers[DVS_GROUP_FAMILIES];

/* 0, -ENOMEM. */
int dvs_groups_create(const struct dvs_group_limits *limits, struct dvs_groups **ret_groups);

/* No reader is left. NULL is accepted. */
void dvs_groups_free(struct dvs_groups *groups);

/* ---- readers ---- */

/* Ports with members; NULL: none. */
const struct dvs_group_ports *dvs_groups_members(const struct dvs_groups *groups, uint16_t segment,
						 const struct dvs_ip *ip);

static inline const struct dvs_group_ports *
dvs_groups_routers(const struct dvs_groups *groups, uint16_t segment, enum dvs_group_family family)
{
	return dvs_groups_members(groups, segment, &dvs_group_routers[family]);
}

bool dvs_groups_is_pruned(const struct dvs_groups *groups, uint16_t segment,
			  enum dvs_group_family family);

/* ---- the writer ---- */

void dvs_groups_set_pruned(struct dvs_groups *groups, uint16_t segment,
			   enum dvs_group_family family, bool is_pruned);

/* Most learnt groups. What is there beyond a new limit stays until it expires. */
void dvs_groups_limit_segment(struct dvs_groups *groups, uint16_t segment, uint32_t most);
void dvs_groups_limit_port(struct dvs_groups *groups, uint16_t port, uint32_t most);

/* A report: the port has members until expires_ms. ret_member (may be NULL): the member, unless
 * refused. */
enum dvs_group_result dvs_groups_join(struct dvs_groups *groups, const struct dvs_group_key *key,
				      uint16_t port, uint64_t expires_ms,
				      struct dvs_group_member **ret_member);

/* What was learnt of the port in the group is forgotten now; a static member stays. */
void dvs_groups_leave(struct dvs_groups *groups, const struct dvs_group_key *key, uint16_t port);

/* -ENOMEM, -ENOSPC (members of all together). Taking one back cannot fail. */
int dvs_groups_set_static(struct dvs_groups *groups, const struct dvs_group_key *key,
			  uint16_t port);
void dvs_groups_unset_static(struct dvs_groups *groups, const struct dvs_group_key *key,
			     uint16_t port);

/* NULL when it is no member. */
struct dvs_group_member *dvs_groups_find(struct dvs_groups *groups, const struct dvs_group_key *key,
					 uint16_t port);

/* Members of the group, *ret_n of them; NULL when there is none. */
struct dvs_group_member *dvs_groups_all(struct dvs_groups *groups, const struct dvs_group_key *key,
					uint32_t *ret_n);

/* Forgets the learnt or (is_static) static part of members for which keep says no. */
typedef bool (*dvs_group_keep_fn)(const struct dvs_group_key *key, uint16_t port, bool is_static,
				  void *arg);
void dvs_groups_retain(struct dvs_groups *groups, dvs_group_keep_fn keep, void *arg);

/* Forgets members that have expired, and calls fn for those whose query is due, in so many places
 * for groups from where the last call ended. fn changes no more than the member. */
typedef void (*dvs_group_due_fn)(const struct dvs_group_key *key, struct dvs_group_member *member,
				 void *arg);
void dvs_groups_age(struct dvs_groups *groups, uint64_t now_ms, uint32_t steps, dvs_group_due_fn fn,
		    void *arg);

/* Places for groups at present. */
uint32_t dvs_groups_places(const struct dvs_groups *groups);

/* The first member from cursor on, 0 to start; returns the cursor to go on with, 0 at the end. A
 * member that stays is met exactly once. */
uint64_t dvs_groups_walk(const struct dvs_groups *groups, uint64_t cursor,
			 struct dvs_group_key *ret_key, struct dvs_group_member *ret_member,
			 bool *ret_found);

void dvs_groups_stats(const struct dvs_groups *groups, struct dvs_group_stats *ret_stats);

/* All that was retired so far, NULL when nothing was. */
struct dvs_group_retired *dvs_groups_take(struct dvs_groups *groups);
void dvs_groups_free_retired(struct dvs_group_retired *retired);

#endif
