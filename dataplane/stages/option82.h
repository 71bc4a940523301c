/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * option82.h - relay agent information in DHCP messages (RFC 3046): put in, taken out.
 *
 * The message is changed where it is, in an mbuf of its own (dvs_frame_pull). UDP's checksum
 * becomes zero, which in IPv4 says that there is none (RFC 768), so that no sum over the payload
 * has to be right or is waited for.
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_OPTION82_H
#define DVS_OPTION82_H

#include "batch.h"
#include "dhcp4.h"
#include "snapshot.h"

/*
 * Puts the circuit id in front of the End option. ip, dhcp: offsets in the frame of the IPv4 header
 * and the message. False: there is no room, in the mbuf or in longest bytes, and the frame is as it
 * was, as section 2.1.1 has it.
 */
bool dvs_option82_insert(struct dvs_batch *batch, unsigned int i, uint32_t ip, uint32_t at,
			 const struct dvs_dhcp4 *dhcp, const struct dvs_snapshot_circuit *circuit,
			 uint32_t longest);

/* Takes it out: what is behind it moves up, and the message ends in as many zeros. */
void dvs_option82_remove(struct dvs_batch *batch, unsigned int i, uint32_t at, uint32_t length,
			 const struct dvs_dhcp4 *dhcp);

#endif
