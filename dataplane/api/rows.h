/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rows.h - how the tables of rows are written, for the files that have them (objects.c, and
 * objects_WHAT.c beside it). Private to this folder.
 */
#ifndef DVS_ROWS_H
#define DVS_ROWS_H

#include <stddef.h>

#include "array.h"
#include "objects.h"

/* Where a row's value is. */
#define AT(type, member)                                                                           \
	.offset = (uint16_t)offsetof(struct type, member),                                         \
	.size = (uint16_t)sizeof(((struct type *)NULL)->member)

#define STATE	DVS_FIELD_STATE
#define COUNTER (DVS_FIELD_STATE | DVS_FIELD_COUNTER)

#define TYPE(symbol, type_id, struct_name, rows, singular, several, text)                          \
	const struct dvs_type symbol = {.name = singular,                                          \
					.plural = several,                                         \
					.id = type_id,                                             \
					.size = (uint16_t)sizeof(struct struct_name),              \
					.n_fields = (uint16_t)COUNT_OF(rows),                      \
					.fields = rows,                                            \
					.help = text}

/* Names of values that several files have rows of. */
extern const char *const dvs_port_kind_names[];
extern const char *const dvs_worker_names[DVS_WORKERS_MAX + 1];
extern const char *const dvs_feature_names[DVS_N_FEATURES + 1];

/* Multicast of a segment. Zero is the default of all numbers, as peers that know nothing of these
 * rows send it. */
#define MCAST_SEGMENT_ROWS                                                                         \
	{.name = "mcast_snooping",                                                                 \
	 .type = DVS_FIELD_BOOL,                                                                   \
	 AT(dvs_segment, mcast_snooping),                                                          \
	 .flags = DVS_FIELD_WIDE,                                                                  \
	 .default_text = "false",                                                                  \
	 .help = "Send IP multicast only to ports that asked for it by IGMP or MLD, once "         \
		 "somebody sends queries"},                                                        \
		{.name = "mcast_flood_unknown",                                                    \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(dvs_segment, mcast_flood_unknown),                                             \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .default_text = "false",                                                          \
		 .help = "Send groups that nobody asked for to all ports, not to router ports "    \
			 "only"},                                                                  \
		{.name = "mcast_querier",                                                          \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(dvs_segment, mcast_querier),                                                   \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .default_text = "false",                                                          \
		 .help = "Send queries while no other querier with a lower address does"},         \
		{.name = "mcast_querier_ip",                                                       \
		 .type = DVS_FIELD_IP,                                                             \
		 AT(dvs_segment, mcast_querier_ip),                                                \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .help = "IPv4 source of IGMP queries; empty = 0.0.0.0, to which every other "     \
			 "querier is preferred"},                                                  \
		{.name = "mcast_querier_ip6",                                                      \
		 .type = DVS_FIELD_IP,                                                             \
		 AT(dvs_segment, mcast_querier_ip6),                                               \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .help = "Link-local source of MLD queries; empty = one that the switch makes "    \
			 "up"},                                                                    \
		{.name = "mcast_igmp",                                                             \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(dvs_segment, mcast_igmp),                                                      \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .names = igmp_versions,                                                           \
		 .default_text = "v3",                                                             \
		 .help = "Version of the switch's own IGMP queries"},                              \
		{.name = "mcast_mld",                                                              \
		 .type = DVS_FIELD_ENUM,                                                           \
		 AT(dvs_segment, mcast_mld),                                                       \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .names = mld_versions,                                                            \
		 .default_text = "v2",                                                             \
		 .help = "Version of the switch's own MLD queries"},                               \
		{.name = "mcast_interval",                                                         \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(dvs_segment, mcast_interval_s),                                                \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .max = 31744,                                                                     \
		 .unit = "seconds",                                                                \
		 .default_text = "125",                                                            \
		 .help = "Between two queries; a membership lasts twice as long and the time of "  \
			 "an answer; 0 = 125"},                                                    \
		{.name = "mcast_response",                                                         \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(dvs_segment, mcast_response_ms),                                               \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .max = 25500,                                                                     \
		 .unit = "ms",                                                                     \
		 .default_text = "10000",                                                          \
		 .help = "Longest time for an answer to a query; 0 = 10000"},                      \
		{.name = "mcast_last_member",                                                      \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(dvs_segment, mcast_last_member_ms),                                            \
		 .flags = DVS_FIELD_WIDE,                                                          \
		 .max = 25500,                                                                     \
		 .unit = "ms",                                                                     \
		 .default_text = "1000",                                                           \
		 .help = "For each of the two queries whether a member that left was a port's "    \
			 "last; 0 = 1000"},                                                        \
	{                                                                                          \
		.name = "mcast_groups", .type = DVS_FIELD_UINT, AT(dvs_segment, mcast_groups),     \
		.flags = DVS_FIELD_WIDE, .max = 65536, .unit = "groups", .default_text = "4096",   \
		.help = "Most groups that are learnt in the segment; 0 = 4096"                     \
	}

/* Multicast of a port, in a port group and as overrides in a port. */
#define MCAST_POLICY_ROWS(owner)                                                                   \
	{.name = "mcast_router",                                                                   \
	 .type = DVS_FIELD_ENUM,                                                                   \
	 AT(owner, policy.mcast_router),                                                           \
	 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                               \
	 .names = mcast_router_modes,                                                              \
	 .default_text = "auto",                                                                   \
	 .help = "Is a multicast router behind the port, which gets all groups? auto: when it "    \
		 "sends queries or PIM hellos; never: queries from the port are dropped"},         \
		{.name = "mcast_fast_leave",                                                       \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(owner, policy.mcast_fast_leave),                                               \
		 .flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE,                                       \
		 .default_text = "false",                                                          \
		 .help = "End a membership with the port's first leave, without asking whether "   \
			 "others are there"},                                                      \
	{                                                                                          \
		.name = "mcast_limit", .type = DVS_FIELD_UINT, AT(owner, policy.mcast_limit),      \
		.flags = DVS_FIELD_POLICY | DVS_FIELD_WIDE, .max = 65536, .unit = "groups",        \
		.default_text = "256",                                                             \
		.help = "Most groups that the port can join; 0 = as many as the segment has"       \
	}

#endif
