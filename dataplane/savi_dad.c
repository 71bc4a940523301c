/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Duplicate address detection: who asks for an address that nobody else has, and whom nobody
 * answers, gets it bound (RFC 6620).
 *
 * The answer counts, as not every owner has a binding: a router behind a port without guards is
 * known by nothing else, and its address is what a hostile guest asks for.
 */
#include <string.h>

#include "clock.h"
#include "fdb.h"
#include "ipv6.h"
#include "nd.h"
#include "punt.h"
#include "savi_private.h"
#include "switch_private.h"

/* A whole message of Neighbor Discovery: its target. */
static bool read_target(const struct dvs_punted *frame, struct dvs_prefix *ret_target,
			bool *ret_is_dad)
{
	const uint8_t *packet = frame->bytes + frame->l3;
	uint32_t length = (uint32_t)frame->length - frame->l3;
	struct dvs_ipv6 ip;
	struct dvs_nd nd;

	if (frame->length < frame->frame_length ||
	    dvs_ipv6_parse(packet, length, length, &ip) < 0 ||
	    dvs_nd_parse(packet + ip.upper, length - ip.upper, &ip, &nd) < 0)
		return false;
	*ret_target = (struct dvs_prefix){.ip = nd.target, .length = DVS_IP_LEN * 8};
	*ret_is_dad = dvs_nd_is_dad(&nd, &ip);
	return *ret_is_dad || nd.type == DVS_ND_NEIGHBOR_ADVERTISEMENT;
}

static bool is_of(const struct dvs_candidate *candidate, uint16_t segment,
		  const struct dvs_prefix *address)
{
	return candidate->segment == segment &&
	       memcmp(&candidate->address, address, sizeof(*address)) == 0;
}

static void forget(struct dvs_savi *savi, unsigned int i)
{
	savi->candidates[i] = savi->candidates[--savi->n_candidates];
}

/* A host asks more than once, and the first time counts. False: it cannot have the address. */
static bool add(struct dvs_savi *savi, const struct dvs_candidate *new)
{
	unsigned int of_port = 0;

	for (unsigned int i = 0; i < savi->n_candidates; i++) {
		struct dvs_candidate *old = &savi->candidates[i];

		if (is_of(old, new->segment, &new->address))
			return old->port == new->port;
		of_port += old->port == new->port;
	}
	if (savi->n_candidates == DVS_CANDIDATES || of_port == DVS_CANDIDATES_PORT_MAX)
		return false;
	savi->candidates[savi->n_candidates++] = *new;
	return true;
}

void dvs_punt_dad(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	struct dvs_port_object *port = (void *)dvs_table_at(&sw->model.ports, frame->port);
	struct dvs_candidate new = {
		.mac = dvs_fdb_key(frame->bytes + DVS_MAC_LEN, 0) >> 16,
		.asked_ns = dvs_clock_now_ns(sw->clock),
		.segment = frame->segment,
		.port = frame->port,
	};
	const struct dvs_learnt *learnt;
	bool is_dad;

	if (port->segment->object.id != frame->segment ||
	    !read_target(frame, &new.address, &is_dad) || !is_dad)
		return;
	learnt = dvs_savi_find(port, &new.address);
	if (learnt != NULL && learnt->kind != DVS_BINDING_SLAAC) /* a lease stays one, and ends */
		return;
	if (learnt != NULL)
		dvs_savi_bind(sw, port, &new.address, new.mac, DVS_BINDING_SLAAC,
			      DVS_SLAAC_SILENCE_S);
	else if (dvs_savi_owner(sw, frame->segment, port, &new.address, DVS_SAVI_ANY) != NULL ||
		 !add(sw->savi, &new))
		port->learnt_refused++;
}

void dvs_punt_defence(struct dvs_switch *sw, const struct dvs_punted *frame)
{
	struct dvs_savi *savi = sw->savi;
	struct dvs_prefix target;
	bool is_dad;

	if (!read_target(frame, &target, &is_dad) || is_dad)
		return;
	for (unsigned int i = 0; i < savi->n_candidates; i++) {
		const struct dvs_candidate *candidate = &savi->candidates[i];
		struct dvs_port_object *port =
			(void *)dvs_table_at(&sw->model.ports, candidate->port);

		if (candidate->port == frame->port || !is_of(candidate, frame->segment, &target))
			continue;
		port->learnt_refused++;
		forget(savi, i);
		return;
	}
}

void dvs_savi_bind_unopposed(struct dvs_switch *sw)
{
	struct dvs_savi *savi = sw->savi;
	uint64_t now_ns = savi->n_candidates != 0 ? dvs_clock_now_ns(sw->clock) : 0;
	unsigned int i = 0;

	while (i < savi->n_candidates) {
		struct dvs_candidate candidate = savi->candidates[i];
		struct dvs_port_object *port =
			(void *)dvs_table_at(&sw->model.ports, candidate.port);

		if (now_ns - candidate.asked_ns < DVS_CANDIDATE_NS) {
			i++;
			continue;
		}
		forget(savi, i);
		if (dvs_savi_owner(sw, candidate.segment, port, &candidate.address, DVS_SAVI_ANY) ==
		    NULL)
			dvs_savi_bind(sw, port, &candidate.address, candidate.mac,
				      DVS_BINDING_SLAAC, DVS_SLAAC_SILENCE_S);
		else
			port->learnt_refused++;
	}
}

void dvs_savi_port_asks_no_more(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	struct dvs_savi *savi = sw->savi;
	unsigned int i = 0;

	while (i < savi->n_candidates)
		if (savi->candidates[i].port == port->object.id)
			forget(savi, i);
		else
			i++;
}
