/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet.h - what targets of packet parsers share: of the input's packet only some bytes can be
 * read, and they are in memory of just that size, so that the address sanitizer sees every byte
 * that a parser reads behind them.
 */
#ifndef DVS_FUZZ_PACKET_H
#define DVS_FUZZ_PACKET_H

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

struct packet {
	uint8_t *data;
	uint32_t length, total; /* readable, and of the whole packet */
};

/* The first two bytes say how many of the others can be read; 0: all. False: no input. */
static inline int packet_make(struct packet *packet, const uint8_t *input, size_t size)
{
	uint32_t cut;

	if (size < 2 || size > 65536)
		return 0;
	cut = (uint32_t)(input[0] << 8 | input[1]);
	packet->total = (uint32_t)size - 2;
	packet->length = cut == 0 || cut > packet->total ? packet->total : cut;
	packet->data = malloc(packet->length != 0 ? packet->length : 1);
	MUST(packet->data != NULL);
	memcpy(packet->data, input + 2, packet->length);
	return 1;
}

#endif
