/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fdb_private.h - the layout of the MAC table, shared by its writer (fdb.c), its readers
 * (fdb_lookup.c) and the tests that check where it puts things.
 *
 * Slots are numbered through all buckets: slot s is the place s % 8 in bucket s / 8, and moves[s].
 * A bucket is two cache lines side by side: the keys, and what is told about them. A reader that
 * finds a key has its time of last use in the same line as its port.
 *
 * A value in the table: port 0..15 | static 16 | present 17 | place in the bucket 18..20 | 11 bits
 * of the key's hash 21..31. A lookup returns it with the slot in bits 32..63, so that dvs_fdb_touch
 * needs no hash.
 *
 * Order of accesses. The writer stores a value, then its key; it takes away the key, then the
 * value; all with release. A reader loads the value (acquire), then the key: had the slot changed
 * hands before the value was loaded, the key would be another. Only a key that goes, and comes back
 * into the same slot between these two loads, could be taken for the owner of what was there
 * meanwhile, and only if that has the same 11 bits.
 *
 * The readers are compiled once for each width of a vector that a CPU may have (struct fdb_reader).
 * All of them see the same layout and the same hash.
 */
#ifndef DVS_FDB_PRIVATE_H
#define DVS_FDB_PRIVATE_H

#include "fdb.h"

#define FDB_BUCKET_SLOTS DVS_FDB_BUCKET_SLOTS
#define FDB_CACHE_LINE	 64
#define FDB_NO_SLOT	 UINT32_MAX
/* Entries of a bucket from which on a new one looks at its second bucket. At this value one entry
 * in twenty is in its second bucket when the table is at its capacity, and none finds both full. */
#define FDB_FIRST_FILL	6

#define FDB_STATIC	(1u << 16)
#define FDB_PRESENT	(1u << 17)
#define FDB_PLACE_SHIFT 18
#define FDB_CHECK_SHIFT 21
#define FDB_SLOT_SHIFT	32
#define FDB_CHECKED	(FDB_PRESENT | UINT32_MAX << FDB_CHECK_SHIFT)

struct fdb_segment {
	uint32_t age_s; /* 0 = never */
	uint32_t limit;
	uint32_t dynamic; /* entries */
};

struct fdb_port {
	uint32_t dynamic; /* entries; writer: write, any: read */
	uint32_t limit;	  /* writer only, as the rest */
	bool is_sticky;
};

/* The readers for one kind of CPU; what they do is told in fdb.h. */
struct fdb_reader {
	const char *name;
	uint64_t (*lookup)(const struct dvs_fdb *fdb, uint64_t key);
	void (*lookup_bulk)(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			    uint64_t *ret_values);
};

extern const struct fdb_reader dvs_fdb_reader_base, dvs_fdb_reader_avx2, dvs_fdb_reader_avx512;

/* The readers that this CPU can run, best first: number 0 always exists; NULL behind the last. */
const struct fdb_reader *dvs_fdb_reader_get(unsigned int number);

struct dvs_fdb {
	/* Constant after creation. */
	struct dvs_fdb_head head; /* first, as dvs_fdb_touch assumes */
	const struct fdb_reader *reader;
	uint64_t seed[4]; /* random; odd, apart from the first */
	uint32_t bits;	  /* number of buckets = 1 << bits, bits <= 18 */
	uint32_t capacity;
	uint32_t *moves;	      /* writer only */
	struct fdb_segment *segments; /* 65536; writer only */
	struct fdb_port *ports;	      /* 65536 */
	void *map;
	size_t map_bytes;

	/* Writer only. */
	_Alignas(FDB_CACHE_LINE) uint32_t entries;
	uint32_t age_cursor; /* bucket */
	uint64_t n_moves, n_walks, n_refused, n_evicted, n_sticky_changes;
};

static inline uint32_t dvs_fdb_buckets(const struct dvs_fdb *fdb)
{
	return 1u << fdb->bits;
}

static inline uint64_t *dvs_fdb_key_at(const struct dvs_fdb *fdb, uint32_t slot)
{
	return &fdb->head.buckets[slot / FDB_BUCKET_SLOTS].keys[slot % FDB_BUCKET_SLOTS];
}

static inline struct dvs_fdb_info *dvs_fdb_info_at(const struct dvs_fdb *fdb, uint32_t slot)
{
	return &fdb->head.buckets[slot / FDB_BUCKET_SLOTS].info[slot % FDB_BUCKET_SLOTS];
}

/* Maps zeroed memory for the arrays, in huge pages and near the socket when the kernel can
 * (numa_socket < 0: anywhere); -ENOMEM. */
int dvs_fdb_map(struct dvs_fdb *fdb, int numa_socket);
void dvs_fdb_unmap(struct dvs_fdb *fdb);

/*
 * Multiplications by odd numbers and shifts that lose nothing, so that different keys stay
 * different, then one more multiplication by a random odd number, whose upper bits are used: it is
 * universal (Dietzfelbinger et al. 1997), two keys share a bucket of m with probability 2 / m at
 * most, and both their buckets with 2 / m^2, whatever the keys are, as long as the seeds are
 * secret. The rounds before break up arithmetic progressions, which a product alone would leave in
 * clumps. Compilers make vectors of it; a product of 64 by 64 to 128 bits could not be.
 */
static inline uint64_t dvs_fdb_hash(const struct dvs_fdb *fdb, uint64_t key)
{
	uint64_t x = (key ^ fdb->seed[0]) * fdb->seed[1];

	x = (x ^ x >> 32) * fdb->seed[2];
	return (x ^ x >> 32) * fdb->seed[3];
}

static inline uint32_t dvs_fdb_first_bucket(const struct dvs_fdb *fdb, uint64_t hash)
{
	return (uint32_t)(hash >> (64 - fdb->bits));
}

/* Never the first one. */
static inline uint32_t dvs_fdb_second_bucket(const struct dvs_fdb *fdb, uint64_t hash)
{
	uint32_t second = (uint32_t)(hash >> (64 - 2 * fdb->bits)) & (dvs_fdb_buckets(fdb) - 1);

	return second ^ (second == dvs_fdb_first_bucket(fdb, hash));
}

/* What FDB_CHECKED masks in the value of a key with this hash: bits of the hash that neither
 * bucket's number has. */
static inline uint32_t dvs_fdb_check(uint64_t hash)
{
	return (uint32_t)(hash >> 17) << FDB_CHECK_SHIFT | FDB_PRESENT;
}

#endif
