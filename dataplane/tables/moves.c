/* SPDX-License-Identifier: BSD-3-Clause */
#include "moves.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define BUCKETS	 256 /* a power of two */
#define PLACES	 4   /* of a bucket */
#define N_PLACES (BUCKETS * PLACES)

struct move {
	uint64_t key; /* 0: free */
	uint16_t port, other;
	uint32_t last_s;
	uint32_t window_s;     /* when the window began */
	uint32_t window_moves; /* in it */
	uint32_t moves;
	uint32_t held_until_s;
	uint32_t duplicate_s; /* last seen to be one; 0: never */
	uint32_t told_s;
};

struct dvs_moves {
	uint64_t seed[2];
	struct dvs_moves_stats stats;
	struct move places[N_PLACES];
};

int dvs_moves_create(struct dvs_moves **ret_moves)
{
	struct dvs_moves *moves = calloc(1, sizeof(*moves));

	if (moves == NULL)
		return -ENOMEM;
	if (getrandom(moves->seed, sizeof(moves->seed), 0) != (ssize_t)sizeof(moves->seed)) {
		free(moves);
		return -EIO;
	}
	*ret_moves = moves;
	return 0;
}

void dvs_moves_free(struct dvs_moves *moves)
{
	free(moves);
}

static struct move *bucket_of(struct dvs_moves *moves, uint64_t key)
{
	uint64_t hash = (key ^ moves->seed[0]) * (moves->seed[1] | 1);

	hash = (hash ^ hash >> 32) * (moves->seed[1] | 1);
	return &moves->places[(hash >> 40) % BUCKETS * PLACES];
}

static struct move *find(struct dvs_moves *moves, uint64_t key)
{
	struct move *bucket = bucket_of(moves, key);

	for (unsigned int i = 0; i < PLACES; i++)
		if (bucket[i].key == key)
			return &bucket[i];
	return NULL;
}

/* A free place, or that of the MAC that moved longest ago. */
static struct move *take(struct dvs_moves *moves, uint64_t key, uint32_t now_s)
{
	struct move *bucket = bucket_of(moves, key), *chosen = &bucket[0];

	for (unsigned int i = 0; i < PLACES && chosen->key != 0; i++)
		if (bucket[i].key == 0 || (int32_t)(bucket[i].last_s - chosen->last_s) < 0)
			chosen = &bucket[i];
	*chosen = (struct move){.key = key, .window_s = now_s};
	return chosen;
}

static bool is_held(const struct move *move, uint32_t now_s)
{
	return move->held_until_s != 0 && (int32_t)(move->held_until_s - now_s) > 0;
}

bool dvs_moves_is_held(struct dvs_moves *moves, uint64_t key, uint32_t now_s)
{
	struct move *move = find(moves, key);

	if (move == NULL || !is_held(move, now_s))
		return false;
	move->last_s = now_s;
	moves->stats.held_back++;
	return true;
}

static unsigned int note_duplicate(struct dvs_moves *moves, struct move *move, uint32_t now_s)
{
	bool is_new = move->told_s == 0 || now_s - move->told_s >= DVS_MOVES_TELL_S;

	move->duplicate_s = now_s;
	if (!is_new)
		return 0;
	move->told_s = now_s;
	moves->stats.duplicates++;
	return DVS_MOVES_DUPLICATE;
}

/* One more move in the window: is it the last for a while? */
static unsigned int note_flap(struct dvs_moves *moves, struct move *move, uint32_t now_s,
			      const struct dvs_moves_limits *limits)
{
	if (now_s - move->window_s >= limits->window_s) {
		move->window_s = now_s;
		move->window_moves = 0;
	}
	if (++move->window_moves < limits->moves || limits->moves == 0)
		return 0;
	move->held_until_s = now_s + limits->hold_s;
	move->window_moves = 0;
	move->window_s = move->held_until_s;
	moves->stats.held++;
	return DVS_MOVES_HELD;
}

unsigned int dvs_moves_note(struct dvs_moves *moves, uint64_t key, uint16_t from, uint16_t to,
			    uint32_t now_s, const struct dvs_moves_limits *limits)
{
	struct move *move = find(moves, key);
	unsigned int news = 0;

	if (move == NULL)
		move = take(moves, key, now_s);
	else if (move->other == to && move->port == from &&
		 now_s - move->last_s <= DVS_MOVES_DUPLICATE_S)
		news |= note_duplicate(moves, move, now_s);
	move->port = to;
	move->other = from;
	move->last_s = now_s;
	move->moves++;
	return news | note_flap(moves, move, now_s, limits);
}

unsigned int dvs_moves_note_conflict(struct dvs_moves *moves, uint64_t key, uint16_t port,
				     uint16_t other, uint32_t now_s)
{
	struct move *move = find(moves, key);

	if (move == NULL)
		move = take(moves, key, now_s);
	move->port = port;
	move->other = other;
	move->last_s = now_s;
	return note_duplicate(moves, move, now_s);
}

static bool is_departed(const struct dvs_fdb_departed *departed, uint16_t port)
{
	return dvs_fdb_ids_has(&departed->ports, port) ||
	       dvs_fdb_ids_has(&departed->moved_ports, port);
}

void dvs_moves_forget(struct dvs_moves *moves, const struct dvs_fdb_departed *departed)
{
	for (unsigned int i = 0; i < N_PLACES; i++) {
		struct move *move = &moves->places[i];

		if (move->key != 0 &&
		    (dvs_fdb_ids_has(&departed->segments, (uint16_t)move->key) ||
		     is_departed(departed, move->port) || is_departed(departed, move->other)))
			*move = (struct move){0};
	}
}

bool dvs_moves_next(const struct dvs_moves *moves, uint32_t now_s, uint32_t *cursor,
		    struct dvs_moves_item *ret_item)
{
	while (*cursor < N_PLACES) {
		const struct move *move = &moves->places[(*cursor)++];
		bool is_duplicate =
			move->duplicate_s != 0 && now_s - move->duplicate_s <= DVS_MOVES_LISTED_S;

		if (move->key == 0 || (!is_duplicate && !is_held(move, now_s)))
			continue;
		*ret_item = (struct dvs_moves_item){
			.key = move->key,
			.port = move->port,
			.other = move->other,
			.is_duplicate = is_duplicate,
			.moves = move->moves,
			.idle_s = now_s - move->last_s,
			.held_s = is_held(move, now_s) ? move->held_until_s - now_s : 0,
		};
		return true;
	}
	return false;
}

void dvs_moves_stats(const struct dvs_moves *moves, struct dvs_moves_stats *ret_stats)
{
	*ret_stats = moves->stats;
}
