/* SPDX-License-Identifier: BSD-3-Clause */
#include "neighbor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_hash.h>
#include <rte_jhash.h>
#include <rte_random.h>
#include <rte_rcu_qsbr.h>

#define PORTS	 UINT16_MAX
#define MAC_BITS 16 /* from there on in an owner */

struct key {
	struct dvs_ip ip;
	uint32_t segment;
};

struct entry {
	uint64_t owner;	 /* atomic: MAC << 16 | port; 0: none */
	uint32_t seen_s; /* atomic */
	uint8_t flags;	 /* atomic */
	bool is_used;	 /* control */
	struct key key;	 /* control */
};

/* Positions whose keys were deleted, to be freed when the token's readers are through. */
struct retired {
	int32_t position;
	uint64_t token;
};

struct dvs_neighbors {
	struct rte_hash *hash;
	struct rte_rcu_qsbr *qsbr;
	uint32_t n, n_retired, first_retired;
	struct retired retired[DVS_NEIGHBORS]; /* a ring */
	uint16_t of_port[PORTS + 1];
	struct entry entries[DVS_NEIGHBORS + 1]; /* by position */
};

struct dvs_neighbors *dvs_neighbors_create(struct rte_rcu_qsbr *qsbr)
{
	static unsigned int serial; /* names are unique in a process */
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters parameters = {
		.name = name,
		.entries = DVS_NEIGHBORS,
		.key_len = sizeof(struct key),
		.hash_func = rte_jhash,
		.hash_func_init_val = (uint32_t)rte_rand(),
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF,
	};
	struct dvs_neighbors *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	snprintf(name, sizeof(name), "neighbors%u", serial++);
	table->qsbr = qsbr;
	table->hash = rte_hash_create(&parameters);
	if (table->hash == NULL) {
		free(table);
		return NULL;
	}
	return table;
}

void dvs_neighbors_free(struct dvs_neighbors *table)
{
	if (table == NULL)
		return;
	rte_hash_free(table->hash);
	free(table);
}

/* ---- readers ---- */

int32_t dvs_neighbor_lookup(const struct dvs_neighbors *table, uint16_t segment,
			    const struct dvs_ip *ip, struct dvs_neighbor *ret_neighbor)
{
	const struct key key = {*ip, segment};
	int32_t position = rte_hash_lookup(table->hash, &key);
	uint64_t owner;

	if (position < 0)
		return position;
	owner = __atomic_load_n(&table->entries[position].owner, __ATOMIC_ACQUIRE);
	if (owner == 0)
		return -ENOENT;
	ret_neighbor->mac = owner >> MAC_BITS;
	ret_neighbor->port = (uint16_t)owner;
	ret_neighbor->flags = __atomic_load_n(&table->entries[position].flags, __ATOMIC_RELAXED);
	return position;
}

void dvs_neighbor_touch(struct dvs_neighbors *table, int32_t position, uint32_t now_s)
{
	uint32_t *seen_s = &table->entries[position].seen_s;

	if (__atomic_load_n(seen_s, __ATOMIC_RELAXED) != now_s)
		__atomic_store_n(seen_s, now_s, __ATOMIC_RELAXED);
}

/* ---- the writer ---- */

/* Positions that no reader can have any more. */
static void reclaim(struct dvs_neighbors *table)
{
	while (table->n_retired != 0) {
		const struct retired *oldest = &table->retired[table->first_retired];

		if (rte_rcu_qsbr_check(table->qsbr, oldest->token, false) == 0)
			return;
		rte_hash_free_key_with_position(table->hash, oldest->position);
		table->first_retired = (table->first_retired + 1) % DVS_NEIGHBORS;
		table->n_retired--;
	}
}

static void remove_at(struct dvs_neighbors *table, int32_t position)
{
	struct entry *entry = &table->entries[position];
	uint32_t last = (table->first_retired + table->n_retired) % DVS_NEIGHBORS;

	table->of_port[(uint16_t)entry->owner]--;
	table->n--;
	entry->is_used = false;
	__atomic_store_n(&entry->owner, 0, __ATOMIC_RELEASE);
	rte_hash_del_key(table->hash, &entry->key);
	table->retired[last].position = position;
	table->retired[last].token = rte_rcu_qsbr_start(table->qsbr);
	table->n_retired++;
}

static int add(struct dvs_neighbors *table, const struct key *key, uint16_t port)
{
	int32_t position;

	if (table->of_port[port] >= DVS_NEIGHBORS_PORT_MAX)
		return -ENOSPC;
	reclaim(table);
	position = rte_hash_add_key(table->hash, key);
	if (position < 0)
		return -ENOSPC;
	table->entries[position].is_used = true;
	table->entries[position].key = *key;
	__atomic_store_n(&table->entries[position].flags, 0, __ATOMIC_RELAXED);
	table->of_port[port]++;
	table->n++;
	return position;
}

int dvs_neighbor_put(struct dvs_neighbors *table, uint16_t segment, const struct dvs_ip *ip,
		     const struct dvs_neighbor *neighbor, uint32_t now_s)
{
	const struct key key = {*ip, segment};
	uint64_t owner = neighbor->mac << MAC_BITS | neighbor->port;
	int32_t position = rte_hash_lookup(table->hash, &key);
	struct entry *entry;

	if (position < 0)
		position = add(table, &key, neighbor->port);
	if (position < 0)
		return position;
	entry = &table->entries[position];
	if (entry->owner != 0 && (uint16_t)entry->owner != neighbor->port) {
		if (table->of_port[neighbor->port] >= DVS_NEIGHBORS_PORT_MAX)
			return -ENOSPC;
		table->of_port[(uint16_t)entry->owner]--;
		table->of_port[neighbor->port]++;
	}
	if (neighbor->flags != 0 || entry->owner >> MAC_BITS != neighbor->mac)
		__atomic_store_n(&entry->flags, neighbor->flags, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->seen_s, now_s, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->owner, owner, __ATOMIC_RELEASE);
	return 0;
}

void dvs_neighbor_remove(struct dvs_neighbors *table, uint16_t segment, const struct dvs_ip *ip)
{
	const struct key key = {*ip, segment};
	int32_t position = rte_hash_lookup(table->hash, &key);

	if (position >= 0)
		remove_at(table, position);
}

void dvs_neighbors_forget(struct dvs_neighbors *table, uint32_t port, uint32_t segment)
{
	for (int32_t i = 0; table->n != 0 && i <= DVS_NEIGHBORS; i++) {
		const struct entry *entry = &table->entries[i];

		if (entry->is_used &&
		    (port == DVS_NEIGHBOR_ANY || (uint16_t)entry->owner == port) &&
		    (segment == DVS_NEIGHBOR_ANY || entry->key.segment == segment))
			remove_at(table, i);
	}
}

void dvs_neighbors_age(struct dvs_neighbors *table, uint32_t now_s)
{
	for (int32_t i = 0; table->n != 0 && i <= DVS_NEIGHBORS; i++) {
		const struct entry *entry = &table->entries[i];
		uint32_t seen_s = __atomic_load_n(&entry->seen_s, __ATOMIC_RELAXED);

		if (entry->is_used && (int32_t)(now_s - seen_s) > DVS_NEIGHBOR_AGE_S)
			remove_at(table, i);
	}
	reclaim(table);
}

uint32_t dvs_neighbors_count(const struct dvs_neighbors *table)
{
	return table->n;
}
