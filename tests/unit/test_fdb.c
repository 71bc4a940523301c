/* SPDX-License-Identifier: BSD-3-Clause */
/* The MAC table against its twin, and what a twin without buckets cannot say: eviction, capacity,
 * the order of a walk, aging in parts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fdb_private.h"
#include "fdb_twin.h"
#include "random.h"

#define N_SEGMENTS 6
#define N_MACS	   700 /* of each segment: together twice as many as there are slots */
#define N_KEYS	   (N_SEGMENTS * N_MACS)
#define N_PORTS	   12
#define N_STEPS	   100000

/* The n-th MAC of a vendor's prefix, as virtual machines get them. */
static uint64_t key_of(uint32_t n, uint16_t segment)
{
	uint8_t mac[DVS_MAC_LEN] = {
		0x52, 0x54, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return dvs_fdb_key(mac, segment);
}

static struct dvs_fdb *create(uint32_t capacity)
{
	struct dvs_fdb *fdb = NULL;

	assert_int_equal(dvs_fdb_create(capacity, -1, &fdb), 0);
	return fdb;
}

static struct dvs_fdb_stats stats_of(const struct dvs_fdb *fdb)
{
	struct dvs_fdb_stats stats;

	dvs_fdb_stats(fdb, &stats);
	return stats;
}

/* A table and its twin, and what their counters must be. */
struct pair {
	struct dvs_fdb *fdb;
	struct fdb_twin *twin;
	uint32_t now_s;
	uint64_t moves, refused, evicted, stuck, full;
};

/*
 * What must happen to a new key, by the places that it may have and the twin's knowledge of who is
 * there: returns false when there is a free slot, else *ret_victim is who has to go, NULL when all
 * are static. The rule once more, in other words than fdb.c's: those that are not sticky first,
 * then by how many dynamic entries their port has, then by age.
 */
static bool expect_victim(struct pair *pair, uint64_t key, struct fdb_twin_entry **ret_victim)
{
	struct fdb_twin_entry *there[16], *victim = NULL;
	uint64_t hash = dvs_fdb_hash(pair->fdb, key);
	uint32_t buckets[2] = {dvs_fdb_first_bucket(pair->fdb, hash),
			       dvs_fdb_second_bucket(pair->fdb, hash)};
	uint32_t owned[N_PORTS], most = 0;

	for (uint16_t port = 0; port < N_PORTS; port++)
		owned[port] = pair->twin->ports[port].is_sticky
				      ? 0
				      : fdb_twin_port_count(pair->twin, port);

	for (unsigned int i = 0; i < 16; i++) {
		uint64_t other = pair->fdb->head.buckets[buckets[i / 8]].keys[i % 8];

		if (!other)
			return false;
		there[i] = fdb_twin_lookup(pair->twin, other);
		assert_non_null(there[i]);
		if (!there[i]->is_static && owned[there[i]->port] > most)
			most = owned[there[i]->port];
	}
	for (unsigned int i = 0; i < 16; i++) {
		if (there[i]->is_static || owned[there[i]->port] != most)
			continue;
		if (!victim || (int32_t)(there[i]->last_s - victim->last_s) < 0)
			victim = there[i];
	}
	*ret_victim = victim;
	return true;
}

static void step_learn(struct pair *pair, uint64_t key, uint16_t port)
{
	struct fdb_twin_entry *victim = NULL;
	bool is_full =
		fdb_twin_has_room(pair->twin, key, port) && expect_victim(pair, key, &victim);
	uint64_t victim_key = victim ? victim->key : 0;
	enum dvs_fdb_result result = dvs_fdb_learn(pair->fdb, key, port, pair->now_s);

	if (is_full && !victim) {
		assert_int_equal(result, DVS_FDB_REFUSED);
		pair->refused++;
		return;
	}
	if (is_full) {
		assert_int_equal(result, DVS_FDB_EVICTED);
		assert_int_equal(dvs_fdb_lookup(pair->fdb, victim_key), DVS_FDB_MISS);
		assert_int_equal(fdb_twin_remove(pair->twin, victim_key), 0);
		pair->evicted++;
		result = DVS_FDB_ADDED;
	}
	assert_int_equal(fdb_twin_learn(pair->twin, key, port, pair->now_s), result);
	pair->moves += result == DVS_FDB_MOVED;
	pair->refused += result == DVS_FDB_REFUSED || result == DVS_FDB_PORT_FULL;
	pair->stuck += result == DVS_FDB_IS_STICKY;
	pair->full += result == DVS_FDB_PORT_FULL;
}

static void step_static(struct pair *pair, uint64_t key, uint16_t port)
{
	struct fdb_twin_entry *victim = NULL;
	bool is_full = !fdb_twin_lookup(pair->twin, key) && expect_victim(pair, key, &victim);
	int rc = dvs_fdb_set_static(pair->fdb, key, port);

	if (is_full && !victim) {
		assert_int_equal(rc, -ENOSPC);
		return;
	}
	assert_int_equal(rc, 0);
	if (is_full) {
		assert_int_equal(fdb_twin_remove(pair->twin, victim->key), 0);
		pair->evicted++;
	}
	fdb_twin_set_static(pair->twin, key, port);
}

static void step_touch(struct pair *pair, uint64_t key)
{
	uint64_t value = dvs_fdb_lookup(pair->fdb, key);

	if (value == DVS_FDB_MISS || dvs_fdb_is_static(value))
		return;
	dvs_fdb_touch(pair->fdb, key, value, pair->now_s);
	fdb_twin_touch(pair->twin, key, pair->now_s);
}

/* Any number of ports and segments at once, ids that nobody has among them. */
static void step_forget(struct pair *pair)
{
	static struct dvs_fdb_departed departed;
	unsigned int n = random_below(4);

	memset(&departed, 0, sizeof(departed));
	dvs_fdb_ids_add(&departed.ports, UINT16_MAX);
	dvs_fdb_ids_add(&departed.segments, UINT16_MAX);
	dvs_fdb_ids_add(&departed.moved_ports, UINT16_MAX);
	for (; n; n--) {
		uint16_t segment = (uint16_t)(1 + random_below(N_SEGMENTS));
		uint16_t port = (uint16_t)random_below(N_PORTS);
		unsigned int what = random_below(5);

		if (what < 2) {
			dvs_fdb_ids_add(&departed.ports, port);
			fdb_twin_flush(pair->twin, 0, port, true);
		} else if (what < 4) {
			dvs_fdb_ids_add(&departed.moved_ports, port);
			fdb_twin_flush(pair->twin, 0, port, false);
		} else {
			dvs_fdb_ids_add(&departed.segments, segment);
			fdb_twin_flush(pair->twin, segment, UINT16_MAX, true);
		}
	}
	dvs_fdb_forget(pair->fdb, &departed);
}

/* The rare ones: what concerns many entries at once. */
static void step_many(struct pair *pair)
{
	uint16_t segment = (uint16_t)random_below(N_SEGMENTS + 1);
	uint16_t port = random_below(4) ? (uint16_t)random_below(N_PORTS) : UINT16_MAX;
	uint32_t age_s = random_below(3) * 200;
	uint32_t limit = random_below(2) ? random_below(N_MACS) : UINT32_MAX;
	bool is_sticky;

	switch (random_below(9)) {
	case 0:
		assert_int_equal(dvs_fdb_flush(pair->fdb, segment, port),
				 fdb_twin_flush(pair->twin, segment, port, false));
		break;
	case 1:
		if (port != UINT16_MAX) {
			dvs_fdb_forget_port(pair->fdb, port);
			fdb_twin_flush(pair->twin, 0, port, true);
		}
		break;
	case 2:
		if (segment) {
			dvs_fdb_forget_segment(pair->fdb, segment);
			fdb_twin_flush(pair->twin, segment, UINT16_MAX, true);
		}
		break;
	case 3:
		step_forget(pair);
		break;
	case 4:
		dvs_fdb_set_segment(pair->fdb, segment, age_s, limit);
		fdb_twin_set_segment(pair->twin, segment, age_s, limit);
		break;
	case 5:
	case 6:
		if (port == UINT16_MAX)
			break;
		limit = random_below(3) ? 0 : random_below(N_MACS / 2);
		is_sticky = random_below(4) == 0;
		dvs_fdb_set_port(pair->fdb, port, limit, is_sticky);
		fdb_twin_set_port(pair->twin, port, limit, is_sticky);
		break;
	default:
		assert_int_equal(dvs_fdb_age(pair->fdb, pair->now_s, UINT32_MAX),
				 fdb_twin_age(pair->twin, pair->now_s));
	}
}

static void step(struct pair *pair)
{
	uint64_t key = key_of(random_below(N_MACS), (uint16_t)(1 + random_below(N_SEGMENTS)));
	uint16_t port = (uint16_t)random_below(N_PORTS);
	uint32_t dice = random_below(1000);

	if (dice < 650)
		step_learn(pair, key, port);
	else if (dice < 740)
		step_static(pair, key, port);
	else if (dice < 850)
		step_touch(pair, key);
	else if (dice < 999)
		assert_int_equal(dvs_fdb_remove(pair->fdb, key), fdb_twin_remove(pair->twin, key));
	else
		step_many(pair);
	pair->now_s += random_below(8) == 0;
}

static void check_value(struct pair *pair, uint64_t key, uint64_t value)
{
	const struct fdb_twin_entry *entry = fdb_twin_lookup(pair->twin, key);

	assert_int_equal(value != DVS_FDB_MISS, entry != NULL);
	if (!entry)
		return;
	assert_int_equal(dvs_fdb_port(value), entry->port);
	assert_int_equal(dvs_fdb_is_static(value), entry->is_static);
}

/* All that this CPU can run must return the very same. */
static void check_readers(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			  const uint64_t *values)
{
	const struct fdb_reader *reader;
	uint64_t others[64 + 1];

	for (unsigned int number = 0; (reader = dvs_fdb_reader_get(number)) != NULL; number++) {
		others[n] = 4711;
		reader->lookup_bulk(fdb, keys, n, others);
		assert_memory_equal(others, values, n * sizeof(*values));
		assert_int_equal(others[n], 4711);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(reader->lookup(fdb, keys[i]), values[i]);
	}
}

/* Every key that there may be, in bulks of all sizes, and the counters. */
static void check_lookups(struct pair *pair)
{
	struct dvs_fdb_stats stats = stats_of(pair->fdb);
	uint64_t keys[64], values[64];
	uint32_t at = 0;

	for (unsigned int n = 1; at < N_KEYS; n = n % 64 + 1) {
		for (unsigned int i = 0; i < n; i++, at++)
			keys[i] = key_of(at % N_MACS, (uint16_t)(1 + at / N_MACS));
		dvs_fdb_lookup_bulk(pair->fdb, keys, n, values);
		check_readers(pair->fdb, keys, n, values);
		for (unsigned int i = 0; i < n; i++) {
			check_value(pair, keys[i], values[i]);
			assert_int_equal(dvs_fdb_lookup(pair->fdb, keys[i]), values[i]);
		}
	}
	for (uint16_t port = 0; port < N_PORTS; port++)
		assert_int_equal(dvs_fdb_port_count(pair->fdb, port),
				 fdb_twin_port_count(pair->twin, port));
	assert_int_equal(stats.entries, pair->twin->n);
	assert_int_equal(stats.moves, pair->moves);
	assert_int_equal(stats.refused, pair->refused);
	assert_int_equal(stats.evicted, pair->evicted);
}

/* A walk sees each entry once, as it is. */
static void check_walk(struct pair *pair)
{
	uint8_t *seen = calloc(pair->twin->n + 1, 1);
	struct dvs_fdb_item item;
	uint64_t cursor = 0;
	bool is_found;
	uint32_t n = 0;

	assert_non_null(seen);
	do {
		const struct fdb_twin_entry *entry;

		cursor = dvs_fdb_walk(pair->fdb, cursor, &item, &is_found);
		if (!is_found)
			continue;
		entry = fdb_twin_lookup(pair->twin, item.key);
		assert_non_null(entry);
		assert_int_equal(seen[entry - pair->twin->entries]++, 0);
		assert_int_equal(item.port, entry->port);
		assert_int_equal(item.is_static, entry->is_static);
		assert_int_equal(item.is_sticky,
				 !entry->is_static && pair->twin->ports[entry->port].is_sticky);
		assert_int_equal(item.last_s, entry->last_s);
		if (!item.is_static)
			assert_int_equal(item.moves, entry->moves);
		n++;
	} while (cursor);
	assert_int_equal(n, pair->twin->n);
	free(seen);
}

static void random_operations(void **state)
{
	/* The clock's seconds wrap on the way. */
	struct pair pair = {
		.fdb = create(DVS_FDB_CAPACITY_MIN),
		.twin = fdb_twin_create(N_KEYS),
		.now_s = UINT32_MAX - 1000,
	};

	(void)state;
	for (unsigned int i = 1; i <= N_STEPS; i++) {
		step(&pair);
		if (i % (N_STEPS / 50) == 0) {
			check_lookups(&pair);
			check_walk(&pair);
		}
	}
	assert_true(pair.evicted > 100);
	assert_true(pair.moves > 100);
	assert_true(pair.stuck > 100);
	assert_true(pair.full > 100);
	dvs_fdb_free(pair.fdb);
	fdb_twin_free(pair.twin);
}

static uint64_t sequential(uint32_t n)
{
	return key_of(n, 1);
}

/* Only the first octets and the segment differ. */
static uint64_t strided(uint32_t n)
{
	uint8_t mac[DVS_MAC_LEN] = {(uint8_t)(n << 2), (uint8_t)(n >> 6)};

	return dvs_fdb_key(mac, (uint16_t)(1 + (n >> 14)));
}

/* Bijective, so that all keys differ. */
static uint64_t scattered(uint32_t n)
{
	return key_of(n * 2654435769u, 77);
}

static void fill_one(uint32_t capacity, uint64_t (*key)(uint32_t n))
{
	struct dvs_fdb *fdb = create(capacity);
	struct dvs_fdb_stats stats;
	uint32_t found = 0;

	for (uint32_t i = 0; i < capacity; i++) {
		enum dvs_fdb_result result = dvs_fdb_learn(fdb, key(i), (uint16_t)(i % 61), i);

		assert_true(result == DVS_FDB_ADDED || result == DVS_FDB_EVICTED);
	}
	stats = stats_of(fdb);
	assert_true(stats.evicted <= capacity / 10000);
	assert_int_equal(stats.entries + stats.evicted, capacity);
	assert_int_equal(stats.capacity, capacity);
	for (uint32_t i = 0; i < capacity; i++) {
		uint64_t value = dvs_fdb_lookup(fdb, key(i));

		found += value != DVS_FDB_MISS && dvs_fdb_port(value) == i % 61;
	}
	assert_int_equal(found, stats.entries);
	dvs_fdb_free(fdb);
}

static void fill_to_capacity(void **state)
{
	static const uint32_t capacities[] = {DVS_FDB_CAPACITY_MIN, 1025, 65536,
					      DVS_FDB_CAPACITY_MAX};

	(void)state;
	for (unsigned int i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		fill_one(capacities[i], sequential);
		fill_one(capacities[i], strided);
		fill_one(capacities[i], scattered);
	}
}

/* A port that invents MACs pushes out its own, not those of its neighbours. */
static void flood_evicts_flooder(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		dvs_fdb_learn(fdb, key_of(i, 1), (uint16_t)(1 + i / 20), 10);
	for (uint32_t i = 0; i < 100000; i++)
		dvs_fdb_learn(fdb, key_of(1000 + i, 2), 0, 20);
	for (uint32_t i = 100; i < 200; i++)
		assert_int_equal(dvs_fdb_learn(fdb, key_of(i, 1), (uint16_t)(1 + i / 20), 30),
				 DVS_FDB_EVICTED);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(dvs_fdb_port(dvs_fdb_lookup(fdb, key_of(i, 1))), 1 + i / 20);
	assert_true(stats_of(fdb).evicted > 90000);
	dvs_fdb_free(fdb);
}

static void only_static_entries(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint32_t n = 0;
	int rc = 0;

	(void)state;
	while (rc == 0) {
		rc = dvs_fdb_set_static(fdb, key_of(n, 1), 7);
		n++;
	}
	n--;
	assert_int_equal(rc, -ENOSPC);
	assert_true(n > DVS_FDB_CAPACITY_MIN);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(n, 1), 1, 0), DVS_FDB_REFUSED);
	assert_int_equal(stats_of(fdb).refused, 1);
	assert_int_equal(stats_of(fdb).entries, n);
	assert_int_equal(dvs_fdb_flush(fdb, 0, UINT16_MAX), 0);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(0, 1), 1, 0), DVS_FDB_IS_STATIC);
	assert_int_equal(dvs_fdb_port(dvs_fdb_lookup(fdb, key_of(0, 1))), 7);
	dvs_fdb_forget_port(fdb, 7);
	assert_int_equal(stats_of(fdb).entries, 0);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(n, 1), 1, 0), DVS_FDB_ADDED);
	dvs_fdb_free(fdb);
}

