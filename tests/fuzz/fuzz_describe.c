/* SPDX-License-Identifier: BSD-3-Clause */
/* The first bytes of a frame, in memory of just their size: one printable line, whatever they are.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "describe.h"

#define INPUT_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[DVS_DESCRIBE_MAX];
	uint8_t *header;

	if (size > INPUT_MAX)
		return 0;
	header = malloc(size != 0 ? size : 1);
	MUST(header != NULL);
	memcpy(header, data, size);
	memset(line, 0xa5, sizeof(line));
	MUST(dvs_describe_frame(header, (uint32_t)size, (uint32_t)size + 7, line) == line);
	MUST(memchr(line, '\0', sizeof(line)) != NULL && line[0] != '\0');
	for (const char *c = line; *c != '\0'; c++)
		MUST(*c >= ' ' && *c <= '~');
	free(header);
	return 0;
}
