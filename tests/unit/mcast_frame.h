/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mcast_frame.h - frames of hosts and routers for tests of snooping: reports, queries, payload.
 *
 * Threads: any.
 */
#ifndef DVS_TEST_MCAST_FRAME_H
#define DVS_TEST_MCAST_FRAME_H

#include "ip.h"

#define MCAST_FRAME_MAX 256

/* A frame from host NN, whose MAC is 02:00:00:00:00:NN and address 10.0.0.NN or fe80::NN. */
struct mcast_frame {
	uint32_t length;
	uint8_t bytes[MCAST_FRAME_MAX];
};

struct dvs_ip mcast_ip(const char *text);

/* UDP to a group of either family, NN is a byte of its payload, too. */
struct mcast_frame mcast_payload(uint8_t host, const char *group);

/* IGMP with a type and a group; the newest version's report with one record without sources, or
 * with (n_sources) some; the same for MLD, by the family of the group. */
struct mcast_frame mcast_igmp(uint8_t host, uint8_t type, const char *dst, const char *group);
struct mcast_frame mcast_report(uint8_t host, uint8_t record, const char *group,
				unsigned int n_sources);

/* A query of the newest version, group "": general; source "": host's. */
struct mcast_frame mcast_query(uint8_t host, bool is_v6, const char *group, const char *source,
			       uint32_t response_ms);

#endif
