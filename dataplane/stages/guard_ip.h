/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_ip.h - the part of the guard stage that judges addresses: IP sources, ARP, Neighbor
 * Discovery, DHCP (policies ip_binding, dhcp_guard, dhcp_option82, ra_guard).
 *
 * guard_ip.c passes the usual frame by a few compares, and judges the others; for two protocols in
 * guard_nd.c and guard_dhcp.c.
 *
 * A judge objects by dvs_violate with the mode of the policy that it judges by. What is malformed
 * is objected to in the strictest mode of those policies that needed to look into it.
 *
 * Threads: workers.
 */
#ifndef DVS_GUARD_IP_H
#define DVS_GUARD_IP_H

#include "binding.h"
#include "ipv4.h"
#include "ipv6.h"
#include "snapshot.h"
#include "violation.h"

/* Judges the pending frames of a batch, which are one port's; the port needs it
 * (dvs_snapshot_judges_ip). */
void dvs_guard_ip(struct dvs_worker *worker, struct dvs_batch *batch);

/* Looks only for those who defend an address: for ports without any of these policies in a segment
 * where others learn from duplicate address detection. */
void dvs_guard_witness(struct dvs_worker *worker, struct dvs_batch *batch);

/* ---- between the files ---- */

/* A frame that is being judged. */
struct dvs_judged {
	struct dvs_worker *worker;
	struct dvs_batch *batch;
	unsigned int i;
	const struct dvs_snapshot_port *port; /* that it came in at */
	const struct dvs_binding_set *set;    /* of that port */
	uint64_t mac;			      /* source, as a number */
};

/* As dvs_violate. */
static inline bool dvs_judged_violates(const struct dvs_judged *frame, uint8_t mode,
				       enum dvs_drop_reason reason)
{
	return dvs_violate(frame->worker, frame->batch, frame->i, (enum dvs_guard_mode)mode,
			   reason);
}

/* From the network header on: what can be read, and what the frame has. */
static inline const uint8_t *dvs_judged_packet(const struct dvs_judged *frame, uint32_t *ret_length,
					       uint32_t *ret_total)
{
	const struct dvs_batch *batch = frame->batch;
	uint32_t at = batch->l3[frame->i];

	*ret_length = batch->header_len[frame->i] - at;
	*ret_total = batch->length[frame->i] - at;
	return batch->header[frame->i] + at;
}

/* Makes all of the frame readable, where it is in the worker's own memory, with its checksum.
 * False: it cannot be, and was judged for that. */
bool dvs_judged_pull(struct dvs_judged *frame);

/* The frame is ARP or ND: false when it is more than the port may send, and was dropped. */
bool dvs_judged_is_within_limit(struct dvs_judged *frame);

/* Is the address the port's, with the frame's source MAC? */
bool dvs_judged_is_bound4(const struct dvs_judged *frame, uint32_t ip);
/* So are link-local addresses that are made from the MAC (RFC 4291 appendix A). */
bool dvs_judged_is_bound6(const struct dvs_judged *frame, const struct dvs_ip *ip);

/* An ICMPv6 message, not in a later fragment. True: its source was judged too. */
bool dvs_judge_icmp6(struct dvs_judged *frame, const struct dvs_ipv6 *ip);

/* UDP of a DHCP port, not in a later fragment. True: it may have a source that is not bound. */
bool dvs_judge_dhcp4(struct dvs_judged *frame, const struct dvs_ipv4 *ip);
void dvs_judge_dhcp6(struct dvs_judged *frame, const struct dvs_ipv6 *ip);

#endif
