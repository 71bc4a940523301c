/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame.h - a frame of a batch as a whole, wherever its bytes are.
 *
 * Most frames go from guest to guest without ever being in one place. Those that must outlive the
 * batch (another worker's port) or that are changed (checksums, segmentation) become mbufs here.
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_FRAME_H
#define DVS_FRAME_H

#include "batch.h"

struct rte_mempool;

/* Header, then extents or the segments of an mbuf chain. */
#define DVS_FRAME_PIECES_MAX (1 + DVS_EXTENTS_MAX)

/* Sets frame i of the batch to the whole of mbuf: all that rx sets but in_port and offload. */
void dvs_frame_set_mbuf(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf);

/*
 * Makes frame i an mbuf chain, with the header that decisions were made by; nothing when it is one.
 * False: no buffer, the frame is as before.
 */
bool dvs_frame_materialise(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool);

/*
 * The header of frame i, to be written to. Of a frame in an mbuf that others read too, or whose
 * bytes are not the mbuf's own, it is copied to another mbuf first, at the head of a chain that
 * shares the rest. NULL: no buffer, the frame is as before.
 */
uint8_t *dvs_frame_own_header(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool);

/* The same for an mbuf: a new chain, whose first part (the first DVS_SNAPSHOT_BYTES, or less) is
 * its own and has headroom. mbuf stays the caller's. NULL: no buffer. */
struct rte_mbuf *dvs_frame_unshare(struct rte_mbuf *mbuf, struct rte_mempool *pool);

/* Does nobody else read the mbuf's bytes? */
bool dvs_frame_is_own(const struct rte_mbuf *mbuf);

/*
 * Makes all of frame i its header, in one mbuf of its own that may be written to. -ENOBUFS: no
 * buffer; -E2BIG: it is longer than one holds.
 */
int dvs_frame_pull(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool);

/* All bytes of frame i in order; returns the number of pieces, 0 when there would be more than
 * DVS_FRAME_PIECES_MAX. None is empty, unless the frame is. */
unsigned int dvs_frame_pieces(const struct dvs_batch *batch, unsigned int i,
			      struct dvs_extent ret_pieces[DVS_FRAME_PIECES_MAX]);

#endif