static void limits(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);

	(void)state;
	dvs_fdb_set_segment(fdb, 1, 300, 2);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(1, 1), 1, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(2, 1), 1, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_REFUSED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(2, 1), 2, 0), DVS_FDB_MOVED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 2), 1, 0), DVS_FDB_ADDED);
	/* Static entries do not count, and one that becomes static makes room. */
	assert_int_equal(dvs_fdb_set_static(fdb, key_of(9, 1), 1), 0);
	assert_int_equal(dvs_fdb_set_static(fdb, key_of(1, 1), 1), 0);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(4, 1), 1, 0), DVS_FDB_REFUSED);
	/* A lower limit throws nobody out. */
	dvs_fdb_set_segment(fdb, 1, 300, 1);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_REFRESHED);
	assert_int_equal(dvs_fdb_remove(fdb, key_of(3, 1)), 0);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(4, 1), 1, 0), DVS_FDB_REFUSED);
	assert_int_equal(dvs_fdb_flush(fdb, 1, UINT16_MAX), 1);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(4, 1), 1, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_remove(fdb, key_of(5, 1)), -ENOENT);
	assert_int_equal(stats_of(fdb).refused, 3);
	dvs_fdb_free(fdb);
}

/* The flooder spreads its MACs so thinly that it owns little of each bucket: it is still the one.
 */
