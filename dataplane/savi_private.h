/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * savi_private.h - between savi.c (what is learnt), savi_dhcp.c and savi_dad.c (from whose
 * messages) and savi_file.c (what is kept).
 *
 * Threads: the control thread.
 */
#ifndef DVS_SAVI_PRIVATE_H
#define DVS_SAVI_PRIVATE_H

#include "objects.h"
#include "savi.h"
#include "state_file.h"

#define DVS_REQUESTS	  4096 /* that wait for an answer; a power of two */
#define DVS_REQUEST_WAYS  4    /* places of one */
#define DVS_REQUEST_AGE_S 60   /* RFC 7513 section 6.2: MAX_DHCP_RESPONSE_TIME is 120 */
#define DVS_ANSWERS	  32   /* that wait for their request */
#define DVS_ANSWER_AGE_S  2
#define DVS_CANDIDATES	  512
/* RFC 6620 section 3.3, TENT_LT: less than hosts wait themselves, and enough for an answer. */
#define DVS_CANDIDATE_NS	500000000
#define DVS_CANDIDATES_PORT_MAX 16

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

/* An address that a port has asked for, and nobody has said yet that it is in use. */
struct dvs_candidate {
	struct dvs_prefix address;
	uint64_t mac;
	uint64_t asked_ns;
	uint16_t segment;
	uint16_t port;
};

struct dvs_savi {
	struct dvs_dhcp_request requests[DVS_REQUESTS];
	struct dvs_dhcp_answer answers[DVS_ANSWERS];
	unsigned int next_answer;
	struct dvs_candidate candidates[DVS_CANDIDATES];
	unsigned int n_candidates;
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

/* Has the port learnt this address, or prefix? NULL: no. */
struct dvs_learnt *dvs_savi_find(const struct dvs_port_object *port,
				 const struct dvs_prefix *address);

/* Binds candidates that nobody has opposed for long enough. */
void dvs_savi_bind_unopposed(struct dvs_switch *sw);

/* Forgets the port's candidates. */
void dvs_savi_port_asks_no_more(struct dvs_switch *sw, const struct dvs_port_object *port);

enum dvs_savi_by {
	DVS_SAVI_LEARNT = 1,
	DVS_SAVI_STATIC = 2, /* in the configuration */
	DVS_SAVI_ANY = DVS_SAVI_LEARNT | DVS_SAVI_STATIC,
};

/* Another port of the segment that has just this address, or prefix; NULL: none. */
struct dvs_port_object *dvs_savi_owner(struct dvs_switch *sw, uint16_t segment,
				       const struct dvs_port_object *but,
				       const struct dvs_prefix *address, enum dvs_savi_by by);

extern const struct dvs_state_kind dvs_savi_file;

void dvs_savi_load(struct dvs_switch *sw, struct dvs_savi *savi);
void dvs_savi_save(struct dvs_switch *sw);

#endif
