/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wheel.h - a timing wheel: what is to be done when, for thousands of things, at a cost that does
 * not depend on how many there are.
 *
 * Time is parted into ticks of 2^tick_shift cycles. Level 0 has a slot for each of the 64 ticks
 * that share all but their last 6 bits with the present one, level 1 a slot for 64 ticks each, and
 * so on; 9 levels cover all of the time that a counter can tell (Varghese and Lauck, "Hashed and
 * hierarchical timing wheels", 1987). An entry is in the level that is told by the highest bit in
 * which its tick differs from the present one. When time comes to a slot of a level above 0 its
 * entries are spread over the levels below. Each level has a bitmap of its slots in use, so that
 * stretches of time without entries are not walked through.
 *
 * An entry is a part of what owns it; an entry that is all zero is in no wheel. Nothing is
 * allocated. Adding and removing cost the same at any fill; an entry that waits costs nothing but
 * to be moved a level down, at most once a level.
 *
 * An entry never expires early, and late by less than a tick and what passes between two calls of
 * dvs_wheel_expire. Entries of one tick expire in no certain order. A call looks at no more than
 * DVS_WHEEL_CALL_MAX entries; when more have expired the next call goes on with them, and
 * dvs_wheel_next says that they are due.
 *
 * Threads: none may call anything while another does. Each worker has a wheel of its own.
 *
 *	struct dvs_wheel wheel;
 *
 *	dvs_wheel_init(&wheel, 11, now);
 *	dvs_wheel_add(&wheel, &port->entry, now + wait);
 *	...
 *	if (dvs_wheel_next(&wheel) <= now)
 *		dvs_wheel_expire(&wheel, now, on_expiry, arg);
 */
#ifndef DVS_WHEEL_H
#define DVS_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DVS_WHEEL_SLOT_BITS	 6
#define DVS_WHEEL_SLOTS		 (1 << DVS_WHEEL_SLOT_BITS)
#define DVS_WHEEL_LEVELS	 9
#define DVS_WHEEL_TICK_SHIFT_MIN (64 - DVS_WHEEL_LEVELS * DVS_WHEEL_SLOT_BITS)
#define DVS_WHEEL_CALL_MAX	 256

struct dvs_wheel_entry {
	struct dvs_wheel_entry *next;
	struct dvs_wheel_entry **pprev; /* what points to this entry; NULL: in no wheel */
	uint64_t at;			/* cycles */
};

struct dvs_wheel {
	uint64_t next; /* cycles; see dvs_wheel_next */
	uint64_t tick; /* the present one: all before it is done */
	uint8_t tick_shift;
	struct dvs_wheel_entry *pending;   /* of the present slot, not looked at yet */
	uint64_t in_use[DVS_WHEEL_LEVELS]; /* by slot; a slot that was emptied may still be in it */
	struct dvs_wheel_entry *slots[DVS_WHEEL_LEVELS][DVS_WHEEL_SLOTS];
};

/* tick_shift: DVS_WHEEL_TICK_SHIFT_MIN to 32. now: in cycles. */
void dvs_wheel_init(struct dvs_wheel *wheel, uint8_t tick_shift, uint64_t now);

/* The entry expires at `at`, which may have passed, and not when it was to, if it was in the wheel.
 */
void dvs_wheel_add(struct dvs_wheel *wheel, struct dvs_wheel_entry *entry, uint64_t at);

/* Takes it out of its wheel, if it is in one. */
void dvs_wheel_remove(struct dvs_wheel_entry *entry);

static inline bool dvs_wheel_has(const struct dvs_wheel_entry *entry)
{
	return entry->pprev != NULL;
}

/*
 * Takes out each entry whose time has come, and calls on_expiry with it. That may add and remove
 * any entry, and may free this one. A `now` that is before that of the last call expires nothing.
 */
void dvs_wheel_expire(struct dvs_wheel *wheel, uint64_t now,
		      void (*on_expiry)(struct dvs_wheel_entry *entry, void *arg), void *arg);

/* A time in cycles that is not after the next expiry: when to call dvs_wheel_expire. UINT64_MAX
 * when there is nothing to wait for. */
static inline uint64_t dvs_wheel_next(const struct dvs_wheel *wheel)
{
	return wheel->next;
}

#endif
