/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * moves.h - MACs that moved from port to port of late: duplicates, and those that flap.
 *
 * A MAC that moves once is a VM that migrated. One that comes back to where it was within
 * DVS_MOVES_DUPLICATE_S seconds is active on both ports: a cloned VM, or one that takes another's
 * address. It is a duplicate, and stays on the list for DVS_MOVES_LISTED_S after it was last seen
 * so. A MAC that moves as often as its segment allows in some time flaps: it is held where it is
 * for a while, so that neither the table nor those who look at it are kept busy.
 *
 * The table remembers a bounded number of MACs in buckets of four; in a full bucket the one that
 * moved longest ago is forgotten. Where a key belongs is seeded at random.
 *
 * Threads: the control thread.
 *
 *	if (!dvs_moves_is_held(moves, key, now_s) &&
 *	    dvs_fdb_learn(fdb, key, port, now_s) == DVS_FDB_MOVED)
 *		news = dvs_moves_note(moves, key, before, port, now_s, &limits);
 */
#ifndef DVS_MOVES_H
#define DVS_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "fdb.h"

struct dvs_moves;

#define DVS_MOVES_DUPLICATE_S 5
#define DVS_MOVES_LISTED_S    300
#define DVS_MOVES_TELL_S      60 /* a duplicate is told again after so long */

/* Of a segment. */
struct dvs_moves_limits {
	uint32_t moves; /* of a MAC in window_s after which it is held; 0: never */
	uint32_t window_s;
	uint32_t hold_s;
};

/* What is to be told. */
enum dvs_moves_news {
	DVS_MOVES_DUPLICATE = 1 << 0,
	DVS_MOVES_HELD = 1 << 1,
};

/* -ENOMEM, -EIO (no random numbers). */
int dvs_moves_create(struct dvs_moves **ret_moves);
void dvs_moves_free(struct dvs_moves *moves);

/* Is the MAC to stay where it is? Counted. */
bool dvs_moves_is_held(struct dvs_moves *moves, uint64_t key, uint32_t now_s);

/* The MAC has moved. Returns enum dvs_moves_news. */
unsigned int dvs_moves_note(struct dvs_moves *moves, uint64_t key, uint16_t from, uint16_t to,
			    uint32_t now_s, const struct dvs_moves_limits *limits);

/* The MAC is active behind port, stays there, and is seen behind other too. The same. */
unsigned int dvs_moves_note_conflict(struct dvs_moves *moves, uint64_t key, uint16_t port,
				     uint16_t other, uint32_t now_s);

/* Forgets what names one of these, before they die. */
void dvs_moves_forget(struct dvs_moves *moves, const struct dvs_fdb_departed *departed);

/* A MAC on the list: a duplicate, or held now. */
struct dvs_moves_item {
	uint64_t key;
	uint16_t port;	/* where it is by the last move */
	uint16_t other; /* and where it was seen too */
	bool is_duplicate;
	uint32_t moves;	 /* since it is remembered */
	uint32_t idle_s; /* since it was last seen to move, or to be held back */
	uint32_t held_s; /* for so long from now; 0: it may move */
};

/* The next one from *cursor on (0 starts), which moves behind it; false at the end. */
bool dvs_moves_next(const struct dvs_moves *moves, uint32_t now_s, uint32_t *cursor,
		    struct dvs_moves_item *ret_item);

/* Times that a MAC was held: begun, and moves that were not made for it. */
struct dvs_moves_stats {
	uint64_t duplicates, held, held_back;
};

void dvs_moves_stats(const struct dvs_moves *moves, struct dvs_moves_stats *ret_stats);

#endif
