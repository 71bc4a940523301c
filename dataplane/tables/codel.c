/* SPDX-License-Identifier: BSD-3-Clause */
#include "codel.h"

/* Times are compared by their difference, as the counter may wrap. */
static inline bool has_come(uint64_t at, uint64_t now)
{
	return (int64_t)(now - at) >= 0;
}

/* Square root, rounded down. */
static uint64_t root_of(uint64_t number)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1)
		if ((root + bit) * (root + bit) <= number)
			root += bit;
	return root;
}

/* RFC 8289 section 3.2: interval / sqrt(count) later. */
static uint64_t next_after(const struct dvs_codel_params *params, uint64_t now, uint32_t count)
{
	return now + (params->interval << 16) / root_of((uint64_t)count << 32);
}

/* Has the delay been above the target for an interval? (RFC 8289 section 5.5, should_drop.) */
static bool stands(struct dvs_codel *codel, const struct dvs_codel_params *params, uint64_t now,
		   uint64_t since, uint64_t bytes_left)
{
	if (now - since < params->target || bytes_left <= params->mtu) {
		codel->is_above = false;
		return false;
	}
	if (!codel->is_above) {
		codel->is_above = true;
		codel->first_above = now + params->interval;
		return false;
	}
	return has_come(codel->first_above, now);
}

/* Goes on where it was when it has not been calm for long. */
static void begin(struct dvs_codel *codel, const struct dvs_codel_params *params, uint64_t now)
{
	uint32_t delta = codel->count - codel->last_count;
	bool was_recent = (int64_t)(now - codel->shed_next) < 16 * (int64_t)params->interval;

	codel->is_shedding = true;
	codel->count = was_recent && delta > 1 ? delta : 1;
	codel->shed_next = next_after(params, now, codel->count);
	codel->last_count = codel->count;
}

bool dvs_codel_sheds(struct dvs_codel *codel, const struct dvs_codel_params *params, uint64_t now,
		     uint64_t since, uint64_t bytes_left)
{
	if (!stands(codel, params, now, since, bytes_left)) {
		codel->is_shedding = false;
		return false;
	}
	if (!codel->is_shedding) {
		begin(codel, params, now);
		return true;
	}
	if (!has_come(codel->shed_next, now))
		return false;
	codel->count++;
	codel->shed_next = next_after(params, codel->shed_next, codel->count);
	return true;
}
