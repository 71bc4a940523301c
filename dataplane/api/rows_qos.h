/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rows_qos.h - the rows of a policy's quality of service, in a port group and as overrides in a
 * port. What they cannot say is in objects_qos.c. Private to this folder.
 */
#ifndef DVS_ROWS_QOS_H
#define DVS_ROWS_QOS_H

#include "rows.h"

#define QOS_POLICY    (DVS_FIELD_POLICY | DVS_FIELD_WIDE)

#define DVS_BURST_MAX (1u << 27) /* bytes */

extern const char *const dvs_trust_names[];
extern const char *const dvs_marker_names[];
extern const char *const dvs_color_action_names[];

/* What frames of a class get, or what class they are of. */
#define MAP_ROW(owner, member, most, text)                                                         \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_MAP, AT(owner, policy.member),                  \
		.flags = QOS_POLICY, .max = most, .default_text = "none", .help = text             \
	}

#define CLASS_ROWS(owner)                                                                          \
	{.name = "trust",                                                                          \
	 .type = DVS_FIELD_ENUM,                                                                   \
	 AT(owner, policy.trust),                                                                  \
	 .flags = QOS_POLICY,                                                                      \
	 .names = dvs_trust_names,                                                                 \
	 .default_text = "none",                                                                   \
	 .help = "What says the class of frames from the port: nothing, the VLAN tag's "           \
		 "priority (PCP), or DSCP"},                                                       \
		{.name = "default_class",                                                          \
		 .type = DVS_FIELD_UINT,                                                           \
		 AT(owner, policy.default_class),                                                  \
		 .flags = QOS_POLICY,                                                              \
		 .max = DVS_CLASSES - 1,                                                           \
		 .default_text = "0",                                                              \
		 .help = "Class of frames that have nothing which is trusted"},                    \
		MAP_ROW(owner, class_of_pcp, DVS_CLASSES - 1,                                      \
			"Class by PCP, where it is not the same number"),                          \
		MAP_ROW(owner, class_of_dscp, DVS_CLASSES - 1,                                     \
			"Class by DSCP, where it is not an eighth of it"),                         \
		MAP_ROW(owner, mark_dscp, 63,                                                      \
			"DSCP that IP packets from the port get by their class; others keep "      \
			"theirs"),                                                                 \
		MAP_ROW(owner, mark_pcp, 7,                                                        \
			"PCP that frames from the port get by their class, where they have a "     \
			"tag; others keep theirs")

/* Packets of a color. */
#define COLOR_ROW(owner, member, action, text)                                                     \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_ENUM, AT(owner, policy.member),                 \
		.flags = QOS_POLICY, .names = dvs_color_action_names, .default_text = action,      \
		.help = text                                                                       \
	}

#define MARKER_BURST_ROW(owner, member, text)                                                      \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_UINT, AT(owner, policy.member),                 \
		.flags = QOS_POLICY, .max = DVS_BURST_MAX, .unit = "bytes", .default_text = "0",   \
		.help = text                                                                       \
	}

#define MARKER_RATE_ROW(owner, member, text)                                                       \
	{                                                                                          \
		.name = #member, .type = DVS_FIELD_RATE, AT(owner, policy.member),                 \
		.flags = QOS_POLICY, .default_text = "off", .help = text                           \
	}

#define MARKER_ROWS(owner)                                                                         \
	{.name = "marker",                                                                         \
	 .type = DVS_FIELD_ENUM,                                                                   \
	 AT(owner, policy.marker),                                                                 \
	 .flags = QOS_POLICY,                                                                      \
	 .names = dvs_marker_names,                                                                \
	 .default_text = "off",                                                                    \
	 .help = "Color IP packets from the port by one rate (RFC 2697) or two (RFC 2698)"},       \
		{.name = "marker_aware",                                                           \
		 .type = DVS_FIELD_BOOL,                                                           \
		 AT(owner, policy.marker_aware),                                                   \
		 .flags = QOS_POLICY,                                                              \
		 .default_text = "false",                                                          \
		 .help = "The marker knows the color that a packet has by its DSCP, AFx2 yellow "  \
			 "and AFx3 red, and makes it no better"},                                  \
		MARKER_RATE_ROW(owner, marker_rate,                                                \
				"Committed rate of the marker (CIR), in bits of IP packets a "     \
				"second"),                                                         \
		MARKER_BURST_ROW(                                                                  \
			owner, marker_burst,                                                       \
			"Committed burst (CBS); 0 = 100 ms of the rate, at least 64 KiB"),         \
		MARKER_RATE_ROW(owner, marker_peak, "Peak rate (PIR) of trtcm"),                   \
		MARKER_BURST_ROW(owner, marker_excess,                                             \
				 "Excess burst (EBS) of srtcm, peak burst (PBS) of trtcm; 0 = "    \
				 "100 ms of its rate, at least 64 KiB"),                           \
		COLOR_ROW(owner, marker_yellow, "mark",                                            \
			  "Yellow packets: mark AFx2 where they have any AFxy, drop, or pass as "  \
			  "they are"),                                                             \
		COLOR_ROW(owner, marker_red, "drop", "Red packets: the same with AFx3")

#endif
