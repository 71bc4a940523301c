/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * handover.h - frames for a queue that another worker owns, as mbufs over a ring of the pair.
 *
 * The worker that received a frame has looked up its destination. What the owner needs to know
 * travels in the mbuf's private area; the owner runs the stages behind forward and decides the
 * frame's fate, and counts it at the receiving port in its own statistics block, so that
 * rx = delivered + drops holds in each block.
 *
 * A frame for one destination moves to the owner with its mbuf. A flooded frame is shared: each
 * worker that has destinations gets a reference to the same mbuf, which nobody writes to any more
 * (checksums are completed before). Whoever is the last to decide counts it: delivered when
 * anybody's destination took it. A flooded frame that the first worker has delivered itself is
 * counted there at once, and the others' part is only copies.
 *
 * A ring is shared by all ports of the worker that puts. While it is more than half full a port may
 * have no more frames there than there is room left, as far as its worker counted them since then
 * (the dynamic threshold of Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory
 * packet switches", 1998): who floods gets drops, others' frames still find room.
 *
 * Before an object dies the control thread waits until each ring's frames have been decided
 * (dvs_handover_is_done), so ids in the private area are never stale.
 *
 * Threads: each ring has one worker that puts and one that takes.
 */
#ifndef DVS_HANDOVER_H
#define DVS_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "offload.h"
#include "scheduler.h"

struct dvs_batch;
struct dvs_wake;
struct dvs_worker;

#define DVS_HANDOVER_RING 1024

/* An mbuf's private area. Written before the frame is put, constant then except the last four. */
struct dvs_mbuf_private {
	struct dvs_offload offload;
	uint32_t flow_hash;
	uint16_t in_port;
	uint16_t out_port;
	uint16_t segment;
	uint16_t ethertype;
	uint16_t l3;
	uint16_t tci;	    /* as batch->tci; 0 without */
	uint16_t undecided; /* atomic: workers that have not decided yet; 0: counted already */
	uint8_t delivered;  /* atomic: somebody's destination took it */
	uint8_t verdict;    /* atomic: a drop, of whoever came last */
	struct dvs_scheduler_item item; /* of who has the frame wait (egress.h) */
} __attribute__((aligned(8)));

static inline struct dvs_mbuf_private *dvs_mbuf_private(struct rte_mbuf *mbuf)
{
	return rte_mbuf_to_priv(mbuf);
}

/* What a port has put while the ring was more than half full. */
struct dvs_handover_share {
	uint32_t lap; /* of the ring, in which that was */
	uint32_t n;
};

/* The mbuf that holds an item. */
static inline struct rte_mbuf *dvs_mbuf_of_item(struct dvs_scheduler_item *item)
{
	char *private = (char *)item - offsetof(struct dvs_mbuf_private, item);

	return (struct rte_mbuf *)(void *)private - 1;
}

struct dvs_handover_queue {
	struct rte_ring *ring;			       /* constant */
	struct dvs_wake *wake;			       /* constant: of who takes */
	struct dvs_handover_share *shares;	       /* [DVS_PORT_IDS], of who puts */
	uint64_t put __attribute__((aligned(64)));     /* frames ever put; its worker writes */
	uint64_t decided __attribute__((aligned(64))); /* frames ever decided; the other writes */
};

/* Control. wake: of the worker that takes. NULL: no memory. */
struct dvs_handover_queue *dvs_handover_create(struct dvs_wake *wake);
void dvs_handover_free(struct dvs_handover_queue *queue);

/*
 * Any thread. The mark covers all that was put before the worker's last quiescent state, so that
 * after dvs_switch_synchronize no frame beyond it names an object that the snapshot has not.
 * _is_done: all frames up to the mark are decided.
 */
uint64_t dvs_handover_mark(const struct dvs_handover_queue *queue);
bool dvs_handover_is_done(const struct dvs_handover_queue *queue, uint64_t mark);

/* Taker: has something been put that is not decided? */
static inline bool dvs_handover_is_waiting(const struct dvs_handover_queue *queue)
{
	return __atomic_load_n(&queue->put, __ATOMIC_RELAXED) != queue->decided;
}

/* Writes what is known of frame i to the private area of an mbuf that has it, apart from who is to
 * decide and what was decided. */
void dvs_handover_describe(struct rte_mbuf *mbuf, const struct dvs_batch *batch, unsigned int i);

/* Sets frame i to the mbuf as that describes it. */
void dvs_handover_fill(struct dvs_batch *batch, unsigned int i, struct rte_mbuf *mbuf);

/*
 * End of the tx stage: hands each frame of the batch to the workers in its remote bitmap (struct
 * dvs_tx). Frames that moved lose their mbuf in the batch.
 */
void dvs_handover_put(struct dvs_worker *worker, struct dvs_batch *batch);

/* Runs what other workers had put when the call began; returns how many frames. Worker. */
unsigned int dvs_handover_take(struct dvs_worker *worker);

#endif
