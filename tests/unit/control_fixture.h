/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of control/ share: a directory of their own, records from text. */
#ifndef DVS_CONTROL_FIXTURE_H
#define DVS_CONTROL_FIXTURE_H

#include "intent.h"

/* A new directory under /tmp; returns its path, which stays valid. */
const char *fixture_directory(void);
/* Removes it and the files in it. */
void fixture_remove_directory(void);
/* "DIRECTORY/name" in one of a few static buffers. */
const char *fixture_path(const char *name);

/* A record from words "name=value", which must all be good. */
struct dvs_record fixture_record(const struct dvs_type *type, const char *words);

/* The same, put into the intent with dvs_intent_add; returns what that does. */
int fixture_add(struct dvs_intent *intent, const struct dvs_type *type, const char *words,
		struct dvs_error *err);

/* Segment lan, port group vms, port vm1; committed. */
void fixture_fill(struct dvs_intent *intent);

/* Pseudo-random numbers that are the same in each run. */
uint32_t fixture_random(void);

/* Milliseconds of the monotonic clock. */
uint64_t fixture_now_ms(void);

#endif
