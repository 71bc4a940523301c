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
 * Makes all of frame i its header, in one mbuf of its own that may be written to. -ENOBUFS: no
 * buffer; -E2BIG: it is longer than one holds.
 */
int dvs_frame_pull(struct dvs_batch *batch, unsigned int i, struct rte_mempool *pool);

/* All bytes of frame i in order; returns the number of pieces, 0 when there would be more than
 * DVS_FRAME_PIECES_MAX. None is empty, unless the frame is. */
unsigned int dvs_frame_pieces(const struct dvs_batch *batch, unsigned int i,
			      struct dvs_extent ret_pieces[DVS_FRAME_PIECES_MAX]);

#endif
