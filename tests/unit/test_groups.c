/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of multicast groups against its twin, queries that are due, and one writer with
 * readers. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "groups_twin.h"
#include "random.h"

#define N_SEGMENTS 4
#define N_PORTS	   12
#define N_IPS	   40
#define N_STEPS	   60000
#define MEMBERS	   160 /* fewer than there could be */

/* Some of the router ports, most of both families. */
static struct dvs_group_key key_of(uint16_t segment, uint32_t n)
{
	struct dvs_group_key key = {.segment = segment};

	if (n < 2)
		key.ip = dvs_group_routers[n];
	else if (n % 2 == 0)
		key.ip = dvs_ip_from4(0xef000000 + n);
	else
		key.ip = (struct dvs_ip){{0xff, 5, [15] = (uint8_t)n}};
	return key;
}

static struct dvs_group_key random_key(void)
{
	return key_of((uint16_t)random_below(N_SEGMENTS), random_below(N_IPS));
}

struct pair {
	struct dvs_groups *groups;
	struct groups_twin *twin;
	uint64_t now_ms, refused;
};

static void check_lists(const struct pair *pair)
{
	for (uint16_t segment = 0; segment < N_SEGMENTS; segment++)
		for (uint32_t n = 0; n < N_IPS; n++) {
			struct dvs_group_key key = key_of(segment, n);
			const struct dvs_group_ports *ports =
				dvs_groups_members(pair->groups, segment, &key.ip);
			uint16_t expected[64];
			uint32_t n_expected = groups_twin_ports(pair->twin, &key, expected);

			if (n_expected == 0) {
				assert_null(ports);
				continue;
			}
			assert_non_null(ports);
			assert_int_equal(ports->n, n_expected);
			assert_memory_equal(ports->ids, expected, n_expected * sizeof(expected[0]));
		}
}

/* Each member once, with what the twin says of it. */
static void check_walk(const struct pair *pair)
{
	struct dvs_group_member member;
	struct dvs_group_stats stats;
	struct dvs_group_key key;
	uint64_t cursor = 0;
	uint32_t n = 0, n_routers = 0;
	bool is_found;

	do {
		const struct groups_twin_member *other;

		cursor = dvs_groups_walk(pair->groups, cursor, &key, &member, &is_found);
		if (!is_found)
			continue;
		other = groups_twin_find(pair->twin, &key, member.port);
		assert_non_null(other);
		assert_int_equal(other->is_static, member.is_static);
		assert_int_equal(other->expires_ms, member.expires_ms);
		n_routers += memcmp(&key.ip, &dvs_group_routers[0], 16) == 0 ||
			     memcmp(&key.ip, &dvs_group_routers[1], 16) == 0;
		n++;
	} while (cursor != 0);
	assert_int_equal(n, pair->twin->n);
	dvs_groups_stats(pair->groups, &stats);
	assert_int_equal(stats.members, n - n_routers);
	assert_int_equal(stats.refused, pair->refused);
}

static bool keep(const struct dvs_group_key *key, uint16_t port, bool is_static, void *arg)
{
	const uint32_t *gone = arg;

	return (port != gone[0] || is_static) && key->segment != gone[1];
}

static void step_limits(struct pair *pair)
{
	uint16_t segment = (uint16_t)random_below(N_SEGMENTS);
	uint16_t port = (uint16_t)random_below(N_PORTS);
	uint32_t most = 5 + random_below(40);

	dvs_groups_limit_segment(pair->groups, segment, most);
	pair->twin->segment_limits[segment] = most;
	most = 5 + random_below(80);
	dvs_groups_limit_port(pair->groups, port, most);
	pair->twin->port_limits[port] = most;
}

static void step_join(struct pair *pair)
{
	struct dvs_group_key key = random_key();
	uint16_t port = (uint16_t)random_below(N_PORTS);
	uint64_t expires_ms = pair->now_ms + 1 + random_below(1000);
	struct dvs_group_member *member = NULL;
	enum dvs_group_result result =
		dvs_groups_join(pair->groups, &key, port, expires_ms, &member);

	assert_int_equal(result, groups_twin_join(pair->twin, &key, port, expires_ms));
	pair->refused += result == DVS_GROUP_REFUSED;
	if (result != DVS_GROUP_REFUSED) {
		assert_ptr_equal(member, dvs_groups_find(pair->groups, &key, port));
		assert_int_equal(member->port, port);
	}
}

