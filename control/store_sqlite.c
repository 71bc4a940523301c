/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The store in one SQLite file: WAL journal, synchronous FULL (a commit is on the disk when it
 * returns), and locking_mode EXCLUSIVE (the file is this daemon's until it closes it, and no shared
 * memory file is needed).
 *
 *	objects	one row an object: its JSON and the revision that wrote it
 *	meta	revision: number of the last transaction
 *
 * application_id says that the file is ours, user_version which schema it has.
 */
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "store.h"

#define APPLICATION_ID 0x44565349 /* "DVSI" */
#define SCHEMA_VERSION 1
#define BUSY_MS	       1000 /* a daemon that is just ending gets this long to let go */

enum statement { BEGIN, PUT, REMOVE, SET_REVISION, COMMIT, N_STATEMENTS };

static const char *const statement_texts[N_STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[PUT] = "INSERT OR REPLACE INTO objects (type, key, json, revision) VALUES (?, ?, ?, ?)",
	[REMOVE] = "DELETE FROM objects WHERE type = ? AND key = ?",
	[SET_REVISION] = "UPDATE meta SET value = ? WHERE name = 'revision'",
	[COMMIT] = "COMMIT",
};

struct sqlite_store {
	struct dvs_store store;
	sqlite3 *db;
	sqlite3_stmt *statements[N_STATEMENTS];
	char path[PATH_MAX];
};

static struct sqlite_store *of(struct dvs_store *store)
{
	return (struct sqlite_store *)store;
}

static const struct {
	int sqlite; /* primary result code */
	int code;
	const char *text;
} causes[] = {
	{SQLITE_BUSY, -EBUSY, "another process uses it; is a second dvs-controld running?"},
	{SQLITE_LOCKED, -EBUSY, "another process uses it; is a second dvs-controld running?"},
	{SQLITE_FULL, -ENOSPC, "the disk is full: nothing was stored; make room and try again"},
	{SQLITE_IOERR, -EIO, "input/output error: nothing was stored; check the disk"},
	{SQLITE_READONLY, -EROFS, "cannot be written; check its owner, mode and file system"},
	{SQLITE_PERM, -EACCES, "permission denied; check its owner and mode"},
	{SQLITE_CANTOPEN, -EACCES,
	 "cannot be opened; check that its directory exists and can be written"},
	{SQLITE_CORRUPT, -EUCLEAN,
	 "the file is damaged; put back a copy, or move it away and apply your last export"},
	{SQLITE_NOTADB, -EUCLEAN,
	 "the file is no database; put back a copy, or move it away and apply your last export"},
	{SQLITE_NOMEM, -ENOMEM, "out of memory"},
};

/* Says what SQLite's result code means for this store. */
static int fail(const char *path, int result, struct dvs_error *err)
{
	char object[PATH_MAX + 8];
	int primary = result & 0xff;

	snprintf(object, sizeof(object), "store %s", path);
	for (unsigned int i = 0; i < COUNT_OF(causes); i++)
		if (causes[i].sqlite == primary)
			return dvs_error_set(err, causes[i].code, object, NULL, "%s",
					     causes[i].text);
	return dvs_error_set(err, -EIO, object, NULL, "SQLite: %s", sqlite3_errstr(result));
}

static int exec(struct sqlite_store *s, const char *sql, struct dvs_error *err)
{
	int result = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : fail(s->path, result, err);
}

/* The first column of the first row as a number; 0 when there is none. */
static int query_int(struct sqlite_store *s, const char *sql, int64_t *ret_value,
		     struct dvs_error *err)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK) {
		result = sqlite3_step(statement);
		*ret_value = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
		if (result == SQLITE_ROW)
			result = SQLITE_DONE;
		sqlite3_finalize(statement);
	}
	return result == SQLITE_DONE ? 0 : fail(s->path, result, err);
}

