/* SPDX-License-Identifier: BSD-3-Clause */
#include "pace.h"

#include <math.h>

bool dvs_pace_gap(double ticks, uint64_t *ret_gap)
{
	if (!(ticks >= 1e-3) || ticks >= 0x1p39)
		return false;
	*ret_gap = (uint64_t)llround(ldexp(ticks, (int)DVS_PACE_FRACTION));
	return true;
}
