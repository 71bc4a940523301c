/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mld.h - MLD of both versions (RFC 2710, RFC 3810), and what else in IPv6 says that a multicast
 * router is there: PIM hellos (RFC 7761 section 4.9.2), multicast router advertisements (RFC 4286).
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_MLD_H
#define DVS_MLD_H

#include "membership.h"

/*
 * data: what follows the Ethernet header and tags. length: bytes that can be read; total: bytes
 * that the frame has there.
 *
 * -ENOMSG: neither MLD nor one of the others. -E2BIG: nobody knows, or it is one and is longer than
 * what can be read. -EBADMSG: a chain of headers that lies (ipv6.h), and of MLD: fragments, a hop
 * limit other than 1, no router alert option for MLD in a hop-by-hop header (RFC 3810 section 5),
 * a source that is not link-local, or none in reports (section 5.2.13), a wrong checksum, a message
 * that is too short or has a length that no version has, more records or sources than bytes, a
 * group that is none, a query that is not to all nodes or its group. The output is untouched then.
 */
int dvs_mld_parse(const uint8_t *data, uint32_t length, uint32_t total,
		  struct dvs_membership *ret_message);

/* A whole frame; version 1 or 2, source link-local. Returns its length. */
uint32_t dvs_mld_write_query(const struct dvs_query *query, uint8_t frame[DVS_QUERY_MAX]);

#endif
