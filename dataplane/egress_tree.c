/* SPDX-License-Identifier: BSD-3-Clause */
#include "egress_tree.h"

#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "ethernet.h"
#include "number_map.h"
#include "rate.h"

#define QUEUE_MS     50		/* of a policy that does not say */
#define QUEUE_BYTES  (1u << 20) /* of a queue without a rate that says how much a time is */
#define QUEUE_FRAMES 4		/* of the longest, that each queue has room for */
#define TARGET_PART  10		/* of the queue's time is CoDel's target */
#define SHARES	     100	/* of a port or group that does not say */
#define CLASS_SHARES 10		/* of a class that does not say */

/* ---- plans ---- */

static int order_members(const void *one, const void *two)
{
	const struct dvs_egress_member *a = one, *b = two;
	int order = strcmp(a->config->group, b->config->group);

	return order != 0 ? order : (int)a->id - (int)b->id;
}

void dvs_egress_plan_sort(struct dvs_egress_plan *plan)
{
	if (plan->n_members != 0)
		qsort(plan->members, plan->n_members, sizeof(plan->members[0]), order_members);
}

bool dvs_egress_plan_limits(const struct dvs_egress_plan *plan)
{
	const struct dvs_policy *policy = &plan->config->policy;
	bool limits = policy->to_rate != DVS_RATE_OFF || policy->to_pps != DVS_RATE_OFF;

	for (unsigned int i = 0; i < plan->n_members; i++) {
		const struct dvs_policy *of_member = &plan->members[i].config->policy;

		limits |= (of_member->uplink_limit | of_member->group_limit) != DVS_RATE_OFF;
	}
	return limits;
}

