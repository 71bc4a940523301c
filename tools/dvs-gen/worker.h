/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker.h - what a core does in its loop: send what is due, receive what came.
 *
 * Threads: the owner of the stream or receiver (engine.h).
 */
#ifndef DVS_GEN_WORKER_H
#define DVS_GEN_WORKER_H

#include "engine.h"

/* Sends what is due at `now`; frames sent. */
unsigned int dvs_stream_serve(const struct dvs_engine *engine, struct dvs_stream *stream,
			      uint64_t now);

/* At the end of a trial by time: gives up what its schedule still has. */
void dvs_stream_skip_rest(const struct dvs_engine *engine, struct dvs_stream *stream);

/* Gives up what is built and not sent. */
void dvs_stream_abandon(struct dvs_stream *stream);

/* Frees blank buffers. */
void dvs_stream_fini(struct dvs_stream *stream);

/* Takes a burst from the queue; frames received. */
unsigned int dvs_receiver_poll(const struct dvs_engine *engine, struct dvs_receiver *receiver);

/* The same in a closed loop of forwarding: frames go out again unless the trial drains. */
unsigned int dvs_receiver_forward(const struct dvs_engine *engine, struct dvs_receiver *receiver,
				  bool drains);

/* Main function of an lcore for one trial; the argument is its struct dvs_core. */
int dvs_core_run(void *core);

#endif
