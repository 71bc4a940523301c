/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * near.h - comparison of doubles; cmocka's own takes floats.
 */
#ifndef DVS_TEST_NEAR_H
#define DVS_TEST_NEAR_H

#include <math.h>

#define assert_near(value, expected, tolerance)                                                    \
	assert_true(fabs((double)(value) - (double)(expected)) <= (tolerance))

#endif
