/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers call: nothing here waits, allocates or writes anything but times of last use. */
#include "fdb_private.h"

#define BULK_MAX 64

/* Two keys at once, the width that every CPU has which DPDK runs on. */
typedef uint64_t key_pair __attribute__((vector_size(16), may_alias));

/*
 * A plain read of what the writer may be changing: each key is whole, as it is aligned, but may be
 * old. That is all right for a hint, and told to the thread sanitizer.
 */
__attribute__((no_sanitize("thread"))) unsigned int dvs_fdb_match(const uint64_t *bucket_keys,
								  uint64_t key)
{
	const key_pair *keys = (const key_pair *)bucket_keys;
	const key_pair wanted = {key, key};
	key_pair found = ((key_pair)(keys[0] == wanted) & (key_pair){1, 2}) |
			 ((key_pair)(keys[1] == wanted) & (key_pair){4, 8}) |
			 ((key_pair)(keys[2] == wanted) & (key_pair){16, 32}) |
			 ((key_pair)(keys[3] == wanted) & (key_pair){64, 128});

	return (unsigned int)(found[0] | found[1]);
}

/* The value in the slot, if key is there and the value is its. */
static inline uint64_t value_of(const struct dvs_fdb *fdb, uint32_t slot, uint64_t key,
				uint64_t hash)
{
	uint64_t found = __atomic_load_n(&fdb->keys[slot], __ATOMIC_ACQUIRE);
	uint64_t value = __atomic_load_n(&fdb->values[slot], __ATOMIC_RELAXED);
	bool fits = (found == key) & ((value ^ hash) >> FDB_HASH_SHIFT == 0) &
		    ((value & FDB_PRESENT) != 0);

	return fits ? value : DVS_FDB_MISS;
}

uint64_t dvs_fdb_lookup(const struct dvs_fdb *fdb, uint64_t key)
{
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t base = dvs_fdb_first_bucket(fdb, hash) * FDB_BUCKET_SLOTS;
	unsigned int match = dvs_fdb_match(&fdb->keys[base], key);

	if (!match) {
		base = dvs_fdb_second_bucket(fdb, hash) * FDB_BUCKET_SLOTS;
		match = dvs_fdb_match(&fdb->keys[base], key);
	}
	if (!match)
		return DVS_FDB_MISS;
	return value_of(fdb, base + (uint32_t)__builtin_ctz(match), key, hash);
}

/* Slot of the match in the bucket, or in the empty bucket behind the last. */
static inline uint32_t slot_of(const struct dvs_fdb *fdb, uint32_t base, unsigned int match)
{
	uint32_t none = (fdb->mask + 1) * FDB_BUCKET_SLOTS;

	return match ? base + (uint32_t)__builtin_ctz(match) : none;
}

void dvs_fdb_lookup_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			 uint64_t *ret_values)
{
	uint64_t hash[BULK_MAX];
	uint32_t slot[BULK_MAX];
	uint8_t missed[BULK_MAX];
	unsigned int n_missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		hash[i] = dvs_fdb_hash(fdb, keys[i]);
		slot[i] = dvs_fdb_first_bucket(fdb, hash[i]) * FDB_BUCKET_SLOTS;
		__builtin_prefetch(&fdb->keys[slot[i]]);
		__builtin_prefetch(&fdb->values[slot[i]]);
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int match = dvs_fdb_match(&fdb->keys[slot[i]], keys[i]);

		slot[i] = slot_of(fdb, slot[i], match);
		missed[n_missed] = (uint8_t)i;
		n_missed += match == 0;
	}
	for (unsigned int j = 0; j < n_missed; j++) {
		unsigned int i = missed[j];

		slot[i] = dvs_fdb_second_bucket(fdb, hash[i]) * FDB_BUCKET_SLOTS;
		__builtin_prefetch(&fdb->keys[slot[i]]);
		__builtin_prefetch(&fdb->values[slot[i]]);
	}
	for (unsigned int j = 0; j < n_missed; j++) {
		unsigned int i = missed[j];

		slot[i] = slot_of(fdb, slot[i], dvs_fdb_match(&fdb->keys[slot[i]], keys[i]));
	}
	for (unsigned int i = 0; i < n; i++)
		ret_values[i] = value_of(fdb, slot[i], keys[i], hash[i]);
}

void dvs_fdb_touch(struct dvs_fdb *fdb, uint64_t key, uint64_t value, uint32_t now_s)
{
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t bucket = value & FDB_SECOND ? dvs_fdb_second_bucket(fdb, hash)
					     : dvs_fdb_first_bucket(fdb, hash);
	uint32_t slot = bucket * FDB_BUCKET_SLOTS + ((value >> FDB_SLOT_SHIFT) & 7);
	uint32_t last_s = __atomic_load_n(&fdb->last_s[slot], __ATOMIC_RELAXED);

	/* Compared as signed: another worker may have written a second that is still to come here.
	 */
	if ((int32_t)(now_s - last_s) < 1)
		return;
	if (__atomic_load_n(&fdb->keys[slot], __ATOMIC_RELAXED) == key)
		__atomic_store_n(&fdb->last_s[slot], now_s, __ATOMIC_RELAXED);
}
