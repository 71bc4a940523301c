/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * group: the replication set of frames that snoop has found to go to a multicast group: ports with
 * members, router ports, promiscuous ones; of reports, the latter two. Like flood, which runs
 * before it, it leaves out the port that the frame came from, and ports without a link.
 *
 * A port that has left the segment is in no set: isolation of segments does not hang on the table
 * being up to date.
 */
#include "bytes.h"
#include "ethernet.h"
#include "groups.h"
#include "ipv4.h"
#include "stages.h"
#include "worker.h"

#define V4_ADDRESS_AT (14 + 16)
#define V6_ADDRESS_AT (14 + 24)

/* What a replication set depends on. */
struct set {
	struct dvs_ip ip;
	uint16_t segment, in_port, to;
	bool is_v6;
};

static struct set set_of(const struct dvs_batch *batch, unsigned int i)
{
	const uint8_t *header = batch->header[i];
	struct set set = {
		.segment = batch->segment[i],
		.in_port = batch->in_port[i],
		.to = batch->out_port[i],
		.is_v6 = dvs_load16(header + DVS_ETHERNET_TYPE_AT) != DVS_IPV4_ETHERTYPE,
	};

	if (set.is_v6)
		memcpy(set.ip.bytes, header + V6_ADDRESS_AT, DVS_IP_LEN);
	else
		set.ip = dvs_ip_from4(dvs_load32(header + V4_ADDRESS_AT));
	return set;
}

static inline bool is_same(const struct set *a, const struct set *b)
{
	return a->segment == b->segment && a->in_port == b->in_port && a->to == b->to &&
	       dvs_ip_is_equal(&a->ip, &b->ip);
}

static inline bool gets_it(const struct dvs_snapshot *snapshot, const struct set *set,
			   uint16_t port)
{
	return port != set->in_port &&
	       dvs_snapshot_is_member(snapshot, &snapshot->ports[port], set->segment) &&
	       dvs_snapshot_active(&snapshot->ports[port]) != 0;
}

/* Ports in ascending order, n of them still to come. */
struct list {
	const uint16_t *ids;
	unsigned int n;
};

static struct list list_of(const struct dvs_group_ports *ports)
{
	return ports != NULL ? (struct list){ports->ids, ports->n} : (struct list){NULL, 0};
}

/* The lowest port of both lists, which it leaves; DVS_PORT_NONE at their end. */
static uint16_t next_port(struct list lists[2])
{
	uint16_t port = DVS_PORT_NONE;

	for (unsigned int l = 0; l < 2; l++)
		if (lists[l].n != 0 && lists[l].ids[0] < port)
			port = lists[l].ids[0];
	for (unsigned int l = 0; l < 2; l++)
		if (lists[l].n != 0 && lists[l].ids[0] == port) {
			lists[l].ids++;
			lists[l].n--;
		}
	return port;
}

static bool is_among(const uint16_t *ports, unsigned int n, uint16_t port)
{
	for (unsigned int i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static uint16_t collect(struct dvs_worker *worker, const struct set *set)
{
	enum dvs_group_family family = set->is_v6 ? DVS_GROUP_V6 : DVS_GROUP_V4;
	const struct dvs_snapshot *snapshot = worker->snapshot;
	const struct dvs_groups *groups = worker->shared->groups;
	struct list lists[2] = {list_of(dvs_groups_routers(groups, set->segment, family))};
	uint16_t *replicas = &worker->replicas[worker->n_replicas], n = 0, port;
	const struct dvs_snapshot_segment *segment = &snapshot->segments[set->segment];

	if (set->segment >= snapshot->n_segments) /* it is gone since the frame was handed over */
		return 0;
	if (set->to == DVS_PORT_GROUP)
		lists[1] = list_of(dvs_groups_members(groups, set->segment, &set->ip));
	while ((port = next_port(lists)) != DVS_PORT_NONE)
		if (gets_it(snapshot, set, port))
			replicas[n++] = port;
	for (unsigned int m = 0; m < segment->n_promiscuous; m++) {
		port = segment->promiscuous[m];
		if (gets_it(snapshot, set, port) && !is_among(replicas, n, port))
			replicas[n++] = port;
	}
	worker->n_replicas += n;
	return n;
}

void dvs_stage_group(struct dvs_worker *worker, struct dvs_batch *batch)
{
	struct set last = {.to = DVS_PORT_NONE};
	uint32_t first = 0;
	uint16_t n = 0;

	for (unsigned int i = 0; i < batch->n; i++) {
		struct set set;

		if (!dvs_batch_is_pending(batch, i) || (batch->out_port[i] != DVS_PORT_GROUP &&
							batch->out_port[i] != DVS_PORT_ROUTERS))
			continue;
		set = set_of(batch, i);
		if (!is_same(&set, &last)) {
			last = set;
			first = worker->n_replicas;
			n = collect(worker, &set);
		}
		batch->is_flooded[i] = 1;
		batch->replica[i] = first;
		batch->n_replicas[i] = n;
		if (n == 0)
			dvs_batch_drop(batch, i, DVS_DROP_NO_LISTENER);
	}
}
