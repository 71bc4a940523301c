/* SPDX-License-Identifier: BSD-3-Clause */
#include "bucket.h"

void dvs_bucket_init(struct dvs_bucket *bucket, uint64_t per_second, uint64_t depth,
		     uint64_t tsc_hz)
{
	__uint128_t second = (__uint128_t)tsc_hz << DVS_BUCKET_FRACTION_BITS, time;
	uint64_t wait = (uint64_t)second / (1000000 / DVS_BUCKET_RESUME_US);

	*bucket = (struct dvs_bucket){0};
	if (per_second == 0)
		return;
	bucket->shift = 32;
	time = ((second << 32) + per_second / 2) / per_second;
	while (time > UINT64_MAX / DVS_BUCKET_UNITS_MAX) {
		time >>= 1;
		bucket->shift--;
	}
	bucket->mult = (uint64_t)time;
	bucket->depth = (uint64_t)(second * depth / per_second);
	if (bucket->depth < 2)
		bucket->depth = 2;
	bucket->resume = bucket->depth - (bucket->depth / 2 < wait ? bucket->depth / 2 : wait);
	bucket->ahead = 2 * bucket->depth +
			2 * (DVS_BUCKET_UNITS_MAX * bucket->mult >> bucket->shift) +
			(uint64_t)second;
}

void dvs_bucket_inherit(struct dvs_bucket *bucket, const struct dvs_bucket *from, uint64_t now)
{
	uint64_t used;

	if (!dvs_bucket_is_on(bucket) || !dvs_bucket_is_on(from))
		return;
	used = dvs_bucket_used(from, now);
	/* As large a part of its depth, so that changes of the rate give nothing away. */
	used = used >= from->depth ? bucket->depth
				   : (uint64_t)((__uint128_t)used * bucket->depth / from->depth);
	bucket->full_at = (now << DVS_BUCKET_FRACTION_BITS) + used;
}
