/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4.h - DHCP for IPv4 (RFC 2131, options of RFC 2132, relay agent information of RFC 3046).
 *
 * Options are in the options field and, when the overload option says so, in the file and server
 * name fields; each of the three is walked once, so nothing can loop. An option that is read here
 * and comes twice makes the message malformed, as receivers differ in what they make of that.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_DHCP4_H
#define DVS_DHCP4_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_DHCP4_SERVER_PORT 67
#define DVS_DHCP4_CLIENT_PORT 68
#define DVS_DHCP4_FIXED	      240 /* bytes before the options, the cookie included */
#define DVS_DHCP4_AGENT_INFO  82  /* option */

enum dvs_dhcp4_operation {
	DVS_DHCP4_BOOTREQUEST = 1, /* from clients */
	DVS_DHCP4_BOOTREPLY = 2,   /* from servers */
};

enum dvs_dhcp4_type {
	DVS_DHCP4_BOOTP, /* without a message type */
	DVS_DHCP4_DISCOVER,
	DVS_DHCP4_OFFER,
	DVS_DHCP4_REQUEST,
	DVS_DHCP4_DECLINE,
	DVS_DHCP4_ACK,
	DVS_DHCP4_NAK,
	DVS_DHCP4_RELEASE,
	DVS_DHCP4_INFORM,
};

struct dvs_dhcp4 {
	uint8_t operation; /* enum dvs_dhcp4_operation */
	uint8_t type;	   /* enum dvs_dhcp4_type, or one of later RFCs */
	uint8_t chaddr[6];
	uint32_t xid;
	uint32_t ciaddr, yiaddr, giaddr; /* host order */
	uint32_t requested, server_id;	 /* options 50 and 54; 0: none */
	uint32_t lease_s;		 /* option 51; 0: none */
	bool has_client_mac;		 /* option 61 is a MAC ... */
	uint8_t client_mac[6];		 /* ... this one */
	/* Where in the message: */
	uint16_t agent_info;	    /* option 82 in the options field; 0: none */
	uint16_t agent_info_length; /* with its code and length */
	uint16_t end;		    /* the End option of the options field */
};

/*
 * data: UDP's payload, length bytes of it, all readable. -EBADMSG: shorter than its fixed part, no
 * cookie, an operation that is neither, hardware addresses that are not Ethernet's 6 bytes, options
 * that reach behind their field, without End, of a wrong length, or twice; overload of a value
 * that does not exist; relay agent information in an overloaded field.
 */
int dvs_dhcp4_parse(const uint8_t *data, uint32_t length, struct dvs_dhcp4 *ret_dhcp);

#endif