static void most_of_the_table_counts(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint32_t mine = 0, n = 0;

	(void)state;
	/* Each of 60 ports has 25, the flooder 300. */
	for (uint32_t i = 0; i < 1500; i++)
		dvs_fdb_learn(fdb, key_of(i, 1), (uint16_t)(1 + i % 60), 10);
	for (uint32_t i = 0; i < 300; i++)
		dvs_fdb_learn(fdb, key_of(5000 + i, 2), 0, 20);
	while (dvs_fdb_port_count(fdb, 0) > 200 && n < 100000)
		dvs_fdb_learn(fdb, key_of(10000 + n, 3), (uint16_t)(1 + n % 60), 30), n++;
	assert_true(n < 100000);
	for (uint32_t i = 0; i < 1500; i++)
		mine += dvs_fdb_lookup(fdb, key_of(i, 1)) != DVS_FDB_MISS;
	assert_true(mine > 1450);
	dvs_fdb_free(fdb);
}

static void sticky_entries(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint32_t buckets = stats_of(fdb).buckets;

	(void)state;
	assert_int_equal(dvs_fdb_learn(fdb, key_of(1, 1), 1, 0), DVS_FDB_ADDED);
	dvs_fdb_set_port(fdb, 1, 2, true);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(1, 1), 2, 0), DVS_FDB_IS_STICKY);
	assert_int_equal(dvs_fdb_port(dvs_fdb_lookup(fdb, key_of(1, 1))), 1);
	assert_int_equal(dvs_fdb_age(fdb, 100000, buckets), 0);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(2, 1), 2, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(2, 1), 1, 0), DVS_FDB_MOVED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_PORT_FULL);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 2, 0), DVS_FDB_ADDED);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_PORT_FULL);
	/* Static entries are apart. */
	assert_int_equal(dvs_fdb_set_static(fdb, key_of(2, 1), 1), 0);
	assert_int_equal(dvs_fdb_port_count(fdb, 1), 1);
	assert_int_equal(dvs_fdb_learn(fdb, key_of(3, 1), 1, 0), DVS_FDB_MOVED);
	assert_int_equal(dvs_fdb_flush(fdb, 0, 1), 2);
	assert_int_equal(dvs_fdb_port_count(fdb, 1), 0);
	dvs_fdb_free(fdb);
}

