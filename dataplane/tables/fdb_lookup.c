/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lookups that workers call: nothing here waits, allocates or writes to the table. Compiled
 * once for each kind of CPU, as dvs_fdb_reader_VARIANT (meson.build).
 */
#include "fdb_match.h"
#include "fdb_private.h"

#define BULK_MAX	 64
#define NAME_(variant)	 dvs_fdb_reader_##variant
#define NAME(variant)	 NAME_(variant)
#define STRING_(variant) #variant
#define STRING(variant)	 STRING_(variant)

/* What a lookup returns for what it picked in a bucket. */
static inline uint64_t result_of(uint32_t bucket, uint32_t value, uint64_t hash)
{
	uint32_t place = (value >> FDB_PLACE_SHIFT) % FDB_BUCKET_SLOTS;
	uint64_t slot = bucket * FDB_BUCKET_SLOTS + place;
	bool fits = (value & FDB_CHECKED) == dvs_fdb_check(hash);

	return fits ? slot << FDB_SLOT_SHIFT | value : DVS_FDB_MISS;
}

static uint64_t lookup(const struct dvs_fdb *fdb, uint64_t key)
{
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t bucket = dvs_fdb_first_bucket(fdb, hash);
	uint32_t value = dvs_fdb_pick(&fdb->head.buckets[bucket], key);

	if (!value) {
		bucket = dvs_fdb_second_bucket(fdb, hash);
		value = dvs_fdb_pick(&fdb->head.buckets[bucket], key);
	}
	return result_of(bucket, value, hash);
}

/* Into the second level of cache: more of such prefetches can be under way than of those into the
 * first, and the compare hides the rest of the way. */
static inline void prefetch(const struct dvs_fdb_bucket *bucket)
{
	__builtin_prefetch(bucket->keys, 0, 2);
	__builtin_prefetch(bucket->info, 0, 2);
}

/* Those that are not in their first bucket. */
static void pick_in_second(const struct dvs_fdb *fdb, const uint64_t *keys, const uint64_t *hash,
			   unsigned int n, uint32_t *bucket, uint32_t *value)
{
	uint8_t missed[BULK_MAX];
	unsigned int n_missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		missed[n_missed] = (uint8_t)i;
		n_missed += value[i] == 0;
	}
	for (unsigned int j = 0; j < n_missed; j++) {
		unsigned int i = missed[j];

		bucket[i] = dvs_fdb_second_bucket(fdb, hash[i]);
		prefetch(&fdb->head.buckets[bucket[i]]);
	}
	for (unsigned int j = 0; j < n_missed; j++) {
		unsigned int i = missed[j];

		value[i] = dvs_fdb_pick(&fdb->head.buckets[bucket[i]], keys[i]);
	}
}

/* A pass for each step, so that the cache misses of all keys overlap. The compiler makes vectors of
 * those that do not look into the table. */
static void lookup_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			uint64_t *ret_values)
{
	uint64_t hash[BULK_MAX];
	uint32_t bucket[BULK_MAX], value[BULK_MAX];
	unsigned int n_missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		hash[i] = dvs_fdb_hash(fdb, keys[i]);
		bucket[i] = dvs_fdb_first_bucket(fdb, hash[i]);
	}
	for (unsigned int i = 0; i < n; i++)
		prefetch(&fdb->head.buckets[bucket[i]]);
	for (unsigned int i = 0; i < n; i++) {
		value[i] = dvs_fdb_pick(&fdb->head.buckets[bucket[i]], keys[i]);
		n_missed += value[i] == 0;
	}
	if (n_missed)
		pick_in_second(fdb, keys, hash, n, bucket, value);
	for (unsigned int i = 0; i < n; i++)
		ret_values[i] = result_of(bucket[i], value[i], hash[i]);
}

const struct fdb_reader NAME(FDB_VARIANT) = {
	.name = STRING(FDB_VARIANT),
	.lookup = lookup,
	.lookup_bulk = lookup_bulk,
};
