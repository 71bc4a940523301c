/* SPDX-License-Identifier: BSD-3-Clause */
/* The writer of the MAC table. It alone changes keys and values, so it may read them plainly. */
#include "fdb_match.h"
#include "fdb_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define AGE_DEFAULT_S 300
#define N_SEGMENTS    65536
#define N_PORTS	      65536
#define CANDIDATES    (2 * FDB_BUCKET_SLOTS)
#define WALK_SLOTS    64 /* looked at in one step */
/* At its capacity a bucket holds four on average, half of it: see FDB_FIRST_FILL. */
#define ENTRIES_PER_BUCKET 4

static inline uint32_t slots_of(const struct dvs_fdb *fdb)
{
	return dvs_fdb_buckets(fdb) * FDB_BUCKET_SLOTS;
}

static inline uint16_t segment_of(uint64_t key)
{
	return (uint16_t)key;
}

static int set_up(struct dvs_fdb *fdb, uint32_t capacity, int numa_socket)
{
	while (dvs_fdb_buckets(fdb) * ENTRIES_PER_BUCKET < capacity)
		fdb->bits++;
	fdb->reader = dvs_fdb_reader_get(0);
	fdb->capacity = capacity;
	if (getrandom(fdb->seed, sizeof(fdb->seed), 0) != (ssize_t)sizeof(fdb->seed))
		return -EIO;
	for (unsigned int i = 1; i < 4; i++)
		fdb->seed[i] |= 1;
	fdb->segments = calloc(N_SEGMENTS, sizeof(*fdb->segments));
	fdb->ports = calloc(N_PORTS, sizeof(*fdb->ports));
	if (!fdb->segments || !fdb->ports)
		return -ENOMEM;
	for (uint32_t i = 0; i < N_SEGMENTS; i++) {
		fdb->segments[i].age_s = AGE_DEFAULT_S;
		fdb->segments[i].limit = UINT32_MAX;
	}
	for (uint32_t i = 0; i < N_PORTS; i++)
		fdb->ports[i].limit = UINT32_MAX;
	return dvs_fdb_map(fdb, numa_socket);
}

int dvs_fdb_create(uint32_t capacity, int numa_socket, struct dvs_fdb **ret_fdb)
{
	struct dvs_fdb *fdb;
	int rc;

	if (capacity < DVS_FDB_CAPACITY_MIN || capacity > DVS_FDB_CAPACITY_MAX)
		return -ERANGE;
	fdb = aligned_alloc(FDB_CACHE_LINE, sizeof(*fdb));
	if (!fdb)
		return -ENOMEM;
	memset(fdb, 0, sizeof(*fdb));
	rc = set_up(fdb, capacity, numa_socket);
	if (rc < 0) {
		dvs_fdb_free(fdb);
		return rc;
	}
	*ret_fdb = fdb;
	return 0;
}

void dvs_fdb_free(struct dvs_fdb *fdb)
{
	if (!fdb)
		return;
	dvs_fdb_unmap(fdb);
	free(fdb->segments);
	free(fdb->ports);
	free(fdb);
}

static uint32_t find(const struct dvs_fdb *fdb, uint64_t key, uint64_t hash)
{
	uint32_t bucket = dvs_fdb_first_bucket(fdb, hash);
	unsigned int match = dvs_fdb_match(fdb->head.buckets[bucket].keys, key);

	if (!match) {
		bucket = dvs_fdb_second_bucket(fdb, hash);
		match = dvs_fdb_match(fdb->head.buckets[bucket].keys, key);
	}
	return match ? bucket * FDB_BUCKET_SLOTS + (uint32_t)__builtin_ctz(match) : FDB_NO_SLOT;
}

static void count_port(struct dvs_fdb *fdb, uint16_t port, int change)
{
	uint32_t *dynamic = &fdb->ports[port].dynamic;

	__atomic_store_n(dynamic, *dynamic + (uint32_t)change, __ATOMIC_RELAXED);
	fdb->n_sticky_changes += fdb->ports[port].is_sticky;
}

/* A dynamic entry comes or goes. */
static void count(struct dvs_fdb *fdb, uint64_t key, uint16_t port, int change)
{
	fdb->segments[segment_of(key)].dynamic += (uint32_t)change;
	count_port(fdb, port, change);
}

static void put_last(struct dvs_fdb *fdb, uint32_t slot, uint32_t now_s)
{
	__atomic_store_n(&dvs_fdb_info_at(fdb, slot)->last_s, now_s, __ATOMIC_RELAXED);
}

static void put_value(struct dvs_fdb *fdb, uint32_t slot, uint64_t hash, uint16_t port,
		      uint32_t flags)
{
	uint32_t place = slot % FDB_BUCKET_SLOTS;
	uint32_t value = dvs_fdb_check(hash) | place << FDB_PLACE_SHIFT | flags | port;

	__atomic_store_n(&dvs_fdb_info_at(fdb, slot)->value, value, __ATOMIC_RELEASE);
}

