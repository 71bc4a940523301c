/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * binding.h - which IP addresses a port may send from, and with which MAC (SAVI, RFC 7039).
 *
 * Each port has a set of rows, most often one or two: hosts (single addresses) and prefixes. A set
 * is immutable. The control thread makes another one when a row comes or goes and puts it in the
 * place of the old one, by one pointer in an array by port id; the old one is freed when no worker
 * can have it any more. So readers take no lock, and what they see is whole.
 *
 * A worker looks the port's set up once for a batch. The set's first IPv4 host is beside its head,
 * to be compared inline: for nearly every frame of nearly every VM that is all. The rest is a
 * binary search among hosts and then the prefixes one by one, of which there are few.
 *
 * NULL is the empty set: nothing is bound.
 *
 * dvs_binding_has notes in the row that it was used, for who makes room by the least recently used
 * one; the inline compare does not.
 *
 * Threads: sets: who makes them, until they are put; dvs_binding_put: the control thread;
 * dvs_binding_get and what is asked of its result: workers, until their next quiescent state.
 *
 *	set = dvs_binding_set_create(rows, n);
 *	old = dvs_binding_put(table, port, set);
 *	(every worker passes a quiescent state)
 *	dvs_binding_set_free(old);
 */
#ifndef DVS_BINDING_H
#define DVS_BINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

#define DVS_BINDING_ROWS_MAX 2048 /* of one port */

struct dvs_binding_row {
	struct dvs_prefix address;
	uint32_t seen_s; /* atomic: second in which a frame was let through by it, see below */
	uint64_t mac;	 /* as a number, 48 bits; 0: any */
};

struct dvs_binding_set {
	uint32_t first4;      /* the first IPv4 host in network order */
	uint32_t n_hosts;     /* rows, sorted by address */
	uint64_t first4_mac;  /* that it must have ... */
	uint64_t first4_mask; /* ... in these bits; when there is no such host, never */
	uint32_t n_rows;      /* hosts, then prefixes */
	/* Of who frees it: */
	struct dvs_binding_set *next_retired;
	uint64_t retired_at;
	struct dvs_binding_row rows[];
};

struct dvs_binding_table;

/* By port id, 0 to n_ports - 1. NULL: no memory. */
struct dvs_binding_table *dvs_binding_table_create(uint32_t n_ports);
/* Frees the sets too. */
void dvs_binding_table_free(struct dvs_binding_table *table);

/* Of several hosts with the same address the first row counts. NULL: no memory, or no rows. */
struct dvs_binding_set *dvs_binding_set_create(const struct dvs_binding_row *rows, uint32_t n);
void dvs_binding_set_free(struct dvs_binding_set *set);

/* Returns what was there. */
struct dvs_binding_set *dvs_binding_put(struct dvs_binding_table *table, uint16_t port,
					struct dvs_binding_set *set);

const struct dvs_binding_set *dvs_binding_get(const struct dvs_binding_table *table, uint16_t port);

/* May frames with this source and MAC be sent? */
bool dvs_binding_has(const struct dvs_binding_set *set, const struct dvs_ip *ip, uint64_t mac,
		     uint32_t now_s);

/* The row of just this address or prefix, NULL. */
const struct dvs_binding_row *dvs_binding_row(const struct dvs_binding_set *set,
					      const struct dvs_prefix *address);

/* The same as _has, of the set's first IPv4 host only; ip in network order, set not NULL. */
static inline bool dvs_binding_is_first4(const struct dvs_binding_set *set, uint32_t ip,
					 uint64_t mac)
{
	return ((set->first4 ^ ip) | ((set->first4_mac ^ mac) & set->first4_mask)) == 0;
}

#endif
