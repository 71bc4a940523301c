/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fdb_twin.h - the slow, obviously right twin of the MAC table (fdb.h): one array, linear search,
 * no buckets. It never evicts by itself, as it has no buckets that could be full: when the fast one
 * does, the test says who went.
 *
 * Threads: one.
 */
#ifndef DVS_FDB_TWIN_H
#define DVS_FDB_TWIN_H

#include "fdb.h"

struct fdb_twin_entry {
	uint64_t key;
	uint16_t port;
	bool is_static;
	uint32_t last_s;
	uint32_t moves;
};

struct fdb_twin_segment {
	uint32_t age_s, limit;
};

struct fdb_twin_port {
	uint32_t limit;
	bool is_sticky;
};

struct fdb_twin {
	uint32_t n, max;
	struct fdb_twin_entry *entries;
	struct fdb_twin_segment segments[65536];
	struct fdb_twin_port ports[65536];
};

struct fdb_twin *fdb_twin_create(uint32_t max);
void fdb_twin_free(struct fdb_twin *twin);

/* NULL when absent. */
struct fdb_twin_entry *fdb_twin_lookup(struct fdb_twin *twin, uint64_t key);

/* The entry would be a new one, and its segment and port may have one more. */
bool fdb_twin_has_room(struct fdb_twin *twin, uint64_t key, uint16_t port);

/* Dynamic entries of the port. */
uint32_t fdb_twin_port_count(const struct fdb_twin *twin, uint16_t port);

enum dvs_fdb_result fdb_twin_learn(struct fdb_twin *twin, uint64_t key, uint16_t port,
				   uint32_t now_s);
void fdb_twin_touch(struct fdb_twin *twin, uint64_t key, uint32_t now_s);
void fdb_twin_set_static(struct fdb_twin *twin, uint64_t key, uint16_t port);
int fdb_twin_remove(struct fdb_twin *twin, uint64_t key);
void fdb_twin_set_segment(struct fdb_twin *twin, uint16_t segment, uint32_t age_s, uint32_t limit);

void fdb_twin_set_port(struct fdb_twin *twin, uint16_t port, uint32_t limit, bool is_sticky);

/* Entries of segment (0 = all) and port (UINT16_MAX = all). */
uint32_t fdb_twin_flush(struct fdb_twin *twin, uint16_t segment, uint16_t port, bool with_static);

/* The whole table. */
uint32_t fdb_twin_age(struct fdb_twin *twin, uint32_t now_s);

#endif
