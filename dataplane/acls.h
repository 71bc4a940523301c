/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acls.h - access control lists in the configuration: checked, compiled anew when a transaction
 * changes one of their rules, and kept as long as a snapshot names them.
 *
 * Threads: the control thread.
 */
#ifndef DVS_ACLS_H
#define DVS_ACLS_H

#include "plan.h"

/* The last of them. */
void dvs_acls_fini(struct dvs_model *model);

/* Rules and ports name lists that will exist. -ENOENT, -EBUSY (a list goes that is named), -EINVAL
 * (a rule that nothing can match). */
int dvs_acls_check(struct dvs_plan *plan, struct dvs_error *err);

/* Compiles those that the transaction changes, beside what is in force. -ENOMEM. */
int dvs_acls_prepare(struct dvs_plan *plan, struct dvs_error *err);

/* Compiled list of a port with this configuration, as staged or as in force; NULL: none. */
const struct dvs_acl *dvs_acls_of(const struct dvs_model *model, const struct dvs_port *config,
				  bool staged);

/* What was prepared is in force, and no worker sees what it replaces. */
void dvs_acls_commit(struct dvs_plan *plan);

/* What was prepared is forgotten. */
void dvs_acls_discard(struct dvs_plan *plan);

#endif