static int check_integrity(struct sqlite_store *s, struct dvs_error *err)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &statement, NULL);

	if (result == SQLITE_OK) {
		const char *text = NULL;

		result = sqlite3_step(statement);
		if (result == SQLITE_ROW)
			text = (const char *)sqlite3_column_text(statement, 0);
		if (result == SQLITE_ROW)
			result = text && strcmp(text, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
		sqlite3_finalize(statement);
	}
	return result == SQLITE_OK ? 0 : fail(s->path, result, err);
}

/* What a new file gets, in one transaction. */
static int make_schema(struct sqlite_store *s, struct dvs_error *err)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE;"
		 "CREATE TABLE objects (type TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,"
		 " revision INTEGER NOT NULL, PRIMARY KEY (type, key)) WITHOUT ROWID;"
		 "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
		 "INSERT INTO meta VALUES ('revision', 0);"
		 "PRAGMA application_id = %d;"
		 "PRAGMA user_version = %d;"
		 "COMMIT;",
		 APPLICATION_ID, SCHEMA_VERSION);
	return exec(s, sql, err);
}

static int check_schema(struct sqlite_store *s, struct dvs_error *err)
{
	int64_t application = 0, version = 0, tables = 0;
	char object[PATH_MAX + 8];

	snprintf(object, sizeof(object), "store %s", s->path);
	if (query_int(s, "PRAGMA application_id", &application, err) < 0 ||
	    query_int(s, "PRAGMA user_version", &version, err) < 0 ||
	    query_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
		return err->code;
	if (tables == 0 && application == 0 && version == 0)
		return make_schema(s, err);
	if (application != APPLICATION_ID)
		return dvs_error_set(err, -EUCLEAN, object, NULL,
				     "is the database of another program; name another file");
	if (version != SCHEMA_VERSION)
		return dvs_error_set(err, -EPROTONOSUPPORT, object, NULL,
				     "has schema %lld, this version of dvs-controld knows %d; a "
				     "newer version wrote it: use that version",
				     (long long)version, SCHEMA_VERSION);
	return check_integrity(s, err);
}

/* The lock first: nothing is read before the file is ours. */
static int take(struct sqlite_store *s, struct dvs_error *err)
{
	int64_t revision = 0;
	int ret;

	sqlite3_busy_timeout(s->db, BUSY_MS);
	ret = exec(s,
		   "PRAGMA locking_mode = EXCLUSIVE;"
		   "PRAGMA journal_mode = WAL;"
		   "PRAGMA synchronous = FULL;"
		   "BEGIN EXCLUSIVE; COMMIT;",
		   err);
	if (ret == 0)
		ret = check_schema(s, err);
	if (ret == 0)
		ret = query_int(s,
				"SELECT value FROM meta WHERE name = 'revision' AND"
				" typeof(value) = 'integer' UNION ALL SELECT -1 LIMIT 1",
				&revision, err);
	/* One that cannot be counted on from is none that was written here. */
	if (ret == 0 && (revision < 0 || revision == INT64_MAX))
		ret = fail(s->path, SQLITE_CORRUPT, err);
	if (ret == 0)
		s->store.revision = (uint64_t)revision;
	return ret;
}

static int prepare(struct sqlite_store *s, struct dvs_error *err)
{
	for (unsigned int i = 0; i < N_STATEMENTS; i++) {
		int result = sqlite3_prepare_v3(s->db, statement_texts[i], -1,
						SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL);

		if (result != SQLITE_OK)
			return fail(s->path, result, err);
	}
	return 0;
}

static int bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	return sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

/* Runs a statement whose values are bound, and makes it ready for the next time. */
static int run(struct sqlite_store *s, enum statement which, struct dvs_error *err)
{
	int result = sqlite3_step(s->statements[which]), ret = 0;

	if (result != SQLITE_DONE)
		ret = fail(s->path, result, err);
	sqlite3_reset(s->statements[which]);
	sqlite3_clear_bindings(s->statements[which]);
	return ret;
}

static int walk(struct dvs_store *store, dvs_store_object_fn fn, void *arg, struct dvs_error *err)
{
	struct sqlite_store *s = of(store);
	sqlite3_stmt *statement;
	int result =
		sqlite3_prepare_v2(s->db, "SELECT type, key, json FROM objects ORDER BY type, key",
				   -1, &statement, NULL);
	int ret = 0;

	if (result != SQLITE_OK)
		return fail(s->path, result, err);
	while (ret == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *text[3];

		for (int i = 0; i < 3; i++) {
			text[i] = (const char *)sqlite3_column_text(statement, i);
			if (!text[i])
				ret = fail(s->path, SQLITE_CORRUPT, err);
		}
		if (ret == 0)
			ret = fn(text[0], text[1], text[2], arg, err);
	}
	sqlite3_finalize(statement);
	if (ret == 0 && result != SQLITE_DONE)
		ret = fail(s->path, result, err);
	return ret;
}

static int begin(struct dvs_store *store, struct dvs_error *err)
{
	return run(of(store), BEGIN, err);
}

static int put(struct dvs_store *store, const char *type, const char *key, const char *json,
	       struct dvs_error *err)
{
	struct sqlite_store *s = of(store);
	sqlite3_stmt *statement = s->statements[PUT];

	if (bind_text(statement, 1, type) != SQLITE_OK ||
	    bind_text(statement, 2, key) != SQLITE_OK ||
	    bind_text(statement, 3, json) != SQLITE_OK ||
	    sqlite3_bind_int64(statement, 4, (int64_t)store->revision + 1) != SQLITE_OK)
		return fail(s->path, SQLITE_NOMEM, err);
	return run(s, PUT, err);
}

static int remove_object(struct dvs_store *store, const char *type, const char *key,
			 struct dvs_error *err)
{
	struct sqlite_store *s = of(store);
	sqlite3_stmt *statement = s->statements[REMOVE];

	if (bind_text(statement, 1, type) != SQLITE_OK || bind_text(statement, 2, key) != SQLITE_OK)
		return fail(s->path, SQLITE_NOMEM, err);
	return run(s, REMOVE, err);
}

/* SQLite may have rolled back by itself after an error. */
static void rollback(struct dvs_store *store)
{
	struct sqlite_store *s = of(store);

	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

static int commit(struct dvs_store *store, struct dvs_error *err)
{
	struct sqlite_store *s = of(store);
	int ret;

	sqlite3_bind_int64(s->statements[SET_REVISION], 1, (int64_t)store->revision + 1);
	ret = run(s, SET_REVISION, err);
	if (ret == 0)
		ret = run(s, COMMIT, err);
	if (ret < 0)
		rollback(store);
	else
		store->revision++;
	return ret;
}

static void close_store(struct dvs_store *store)
{
	struct sqlite_store *s = of(store);

	rollback(store);
	for (unsigned int i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s);
}

static const struct dvs_store_ops sqlite_ops = {
	.walk = walk,
	.begin = begin,
	.put = put,
	.remove = remove_object,
	.commit = commit,
	.rollback = rollback,
	.close = close_store,
};

int dvs_store_open_sqlite(const char *path, struct dvs_store **ret_store, struct dvs_error *err)
{
	struct sqlite_store *s;
	int result, ret;

	/* To SQLite it means a file that is gone when it is closed. */
	if (path[0] == '\0')
		return dvs_error_set(err, -EINVAL, "store", NULL, "the path is empty");
	if (strlen(path) >= sizeof(s->path))
		return dvs_error_set(err, -ENAMETOOLONG, path, NULL, "the path is too long");
	s = calloc(1, sizeof(*s));
	if (!s)
		return dvs_error_set(err, -ENOMEM, path, NULL, "out of memory");
	strcpy(s->path, path);
	s->store.ops = &sqlite_ops;
	s->store.name = s->path;
	result = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	ret = result == SQLITE_OK ? take(s, err) : fail(path, result, err);
	if (ret == 0)
		ret = prepare(s, err);
	if (ret < 0) {
		close_store(&s->store);
		return ret;
	}
	*ret_store = &s->store;
	return 0;
}
