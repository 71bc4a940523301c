/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * savi_private.h - between savi.c (what is learnt), savi_dhcp.c (from whose messages) and
 * savi_file.c (what is kept).
 *
 * Threads: the control thread.
 */
#ifndef DVS_SAVI_PRIVATE_H
#define DVS_SAVI_PRIVATE_H

#include "objects.h"
#include "savi.h"
#include "state_file.h"

#define DVS_REQUESTS	  4096 /* that wait for an answer; a power of two */
#define DVS_REQUEST_AGE_S 60   /* RFC 7513 section 6.2: MAX_DHCP_RESPONSE_TIME is 120 */
#define DVS_ANSWERS	  32   /* that wait for their request */
#define DVS_ANSWER_AGE_S  2

/* A client's request: what an answer names it by, and where it came from. */
struct dvs_dhcp_request {
	uint64_t client; /* MAC, or a hash of the DUID */
	uint64_t mac;	 /* of the frame */
	uint32_t xid;
	uint32_t seen_s; /* 0: none */
	uint16_t segment;
	uint16_t port;
	uint8_t kind; /* enum dvs_binding_kind */
};

/* What a server's answer gives. */
struct dvs_dhcp_answer {
	struct dvs_dhcp_request to; /* mac and port are not known */
	uint8_t n_leases;
	struct {
		struct dvs_prefix address;
		uint32_t valid_s; /* UINT32_MAX: for ever; 0: not any more */
	} leases[16];
};

struct dvs_savi {
	struct dvs_dhcp_request requests[DVS_REQUESTS];
	struct dvs_dhcp_answer answers[DVS_ANSWERS];
	unsigned int next_answer;
	uint64_t seed; /* of the hash of requests */
	uint32_t polled_s;
	struct dvs_state_file file;
	struct dvs_binding_entry *kept; /* of ports that are not there yet; lease_s as expires_s */
	uint32_t n_kept;
};

/*
 * Binds, or prolongs what is bound already. lease_s: UINT32_MAX for ever. False: the port's limit
 * is reached, or there is no memory; it is counted.
 */
bool dvs_savi_bind(struct dvs_switch *sw, struct dvs_port_object *port,
		   const struct dvs_prefix *address, uint64_t mac, uint8_t kind, uint32_t lease_s);

/* Of that kind, if the port has it. */
void dvs_savi_unbind(struct dvs_switch *sw, struct dvs_port_object *port,
		     const struct dvs_prefix *address, uint8_t kind);

/* Does another port of the segment have it? Learnt, or, when asked, in the configuration. */
struct dvs_port_object *dvs_savi_owner(struct dvs_switch *sw, uint16_t segment,
				       const struct dvs_port_object *but,
				       const struct dvs_prefix *address, bool or_static);

extern const struct dvs_state_kind dvs_savi_file;

void dvs_savi_load(struct dvs_switch *sw, struct dvs_savi *savi);
void dvs_savi_save(struct dvs_switch *sw);

#endif
