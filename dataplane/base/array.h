/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * array.h - how many elements an array has.
 *
 * Threads: any.
 */
#ifndef DVS_ARRAY_H
#define DVS_ARRAY_H

/* Of an array, not of a pointer to its first element. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
