/* SPDX-License-Identifier: BSD-3-Clause */
#include "wheel.h"

#include <string.h>

void dvs_wheel_init(struct dvs_wheel *wheel, uint8_t tick_shift, uint64_t now)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->tick_shift = tick_shift;
	wheel->tick = now >> tick_shift;
	wheel->next = UINT64_MAX;
}

static void link_entry(struct dvs_wheel_entry **head, struct dvs_wheel_entry *entry)
{
	entry->next = *head;
	if (entry->next != NULL)
		entry->next->pprev = &entry->next;
	entry->pprev = head;
	*head = entry;
}

void dvs_wheel_remove(struct dvs_wheel_entry *entry)
{
	if (entry->pprev == NULL)
		return;
	*entry->pprev = entry->next;
	if (entry->next != NULL)
		entry->next->pprev = entry->pprev;
	entry->next = NULL;
	entry->pprev = NULL;
}

/* The first tick that is not before the entry's time; past ones are the present one. */
static uint64_t tick_of(const struct dvs_wheel *wheel, const struct dvs_wheel_entry *entry)
{
	uint64_t tick = entry->at >> wheel->tick_shift;

	if (tick << wheel->tick_shift != entry->at && tick < UINT64_MAX >> wheel->tick_shift)
		tick++;
	return tick > wheel->tick ? tick : wheel->tick;
}

/* Where the slot of a level begins, for slots that are not before the present one. */
static uint64_t slot_tick(const struct dvs_wheel *wheel, unsigned int level, unsigned int slot)
{
	unsigned int shift = level * DVS_WHEEL_SLOT_BITS;
	uint64_t above = ~((UINT64_C(1) << (shift + DVS_WHEEL_SLOT_BITS)) - 1);

	return (wheel->tick & above) | (uint64_t)slot << shift;
}

/* Puts an entry that is in no list into its slot; returns the slot's first tick. */
static uint64_t place(struct dvs_wheel *wheel, struct dvs_wheel_entry *entry)
{
	uint64_t tick = tick_of(wheel, entry);
	uint64_t differs = tick ^ wheel->tick;
	unsigned int level = 0, slot;

	if (differs != 0)
		level = (63 - (unsigned int)__builtin_clzll(differs)) / DVS_WHEEL_SLOT_BITS;
	slot = tick >> level * DVS_WHEEL_SLOT_BITS & (DVS_WHEEL_SLOTS - 1);
	link_entry(&wheel->slots[level][slot], entry);
	wheel->in_use[level] |= UINT64_C(1) << slot;
	return slot_tick(wheel, level, slot);
}

void dvs_wheel_add(struct dvs_wheel *wheel, struct dvs_wheel_entry *entry, uint64_t at)
{
	uint64_t next;

	dvs_wheel_remove(entry);
	entry->at = at;
	next = place(wheel, entry) << wheel->tick_shift;
	if (next < wheel->next)
		wheel->next = next;
}

/* The slot in use that time comes to next: its level and number; false: there is none. */
static bool find_next(const struct dvs_wheel *wheel, unsigned int *ret_level,
		      unsigned int *ret_slot)
{
	/* All of a level comes before all of the level above. */
	for (unsigned int level = 0; level < DVS_WHEEL_LEVELS; level++) {
		if (wheel->in_use[level] == 0)
			continue;
		*ret_level = level;
		*ret_slot = (unsigned int)__builtin_ctzll(wheel->in_use[level]);
		return true;
	}
	return false;
}

/* Goes on to the next slot in use and makes its entries pending, if that is not after the tick
 * `until`; false: it is. */
static bool advance(struct dvs_wheel *wheel, uint64_t until)
{
	unsigned int level, slot;
	uint64_t tick;

	if (!find_next(wheel, &level, &slot)) {
		wheel->next = UINT64_MAX;
		if (wheel->tick < until)
			wheel->tick = until;
		return false;
	}
	tick = slot_tick(wheel, level, slot);
	if (tick > until) {
		wheel->next = tick << wheel->tick_shift;
		if (wheel->tick < until)
			wheel->tick = until;
		return false;
	}
	wheel->tick = tick;
	wheel->pending = wheel->slots[level][slot];
	if (wheel->pending != NULL)
		wheel->pending->pprev = &wheel->pending;
	wheel->slots[level][slot] = NULL;
	wheel->in_use[level] &= ~(UINT64_C(1) << slot);
	return true;
}

void dvs_wheel_expire(struct dvs_wheel *wheel, uint64_t now,
		      void (*on_expiry)(struct dvs_wheel_entry *entry, void *arg), void *arg)
{
	uint64_t until = now >> wheel->tick_shift;

	if (until < wheel->tick)
		return;
	for (unsigned int looked_at = 0; looked_at < DVS_WHEEL_CALL_MAX;) {
		struct dvs_wheel_entry *entry = wheel->pending;

		if (entry == NULL) {
			if (!advance(wheel, until))
				return;
			continue;
		}
		looked_at++;
		dvs_wheel_remove(entry);
		if (tick_of(wheel, entry) > wheel->tick)
			place(wheel, entry);
		else
			on_expiry(entry, arg);
	}
	wheel->next = wheel->tick << wheel->tick_shift;
}
