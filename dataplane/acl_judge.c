/* SPDX-License-Identifier: BSD-3-Clause */
#include "acl_judge.h"

#include "acl_key.h"
#include "violation.h"

/* Keys of one kind, and whose they are. */
struct group {
	const struct dvs_acl_key *keys[DVS_BATCH_MAX];
	uint8_t index[DVS_BATCH_MAX];
	unsigned int n;
};

static uint16_t vlan_of(const struct dvs_worker *worker, const struct dvs_batch *batch,
			unsigned int i)
{
	return dvs_snapshot_vlan(worker->snapshot, batch->segment[i]);
}

static void judge_group(struct dvs_worker *worker, struct dvs_batch *batch,
			const struct dvs_snapshot_port *port, enum dvs_acl_direction direction,
			const struct group *group, bool is_v6)
{
	const struct dvs_acl *acl = direction == DVS_ACL_FROM ? port->acl_from : port->acl_to;
	enum dvs_drop_reason reason = direction == DVS_ACL_FROM ? DVS_DROP_ACL : DVS_DROP_ACL_TO;
	uint64_t denied;

	if (group->n == 0)
		return;
	denied = dvs_acl_classify(acl, direction, is_v6, group->keys, group->n);
	for (; denied != 0; denied &= denied - 1)
		dvs_violate(worker, batch, group->index[__builtin_ctzll(denied)], port->acl_mode,
			    reason);
}

void dvs_acl_judge(struct dvs_worker *worker, struct dvs_batch *batch,
		   const struct dvs_snapshot_port *port, enum dvs_acl_direction direction,
		   const uint8_t *index, unsigned int n)
{
	const struct dvs_acl *acl = direction == DVS_ACL_FROM ? port->acl_from : port->acl_to;
	const struct dvs_acl_needs *needs = dvs_acl_needs(acl, direction);
	struct dvs_acl_key keys[DVS_BATCH_MAX];
	struct group groups[2];

	groups[DVS_ACL_KIND_V4].n = groups[DVS_ACL_KIND_V6].n = 0;
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index[k];
		enum dvs_acl_kind kind =
			dvs_acl_key_fill(batch, i, vlan_of(worker, batch, i), needs, &keys[k]);
		struct group *group;

		if (kind == DVS_ACL_KIND_OPAQUE) {
			dvs_violate(worker, batch, i, port->acl_mode, DVS_DROP_ACL_OPAQUE);
			continue;
		}
		group = &groups[kind];
		group->keys[group->n] = &keys[k];
		group->index[group->n++] = (uint8_t)i;
	}
	judge_group(worker, batch, port, direction, &groups[DVS_ACL_KIND_V4], false);
	judge_group(worker, batch, port, direction, &groups[DVS_ACL_KIND_V6], true);
}

bool dvs_acl_denies(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i,
		    const struct dvs_acl *acl)
{
	struct dvs_acl_key key;
	const struct dvs_acl_key *keys[1] = {&key};
	enum dvs_acl_kind kind = dvs_acl_key_fill(batch, i, vlan_of(worker, batch, i),
						  dvs_acl_needs(acl, DVS_ACL_TO), &key);

	return kind == DVS_ACL_KIND_OPAQUE ||
	       dvs_acl_classify(acl, DVS_ACL_TO, kind == DVS_ACL_KIND_V6, keys, 1) != 0;
}
