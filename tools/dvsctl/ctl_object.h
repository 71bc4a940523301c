/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ctl_object.h - objects as dvs-controld tells them, and commands that change them.
 *
 * Threads: one.
 */
#ifndef DVS_CTL_OBJECT_H
#define DVS_CTL_OBJECT_H

#include "ctl.h"
#include "filter.h"
#include "operands.h"

/* One of the server's records {"key","fields","set"} as ours; what does not fit its row keeps the
 * row's default. */
void dvs_ctl_object_record(const struct dvs_type *type, const json_t *object,
			   struct dvs_record *ret_rec);

/* "key" of a record, "" when it has none. */
const char *dvs_ctl_object_key(const json_t *object);

/* One line of `show NAME`: "  mtu    9000 bytes  (note)"; note may be "". */
void dvs_show_line(const char *name, const char *value, const char *note);

/* "port vmm: no such port; did you mean ..." in err; returns DVS_EXIT_FAILED. */
int dvs_ctl_object_absent(struct dvs_ctl *ctl, const struct dvs_type *type, const char *key,
			  struct dvs_error *err);

/* `TYPE show [NAME... | FIELD=VALUE...]`: takes the words apart, and runs show with the names or
 * with what chooses among all objects. */
int dvs_ctl_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv,
		 int (*show)(struct dvs_ctl *ctl, const struct dvs_operands *ops,
			     const struct dvs_filter *filter));

/* Notes what the answer to a change says besides success. */
void dvs_ctl_object_note_result(const struct dvs_ctl *ctl, const json_t *result);

#endif
