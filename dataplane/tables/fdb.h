/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fdb.h - the MAC table (filtering database, IEEE 802.1Q-2022 section 8.8).
 *
 * One table for all segments: the key is (MAC, segment id) in 64 bits, the value names the port.
 * A bucket is one cache line of eight keys, compared by one or few vector instructions, and beside
 * it one of their values and times of last use. The lookups exist in several builds, of which a
 * table takes the best for its CPU. A key lives in one of two buckets that its hash names. Buckets
 * do not overflow elsewhere: when both are full, somebody among the sixteen has to go. It is the
 * port that owns most dynamic entries of the whole table, and of its entries there the one that was
 * used least recently, which defeats a MAC flood: the flooder evicts itself.
 *
 * A port may be held to a number of dynamic entries, and its entries may be sticky: they do not age
 * and do not move to another port, and are evicted only where all others are static or sticky too.
 *
 * One writer, many readers that never wait. Workers only look up, and refresh the time of last use
 * once a second. What they see for the first time, or behind another port, they report over a ring
 * to the control thread, which is the writer.
 *
 * Complications:
 * - A reader may find a key while the writer gives its slot to another. It looks at the key again
 *   after the value, and the value carries a part of its key's hash; what does not fit is a miss,
 *   and a miss only floods.
 * - An entry is invisible before its value is complete: the key is written last when it comes, and
 *   first when it goes.
 * - Times of last use are seconds of the switch's clock in 32 bits, written by any worker, relaxed:
 *   two workers that race write the same second.
 * - Aging is the writer's: dvs_fdb_age looks at a part of the table at each call, so that a sweep
 *   of a million entries never holds the control thread for long.
 *
 * Threads: _lookup, _lookup_bulk, _touch, _port_count: workers; all else: the control thread only.
 *
 *	struct dvs_fdb *fdb;
 *	uint64_t key = dvs_fdb_key(mac, segment_id);
 *
 *	dvs_fdb_create(65536, -1, &fdb);
 *	dvs_fdb_set_segment(fdb, segment_id, 300, 65536);
 *	dvs_fdb_learn(fdb, key, port_id, now_s);
 *	value = dvs_fdb_lookup(fdb, key);
 *	if (value != DVS_FDB_MISS)
 *		port = dvs_fdb_port(value);
 */
#ifndef DVS_FDB_H
#define DVS_FDB_H

#include <stdbool.h>
#include <stdint.h>

#include "mac.h"

struct dvs_fdb;

#define DVS_FDB_CAPACITY_MIN 1024
#define DVS_FDB_CAPACITY_MAX (1u << 20)
#define DVS_FDB_MISS	     0ull /* no value is zero */

/* Ids of ports, or of segments: bit id % 64 of word id / 64. */
#define DVS_FDB_IDS_WORDS 1024

struct dvs_fdb_ids {
	uint64_t words[DVS_FDB_IDS_WORDS];
};

static inline void dvs_fdb_ids_add(struct dvs_fdb_ids *ids, uint16_t id)
{
	ids->words[id / 64] |= UINT64_C(1) << id % 64;
}

static inline bool dvs_fdb_ids_has(const struct dvs_fdb_ids *ids, uint16_t id)
{
	return (ids->words[id / 64] >> id % 64 & 1) != 0;
}

/* MAC in bits 63..16 in network order, segment id (1 to 65535, never 0) in bits 15..0. */
static inline uint64_t dvs_fdb_key(const uint8_t mac[DVS_MAC_LEN], uint16_t segment)
{
	uint64_t key = 0;

	memcpy(&key, mac, DVS_MAC_LEN);
	return (__builtin_bswap64(key) & ~0xffffull) | segment;
}

/* port id | flags << 16 | ...; layout belongs to fdb_private.h except for these two. */
static inline uint16_t dvs_fdb_port(uint64_t value)
{
	return (uint16_t)value;
}

static inline bool dvs_fdb_is_static(uint64_t value)
{
	return (value >> 16) & 1;
}

/* capacity: entries that surely fit when spread well, DVS_FDB_CAPACITY_MIN to _MAX. -ENOMEM,
 * -ERANGE, -EIO (no random numbers). numa_socket: node that memory should be near, -1 = any. */
int dvs_fdb_create(uint32_t capacity, int numa_socket, struct dvs_fdb **ret_fdb);
void dvs_fdb_free(struct dvs_fdb *fdb);

/* Value or DVS_FDB_MISS. */
uint64_t dvs_fdb_lookup(const struct dvs_fdb *fdb, uint64_t key);

/* The same for n <= 64 keys with the cache misses overlapped; ret_values[i] belongs to keys[i]. */
void dvs_fdb_lookup_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			 uint64_t *ret_values);

/* What dvs_fdb_touch needs to be inlined; the rest of the table is in fdb_private.h. */
struct dvs_fdb_info {
	uint32_t value;	 /* writer: write, workers: read */
	uint32_t last_s; /* all: write */
};

#define DVS_FDB_BUCKET_SLOTS 8

struct dvs_fdb_bucket {
	_Alignas(128)
		uint64_t keys[DVS_FDB_BUCKET_SLOTS]; /* writer: write, workers: read; 0: free */
	struct dvs_fdb_info info[DVS_FDB_BUCKET_SLOTS];
};

struct dvs_fdb_head {
	struct dvs_fdb_bucket *buckets; /* constant */
};

void dvs_fdb_refresh(struct dvs_fdb *fdb, uint64_t key, uint64_t value, uint32_t now_s);