static void step(struct pair *pair)
{
	uint32_t what = random_below(1000), gone[2];
	struct dvs_group_key key = random_key();
	uint16_t port = (uint16_t)random_below(N_PORTS);

	if (what < 700) {
		step_join(pair);
	} else if (what < 850) {
		dvs_groups_leave(pair->groups, &key, port);
		groups_twin_leave(pair->twin, &key, port);
	} else if (what < 900) {
		int ret = dvs_groups_set_static(pair->groups, &key, port);

		assert_int_equal(ret == 0, groups_twin_set_static(pair->twin, &key, port, true));
		assert_true(ret == 0 || ret == -ENOSPC);
	} else if (what < 960) {
		dvs_groups_unset_static(pair->groups, &key, port);
		groups_twin_set_static(pair->twin, &key, port, false);
	} else if (what < 980) {
		pair->now_ms += random_below(300);
		dvs_groups_age(pair->groups, pair->now_ms, UINT32_MAX, NULL, NULL);
		groups_twin_age(pair->twin, pair->now_ms);
	} else if (what < 985) {
		gone[0] = random_below(N_PORTS);
		gone[1] = random_below(3 * N_SEGMENTS);
		dvs_groups_retain(pair->groups, keep, gone);
		groups_twin_retain(pair->twin, keep, gone);
	} else {
		step_limits(pair);
	}
}

static struct dvs_groups *create(uint32_t members)
{
	const struct dvs_group_limits limits = {N_SEGMENTS, N_PORTS, 1000, members};
	struct dvs_groups *groups = NULL;

	assert_int_equal(dvs_groups_create(&limits, &groups), 0);
	return groups;
}

static void against_the_twin(void **state)
{
	struct pair pair = {create(MEMBERS), groups_twin_create(MEMBERS), 1, 0};
	bool was_full = false;

	(void)state;
	for (unsigned int i = 0; i < N_STEPS; i++) {
		step(&pair);
		was_full |= pair.twin->n == MEMBERS;
		if (i % 64 == 0) {
			check_lists(&pair);
			check_walk(&pair);
			dvs_groups_free_retired(dvs_groups_take(pair.groups));
		}
	}
	assert_true(was_full);
	assert_true(pair.refused != 0);
	dvs_groups_free(pair.groups);
	groups_twin_free(pair.twin);
}

static void on_due(const struct dvs_group_key *key, struct dvs_group_member *member, void *arg)
{
	unsigned int *n = arg;

	(void)key;
	assert_int_equal(member->port, 3);
	member->queries_left--;
	member->query_ms += 100;
	++*n;
}

static void queries_are_due_and_then_it_expires(void **state)
{
	struct dvs_groups *groups = create(MEMBERS);
	struct dvs_group_key key = key_of(1, 7);
	struct dvs_group_member *member;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(dvs_groups_join(groups, &key, 3, 1000, &member), DVS_GROUP_ADDED);
	assert_int_equal(dvs_groups_join(groups, &key, 5, 1000, NULL), DVS_GROUP_ADDED);
	member = dvs_groups_find(groups, &key, 3);
	member->expires_ms = 300;
	member->queries_left = 2;
	member->query_ms = 100;
	dvs_groups_age(groups, 99, 100, on_due, &n);
	assert_int_equal(n, 0);
	dvs_groups_age(groups, 100, 100, on_due, &n);
	dvs_groups_age(groups, 150, 100, on_due, &n);
	assert_int_equal(n, 1);
	dvs_groups_age(groups, 200, 100, on_due, &n);
	dvs_groups_age(groups, 299, 100, on_due, &n);
	assert_int_equal(n, 2);
	assert_non_null(dvs_groups_find(groups, &key, 3));
	dvs_groups_age(groups, 300, 100, on_due, &n);
	assert_null(dvs_groups_find(groups, &key, 3));
	assert_int_equal(dvs_groups_members(groups, 1, &key.ip)->n, 1);

	/* A report in time ends the questions. */
	member = dvs_groups_find(groups, &key, 5);
	member->expires_ms = 400;
	member->queries_left = 2;
	member->query_ms = 300;
	assert_int_equal(dvs_groups_join(groups, &key, 5, 2000, NULL), DVS_GROUP_RENEWED);
	dvs_groups_age(groups, 500, 100, on_due, &n);
	assert_int_equal(n, 2);
	assert_non_null(dvs_groups_find(groups, &key, 5));
	dvs_groups_free(groups);
}

