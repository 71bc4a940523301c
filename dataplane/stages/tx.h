/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tx.h - the part of the tx stage that others call.
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_TX_H
#define DVS_TX_H

#include <stdint.h>

struct dvs_batch;
struct dvs_worker;

/* Frames index[0..n-1] of the batch, which are pending, go to the port without waiting: each is
 * DELIVERED or dropped when that returns. */
void dvs_tx_send(struct dvs_worker *worker, struct dvs_batch *batch, uint16_t port,
		 const uint8_t *index, unsigned int n);

#endif
