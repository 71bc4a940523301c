/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp6.h - DHCP for IPv6 (RFC 8415): what is given to whom and for how long.
 *
 * Options nest three deep (message, identity association, address), and each level has a function
 * of its own, so nothing can recurse. What relays wrapped is not looked into: relays are not behind
 * a VM's port.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_DHCP6_H
#define DVS_DHCP6_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

#define DVS_DHCP6_CLIENT_PORT 546
#define DVS_DHCP6_SERVER_PORT 547
#define DVS_DHCP6_LEASES_MAX  16 /* addresses and prefixes of one message */

enum dvs_dhcp6_type {
	DVS_DHCP6_SOLICIT = 1,
	DVS_DHCP6_ADVERTISE,
	DVS_DHCP6_REQUEST,
	DVS_DHCP6_CONFIRM,
	DVS_DHCP6_RENEW,
	DVS_DHCP6_REBIND,
	DVS_DHCP6_REPLY,
	DVS_DHCP6_RELEASE,
	DVS_DHCP6_DECLINE,
	DVS_DHCP6_RECONFIGURE,
	DVS_DHCP6_INFORMATION_REQUEST,
	DVS_DHCP6_RELAY_FORWARD,
	DVS_DHCP6_RELAY_REPLY,
};

struct dvs_dhcp6_lease {
	struct dvs_prefix prefix; /* one address, or a delegated prefix */
	uint32_t valid_s;	  /* UINT32_MAX: for ever; 0: not any more */
};

struct dvs_dhcp6 {
	uint8_t type;  /* enum dvs_dhcp6_type, or one of later RFCs */
	bool is_relay; /* nothing below is filled */
	bool has_client_id, has_server_id;
	uint32_t xid;	    /* 24 bits */
	uint64_t client_id; /* a hash of the client's DUID */
	uint16_t status;    /* of the whole message; 0: success */
	uint8_t n_leases;   /* of identity associations and addresses with success */
	bool has_others;    /* there are leases that clients would ignore, too */
	struct dvs_dhcp6_lease leases[DVS_DHCP6_LEASES_MAX];
};

/* Does a server (or a relay, towards clients) send this? */
static inline bool dvs_dhcp6_is_from_server(uint8_t type)
{
	return type == DVS_DHCP6_ADVERTISE || type == DVS_DHCP6_REPLY ||
	       type == DVS_DHCP6_RECONFIGURE || type == DVS_DHCP6_RELAY_REPLY;
}

/*
 * data: UDP's payload, length bytes of it, all readable. -EBADMSG: shorter than a header, type 0,
 * options that reach behind what they are in or are too short for what they hold, identifiers
 * twice, empty, or longer than 130 bytes (RFC 8415 section 11.1), a prefix longer than 128 bits, a
 * multicast address, more than DVS_DHCP6_LEASES_MAX leases.
 */
int dvs_dhcp6_parse(const uint8_t *data, uint32_t length, struct dvs_dhcp6 *ret_dhcp);

#endif
