/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * number.h - numbers of the command line.
 *
 * Threads: pure functions.
 */
#ifndef DVS_NUMBER_H
#define DVS_NUMBER_H

/* Decimal digits only; -EINVAL for anything else or out of range. */
int dvs_number_uint(const char *text, unsigned int min, unsigned int max, unsigned int *ret_value);

/* "2", "0.5": seconds from 0.1 to 3600 as milliseconds; -EINVAL. */
int dvs_number_ms(const char *text, unsigned int *ret_ms);

#endif
