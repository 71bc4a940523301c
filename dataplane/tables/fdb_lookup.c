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

/* What a lookup returns for what it picked in the bucket that starts with slot base. */
static inline uint64_t result_of(uint32_t base, uint32_t value, uint64_t hash)
{
	uint32_t slot = base + (value >> FDB_PLACE_SHIFT) % FDB_BUCKET_SLOTS;
	bool fits = (value & FDB_CHECKED) == dvs_fdb_check(hash);

	return fits ? (uint64_t)slot << FDB_SLOT_SHIFT | value : DVS_FDB_MISS;
}

static uint64_t lookup(const struct dvs_fdb *fdb, uint64_t key)
{
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t base = dvs_fdb_first_bucket(fdb, hash) * FDB_BUCKET_SLOTS;
	uint32_t value = dvs_fdb_pick(fdb, base, key);

	if (!value) {
		base = dvs_fdb_second_bucket(fdb, hash) * FDB_BUCKET_SLOTS;
		value = dvs_fdb_pick(fdb, base, key);
	}
	return result_of(base, value, hash);
}

static inline void prefetch(const struct dvs_fdb *fdb, uint32_t base)
{
	__builtin_prefetch(&fdb->keys[base]);
	__builtin_prefetch(&fdb->info[base]);
}

/* Those that are not in their first bucket. */
static void pick_in_second(const struct dvs_fdb *fdb, const uint64_t *keys, const uint64_t *hash,
			   unsigned int n, uint32_t *base, uint32_t *value)
{
	uint8_t missed[BULK_MAX];
	unsigned int n_missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		missed[n_missed] = (uint8_t)i;
		n_missed += value[i] == 0;
	}
	for (unsigned int j = 0; j < n_missed; j++) {
		unsigned int i = missed[j];

		base[i] = dvs_fdb_second_bucket(fdb, hash[i]) * FDB_BUCKET_SLOTS;
		prefetch(fdb, base[i]);
	}
	for (unsigned int j = 0; j < n_missed; j++)
		value[missed[j]] = dvs_fdb_pick(fdb, base[missed[j]], keys[missed[j]]);
}

/* A pass for each step, so that the cache misses of all keys overlap. The compiler makes vectors of
 * those that do not look into the table. */
static void lookup_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			uint64_t *ret_values)
{
	uint64_t hash[BULK_MAX];
	uint32_t base[BULK_MAX], value[BULK_MAX];
	unsigned int n_missed = 0;

	for (unsigned int i = 0; i < n; i++)
		hash[i] = dvs_fdb_hash(fdb, keys[i]);
	for (unsigned int i = 0; i < n; i++) {
		base[i] = dvs_fdb_first_bucket(fdb, hash[i]) * FDB_BUCKET_SLOTS;
		prefetch(fdb, base[i]);
	}
	for (unsigned int i = 0; i < n; i++) {
		value[i] = dvs_fdb_pick(fdb, base[i], keys[i]);
		n_missed += value[i] == 0;
	}
	if (n_missed)
		pick_in_second(fdb, keys, hash, n, base, value);
	for (unsigned int i = 0; i < n; i++)
		ret_values[i] = result_of(base[i], value[i], hash[i]);
}

const struct fdb_reader NAME(FDB_VARIANT) = {
	.name = STRING(FDB_VARIANT),
	.lookup = lookup,
	.lookup_bulk = lookup_bulk,
};
