/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * error.h - an error that an operator can act on.
 *
 * Functions return a negative errno. Where the cause must reach an operator they also fill a
 * `struct dvs_error` with the object, the field and a sentence that says what is wrong and what is
 * allowed. The struct has no pointers, so it travels over the wire as it is.
 *
 * Threads: a dvs_error belongs to its caller; nothing here is shared.
 *
 *	struct dvs_error err;
 *
 *	if (dvs_record_set(&rec, "mtu", "12", &err) < 0)
 *		fprintf(stderr, "%s\n", dvs_error_print(&err, text, sizeof(text)));
 */
#ifndef DVS_ERROR_H
#define DVS_ERROR_H

#include <stddef.h>
#include <stdint.h>

struct dvs_error {
	int32_t code;	 /* negative errno, 0 = no error */
	char object[80]; /* "port vm1", or "" */
	char field[32];	 /* "mtu", or "" */
	char text[256];	 /* "12 is out of range, allowed are 68 to 9216 bytes" */
};

/*
 * Fills err (NULL is accepted and ignored) and returns code, so that callers can write
 * `return dvs_error_set(...)`. object and field may be NULL. Overlong text is cut, and what is not
 * printable (text.h) becomes '?'. The arguments may be members of *err itself.
 */
int dvs_error_set(struct dvs_error *err, int code, const char *object, const char *field,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Names the object of an error that does not have one yet ("port", "vm1"; name may be NULL);
 * returns err->code, and -EINVAL when err is NULL. */
int dvs_error_object(struct dvs_error *err, const char *type, const char *name);

/* "port vm1: mtu: 12 is out of range, ..." into buf; returns buf. */
const char *dvs_error_print(const struct dvs_error *err, char *buf, size_t size);

#endif
