/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * learn.h - before the load: is there a path, and does the switch know every MAC?
 *
 * Waiting: each stream's first queue sends a frame every few milliseconds until one arrives where
 * it should. Learning: each port sends one frame from each of its MACs, to number 0 of its peer,
 * which is known then, so that nothing is flooded. RFC 2544 section 23 asks for it, and RFC 2889
 * section 5.8 for the slow rate.
 *
 * Threads: the main thread, between trials.
 */
#ifndef DVS_GEN_LEARN_H
#define DVS_GEN_LEARN_H

#include <signal.h>

#include "engine.h"

/* 0, -EINTR, or -ETIMEDOUT after options->wait with the ports named that nothing gets between. */
int dvs_learn_wait(struct dvs_engine *engine, const volatile sig_atomic_t *interrupt,
		   struct dvs_error *err);

/* 0, -EINTR, or -EIO when a port does not take frames for a second. */
int dvs_learn_macs(struct dvs_engine *engine, const volatile sig_atomic_t *interrupt,
		   struct dvs_error *err);

#endif