static void aging(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint32_t buckets = stats_of(fdb).buckets, gone = 0;

	(void)state;
	dvs_fdb_set_segment(fdb, 2, 0, UINT32_MAX);
	dvs_fdb_set_segment(fdb, 3, 10, UINT32_MAX);
	for (uint32_t i = 0; i < 100; i++) {
		dvs_fdb_learn(fdb, key_of(i, 1), 1, 1000);
		dvs_fdb_learn(fdb, key_of(i, 2), 1, 1000);
		dvs_fdb_learn(fdb, key_of(i, 3), 1, 1000);
	}
	dvs_fdb_set_static(fdb, key_of(100, 3), 1);
	assert_int_equal(dvs_fdb_age(fdb, 1010, buckets), 0);
	assert_int_equal(dvs_fdb_age(fdb, 1011, buckets), 100);
	assert_int_equal(dvs_fdb_age(fdb, 1300, buckets), 0);
	/* A clock that is behind a worker's by a second ages nobody. */
	assert_int_equal(dvs_fdb_age(fdb, 999, buckets), 0);
	/* Used again at the last moment. */
	dvs_fdb_touch(fdb, key_of(5, 1), dvs_fdb_lookup(fdb, key_of(5, 1)), 1300);
	for (uint32_t i = 0; i < buckets / 32; i++) {
		uint32_t now = dvs_fdb_age(fdb, 1301, 32);

		assert_true(now < 99);
		gone += now;
	}
	assert_int_equal(gone, 99);
	assert_int_equal(stats_of(fdb).entries, 102);
	dvs_fdb_free(fdb);
}