/* Fills a free slot; the key last, so that nobody finds it before the rest is there. */
static void put_entry(struct dvs_fdb *fdb, uint32_t slot, uint64_t key, uint64_t hash,
		      uint16_t port, uint32_t flags, uint32_t now_s)
{
	put_value(fdb, slot, hash, port, flags);
	put_last(fdb, slot, now_s);
	fdb->moves[slot] = 0;
	__atomic_store_n(dvs_fdb_key_at(fdb, slot), key, __ATOMIC_RELEASE);
	fdb->entries++;
	if (!(flags & FDB_STATIC))
		count(fdb, key, port, 1);
}

/* Frees a slot; the key first. */
static void drop_entry(struct dvs_fdb *fdb, uint32_t slot)
{
	uint32_t value = dvs_fdb_info_at(fdb, slot)->value;

	if (!dvs_fdb_is_static(value))
		count(fdb, *dvs_fdb_key_at(fdb, slot), dvs_fdb_port(value), -1);
	fdb->entries--;
	__atomic_store_n(dvs_fdb_key_at(fdb, slot), 0, __ATOMIC_RELEASE);
	__atomic_store_n(&dvs_fdb_info_at(fdb, slot)->value, 0, __ATOMIC_RELEASE);
}

/* The dynamic slots of both buckets; returns how many. */
static unsigned int list_dynamic(const struct dvs_fdb *fdb, const uint32_t buckets[2],
				 uint32_t slots[CANDIDATES])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CANDIDATES; i++) {
		uint32_t slot =
			buckets[i / FDB_BUCKET_SLOTS] * FDB_BUCKET_SLOTS + i % FDB_BUCKET_SLOTS;

		if (!dvs_fdb_is_static(dvs_fdb_info_at(fdb, slot)->value))
			slots[n++] = slot;
	}
	return n;
}

/* What an entry's port owns, as far as that makes it go: sticky ones do last. */
static uint32_t weight_of(const struct dvs_fdb *fdb, uint32_t slot)
{
	const struct fdb_port *port = &fdb->ports[dvs_fdb_port(dvs_fdb_info_at(fdb, slot)->value)];

	return port->is_sticky ? 0 : port->dynamic;
}

/* Who makes room in two full buckets: of the port with most dynamic entries in the table the one
 * that was used least recently. */
static uint32_t choose_victim(const struct dvs_fdb *fdb, const uint32_t buckets[2])
{
	uint32_t slots[CANDIDATES], victim = FDB_NO_SLOT, victim_last_s = 0;
	uint32_t n = list_dynamic(fdb, buckets, slots), most = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t weight = weight_of(fdb, slots[i]);
		uint32_t last_s =
			__atomic_load_n(&dvs_fdb_info_at(fdb, slots[i])->last_s, __ATOMIC_RELAXED);

		if (victim == FDB_NO_SLOT || weight > most ||
		    (weight == most && (int32_t)(last_s - victim_last_s) < 0)) {
			most = weight;
			victim = slots[i];
			victim_last_s = last_s;
		}
	}
	return victim;
}

/* A free slot for the hash, or FDB_NO_SLOT when both buckets are full. */
static uint32_t find_free(const struct dvs_fdb *fdb, const uint32_t buckets[2])
{
	unsigned int is_free[2], used[2], use;

	for (unsigned int i = 0; i < 2; i++) {
		is_free[i] = dvs_fdb_match(fdb->head.buckets[buckets[i]].keys, 0);
		used[i] = FDB_BUCKET_SLOTS - (unsigned int)__builtin_popcount(is_free[i]);
	}
	use = used[0] >= FDB_FIRST_FILL && used[1] < used[0];
	if (!is_free[use])
		return FDB_NO_SLOT;
	return buckets[use] * FDB_BUCKET_SLOTS + (uint32_t)__builtin_ctz(is_free[use]);
}

/* Takes a slot for a new entry, by eviction if need be; FDB_NO_SLOT when all are static. */
static uint32_t take_slot(struct dvs_fdb *fdb, uint64_t hash, bool *ret_is_evicted)
{
	uint32_t buckets[2] = {dvs_fdb_first_bucket(fdb, hash), dvs_fdb_second_bucket(fdb, hash)};
	uint32_t slot = find_free(fdb, buckets);

	*ret_is_evicted = false;
	if (slot != FDB_NO_SLOT)
		return slot;
	slot = choose_victim(fdb, buckets);
	if (slot != FDB_NO_SLOT) {
		drop_entry(fdb, slot);
		fdb->n_evicted++;
		*ret_is_evicted = true;
	}
	return slot;
}

