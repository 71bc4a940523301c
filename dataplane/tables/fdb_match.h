/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fdb_match.h - which slots of a bucket hold a key, and the value of the one that does, for the
 * widest vector of the CPU that the including file is compiled for.
 *
 * Vectors are plain reads of what the writer may be changing: each key and value is whole, as it is
 * aligned, but may be old, and one key may be seen in two slots while it moves. The thread
 * sanitizer is told so. dvs_fdb_pick is right all the same: it takes one slot, and reads the key
 * of that slot after the value, on a CPU that keeps loads in order as all that have these vectors
 * do.
 */
#ifndef DVS_FDB_MATCH_H
#define DVS_FDB_MATCH_H

#include "fdb_private.h"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

/* Bit n is set when slot n of the bucket holds key (0: is free). */
#if defined(__AVX512F__)
__attribute__((no_sanitize("thread"))) static inline unsigned int
dvs_fdb_match(const uint64_t *bucket_keys, uint64_t key)
{
	return _mm512_cmpeq_epi64_mask(_mm512_load_si512(bucket_keys),
				       _mm512_set1_epi64((int64_t)key));
}
#elif defined(__AVX2__)
__attribute__((no_sanitize("thread"))) static inline unsigned int
dvs_fdb_match(const uint64_t *bucket_keys, uint64_t key)
{
	const __m256i *keys = (const __m256i *)bucket_keys;
	__m256i wanted = _mm256_set1_epi64x((int64_t)key);
	__m256i low = _mm256_cmpeq_epi64(_mm256_load_si256(&keys[0]), wanted);
	__m256i high = _mm256_cmpeq_epi64(_mm256_load_si256(&keys[1]), wanted);
	int low_bits = _mm256_movemask_pd(_mm256_castsi256_pd(low));
	int high_bits = _mm256_movemask_pd(_mm256_castsi256_pd(high));

	return (unsigned int)(low_bits | high_bits << 4);
}
#else
typedef uint64_t fdb_key_pair __attribute__((vector_size(16), may_alias));

__attribute__((no_sanitize("thread"))) static inline unsigned int
dvs_fdb_match(const uint64_t *bucket_keys, uint64_t key)
{
	const fdb_key_pair *keys = (const fdb_key_pair *)bucket_keys;
	const fdb_key_pair wanted = {key, key};
	fdb_key_pair found = ((fdb_key_pair)(keys[0] == wanted) & (fdb_key_pair){1, 2}) |
			     ((fdb_key_pair)(keys[1] == wanted) & (fdb_key_pair){4, 8}) |
			     ((fdb_key_pair)(keys[2] == wanted) & (fdb_key_pair){16, 32}) |
			     ((fdb_key_pair)(keys[3] == wanted) & (fdb_key_pair){64, 128});

	return (unsigned int)(found[0] | found[1]);
}
#endif

#if defined(__AVX512F__)
/* Reads the values first. The 64 bits of dvs_fdb_info are one lane; the one whose key matches is
 * moved to the front of zeros. */
__attribute__((no_sanitize("thread"))) static inline uint32_t
dvs_fdb_pick(const struct dvs_fdb_bucket *bucket, uint64_t key)
{
	__m512i info = _mm512_load_si512(bucket->info);
	__mmask8 match;

	__atomic_signal_fence(__ATOMIC_ACQUIRE); /* the compiler keeps the order, too */
	match = (__mmask8)dvs_fdb_match(bucket->keys, key);
	info = _mm512_maskz_compress_epi64(match, info);
	return (uint32_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(info));
}
#else
/* Without a match the last place is looked at, whose key is another: no branch. */
static inline uint32_t dvs_fdb_pick(const struct dvs_fdb_bucket *bucket, uint64_t key)
{
	unsigned int match = dvs_fdb_match(bucket->keys, key);
	int place = __builtin_ctz(match | 1u << (FDB_BUCKET_SLOTS - 1));
	uint32_t value = __atomic_load_n(&bucket->info[place].value, __ATOMIC_ACQUIRE);
	uint64_t found = __atomic_load_n(&bucket->keys[place], __ATOMIC_RELAXED);

	return found == key ? value : 0;
}
#endif

#endif
