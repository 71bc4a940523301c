/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest_memory.h"

#include <errno.h>

int dvs_guest_memory_add(struct dvs_guest_memory *memory, uint64_t address, uint64_t bytes,
			 void *host)
{
	if (bytes == 0 || host == NULL || address > UINT64_MAX - bytes ||
	    (uintptr_t)host > UINTPTR_MAX - bytes)
		return -EINVAL;
	if (memory->n_regions == DVS_GUEST_REGIONS_MAX)
		return -ENOSPC;
	memory->regions[memory->n_regions++] = (struct dvs_guest_region){address, bytes, host};
	return 0;
}

const struct dvs_guest_region *dvs_guest_memory_find(const struct dvs_guest_memory *memory,
						     uint64_t address)
{
	for (uint32_t i = 0; i < memory->n_regions; i++)
		if (address - memory->regions[i].address < memory->regions[i].bytes)
			return &memory->regions[i];
	return NULL;
}

bool dvs_guest_memory_covers(const struct dvs_guest_memory *memory, const void *host, size_t bytes,
			     uint64_t *ret_address)
{
	for (uint32_t i = 0; i < memory->n_regions; i++) {
		const struct dvs_guest_region *region = &memory->regions[i];
		uint64_t offset = (uintptr_t)host - (uintptr_t)region->host;

		if (offset < region->bytes && bytes <= region->bytes - offset) {
			*ret_address = region->address + offset;
			return true;
		}
	}
	return false;
}

void dvs_guest_memory_mark(const struct dvs_guest_memory *memory, uint64_t address, uint64_t bytes)
{
	if (bytes == 0)
		return;
	for (uint64_t page = address / DVS_LOG_PAGE; page <= (address + bytes - 1) / DVS_LOG_PAGE;
	     page++) {
		uint8_t bit = (uint8_t)(1u << page % 8);

		if (page / 8 >= memory->log_bytes)
			return;
		if ((__atomic_load_n(&memory->log[page / 8], __ATOMIC_RELAXED) & bit) == 0)
			__atomic_fetch_or(&memory->log[page / 8], bit, __ATOMIC_RELAXED);
	}
}