static enum dvs_fdb_result refuse(struct dvs_fdb *fdb, enum dvs_fdb_result why)
{
	fdb->n_refused++;
	return why;
}

static enum dvs_fdb_result learn_known(struct dvs_fdb *fdb, uint32_t slot, uint64_t hash,
				       uint16_t port, uint32_t now_s)
{
	uint32_t value = dvs_fdb_info_at(fdb, slot)->value;
	uint32_t last_s = __atomic_load_n(&dvs_fdb_info_at(fdb, slot)->last_s, __ATOMIC_RELAXED);

	uint16_t before = dvs_fdb_port(value);

	if (dvs_fdb_is_static(value))
		return DVS_FDB_IS_STATIC;
	if (before != port && fdb->ports[before].is_sticky)
		return DVS_FDB_IS_STICKY;
	if (before != port && fdb->ports[port].dynamic >= fdb->ports[port].limit)
		return refuse(fdb, DVS_FDB_PORT_FULL);
	if ((int32_t)(now_s - last_s) > 0)
		put_last(fdb, slot, now_s);
	if (before == port)
		return DVS_FDB_REFRESHED;
	put_value(fdb, slot, hash, port, 0);
	count_port(fdb, before, -1);
	count_port(fdb, port, 1);
	fdb->moves[slot]++;
	fdb->n_moves++;
	return DVS_FDB_MOVED;
}

enum dvs_fdb_result dvs_fdb_learn(struct dvs_fdb *fdb, uint64_t key, uint16_t port, uint32_t now_s)
{
	const struct fdb_segment *segment = &fdb->segments[segment_of(key)];
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t slot = find(fdb, key, hash);
	bool is_evicted = false;

	if (slot != FDB_NO_SLOT)
		return learn_known(fdb, slot, hash, port, now_s);
	if (fdb->ports[port].dynamic >= fdb->ports[port].limit)
		return refuse(fdb, DVS_FDB_PORT_FULL);
	if (segment->dynamic < segment->limit)
		slot = take_slot(fdb, hash, &is_evicted);
	if (slot == FDB_NO_SLOT)
		return refuse(fdb, DVS_FDB_REFUSED);
	put_entry(fdb, slot, key, hash, port, 0, now_s);
	return is_evicted ? DVS_FDB_EVICTED : DVS_FDB_ADDED;
}

int dvs_fdb_set_static(struct dvs_fdb *fdb, uint64_t key, uint16_t port)
{
	uint64_t hash = dvs_fdb_hash(fdb, key);
	uint32_t slot = find(fdb, key, hash);
	bool is_evicted;

	if (slot != FDB_NO_SLOT) {
		uint32_t value = dvs_fdb_info_at(fdb, slot)->value;

		if (!dvs_fdb_is_static(value))
			count(fdb, key, dvs_fdb_port(value), -1);
		put_value(fdb, slot, hash, port, FDB_STATIC);
		put_last(fdb, slot, 0);
		return 0;
	}
	slot = take_slot(fdb, hash, &is_evicted);
	if (slot == FDB_NO_SLOT)
		return -ENOSPC;
	put_entry(fdb, slot, key, hash, port, FDB_STATIC, 0);
	return 0;
}

int dvs_fdb_remove(struct dvs_fdb *fdb, uint64_t key)
{
	uint32_t slot = find(fdb, key, dvs_fdb_hash(fdb, key));

	if (slot == FDB_NO_SLOT)
		return -ENOENT;
	drop_entry(fdb, slot);
	return 0;
}

void dvs_fdb_set_segment(struct dvs_fdb *fdb, uint16_t segment, uint32_t age_s, uint32_t limit)
{
	fdb->segments[segment].age_s = age_s;
	fdb->segments[segment].limit = limit;
}

void dvs_fdb_set_port(struct dvs_fdb *fdb, uint16_t port, uint32_t limit, bool is_sticky)
{
	fdb->ports[port].limit = limit != 0 ? limit : UINT32_MAX;
	fdb->n_sticky_changes += fdb->ports[port].is_sticky != is_sticky;
	fdb->ports[port].is_sticky = is_sticky;
}

static uint32_t sweep(struct dvs_fdb *fdb, uint16_t segment, uint16_t port, bool with_static)
{
	uint32_t n = 0;

	fdb->n_walks++;
	for (uint32_t slot = 0; slot < slots_of(fdb); slot++) {
		uint64_t key = *dvs_fdb_key_at(fdb, slot);

		if (!key || (segment && segment_of(key) != segment))
			continue;
		if (port != UINT16_MAX && dvs_fdb_port(dvs_fdb_info_at(fdb, slot)->value) != port)
			continue;
		if (dvs_fdb_is_static(dvs_fdb_info_at(fdb, slot)->value) && !with_static)
			continue;
		drop_entry(fdb, slot);
		n++;
	}
	return n;
}

