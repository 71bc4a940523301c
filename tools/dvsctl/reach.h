/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reach.h - why a daemon cannot be reached, and the way out.
 *
 * Threads: pure functions but for looking at the file system.
 */
#ifndef DVS_REACH_H
#define DVS_REACH_H

#include "error.h"

struct dvs_reach {
	const char *daemon; /* "dvs-switchd" */
	const char *option; /* "--switch-socket" */
};

extern const struct dvs_reach dvs_reach_controld;
extern const struct dvs_reach dvs_reach_switchd;

/* Replaces what a failed connect said (err->code, err->text) by what is wrong and what to do. */
void dvs_reach_explain(const struct dvs_reach *reach, const char *path, struct dvs_error *err);

#endif
