/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * batch.h - up to 64 frames on their way through the stages, as a struct of arrays.
 *
 * A frame is a header (its first bytes, which no guest can change any more), a description of where
 * the rest of it is, and the offload requests that came with it. Stages decide by the header only.
 * Where a frame is depends on the kind of port that received it:
 * - In an mbuf: the header is the start of the mbuf, the rest is what follows in the chain.
 * - In a guest: mbuf is NULL, the header is a copy in the batch (snapshot), the rest is still in
 *   the guest's memory (extents) until the destination's tx copies it from there, which is the one
 *   copy from guest to guest. The receiving port gets its buffers back by its release operation
 *   when the batch ends.
 * Stages never touch either; the few places that need an mbuf make one (frame.h).
 *
 * A frame's fate is its verdict: PENDING while it travels; it ends as DELIVERED, or HANDED_OVER
 * (another worker decides and accounts), or as DVS_VERDICT_DROP + reason. The account step at the
 * end of the batch counts each frame at the port that received it, exactly once.
 *
 * Frames that come from rx share one queue of one port. Frames that another worker handed over may
 * come from many ports: stages behind forward look at each frame's own in_port and segment.
 *
 * Threads: a batch belongs to one worker.
 */
#ifndef DVS_BATCH_H
#define DVS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "drop.h"
#include "offload.h"

#define DVS_BATCH_MAX	   64
#define DVS_SNAPSHOT_BYTES 128
#define DVS_FRAME_MAX                                                                              \
	(65536 + 128)	      /* bytes of the longest frame, of GSO; parse drops longer ones */
#define DVS_EXTENTS_MAX	  256 /* of one frame */
#define DVS_BATCH_EXTENTS 512

/* A piece of a frame in the memory of a guest, which may change it at any time. */
struct dvs_extent {
	const uint8_t *address;
	uint32_t length;
};

enum dvs_verdict {
	DVS_VERDICT_PENDING,
	DVS_VERDICT_DELIVERED,
	DVS_VERDICT_HANDED_OVER,
	DVS_VERDICT_DROP, /* + enum dvs_drop_reason; keep last */
};

#define DVS_PORT_NONE  UINT16_MAX	/* no port's id */
#define DVS_PORT_FLOOD (UINT16_MAX - 1) /* out_port[] of a frame without a single destination */
#define DVS_PORT_DHCP  (UINT16_MAX - 2) /* the same, for ports that are trusted with DHCP only */
/* The same, to members of a multicast group and router ports / to the latter only. */
#define DVS_PORT_GROUP	 (UINT16_MAX - 3)
#define DVS_PORT_ROUTERS (UINT16_MAX - 4)

struct dvs_batch {
	uint16_t n;
	uint16_t handed_by; /* worker that received the frames: this one, or who handed them over */
	uint16_t n_extents; /* in use of extents */
	bool has_mbufs;	    /* set with the first mbuf: there is something to free */
	bool has_tci;	    /* tci is set; else no frame had a tag taken off, a priority or class */
	bool is_limited;    /* rx is to charge frames, and to stop at a limit (charge.h) */
	uint8_t counts;	    /* the next are set only then; enum dvs_rate_counts */
	uint64_t stages;    /* bitmap of enum dvs_stage: what the frames' port needs */
	uint64_t byte_limit, frame_limit; /* rx takes frames while it has charged for less */
	uint64_t bytes, frames;		  /* that it has charged for */

	struct rte_mbuf *mbuf[DVS_BATCH_MAX]; /* set by rx, or NULL; freed as the batch ends */
	const uint8_t *header[DVS_BATCH_MAX]; /* set by rx */
	uint16_t header_len[DVS_BATCH_MAX];   /* set by rx: min(length, >= 128) contiguous bytes */
	uint16_t extent[DVS_BATCH_MAX];	      /* set by rx without mbuf: first of the frame's */
	uint16_t extents_of[DVS_BATCH_MAX];   /* set by rx without mbuf: how many it has */
	uint32_t length[DVS_BATCH_MAX];	      /* set by rx: bytes of the whole frame, no FCS */
	struct dvs_offload offload[DVS_BATCH_MAX]; /* set by rx, checked by parse */
	uint16_t in_port[DVS_BATCH_MAX];	   /* set by rx: port id */

	uint16_t segment[DVS_BATCH_MAX];    /* set by parse and vlan: segment id */
	uint16_t ethertype[DVS_BATCH_MAX];  /* set by parse: host order, after VLAN tags */
	uint16_t l3[DVS_BATCH_MAX];	    /* set by parse: what follows that begins here */
	uint16_t tci[DVS_BATCH_MAX];	    /* set by vlan, classify, mark: DVS_TCI_... (tag.h) */
	uint64_t src_key[DVS_BATCH_MAX];    /* set by parse: dvs_fdb_key of the source */
	uint64_t dst_key[DVS_BATCH_MAX];    /* set by parse: dvs_fdb_key of the destination */
	uint32_t flow_hash[DVS_BATCH_MAX];  /* set by parse: spreads flows over queues */
	uint16_t out_port[DVS_BATCH_MAX];   /* set by forward, snoop: port id or _FLOOD ... */
	uint8_t is_flooded[DVS_BATCH_MAX];  /* set by flood */
	uint32_t replica[DVS_BATCH_MAX];    /* set by flood: first in the worker's replica list */
	uint16_t n_replicas[DVS_BATCH_MAX]; /* set by flood: destinations from there on */
	uint8_t verdict[DVS_BATCH_MAX];	    /* enum dvs_verdict (+ reason) */

	struct dvs_extent extents[DVS_BATCH_EXTENTS]; /* what follows the header, in order */
	uint8_t snapshot[DVS_BATCH_MAX][DVS_SNAPSHOT_BYTES] __attribute__((aligned(64)));
};

/* An empty batch of frames that worker `by` received. */
static inline void dvs_batch_begin(struct dvs_batch *batch, uint16_t by, uint64_t stages)
{
	batch->n = 0;
	batch->handed_by = by;
	batch->n_extents = 0;
	batch->has_mbufs = false;
	batch->has_tci = false;
	batch->is_limited = false;
	batch->counts = 0;
	batch->stages = stages;
}

static inline void dvs_batch_drop(struct dvs_batch *batch, unsigned int i,
				  enum dvs_drop_reason reason)
{
	batch->verdict[i] = (uint8_t)(DVS_VERDICT_DROP + reason);
}

static inline bool dvs_batch_is_pending(const struct dvs_batch *batch, unsigned int i)
{
	return batch->verdict[i] == DVS_VERDICT_PENDING;
}

/* The bitmap of the first n frames of some, n <= 64: what tx returns when it took these. */
static inline uint64_t dvs_taken_first(unsigned int n)
{
	return n < DVS_BATCH_MAX ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

#endif
