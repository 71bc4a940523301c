/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fdb_private.h - the layout of the MAC table, shared by its writer (fdb.c), its readers
 * (fdb_lookup.c) and the tests that check where it puts things.
 *
 * Slot s is keys[s], values[s], last_s[s] and moves[s]; bucket b is the slots 8 b to 8 b + 7. One
 * more bucket behind the last is always empty: a bulk lookup points there for keys that it did not
 * find, so that it need not branch.
 *
 * A value: port 0..15 | static 16 | present 17 | slot in the bucket 18..20 | in the second bucket
 * 21 | upper 40 bits of the key's hash 24..63. One value in 2^40 fits another key by chance, and
 * that matters only to a reader in the very moment in which the writer replaces one by the other.
 *
 * Order of accesses: the writer stores a value, then its key (release); a reader loads the key
 * (acquire), then the value. A reader that holds an old key and sees the new value notices by the
 * hash. The compare of a whole bucket (dvs_fdb_match) is a hint that is always confirmed so.
 */
#ifndef DVS_FDB_PRIVATE_H
#define DVS_FDB_PRIVATE_H

#include "fdb.h"

#define FDB_BUCKET_SLOTS 8
#define FDB_CACHE_LINE	 64
#define FDB_NO_SLOT	 UINT32_MAX
/* Entries of a bucket from which on a new one looks at its second bucket. At this value one entry
 * in twenty is in its second bucket when the table is at its capacity, and none finds both full. */
#define FDB_FIRST_FILL 6

#define FDB_STATIC     (1ull << 16)
#define FDB_PRESENT    (1ull << 17)
#define FDB_SLOT_SHIFT 18
#define FDB_SECOND     (1ull << 21)
#define FDB_HASH_SHIFT 24

struct fdb_segment {
	uint32_t age_s; /* 0 = never */
	uint32_t limit;
	uint32_t dynamic; /* entries */
};

struct dvs_fdb {
	/* Constant after creation. */
	uint64_t *keys;	  /* writer: write, workers: read; 0 is a free slot */
	uint64_t *values; /* writer: write, workers: read */
	uint32_t *last_s; /* all: write */
	uint32_t *moves;  /* writer only */
	uint32_t mask;	  /* number of buckets - 1 */
	uint32_t capacity;
	uint64_t seed[3];	      /* [1] is odd */
	struct fdb_segment *segments; /* 65536; writer only */
	void *map;
	size_t map_bytes;

	/* Writer only, apart from what readers load. */
	_Alignas(FDB_CACHE_LINE) uint32_t entries;
	uint32_t age_cursor; /* bucket */
	uint64_t n_moves, n_refused, n_evicted;
};

/* Maps zeroed memory for the arrays of fdb->mask + 2 buckets, in huge pages and near the socket
 * when the kernel can (numa_socket < 0: anywhere); -ENOMEM. */
int dvs_fdb_map(struct dvs_fdb *fdb, int numa_socket);
void dvs_fdb_unmap(struct dvs_fdb *fdb);

/* Both halves of the product: every bit of a has a say in some of the low and of the high ones. */
static inline uint64_t dvs_fdb_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Two rounds, as one leaves patterns of keys that differ in few bits. Seeds are random for each
 * table: without knowing them nobody can choose MACs that meet in a bucket.
 */
static inline uint64_t dvs_fdb_hash(const struct dvs_fdb *fdb, uint64_t key)
{
	uint64_t once = dvs_fdb_mix(key ^ fdb->seed[0], fdb->seed[1]);

	return dvs_fdb_mix(once ^ fdb->seed[2], 0x9e3779b97f4a7c15u);
}

static inline uint32_t dvs_fdb_first_bucket(const struct dvs_fdb *fdb, uint64_t hash)
{
	return (uint32_t)hash & fdb->mask;
}

/* Never the first one. */
static inline uint32_t dvs_fdb_second_bucket(const struct dvs_fdb *fdb, uint64_t hash)
{
	uint32_t second = (uint32_t)(hash >> 32) & fdb->mask;

	return second ^ (second == dvs_fdb_first_bucket(fdb, hash));
}

/* Bit n is set when slot n of the bucket holds key (0: is free). */
unsigned int dvs_fdb_match(const uint64_t *bucket_keys, uint64_t key);

#endif
