/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * classify: the traffic class of each frame (class.h), by what the port is trusted with.
 *
 * PCP: of the tag that the vlan stage took off, or the port's own (vlan_pcp), else of the outer tag
 * that is payload (IEEE 802.1Q-2022 section 6.9.3 and 8.6.6). DSCP: of IP packets, behind tags. Who
 * has nothing of that is of the default class.
 */
#include <string.h>

#include "class.h"
#include "dsfield.h"
#include "ethernet.h"
#include "stages.h"
#include "worker.h"

static unsigned int by_pcp(const struct dvs_marking *marking, const struct dvs_batch *batch,
			   unsigned int i, bool has_own_pcp)
{
	const uint8_t *tag = batch->header[i] + DVS_ETHERNET_TYPE_AT;

	if (has_own_pcp || (batch->tci[i] & DVS_TCI_WAS_TAGGED) != 0)
		return marking->class_of_pcp[batch->tci[i] >> DVS_TCI_PCP_SHIFT];
	if (dvs_is_tag(dvs_load16(tag)))
		return marking->class_of_pcp[tag[2] >> 5];
	return marking->default_class;
}

static unsigned int by_dscp(const struct dvs_marking *marking, const struct dvs_batch *batch,
			    unsigned int i)
{
	uint16_t l3 = batch->l3[i];
	uint8_t field;

	if (!dvs_dsfield_get(batch->header[i] + l3, (uint32_t)batch->header_len[i] - l3,
			     batch->ethertype[i], &field))
		return marking->default_class;
	return marking->class_of_dscp[field >> DVS_DSCP_SHIFT];
}

void dvs_stage_classify(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	const struct dvs_marking *marking = port->marking;

	if (!batch->has_tci)
		memset(batch->tci, 0, batch->n * sizeof(batch->tci[0]));
	batch->has_tci = true;
	for (unsigned int i = 0; i < batch->n; i++) {
		unsigned int class = marking->default_class;

		if (!dvs_batch_is_pending(batch, i))
			continue;
		if (marking->trust == DVS_TRUST_DSCP)
			class = by_dscp(marking, batch, i);
		else if (marking->trust == DVS_TRUST_PCP)
			class = by_pcp(marking, batch, i, port->vlan_pcp != 0);
		dvs_batch_set_class(batch, i, class);
	}
}
