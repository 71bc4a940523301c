/* SPDX-License-Identifier: BSD-3-Clause */
#include "packed_ring.h"

#include <stdbool.h>

#define WRAP_BIT (1u << 15)

struct position {
	uint32_t at;
	bool wrap;
};

static uint16_t flags_at(const struct vring_packed_desc *desc, uint32_t at)
{
	return __atomic_load_n(&desc[at].flags, __ATOMIC_RELAXED);
}

static bool avail_bit(uint16_t flags)
{
	return (flags >> VRING_PACKED_DESC_F_AVAIL & 1) != 0;
}

static bool looks_available(uint16_t flags)
{
	return avail_bit(flags) != ((flags >> VRING_PACKED_DESC_F_USED & 1) != 0);
}

/* Where the driver writes next. Descriptors before it have the wrap counter of this lap. */
static struct position find_driver(const struct vring_packed_desc *desc, uint16_t size)
{
	bool first = avail_bit(flags_at(desc, 0));

	for (uint32_t at = 1; at < size; at++)
		if (avail_bit(flags_at(desc, at)) != first)
			return (struct position){at, first};
	return (struct position){0, !first};
}

static void step_back(struct position *p, uint16_t size)
{
	if (p->at == 0) {
		p->at = size;
		p->wrap = !p->wrap;
	}
	p->at--;
}

static void step_forward(struct position *p, uint16_t size)
{
	if (++p->at == size) {
		p->at = 0;
		p->wrap = !p->wrap;
	}
}

static uint16_t id_at(const struct vring_packed_desc *desc, uint32_t at)
{
	return __atomic_load_n(&desc[at].id, __ATOMIC_RELAXED);
}

static bool has_chains(const struct vring_packed_desc *desc, uint16_t size)
{
	for (uint32_t at = 0; at < size; at++)
		if (flags_at(desc, at) & VRING_DESC_F_NEXT)
			return true;
	return false;
}

/*
 * Is claimed behind the rest of a used chain that goes on at from, within the next n descriptors?
 * The chain's last descriptor has the buffer's id, and so has its first one since it was used; when
 * the driver has overwritten that, other chains must be there to make it likely.
 */
static bool is_behind_chain(const struct vring_packed_desc *desc, uint16_t size,
			    struct position from, uint32_t n, struct position claimed)
{
	struct position used = from, last;
	uint32_t left = n;

	step_back(&used, size);
	do {
		if (left-- == 0)
			return false;
		last = from;
		step_forward(&from, size);
	} while (flags_at(desc, last.at) & VRING_DESC_F_NEXT);
	if (from.at != claimed.at || from.wrap != claimed.wrap)
		return false;
	return n < size ? id_at(desc, last.at) == id_at(desc, used.at) : has_chains(desc, size);
}

uint16_t dvs_vhost_packed_position(const struct vring_packed_desc *desc, uint16_t size,
				   uint16_t claimed)
{
	struct position said = {claimed & (WRAP_BIT - 1), (claimed & WRAP_BIT) != 0};
	struct position found = find_driver(desc, size);
	uint32_t n;

	for (n = 0; n < size; n++) {
		struct position before = found;

		step_back(&before, size);
		if (!looks_available(flags_at(desc, before.at)))
			break;
		found = before;
	}
	if (is_behind_chain(desc, size, found, n, said))
		found = said;
	return (uint16_t)(found.at | (found.wrap ? WRAP_BIT : 0));
}
