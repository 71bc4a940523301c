/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tag.h - VLAN tags taken off frames and put on them (IEEE 802.1Q-2022 section 9.5), in place.
 *
 * A tag is four octets behind the two addresses: the frame stays where it is, twelve octets move.
 * What comes off at the receiving port is remembered in the batch (tci). What goes on does so for
 * one receiver only, just before the frame is sent to it, and comes off again afterwards, since a
 * flooded frame may go to ports with and without tags. An mbuf that other workers read too is not
 * written to: it gets another first part, which shares the rest.
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_TAG_H
#define DVS_TAG_H

#include "batch.h"
#include "ethernet.h"

struct rte_mempool;

/* Of tag control information, and of batch->tci. */
#define DVS_TCI_PCP_SHIFT 13
#define DVS_TCI_PCP	  0xe000u
#define DVS_TCI_PRIORITY  0xf000 /* PCP and DEI */
#define DVS_TCI_DEI	  0x1000
#define DVS_TCI_VID	  0x0fff
/* In batch->tci only, in place of a VLAN id: */
#define DVS_TCI_CLASS_SHIFT 1
#define DVS_TCI_CLASS	    0x000eu /* class.h */
#define DVS_TCI_WAS_TAGGED  1	    /* it had a tag */

/* Bytes of a header with a tag, where it is not in an mbuf. */
#define DVS_TAGGED_BYTES (DVS_SNAPSHOT_BYTES + DVS_TAG_BYTES)

/* How the frame was before. */
struct dvs_tag_undo {
	struct rte_mbuf *mbuf;
	const uint8_t *header;
	uint16_t header_len;
};

/* Takes the outer tag off frame i, whose header is known to have one. The receiving worker, before
 * anybody else has the frame. */
void dvs_tag_pop(struct dvs_batch *batch, unsigned int i);

/*
 * Puts a tag on frame i until _undo; tag: TPID << 16 | TCI. room: where a header that is not in an
 * mbuf is put together. False: no buffer, and nothing has changed.
 */
bool dvs_tag_push(struct dvs_batch *batch, unsigned int i, uint32_t tag,
		  uint8_t room[DVS_TAGGED_BYTES], struct rte_mempool *pool,
		  struct dvs_tag_undo *ret_undo);

/* The frame may have become an mbuf meanwhile, and its checksum complete: it stays so. */
void dvs_tag_undo(struct dvs_batch *batch, unsigned int i, const struct dvs_tag_undo *undo);

#endif
