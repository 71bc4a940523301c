/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * igmp.h - IGMP of all versions (RFC 1112 appendix I, RFC 2236, RFC 3376), and what else in IPv4
 * says that a multicast router is there: PIM hellos (RFC 7761 section 4.9.2), multicast router
 * advertisements (RFC 4286), DVMRP.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_IGMP_H
#define DVS_IGMP_H

#include "membership.h"

#define DVS_PROTOCOL_IGMP 2
#define DVS_PROTOCOL_PIM  103

/*
 * data: what follows the Ethernet header and tags. length: bytes that can be read; total: bytes
 * that the frame has there.
 *
 * -ENOMSG: neither IGMP nor one of the others. -E2BIG: it is one, and is longer than what can be
 * read. -EBADMSG: a header of IPv4 that lies or has a wrong checksum, a fragment (a message is
 * never longer than a packet: RFC 3376 section 4.2.16), a wrong checksum, a message that is too
 * short or has a length that no version has, more records or sources than bytes, a group that is
 * none, a query that is not to all systems or its group (RFC 3376 section 4.1.12). The output is
 * untouched then.
 */
int dvs_igmp_parse(const uint8_t *data, uint32_t length, uint32_t total,
		   struct dvs_membership *ret_message);

/* A whole frame; version 2 or 3. Returns its length, without padding. */
uint32_t dvs_igmp_write_query(const struct dvs_query *query, uint8_t frame[DVS_QUERY_MAX]);

#endif