/* Sets the time of last use to now_s when it is an earlier second; a key that is not there any more
 * is ignored. value is what the lookup of key returned, and not DVS_FDB_MISS. */
static inline void dvs_fdb_touch(struct dvs_fdb *fdb, uint64_t key, uint64_t value, uint32_t now_s)
{
	const struct dvs_fdb_head *head = (const struct dvs_fdb_head *)fdb;
	uint32_t slot = (uint32_t)(value >> 32);
	const struct dvs_fdb_bucket *bucket = &head->buckets[slot / DVS_FDB_BUCKET_SLOTS];
	uint32_t last_s = __atomic_load_n(&bucket->info[slot % DVS_FDB_BUCKET_SLOTS].last_s,
					  __ATOMIC_RELAXED);

	/* Signed: another worker may have written a second that is still to come here. */
	if (__builtin_expect((int32_t)(now_s - last_s) > 0, 0))
		dvs_fdb_refresh(fdb, key, value, now_s);
}

enum dvs_fdb_result {
	DVS_FDB_ADDED,
	DVS_FDB_REFRESHED,
	DVS_FDB_MOVED,	   /* was behind another port */
	DVS_FDB_EVICTED,   /* added, another dynamic entry had to go */
	DVS_FDB_REFUSED,   /* limit of the segment, or only static entries in both buckets */
	DVS_FDB_IS_STATIC, /* a static entry stands; nothing was changed */
	DVS_FDB_PORT_FULL, /* limit of the port */
	DVS_FDB_IS_STICKY, /* a sticky entry of another port stands; nothing was changed */
};

/* Dynamic entry: adds, moves or refreshes. */
enum dvs_fdb_result dvs_fdb_learn(struct dvs_fdb *fdb, uint64_t key, uint16_t port, uint32_t now_s);

/* Static entry: replaces a dynamic one; -ENOSPC when both buckets are full of static ones. */
int dvs_fdb_set_static(struct dvs_fdb *fdb, uint64_t key, uint16_t port);

/* Removes an entry of either kind; -ENOENT. */
int dvs_fdb_remove(struct dvs_fdb *fdb, uint64_t key);

/* Aging time (0 = never) and most dynamic entries of a segment; defaults 300 s and no limit. A
 * limit below what is there lets nothing in but throws nothing out. */
void dvs_fdb_set_segment(struct dvs_fdb *fdb, uint16_t segment, uint32_t age_s, uint32_t limit);

/* Most dynamic entries of a port (0 = no limit), and whether they are sticky; applies to those that
 * are there at once, but a lower limit throws nothing out. */
void dvs_fdb_set_port(struct dvs_fdb *fdb, uint16_t port, uint32_t limit, bool is_sticky);

/* Time of last use; value is what the lookup of its key returned, and not DVS_FDB_MISS. */
static inline uint32_t dvs_fdb_last(const struct dvs_fdb *fdb, uint64_t value)
{
	const struct dvs_fdb_head *head = (const struct dvs_fdb_head *)fdb;
	uint32_t slot = (uint32_t)(value >> 32);

	return __atomic_load_n(&head->buckets[slot / DVS_FDB_BUCKET_SLOTS]
					.info[slot % DVS_FDB_BUCKET_SLOTS]
					.last_s,
			       __ATOMIC_RELAXED);
}

/* Dynamic entries of a port now. Any thread. */
uint32_t dvs_fdb_port_count(const struct dvs_fdb *fdb, uint16_t port);

/* Dynamic entries of segment (0 = all) and port (UINT16_MAX = all), sticky ones too; returns how
 * many went. */
uint32_t dvs_fdb_flush(struct dvs_fdb *fdb, uint16_t segment, uint16_t port);

/* What is gone of a switch. */
struct dvs_fdb_departed {
	struct dvs_fdb_ids ports, segments; /* entries of both kinds go */
	struct dvs_fdb_ids moved_ports;	    /* dynamic entries go */
};

/* Entries that name one of these: before ports and segments die. One walk over the table, however
 * many there are. A segment's aging time and limit stay. */
void dvs_fdb_forget(struct dvs_fdb *fdb, const struct dvs_fdb_departed *departed);

/* The same for one. */
void dvs_fdb_forget_port(struct dvs_fdb *fdb, uint16_t port);
void dvs_fdb_forget_segment(struct dvs_fdb *fdb, uint16_t segment);

/* Looks at the next `buckets` buckets for dynamic entries that were last used more than their
 * segment's aging time ago; wraps; returns how many went. */
uint32_t dvs_fdb_age(struct dvs_fdb *fdb, uint32_t now_s, uint32_t buckets);

struct dvs_fdb_stats {
	uint32_t entries, capacity, buckets;
	uint64_t moves, refused, evicted;
	uint64_t sticky_changes; /* a sticky entry came or went, or became one or none */
	uint64_t walks;		 /* over the whole table, for dvs_fdb_flush and dvs_fdb_forget */
	const char *reader;	 /* which instructions look up: "avx512", "avx2", "base" */
};

void dvs_fdb_stats(const struct dvs_fdb *fdb, struct dvs_fdb_stats *ret_stats);

/* One entry of a walk; cursor 0 starts, and the function returns the next cursor or 0 at the end.
 * ret_found says whether this step found an entry; a step looks at a bounded number of slots. */
struct dvs_fdb_item {
	uint64_t key;
	uint16_t port;
	bool is_static;
	bool is_sticky;
	uint32_t last_s;
	uint32_t moves;
};

uint64_t dvs_fdb_walk(const struct dvs_fdb *fdb, uint64_t cursor, struct dvs_fdb_item *ret_item,
		      bool *ret_found);

#endif