static uint32_t last_of(const struct dvs_fdb *fdb, uint64_t key)
{
	struct dvs_fdb_item item = {0};
	uint64_t cursor = 0;
	bool is_found;

	do {
		cursor = dvs_fdb_walk(fdb, cursor, &item, &is_found);
		if (is_found && item.key == key)
			return item.last_s;
	} while (cursor);
	fail_msg("the walk did not find the key");
	return 0;
}

static void touching(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint64_t key = key_of(1, 1), value, bucket[8];
	unsigned int n = 0;

	(void)state;
	dvs_fdb_learn(fdb, key, 1, 50);
	value = dvs_fdb_lookup(fdb, key);
	dvs_fdb_touch(fdb, key, value, 50);
	assert_int_equal(last_of(fdb, key), 50);
	dvs_fdb_touch(fdb, key, value, 51);
	assert_int_equal(last_of(fdb, key), 51);
	dvs_fdb_touch(fdb, key, value, 40);
	assert_int_equal(last_of(fdb, key), 51);
	/* The key goes and others come to all slots of its bucket: they stay as they are. */
	assert_int_equal(dvs_fdb_remove(fdb, key), 0);
	for (uint32_t i = 2; n < 8; i++) {
		uint64_t other = key_of(i, 1);

		if (dvs_fdb_first_bucket(fdb, dvs_fdb_hash(fdb, other)) ==
		    dvs_fdb_first_bucket(fdb, dvs_fdb_hash(fdb, key)))
			bucket[n++] = other;
	}
	for (unsigned int i = 0; i < 8; i++)
		dvs_fdb_learn(fdb, bucket[i], 1, 60);
	dvs_fdb_touch(fdb, key, value, 70);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(last_of(fdb, bucket[i]), 60);
	dvs_fdb_free(fdb);
}

