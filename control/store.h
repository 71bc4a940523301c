/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store.h - where the intent is kept: objects by type and key, changed in transactions.
 *
 * A store is an implementation behind struct dvs_store_ops: SQLite (store_sqlite.c) keeps one
 * host's intent in a file. It sees types, keys and JSON texts only. A JSON text holds the fields
 * that were set explicitly and no others, so a default may change from one version to the next.
 *
 * To add a store: implement the operations, and an open function that returns a struct dvs_store.
 *
 * What is promised: a transaction is there wholly or not at all, whatever dies at whatever moment;
 * after dvs_store_commit has returned 0 it stays. The store belongs to one daemon as long as it is
 * open.
 *
 * Errors: -EBUSY (another daemon has it), -ENOSPC, -EIO, -EACCES, -EROFS, -EUCLEAN (damaged),
 * -EPROTONOSUPPORT (a newer version wrote it), -ENOMEM; err, which must not be NULL, names the
 * store and the way out.
 *
 * Threads: the control thread only.
 *
 *	dvs_store_open_sqlite("/var/lib/dvs/intent.db", &store, &err);
 *	dvs_store_load(store, intent, &err);
 *	dvs_store_begin(store, &err);
 *	dvs_store_put(store, &rec, &err);
 *	dvs_store_commit(store, &revision, &err);
 *	dvs_store_close(store);
 */
#ifndef DVS_STORE_H
#define DVS_STORE_H

#include "intent.h"

struct dvs_store;

/* Called for each object of a store; a negative return ends the walk and is returned. */
typedef int (*dvs_store_object_fn)(const char *type, const char *key, const char *json, void *arg,
				   struct dvs_error *err);

struct dvs_store_ops {
	/* Objects of all types, by type and key. */
	int (*walk)(struct dvs_store *store, dvs_store_object_fn fn, void *arg,
		    struct dvs_error *err);
	int (*begin)(struct dvs_store *store, struct dvs_error *err);
	int (*put)(struct dvs_store *store, const char *type, const char *key, const char *json,
		   struct dvs_error *err);
	int (*remove)(struct dvs_store *store, const char *type, const char *key,
		      struct dvs_error *err);
	int (*commit)(struct dvs_store *store, struct dvs_error *err);
	void (*rollback)(struct dvs_store *store);
	void (*close)(struct dvs_store *store);
};

/* First member of an implementation's own struct. */
struct dvs_store {
	const struct dvs_store_ops *ops;
	const char *name;  /* for messages: the path */
	uint64_t revision; /* of the last commit; 0 = nothing was ever committed */
};

/* Opens the file, makes it when it does not exist, and locks it. */
int dvs_store_open_sqlite(const char *path, struct dvs_store **ret_store, struct dvs_error *err);

/* Rolls back what is open. NULL is accepted. */
void dvs_store_close(struct dvs_store *store);

/* "sqlite:/var/lib/dvs/intent.db" without what is specific: the name for messages. */
const char *dvs_store_name(const struct dvs_store *store);
uint64_t dvs_store_revision(const struct dvs_store *store);

/* Adds all objects to an empty intent, checks and commits it. -EUCLEAN when they do not make a
 * consistent one. */
int dvs_store_load(struct dvs_store *store, struct dvs_intent *intent, struct dvs_error *err);

int dvs_store_begin(struct dvs_store *store, struct dvs_error *err);
/* Adds or replaces. */
int dvs_store_put(struct dvs_store *store, const struct dvs_record *rec, struct dvs_error *err);
int dvs_store_delete(struct dvs_store *store, const struct dvs_type *type, const char *key,
		     struct dvs_error *err);
/* On failure the transaction is gone, as after dvs_store_rollback. */
int dvs_store_commit(struct dvs_store *store, uint64_t *ret_revision, struct dvs_error *err);
void dvs_store_rollback(struct dvs_store *store);

#endif
