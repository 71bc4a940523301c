/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ctl.h - what the handlers of dvsctl's commands share: options, the two daemons, errors, JSON.
 *
 * Handlers return an exit code of the program (enum dvs_exit). Functions that can fail return one
 * as well and fill err; the handler that ends because of it reports it with dvs_ctl_fail, once.
 *
 * Connections are made when a handler first needs them, so that a command works with the daemon
 * that it needs and no other.
 *
 * Threads: one.
 */
#ifndef DVS_CTL_H
#define DVS_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "client.h"
#include "field.h"
#include "rpc.h"

enum dvs_exit {
	DVS_EXIT_OK = 0,
	DVS_EXIT_FAILED = 1,	  /* refused, or it did not work */
	DVS_EXIT_USAGE = 2,	  /* the command line is not understood */
	DVS_EXIT_UNREACHABLE = 3, /* the daemon is not there, or went away */
};

/* Options; the bits say in the command table which of them a command takes. */
enum dvs_ctl_option {
	DVS_OPT_FILE = 1 << 0,
	DVS_OPT_DRY_RUN = 1 << 1,
	DVS_OPT_WATCH = 1 << 2,
};

struct dvs_ctl {
	const char *socket;	   /* of dvs-controld */
	const char *switch_socket; /* of dvs-switchd */
	const char *file;	   /* NULL: not given; "-": standard input or output */
	bool is_json, is_dry_run, is_watching;
	unsigned int interval_ms; /* between two samples; 0: not given */
	unsigned int count;	  /* samples of a watch; 0: without end */
	unsigned int timeout_ms;  /* of a request */
	unsigned int given;	  /* enum dvs_ctl_option bits */

	struct dvs_rpc_client *rpc;
	struct dvs_client *client;
};

/* Records of one type as the switch reported them. */
struct dvs_rows {
	const struct dvs_type *type;
	uint8_t *data; /* n structs of type->size */
	size_t n, capacity;
};

#define DVS_ROWS_MAX 4000000 /* more than any table of the switch has */

/* Reports err on standard error, or with --json as an object on standard output; returns code. */
int dvs_ctl_fail(const struct dvs_ctl *ctl, int code, const struct dvs_error *err);

/* The same with a sentence of one's own; code is DVS_EXIT_USAGE. */
int dvs_ctl_usage(const struct dvs_ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "dvsctl: note: ..." on standard error: something that the user should know, and no failure. */
void dvs_ctl_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Calls a method of dvs-controld; takes over params. */
int dvs_ctl_call(struct dvs_ctl *ctl, const char *method, json_t *params, json_t **ret_result,
		 struct dvs_error *err);

/* All objects of a type that dvs-controld knows, or (key not NULL) one: a JSON array of records. A
 * key that does not exist gives an empty array. */
int dvs_ctl_list(struct dvs_ctl *ctl, const struct dvs_type *type, const char *key,
		 json_t **ret_objects, struct dvs_error *err);

/* All records of a type that dvs-switchd reports, sorted by their keys. */
int dvs_ctl_dump(struct dvs_ctl *ctl, const struct dvs_type *type, struct dvs_rows *ret_rows,
		 struct dvs_error *err);
int dvs_ctl_mac_flush(struct dvs_ctl *ctl, const char *segment, const char *port,
		      uint32_t *ret_flushed, struct dvs_error *err);

const void *dvs_rows_get(const struct dvs_rows *rows, size_t row);

/* The row with the keys of a record of the same type, NULL when there is none. */
const void *dvs_rows_find(const struct dvs_rows *rows, const void *record);
void dvs_rows_fini(struct dvs_rows *rows);

/* Keeps the rows for which keep says so. */
void dvs_rows_filter(struct dvs_rows *rows, bool (*keep)(const void *record, const void *arg),
		     const void *arg);

/* Adds `; did you mean "..."?` to err when one of the type's objects is called nearly like that. */
void dvs_ctl_suggest_object(struct dvs_ctl *ctl, const struct dvs_type *type, const char *name,
			    struct dvs_error *err);
void dvs_ctl_add_suggestion(struct dvs_error *err, const char *word);

/* Calls fn with the key of each object, from dvs-controld or, for ports, else from dvs-switchd. */
void dvs_ctl_each_key(struct dvs_ctl *ctl, const struct dvs_type *type,
		      void (*fn)(const char *key, void *arg), void *arg);

/*
 * JSON on standard output, in ASCII with escapes. json_new takes over its argument. A list is
 * {"NAME":[...]} and is printed item by item, so that its length needs no memory.
 */
void dvs_ctl_json(json_t *json_new);
void dvs_ctl_json_line(json_t *json_new);
void dvs_ctl_list_begin(const char *name);
void dvs_ctl_list_item(json_t *json_new, bool is_first);
void dvs_ctl_list_end(void);

void dvs_ctl_fini(struct dvs_ctl *ctl);

#endif
