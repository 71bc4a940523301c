/* SPDX-License-Identifier: BSD-3-Clause */
#include "wheel_twin.h"

/* The first multiple of a tick that is not before the time. */
static uint64_t expiry(const struct wheel_twin *twin, unsigned int entry)
{
	uint64_t tick = UINT64_C(1) << twin->tick_shift;
	uint64_t past = twin->at[entry] % tick;

	return past == 0 ? twin->at[entry] : twin->at[entry] - past + tick;
}

bool wheel_twin_is_due(const struct wheel_twin *twin, unsigned int entry, uint64_t now)
{
	return twin->is_in[entry] && expiry(twin, entry) <= now;
}

uint64_t wheel_twin_next(const struct wheel_twin *twin)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < WHEEL_TWIN_ENTRIES; i++)
		if (twin->is_in[i] && expiry(twin, i) < next)
			next = expiry(twin, i);
	return next;
}
