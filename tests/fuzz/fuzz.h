/* SPDX-License-Identifier: BSD-3-Clause */
/* What fuzz targets share. */
#ifndef DVS_FUZZ_H
#define DVS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry: one input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold; where it does not, the input is kept as a crash. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

#endif
