/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * neighbor.h - who owns an IP address in a segment: (segment, IP) to (MAC, port), for answering ARP
 * requests and neighbour solicitations in the owner's place (RFC 9161).
 *
 * The keys are in DPDK's rte_hash, with one writer and readers that take no lock: a lookup gives a
 * position, and the entry at that position in an array of our own says the rest. An entry's owner
 * is one word, which is 0 while the entry is being made or taken away, so a reader sees all of an
 * owner or none. A position is not used again before every reader has passed a quiescent state
 * since its key was deleted.
 *
 * Entries are kept by being seen: workers refresh the second in which they saw one, and what was
 * not seen for DVS_NEIGHBOR_AGE_S goes. That keeps an answer honest: an owner that is silent is
 * asked itself again. A port has at most DVS_NEIGHBORS_PORT_MAX of them, so no VM can fill the
 * table.
 *
 * Threads: _lookup, _touch: workers; the rest: the control thread. EAL is initialised.
 */
#ifndef DVS_NEIGHBOR_H
#define DVS_NEIGHBOR_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

struct rte_rcu_qsbr;

#define DVS_NEIGHBORS	       16384
#define DVS_NEIGHBORS_PORT_MAX 1024
#define DVS_NEIGHBOR_AGE_S     300

/* What an IPv6 owner said of itself in an advertisement; none of both: it has not yet. */
enum dvs_neighbor_flag {
	DVS_NEIGHBOR_IS_HOST = 1,
	DVS_NEIGHBOR_IS_ROUTER = 2,
};

struct dvs_neighbor {
	uint64_t mac; /* as a number */
	uint16_t port;
	uint8_t flags; /* enum dvs_neighbor_flag */
};

struct dvs_neighbors;

/* NULL: no memory. */
struct dvs_neighbors *dvs_neighbors_create(struct rte_rcu_qsbr *qsbr);
void dvs_neighbors_free(struct dvs_neighbors *table);

/* Position of the entry, negative when there is none. */
int32_t dvs_neighbor_lookup(const struct dvs_neighbors *table, uint16_t segment,
			    const struct dvs_ip *ip, struct dvs_neighbor *ret_neighbor);

/* It was seen in this second. */
void dvs_neighbor_touch(struct dvs_neighbors *table, int32_t position, uint32_t now_s);

/*
 * Adds or changes. Flags 0 leaves those that there are, if the MAC is the same. -ENOSPC: the port
 * has its part, or the table is full. The IP is an owner's: not unspecified, not a group.
 */
int dvs_neighbor_put(struct dvs_neighbors *table, uint16_t segment, const struct dvs_ip *ip,
		     const struct dvs_neighbor *neighbor, uint32_t now_s);

void dvs_neighbor_remove(struct dvs_neighbors *table, uint16_t segment, const struct dvs_ip *ip);

/* All entries of a port, of a segment; DVS_NEIGHBOR_ANY: of any. Looks at the whole table. */
#define DVS_NEIGHBOR_ANY UINT32_MAX
void dvs_neighbors_forget(struct dvs_neighbors *table, uint32_t port, uint32_t segment);

/* Removes what is too old, and uses again what no reader can have; once a second. */
void dvs_neighbors_age(struct dvs_neighbors *table, uint32_t now_s);

uint32_t dvs_neighbors_count(const struct dvs_neighbors *table);

#endif
