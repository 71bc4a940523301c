/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * membership.h - IGMP and MLD messages in one form: who asks, who joins, who leaves.
 *
 * IGMP (RFC 1112 appendix I, 2236, 3376) and MLD (RFC 2710, 3810) say the same in two families of
 * addresses. Their parsers (igmp.h, mld.h) check a packet's every length and checksum and give
 * this; what a report says is read record by record, so that no number in the packet is believed
 * beyond the bytes that are there.
 *
 * Threads: pure functions, any thread.
 *
 *	struct dvs_membership_record record;
 *	struct dvs_membership_cursor at = {0};
 *	struct dvs_membership message;
 *
 *	if (dvs_igmp_parse(data, length, total, &message) == 0)
 *		while (dvs_membership_next(&message, &at, &record))
 *			...
 */
#ifndef DVS_MEMBERSHIP_H
#define DVS_MEMBERSHIP_H

#include "ip.h"

enum dvs_membership_kind {
	DVS_MEMBERSHIP_OTHER,	   /* none of these: to be flooded (RFC 4541 section 2.1.1) */
	DVS_MEMBERSHIP_QUERY,	   /* who is in the group? */
	DVS_MEMBERSHIP_REPORT,	   /* records say what */
	DVS_MEMBERSHIP_ADVERTISED, /* a router says that it is one: PIM, RFC 4286, DVMRP */
};

/* What a record of a report means for the group, sources not told apart. */
enum dvs_membership_change {
	DVS_MEMBERSHIP_NONE,  /* nothing that is known */
	DVS_MEMBERSHIP_JOIN,  /* somebody wants the group, from some source at least */
	DVS_MEMBERSHIP_LEAVE, /* the sender does not want it any more */
	DVS_MEMBERSHIP_BLOCK, /* the sender does not want some sources: others may be left */
};

struct dvs_membership {
	uint8_t kind;	      /* enum dvs_membership_kind */
	uint8_t version;      /* IGMP 1 to 3, MLD 1 to 2 */
	uint8_t robustness;   /* query: 0 when it does not say */
	bool is_suppressed;   /* query: shortens nobody's timer (RFC 3376 section 6.6.1) */
	uint32_t response_ms; /* query: longest time to an answer */
	uint32_t interval_s;  /* query: time to the next one, 0 when it does not say */
	uint16_t n_sources;   /* query: not 0: about these only */
	uint16_t n_records;   /* report */
	struct dvs_ip source;
	struct dvs_ip group; /* query: unspecified = any group */

	/* What a report's records are read from: in the packet, or change alone. */
	uint8_t change;		/* enum dvs_membership_change, of a report about group */
	uint8_t address_length; /* 4 or 16 */
	const uint8_t *records; /* NULL: it is change */
	uint32_t length;	/* bytes of records, which are known to fit */
};

struct dvs_membership_record {
	uint8_t change; /* enum dvs_membership_change */
	struct dvs_ip group;
};

struct dvs_membership_cursor {
	uint32_t n, offset; /* records and bytes behind us */
};

/* The next record of a report, from a cursor of zeros on. False: that was all. */
bool dvs_membership_next(const struct dvs_membership *message, struct dvs_membership_cursor *at,
			 struct dvs_membership_record *ret_record);

/* For the parsers: do n_records fit into the bytes, and are all their groups multicast? */
bool dvs_membership_is_sound(const struct dvs_membership *message);

/*
 * Times in 8 or 16 bits: above the first half of the range they are a mantissa with an exponent
 * (RFC 3376 section 4.1.1, RFC 3810 section 5.1.3). _code: the largest that is not above value.
 */
uint32_t dvs_membership_time(uint32_t code, unsigned int bits);
uint32_t dvs_membership_code(uint32_t value, unsigned int bits);

/* Longest query that is written here: Ethernet, IPv6 with router alert, MLDv2. */
#define DVS_QUERY_MAX 90

/* A query to be written (igmp.h, mld.h). */
struct dvs_query {
	const uint8_t *mac;   /* source */
	struct dvs_ip source; /* unspecified is possible in IPv4 */
	struct dvs_ip group;  /* unspecified: a general query */
	uint8_t version;
	uint8_t robustness;
	uint32_t response_ms;
	uint32_t interval_s;
};

#endif