static void walk_ends(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	struct dvs_fdb_item item;
	uint64_t cursor = 0;
	unsigned int steps = 0;
	bool is_found;

	(void)state;
	do {
		cursor = dvs_fdb_walk(fdb, cursor, &item, &is_found);
		assert_false(is_found);
		steps++;
	} while (cursor);
	assert_true(steps > 1 && steps < 1000);
	/* A cursor that somebody made up. */
	assert_int_equal(dvs_fdb_walk(fdb, UINT64_MAX, &item, &is_found), 0);
	assert_false(is_found);
	assert_int_equal(dvs_fdb_walk(fdb, 1u << 20, &item, &is_found), 0);
	assert_false(is_found);
	dvs_fdb_free(fdb);
}

static void odd_keys(void **state)
{
	static const uint8_t broadcast[DVS_MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint64_t keys[2] = {0, dvs_fdb_key(broadcast, UINT16_MAX)}, values[2] = {1, 1};

	(void)state;
	assert_int_equal(keys[1], UINT64_MAX);
	/* Zero is what free slots hold. */
	assert_int_equal(dvs_fdb_lookup(fdb, 0), DVS_FDB_MISS);
	dvs_fdb_lookup_bulk(fdb, keys, 2, values);
	assert_int_equal(values[0], DVS_FDB_MISS);
	assert_int_equal(values[1], DVS_FDB_MISS);
	check_readers(fdb, keys, 2, values);
	values[0] = 1;
	dvs_fdb_lookup_bulk(fdb, keys, 0, values);
	assert_int_equal(values[0], 1);
	assert_int_equal(dvs_fdb_learn(fdb, keys[1], 0, 0), DVS_FDB_ADDED);
	assert_int_not_equal(dvs_fdb_lookup(fdb, keys[1]), DVS_FDB_MISS);
	assert_int_equal(dvs_fdb_port(dvs_fdb_lookup(fdb, keys[1])), 0);
	dvs_fdb_lookup_bulk(fdb, keys, 2, values);
	check_readers(fdb, keys, 2, values);
	dvs_fdb_free(fdb);
}

/* A reader may meet a key in a slot whose value is another's: what the writer does is stopped half
 * way here. It may also meet one key in two slots. */
static void torn_entries(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	uint64_t keys[1] = {key_of(1, 1)}, values[1] = {DVS_FDB_MISS};
	uint64_t hash = dvs_fdb_hash(fdb, keys[0]);
	struct dvs_fdb_bucket *bucket = &fdb->head.buckets[dvs_fdb_first_bucket(fdb, hash)];
	struct dvs_fdb_info *info = bucket->info;

	(void)state;
	dvs_fdb_learn(fdb, keys[0], 9, 0);
	assert_int_equal(bucket->keys[0], keys[0]);
	/* The key is there, the value not yet, or that of another key. */
	for (unsigned int bit = FDB_CHECK_SHIFT; bit < 32; bit++) {
		info[0].value ^= 1u << bit;
		check_readers(fdb, keys, 1, values);
		info[0].value ^= 1u << bit;
	}
	info[0].value ^= FDB_PRESENT;
	check_readers(fdb, keys, 1, values);
	info[0].value ^= FDB_PRESENT;
	/* In two slots: either is right, a mixture of both is not. */
	bucket->keys[6] = keys[0];
	info[6].value = dvs_fdb_check(hash) | 6u << FDB_PLACE_SHIFT | 6;
	values[0] = dvs_fdb_lookup(fdb, keys[0]);
	assert_true(dvs_fdb_port(values[0]) == 9 || dvs_fdb_port(values[0]) == 6);
	check_readers(fdb, keys, 1, values);
	/* The value is there, the key not yet. */
	bucket->keys[0] = bucket->keys[6] = 0;
	values[0] = DVS_FDB_MISS;
	check_readers(fdb, keys, 1, values);
	dvs_fdb_free(fdb);
}

static void readers_of_this_cpu(void **state)
{
	struct dvs_fdb *fdb = create(DVS_FDB_CAPACITY_MIN);
	unsigned int n = 0;

	(void)state;
	while (dvs_fdb_reader_get(n) != NULL)
		n++;
	assert_in_range(n, 1, 3);
	assert_ptr_equal(fdb->reader, dvs_fdb_reader_get(0));
	assert_ptr_equal(dvs_fdb_reader_get(n - 1), &dvs_fdb_reader_base);
	assert_string_equal(stats_of(fdb).reader, fdb->reader->name);
	dvs_fdb_free(fdb);
}

static void creation(void **state)
{
	struct dvs_fdb *fdb = NULL, *other;

	(void)state;
	assert_int_equal(dvs_fdb_create(DVS_FDB_CAPACITY_MIN - 1, -1, &fdb), -ERANGE);
	assert_int_equal(dvs_fdb_create(DVS_FDB_CAPACITY_MAX + 1, -1, &fdb), -ERANGE);
	assert_null(fdb);
	dvs_fdb_free(NULL);
	/* Near a node, and near one that no machine has. */
	assert_int_equal(dvs_fdb_create(DVS_FDB_CAPACITY_MIN, 0, &fdb), 0);
	assert_int_equal(dvs_fdb_create(DVS_FDB_CAPACITY_MIN, 1000, &other), 0);
	/* Each table has its own seed. */
	assert_int_not_equal(dvs_fdb_hash(fdb, 1), dvs_fdb_hash(other, 1));
	dvs_fdb_free(fdb);
	dvs_fdb_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(fill_to_capacity),
		cmocka_unit_test(flood_evicts_flooder),
		cmocka_unit_test(most_of_the_table_counts),
		cmocka_unit_test(sticky_entries),
		cmocka_unit_test(only_static_entries),
		cmocka_unit_test(limits),
		cmocka_unit_test(aging),
		cmocka_unit_test(touching),
		cmocka_unit_test(walk_ends),
		cmocka_unit_test(odd_keys),
		cmocka_unit_test(torn_entries),
		cmocka_unit_test(readers_of_this_cpu),
		cmocka_unit_test(creation),
	};

	return cmocka_run_group_tests_name("fdb", tests, NULL, NULL);
}