static void pruning_is_of_a_family(void **state)
{
	struct dvs_groups *groups = create(MEMBERS);

	(void)state;
	assert_false(dvs_groups_is_pruned(groups, 2, DVS_GROUP_V6));
	dvs_groups_set_pruned(groups, 2, DVS_GROUP_V6, true);
	assert_true(dvs_groups_is_pruned(groups, 2, DVS_GROUP_V6));
	assert_false(dvs_groups_is_pruned(groups, 2, DVS_GROUP_V4));
	assert_false(dvs_groups_is_pruned(groups, 1, DVS_GROUP_V6));
	dvs_groups_set_pruned(groups, 2, DVS_GROUP_V6, false);
	assert_false(dvs_groups_is_pruned(groups, 2, DVS_GROUP_V6));
	dvs_groups_free(groups);
}

/* ---- one writer, two readers ---- */

#define N_READERS 2
#define N_CHANGES 20000
#define ALWAYS	  4 /* port that is a member of every group all the time */

struct race {
	struct dvs_groups *groups;
	uint64_t epoch;		  /* atomic: the writer's */
	uint64_t seen[N_READERS]; /* atomic: epochs at which readers were quiescent */
	bool should_stop;	  /* atomic */
	uint64_t looked[N_READERS];
	pthread_t threads[N_READERS];
};

struct reader {
	struct race *race;
	unsigned int number;
};

static void *read_lists(void *arg)
{
	const struct reader *reader = arg;
	struct race *race = reader->race;

	while (!__atomic_load_n(&race->should_stop, __ATOMIC_RELAXED)) {
		uint64_t epoch = __atomic_load_n(&race->epoch, __ATOMIC_ACQUIRE);

		for (uint32_t n = 2; n < N_IPS; n++) {
			struct dvs_group_key key = key_of(0, n);
			const struct dvs_group_ports *ports =
				dvs_groups_members(race->groups, 0, &key.ip);
			bool has_always = false;

			/* cmocka's checks are for its own thread. */
			if (ports == NULL)
				abort();
			for (unsigned int i = 0; i < ports->n; i++) {
				has_always |= ports->ids[i] == ALWAYS;
				if (i != 0 && ports->ids[i] <= ports->ids[i - 1])
					abort();
			}
			if (!has_always)
				abort();
		}
		race->looked[reader->number]++;
		__atomic_store_n(&race->seen[reader->number], epoch, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&race->seen[reader->number], UINT64_MAX, __ATOMIC_RELEASE);
	return NULL;
}

static void free_when_quiescent(struct race *race)
{
	struct dvs_group_retired *retired = dvs_groups_take(race->groups);
	uint64_t epoch = __atomic_add_fetch(&race->epoch, 1, __ATOMIC_ACQ_REL);

	for (unsigned int i = 0; i < N_READERS; i++)
		while (__atomic_load_n(&race->seen[i], __ATOMIC_ACQUIRE) < epoch)
			sched_yield();
	dvs_groups_free_retired(retired);
}

static void one_writer_and_readers(void **state)
{
	struct race race = {.groups = create(100000)};
	struct reader readers[N_READERS];

	(void)state;
	for (uint32_t n = 0; n < N_IPS; n++) {
		struct dvs_group_key key = key_of(0, n);

		assert_int_equal(dvs_groups_set_static(race.groups, &key, ALWAYS), 0);
	}
	for (unsigned int i = 0; i < N_READERS; i++) {
		readers[i] = (struct reader){&race, i};
		assert_int_equal(pthread_create(&race.threads[i], NULL, read_lists, &readers[i]),
				 0);
	}
	for (unsigned int i = 0; i < N_CHANGES; i++) {
		struct dvs_group_key key = key_of(0, random_below(N_IPS));
		struct dvs_group_key other = key_of(1, random_below(N_IPS));
		uint16_t port = (uint16_t)random_below(N_PORTS);

		dvs_groups_join(race.groups, &key, port, 1000, NULL);
		dvs_groups_leave(race.groups, &key, (uint16_t)random_below(N_PORTS));
		dvs_groups_join(race.groups, &other, port, 1000, NULL);
		dvs_groups_leave(race.groups, &other, port);
		if (i % 128 == 0)
			free_when_quiescent(&race);
	}
	__atomic_store_n(&race.should_stop, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < N_READERS; i++) {
		assert_int_equal(pthread_join(race.threads[i], NULL), 0);
		assert_true(race.looked[i] != 0);
	}
	dvs_groups_free(race.groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_the_twin),
		cmocka_unit_test(queries_are_due_and_then_it_expires),
		cmocka_unit_test(pruning_is_of_a_family),
		cmocka_unit_test(one_writer_and_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