uint32_t dvs_fdb_flush(struct dvs_fdb *fdb, uint16_t segment, uint16_t port)
{
	return sweep(fdb, segment, port, false);
}

static bool is_departed(const struct dvs_fdb_departed *departed, uint64_t key, uint32_t value)
{
	uint16_t port = dvs_fdb_port(value);

	return dvs_fdb_ids_has(&departed->segments, segment_of(key)) ||
	       dvs_fdb_ids_has(&departed->ports, port) ||
	       (dvs_fdb_ids_has(&departed->moved_ports, port) && !dvs_fdb_is_static(value));
}

void dvs_fdb_forget(struct dvs_fdb *fdb, const struct dvs_fdb_departed *departed)
{
	fdb->n_walks++;
	for (uint32_t slot = 0; slot < slots_of(fdb); slot++) {
		uint64_t key = *dvs_fdb_key_at(fdb, slot);

		if (key && is_departed(departed, key, dvs_fdb_info_at(fdb, slot)->value))
			drop_entry(fdb, slot);
	}
}

void dvs_fdb_forget_port(struct dvs_fdb *fdb, uint16_t port)
{
	sweep(fdb, 0, port, true);
}

void dvs_fdb_forget_segment(struct dvs_fdb *fdb, uint16_t segment)
{
	sweep(fdb, segment, UINT16_MAX, true);
}

/* Signed: a worker's clock may be ahead of the writer's by a moment. */
static bool is_past_age(const struct dvs_fdb *fdb, uint32_t slot, uint32_t now_s)
{
	uint32_t age_s = fdb->segments[segment_of(*dvs_fdb_key_at(fdb, slot))].age_s;
	uint32_t last_s = __atomic_load_n(&dvs_fdb_info_at(fdb, slot)->last_s, __ATOMIC_RELAXED);
	uint32_t value = dvs_fdb_info_at(fdb, slot)->value;

	if (age_s == 0 || dvs_fdb_is_static(value) || fdb->ports[dvs_fdb_port(value)].is_sticky)
		return false;
	return (int64_t)(int32_t)(now_s - last_s) > (int64_t)age_s;
}

uint32_t dvs_fdb_age(struct dvs_fdb *fdb, uint32_t now_s, uint32_t buckets)
{
	uint32_t n = 0;

	if (buckets > dvs_fdb_buckets(fdb))
		buckets = dvs_fdb_buckets(fdb);
	for (; buckets; buckets--) {
		uint32_t base = fdb->age_cursor * FDB_BUCKET_SLOTS;

		for (uint32_t slot = base; slot < base + FDB_BUCKET_SLOTS; slot++) {
			if (*dvs_fdb_key_at(fdb, slot) && is_past_age(fdb, slot, now_s)) {
				drop_entry(fdb, slot);
				n++;
			}
		}
		fdb->age_cursor = (fdb->age_cursor + 1) & (dvs_fdb_buckets(fdb) - 1);
	}
	return n;
}

void dvs_fdb_stats(const struct dvs_fdb *fdb, struct dvs_fdb_stats *ret_stats)
{
	*ret_stats = (struct dvs_fdb_stats){
		.entries = fdb->entries,
		.capacity = fdb->capacity,
		.buckets = dvs_fdb_buckets(fdb),
		.moves = fdb->n_moves,
		.sticky_changes = fdb->n_sticky_changes,
		.walks = fdb->n_walks,
		.refused = fdb->n_refused,
		.evicted = fdb->n_evicted,
		.reader = fdb->reader->name,
	};
}

uint64_t dvs_fdb_walk(const struct dvs_fdb *fdb, uint64_t cursor, struct dvs_fdb_item *ret_item,
		      bool *ret_found)
{
	uint32_t n_slots = slots_of(fdb), slot, end;

	*ret_found = false;
	if (cursor >= n_slots)
		return 0;
	slot = (uint32_t)cursor;
	end = n_slots - slot > WALK_SLOTS ? slot + WALK_SLOTS : n_slots;
	while (slot < end && !*dvs_fdb_key_at(fdb, slot))
		slot++;
	*ret_found = slot < end;
	if (*ret_found) {
		uint32_t value = dvs_fdb_info_at(fdb, slot)->value;

		*ret_item = (struct dvs_fdb_item){
			.key = *dvs_fdb_key_at(fdb, slot),
			.port = dvs_fdb_port(value),
			.is_static = dvs_fdb_is_static(value),
			.is_sticky = !dvs_fdb_is_static(value) &&
				     fdb->ports[dvs_fdb_port(value)].is_sticky,
			.last_s = __atomic_load_n(&dvs_fdb_info_at(fdb, slot)->last_s,
						  __ATOMIC_RELAXED),
			.moves = fdb->moves[slot],
		};
		slot++;
	}
	return slot < n_slots ? slot : 0;
}