/* FNV-1a. */
static uint64_t add_bytes(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t dvs_egress_plan_signature(const struct dvs_egress_plan *plan)
{
	const struct dvs_policy *policy = &plan->config->policy;
	const uint64_t own[] = {policy->to_rate,     policy->to_pps,	    policy->to_burst,
				policy->to_queue_ms, policy->mtu,	    plan->config->uplink,
				policy->rate_counts, policy->class_ceiling, policy->class_priority};
	uint64_t hash = add_bytes(UINT64_C(0xcbf29ce484222325), own, sizeof(own));

	hash = add_bytes(hash, policy->class_shares, sizeof(policy->class_shares));
	for (unsigned int i = 0; i < plan->n_members; i++) {
		const struct dvs_egress_member *member = &plan->members[i];
		const struct dvs_policy *of = &member->config->policy;
		const uint64_t numbers[] = {
			member->id,	   of->uplink_limit, of->uplink_reservation,
			of->uplink_shares, of->group_limit,  of->group_reservation,
			of->group_shares};

		hash = add_bytes(hash, numbers, sizeof(numbers));
		hash = add_bytes(hash, member->config->group, strlen(member->config->group) + 1);
	}
	return hash;
}

/* ---- trees ---- */

static uint64_t frame_max(const struct dvs_policy *policy)
{
	return (uint64_t)policy->mtu + DVS_ETHERNET_HEADER + DVS_TAG_BYTES;
}

/* A limit, and what it lets through at once. */
static void set_limit(struct dvs_egress *egress, struct dvs_scheduler_params *params,
		      uint64_t limit, uint64_t burst, uint64_t frame)
{
	params->limit = limit;
	if (limit == DVS_RATE_OFF)
		return;
	params->burst = burst != 0 ? burst : limit / 8000;
	if (params->burst < 2 * frame && burst == 0)
		params->burst = 2 * frame;
	if (params->burst < egress->burst)
		egress->burst = (uint32_t)params->burst;
}

/* How much may wait, and for how long. */
static void set_queues(struct dvs_egress *egress, const struct dvs_policy *policy)
{
	uint64_t ms = policy->to_queue_ms != 0 ? policy->to_queue_ms : QUEUE_MS;
	uint64_t target = rte_get_tsc_hz() / 1000 * ms / TARGET_PART, frame = frame_max(policy);

	egress->queue_bytes = QUEUE_BYTES;
	if (policy->to_rate != DVS_RATE_OFF) {
		/* A frame that is being sent is not a queue that stands (RFC 8289 section 4.3). */
		uint64_t least = rte_get_tsc_hz() * frame * 12 / policy->to_rate;

		egress->queue_bytes = policy->to_rate / 8 * ms / 1000;
		target = target > least ? target : least;
	}
	if (egress->queue_bytes < QUEUE_FRAMES * frame)
		egress->queue_bytes = QUEUE_FRAMES * frame;
	egress->codel = (struct dvs_codel_params){
		.target = target, .interval = 2 * TARGET_PART * target, .mtu = (uint32_t)frame};
}

static bool parts_classes(const struct dvs_policy *policy)
{
	static const uint8_t none[DVS_CLASSES];

	return policy->class_priority != 0 || memcmp(policy->class_shares, none, sizeof(none)) != 0;
}

static uint32_t add_leaf(struct dvs_egress *egress, struct dvs_scheduler_node *parent,
			 const struct dvs_scheduler_params *params, uint16_t from, uint8_t class)
{
	struct dvs_scheduler_node *leaf = dvs_scheduler_add(egress->scheduler, parent, params);
	uint32_t number = (uint32_t)(leaf - egress->scheduler->nodes);

	egress->queues[number].from = from;
	egress->queues[number].class = class;
	egress->queues[number].is_leaf = true;
	return number;
}

/* The queues of each class below the node; the number of the first. */
static uint32_t add_classes(struct dvs_egress *egress, struct dvs_scheduler_node *parent,
			    const struct dvs_policy *policy, uint16_t from)
{
	uint32_t first = egress->scheduler->n_nodes;

	for (uint8_t class = 0; class < egress->n_classes; class ++) {
		struct dvs_scheduler_params params = {
			.shares = dvs_number_map_get(policy->class_shares, class, CLASS_SHARES),
			.is_strict = policy->class_priority == class + 1,
			.ceiling = policy->class_ceiling};

		add_leaf(egress, parent, &params, from, class);
	}
	return first;
}

/* A port of an uplink, or everybody else; the number of its first queue. */
static uint32_t add_sender(struct dvs_egress *egress, struct dvs_scheduler_node *parent,
			   const struct dvs_scheduler_params *params,
			   const struct dvs_policy *classes, uint16_t from)
{
	if (egress->n_classes == 1)
		return add_leaf(egress, parent, params, from, 0);
	return add_classes(egress, dvs_scheduler_add(egress->scheduler, parent, params), classes,
			   from);
}

/* A group's node. Its ports are members[0..n-1]. */
static struct dvs_scheduler_node *add_group(struct dvs_egress *egress,
					    struct dvs_scheduler_node *root,
					    const struct dvs_egress_member *members, unsigned int n)
{
	const struct dvs_policy *policy = &members[0].config->policy;
	struct dvs_scheduler_params params = {
		.reservation = policy->group_reservation,
		.shares = policy->group_shares != 0 ? policy->group_shares : SHARES};
	uint64_t of_ports = 0;

	for (unsigned int i = 0; i < n; i++)
		of_ports += members[i].config->policy.uplink_reservation;
	if (params.reservation < of_ports)
		params.reservation = of_ports;
	set_limit(egress, &params, policy->group_limit, 0, frame_max(policy));
	return dvs_scheduler_add(egress->scheduler, root, &params);
}

static unsigned int group_size(const struct dvs_egress_plan *plan, unsigned int from)
{
	unsigned int i = from;

	while (i < plan->n_members &&
	       strcmp(plan->members[i].config->group, plan->members[from].config->group) == 0)
		i++;
	return i - from;
}

static void add_members(struct dvs_egress *egress, struct dvs_scheduler_node *root,
			const struct dvs_egress_plan *plan)
{
	for (unsigned int i = 0; i < plan->n_members;) {
		unsigned int n = group_size(plan, i);
		struct dvs_scheduler_node *group = add_group(egress, root, &plan->members[i], n);

		for (unsigned int end = i + n; i < end; i++) {
			const struct dvs_egress_member *member = &plan->members[i];
			const struct dvs_policy *policy = &member->config->policy;
			struct dvs_scheduler_params params = {
				.reservation = policy->uplink_reservation,
				.shares = policy->uplink_shares != 0 ? policy->uplink_shares
								     : SHARES};

			set_limit(egress, &params, policy->uplink_limit, 0, frame_max(policy));
			egress->first[member->id] = add_sender(egress, group, &params,
							       &plan->config->policy, member->id);
		}
	}
}

static void fill(struct dvs_egress *egress, const struct dvs_egress_plan *plan)
{
	const struct dvs_scheduler_params rest = {.shares = SHARES};
	const struct dvs_policy *policy = &plan->config->policy;
	struct dvs_scheduler_params limit = {.packets = dvs_rate_number(policy->to_pps)};
	struct dvs_scheduler_node *root;

	set_queues(egress, policy);
	egress->burst = UINT32_MAX;
	set_limit(egress, &limit, policy->to_rate, policy->to_burst, frame_max(policy));
	root = dvs_scheduler_add(egress->scheduler, NULL, &limit);
	if (!plan->config->uplink) {
		egress->first_rest = add_classes(egress, root, policy, DVS_PORT_NONE);
		return;
	}
	egress->first_rest = add_sender(egress, root, &rest, policy, DVS_PORT_NONE);
	add_members(egress, root, plan);
}

struct dvs_egress *dvs_egress_create(const struct dvs_egress_plan *plan)
{
	unsigned int n_classes = parts_classes(&plan->config->policy) ? DVS_CLASSES : 1;
	/* The root, everybody else, each member with a group of its own at worst. */
	uint32_t n_nodes = 1 + (1 + plan->n_members) * (1 + n_classes) + plan->n_members;
	struct dvs_egress *egress;

	egress = calloc(1, sizeof(*egress) + n_nodes * sizeof(egress->queues[0]));
	if (egress == NULL)
		return NULL;
	egress->scheduler = dvs_scheduler_create(n_nodes, rte_get_tsc_hz());
	if (plan->config->uplink)
		egress->first = calloc(DVS_PORT_IDS, sizeof(egress->first[0]));
	if (egress->scheduler == NULL || (plan->config->uplink && egress->first == NULL)) {
		dvs_scheduler_free(egress->scheduler);
		free(egress->first);
		free(egress);
		return NULL;
	}
	egress->scheduler->owner = egress;
	egress->port = plan->port;
	egress->n_classes = (uint8_t)n_classes;
	egress->counts = plan->config->policy.rate_counts;
	egress->signature = dvs_egress_plan_signature(plan);
	egress->is_spare = !dvs_egress_plan_limits(plan);
	fill(egress, plan);
	return egress;
}
