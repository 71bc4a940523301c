/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * violation.h - what happens to a frame that a guard of its port objects to, and what is kept of
 * it.
 *
 * A guard is off, audits or enforces. Both of the latter count; only enforcing drops the frame,
 * with the guard's own reason. Of each reason, one header a second is kept for each port, also of
 * frames that other stages drop, so that an operator sees who was stopped.
 *
 * Threads: _violate: the worker that has the batch; _offender_note: any worker; _offender_read: any
 * thread. Two workers that note an offender of one port and reason at once: one of them does.
 */
#ifndef DVS_VIOLATION_H
#define DVS_VIOLATION_H

#include "objects.h"
#include "worker.h"

/* A header that was kept. */
struct dvs_offender {
	uint32_t sequence;	/* atomic: odd while somebody writes */
	uint32_t when_s;	/* atomic: of the switch's clock; 0: none yet */
	uint32_t length;	/* bytes of the whole frame */
	uint32_t header_length; /* of it that are here */
	uint8_t header[DVS_HEADER_KEPT];
};

/* Of a port, by reason. */
struct dvs_offenders {
	struct dvs_offender last[DVS_DROP_N_REASONS];
};

/* Keeps the header of frame i, unless one of this second is there. */
void dvs_offender_note(struct dvs_offenders *offenders, enum dvs_drop_reason reason, uint32_t now_s,
		       const struct dvs_batch *batch, unsigned int i);

/* False: there is none (or it was being written all the time). */
bool dvs_offender_read(const struct dvs_offenders *offenders, enum dvs_drop_reason reason,
		       struct dvs_offender *ret_offender);

/*
 * A guard that is set to mode, AUDIT or ENFORCE, objects to frame i, which is pending. True when
 * the frame was dropped. Slow, as what it is about is rare or deserves it.
 */
bool dvs_violate(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		 enum dvs_guard_mode mode, enum dvs_drop_reason reason);

#endif
