/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snooping.h - IGMP and MLD snooping (RFC 4541), the control side: what reports and queries that
 * workers punt mean for the table of groups (groups.h), and the switch's own queries.
 *
 * In a segment that snoops, a port becomes a member of a group by reports, and stays one as long as
 * they come in time; it becomes a router port by queries, PIM hellos and the like. Groups are used
 * only while somebody asks for members, another querier or the switch itself, and not before the
 * answers to the first query are in: until then, and after a restart, all is flooded.
 *
 * The switch can be the querier. Of several the one with the lowest address sends (RFC 3376 section
 * 6.6.2, RFC 3810 section 7.6.2); the switch stops when it hears a lower one, and starts again when
 * that was silent for too long. Queries with an unspecified source are of other snooping switches
 * (RFC 4541 section 2.1.1) and mean nothing here.
 *
 * When a member leaves and the switch is the querier, it asks twice behind that port whether there
 * are others; else the querier does, and its question shortens the membership. With fast leave the
 * first leave ends it. A port whose link comes up is asked at once: a guest that has moved here
 * does not report by itself.
 *
 * Threads: the control thread.
 */
#ifndef DVS_SNOOPING_H
#define DVS_SNOOPING_H

#include "groups.h"
#include "mac.h"
#include "model.h"

struct dvs_switch;

#define DVS_SNOOPING_SEGMENTS (2 * DVS_SEGMENTS_MAX + 1) /* ids are below */
#define DVS_SNOOPING_NEVER    UINT64_MAX

/* Who asks in a segment, in one family. */
struct dvs_querier {
	uint64_t next_ms;	 /* when the switch asks next; NEVER: it is not the querier */
	uint64_t prune_ms;	 /* groups are used from then on */
	uint64_t other_until_ms; /* another one is the querier until then; 0: none is */
	struct dvs_ip other_ip;
	uint16_t other_port;
	uint8_t other_version;
	uint8_t startups_left; /* queries in quick succession */
	uint8_t robustness;    /* of the querier, as the next two; not less than our own */
	uint32_t interval_ms, response_ms;
};

/* A segment that snoops. */
struct dvs_snooper {
	uint16_t id;
	struct dvs_segment config;
	struct dvs_querier queriers[DVS_GROUP_FAMILIES];
};

struct dvs_snooping {
	struct dvs_groups *groups;
	struct dvs_snooper *snoopers[DVS_SNOOPING_SEGMENTS]; /* by segment id */
	unsigned int n;
	uint8_t mac[DVS_MAC_LEN]; /* source of queries, drawn at start */
	uint64_t polled_ms, ticked_ms;
	struct dvs_group_retired *retired; /* until readers have passed the token */
	uint64_t token;
};

int dvs_snooping_create(struct dvs_switch *sw);
void dvs_snooping_free(struct dvs_switch *sw);

/* Brings all in line with the model in force, whose snapshot is published. -ENOMEM: not all of it,
 * and the call is to be made again. */
int dvs_snooping_update(struct dvs_switch *sw);

/* Forgets members that are not in the segment any more, or whose port is out of the snapshot. */
void dvs_snooping_forget(struct dvs_switch *sw);

/* What time brings: queries, expiry. A bounded part of it at each call. */
void dvs_snooping_poll(struct dvs_switch *sw);

void dvs_snooping_link_up(struct dvs_switch *sw, const struct dvs_port_object *port);

/* Records of struct dvs_group_state, as dvs_switch_dump has it. */
int dvs_snooping_dump(struct dvs_switch *sw, uint64_t *cursor, void *buf, unsigned int max);

/* ---- querier.c ---- */

uint64_t dvs_snooping_now_ms(const struct dvs_switch *sw);

/* The configuration has changed, or is new. */
void dvs_querier_update(struct dvs_switch *sw, struct dvs_snooper *snooper,
			enum dvs_group_family family);
void dvs_querier_tick(struct dvs_switch *sw, struct dvs_snooper *snooper,
		      enum dvs_group_family family, uint64_t now_ms);

/* A general query was heard; its source is specified. */
struct dvs_membership;
void dvs_querier_hear(struct dvs_switch *sw, struct dvs_snooper *snooper,
		      enum dvs_group_family family, const struct dvs_membership *query,
		      uint16_t port, uint64_t now_ms);

/* Is the switch the querier? */
static inline bool dvs_querier_is_own(const struct dvs_querier *querier)
{
	return querier->next_ms != DVS_SNOOPING_NEVER;
}

/* How long a membership lasts from a report on (RFC 3376 section 8.4), and a router port from a
 * query on (section 8.5). */
uint64_t dvs_querier_membership_ms(const struct dvs_querier *querier);
uint64_t dvs_querier_router_ms(const struct dvs_querier *querier);

uint32_t dvs_snooping_last_member_ms(const struct dvs_snooper *snooper);

/* A query about a group, NULL: a general one, to a port or DVS_PORT_FLOOD. */
void dvs_querier_ask(struct dvs_switch *sw, const struct dvs_snooper *snooper,
		     enum dvs_group_family family, const struct dvs_ip *group, uint16_t port);

/* The source of the switch's queries. */
struct dvs_ip dvs_querier_source(const struct dvs_switch *sw, const struct dvs_snooper *snooper,
				 enum dvs_group_family family);

#endif
