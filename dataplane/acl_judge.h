/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl_judge.h - frames of a batch against a port's access control list.
 *
 * Threads: the batch's worker.
 */
#ifndef DVS_ACL_JUDGE_H
#define DVS_ACL_JUDGE_H

#include "acl.h"
#include "worker.h"

/* Frames index[0..n-1], n > 0, come from the port, or go to it: those that its list denies, and
 * opaque ones, violate by the port's mode. */
void dvs_acl_judge(struct dvs_worker *worker, struct dvs_batch *batch,
		   const struct dvs_snapshot_port *port, enum dvs_acl_direction direction,
		   const uint8_t *index, unsigned int n);

/* May frame i not go where this list is? */
bool dvs_acl_denies(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i,
		    const struct dvs_acl *acl);

#endif
