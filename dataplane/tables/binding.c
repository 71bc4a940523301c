/* SPDX-License-Identifier: BSD-3-Clause */
#include "binding.h"

#include <stdlib.h>

#define MAC_BITS UINT64_C(0xffffffffffff)

struct dvs_binding_table {
	uint32_t n_ports;
	struct dvs_binding_set *sets[];
};

struct dvs_binding_table *dvs_binding_table_create(uint32_t n_ports)
{
	struct dvs_binding_table *table;

	table = calloc(1, sizeof(*table) + n_ports * sizeof(table->sets[0]));
	if (table != NULL)
		table->n_ports = n_ports;
	return table;
}

void dvs_binding_table_free(struct dvs_binding_table *table)
{
	if (table == NULL)
		return;
	for (uint32_t i = 0; i < table->n_ports; i++)
		dvs_binding_set_free(table->sets[i]);
	free(table);
}

static bool is_host(const struct dvs_binding_row *row)
{
	return row->address.length == DVS_IP_LEN * 8;
}

static int compare_hosts(const struct dvs_binding_row *a, const struct dvs_binding_row *b)
{
	return memcmp(a->address.ip.bytes, b->address.ip.bytes, DVS_IP_LEN);
}

/* Hosts to the front, sorted; the second and later ones of one address are left out. */
static void fill(struct dvs_binding_set *set, const struct dvs_binding_row *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = set->n_hosts;

		if (!is_host(&rows[i]))
			continue;
		while (at > 0 && compare_hosts(&set->rows[at - 1], &rows[i]) > 0)
			at--;
		if (at > 0 && compare_hosts(&set->rows[at - 1], &rows[i]) == 0)
			continue;
		memmove(&set->rows[at + 1], &set->rows[at],
			(set->n_hosts - at) * sizeof(set->rows[0]));
		set->rows[at] = rows[i];
		set->n_hosts++;
	}
	set->n_rows = set->n_hosts;
	for (uint32_t i = 0; i < n; i++)
		if (!is_host(&rows[i]))
			set->rows[set->n_rows++] = rows[i];
}

static void choose_first4(struct dvs_binding_set *set)
{
	set->first4_mac = set->first4_mask = ~MAC_BITS; /* no MAC has these bits */
	for (uint32_t i = 0; i < set->n_hosts && set->first4 == 0; i++) {
		const struct dvs_binding_row *row = &set->rows[i];

		if (!dvs_ip_is_v4(&row->address.ip))
			continue;
		memcpy(&set->first4, row->address.ip.bytes + 12, sizeof(set->first4));
		set->first4_mac = row->mac;
		set->first4_mask = row->mac != 0 ? MAC_BITS : 0;
	}
}

struct dvs_binding_set *dvs_binding_set_create(const struct dvs_binding_row *rows, uint32_t n)
{
	struct dvs_binding_set *set = NULL;

	if (n != 0)
		set = calloc(1, sizeof(*set) + n * sizeof(set->rows[0]));
	if (set == NULL)
		return NULL;
	fill(set, rows, n);
	choose_first4(set);
	return set;
}

void dvs_binding_set_free(struct dvs_binding_set *set)
{
	free(set);
}

struct dvs_binding_set *dvs_binding_put(struct dvs_binding_table *table, uint16_t port,
					struct dvs_binding_set *set)
{
	return __atomic_exchange_n(&table->sets[port], set, __ATOMIC_ACQ_REL);
}

const struct dvs_binding_set *dvs_binding_get(const struct dvs_binding_table *table, uint16_t port)
{
	return __atomic_load_n(&table->sets[port], __ATOMIC_ACQUIRE);
}

/* The address is the row's: is the MAC? */
static bool use_row(const struct dvs_binding_row *row, uint64_t mac, uint32_t now_s)
{
	uint32_t *seen_s = (uint32_t *)(uintptr_t)&row->seen_s;

	if (row->mac != 0 && row->mac != mac)
		return false;
	if (__atomic_load_n(seen_s, __ATOMIC_RELAXED) != now_s)
		__atomic_store_n(seen_s, now_s, __ATOMIC_RELAXED);
	return true;
}

static const struct dvs_binding_row *find_host(const struct dvs_binding_set *set,
					       const struct dvs_ip *ip)
{
	uint32_t low = 0, high = set->n_hosts;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const struct dvs_binding_row *row = &set->rows[middle];
		int order = memcmp(ip->bytes, row->address.ip.bytes, DVS_IP_LEN);

		if (order == 0)
			return row;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct dvs_binding_row *dvs_binding_row(const struct dvs_binding_set *set,
					      const struct dvs_prefix *address)
{
	if (set == NULL)
		return NULL;
	if (address->length == DVS_IP_LEN * 8)
		return find_host(set, &address->ip);
	for (uint32_t i = set->n_hosts; i < set->n_rows; i++)
		if (set->rows[i].address.length == address->length &&
		    dvs_ip_is_equal(&set->rows[i].address.ip, &address->ip))
			return &set->rows[i];
	return NULL;
}

bool dvs_binding_has(const struct dvs_binding_set *set, const struct dvs_ip *ip, uint64_t mac,
		     uint32_t now_s)
{
	const struct dvs_binding_row *host;

	if (set == NULL)
		return false;
	host = find_host(set, ip);
	if (host != NULL)
		return use_row(host, mac, now_s);
	for (uint32_t i = set->n_hosts; i < set->n_rows; i++)
		if (dvs_prefix_has(&set->rows[i].address, ip) && use_row(&set->rows[i], mac, now_s))
			return true;
	return false;
}
