/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parse: refuses what no bridge may forward, and finds the keys that later stages look up.
 *
 * Ethernet (IEEE 802.3-2022 section 3.2.6): a length/type below 0x0600 is a length up to 1500, or
 * nonsense. Up to two VLAN tags are looked through; what they mean is up to the vlan stage.
 */
#include <rte_branch_prediction.h>

#include "bytes.h"
#include "ethernet.h"
#include "fdb.h"
#include "ipv4.h"
#include "stages.h"
#include "worker.h"

#define IPV4_FRAGMENT_BITS 0x3fff		   /* more fragments, offset */
#define RESERVED_PREFIX	   UINT64_C(0x0180c200000) /* 44 bits; table 8-1 */

/* Multiply and fold: good enough to spread flows, and cheap. */
static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Ports of TCP and UDP, which the others in a flow share; 0 when there are none. */
static inline uint32_t transport_ports(const uint8_t *header, uint32_t header_len, uint32_t at,
				       uint8_t protocol)
{
	if ((protocol != DVS_PROTOCOL_TCP && protocol != DVS_PROTOCOL_UDP) || at + 4 > header_len)
		return 0;
	return dvs_load32(header + at);
}

/* IPv4 and IPv6 by addresses, protocol and ports; fragments and the rest by MACs. */
static uint32_t flow_hash(const struct dvs_batch *batch, unsigned int i, uint32_t l3)
{
	const uint8_t *header = batch->header[i], *ip = header + l3;
	uint32_t length = batch->header_len[i];
	uint64_t hash;

	if (batch->ethertype[i] == DVS_IPV4_ETHERTYPE && l3 + 20 <= length && ip[0] >> 4 == 4 &&
	    (dvs_load16(ip + 6) & IPV4_FRAGMENT_BITS) == 0) {
		uint32_t l4 = l3 + (ip[0] & 15u) * 4;

		hash = mix(ip[9], dvs_load64(ip + 12));
		hash = mix(hash, transport_ports(header, length, l4, ip[9]));
	} else if (batch->ethertype[i] == DVS_IPV6_ETHERTYPE && l3 + 40 <= length &&
		   ip[0] >> 4 == 6) {
		hash = mix(ip[6], dvs_load64(ip + 8));
		hash = mix(hash, dvs_load64(ip + 16));
		hash = mix(hash, dvs_load64(ip + 24));
		hash = mix(hash, dvs_load64(ip + 32));
		hash = mix(hash, transport_ports(header, length, l3 + 40, ip[6]));
	} else {
		hash = mix(batch->src_key[i], batch->dst_key[i]);
	}
	return (uint32_t)hash;
}

/* Frames that are not plain: tags, an 802.3 length, long, or with offload requests. */
static __attribute__((noinline)) void parse_uncommon(struct dvs_batch *batch, unsigned int i,
						     uint32_t frame_max)
{
	const struct dvs_offload *offload = &batch->offload[i];
	const uint8_t *header = batch->header[i];
	uint32_t length = batch->length[i], l3 = DVS_ETHERNET_HEADER, longest = length;
	uint16_t type = batch->ethertype[i];

	for (unsigned int tags = 0; tags < DVS_TAGS_MAX && dvs_is_tag(type); tags++) {
		if (l3 + DVS_TAG_BYTES > batch->header_len[i]) {
			dvs_batch_drop(batch, i, DVS_DROP_BAD_LENGTH_TYPE);
			return;
		}
		l3 += DVS_TAG_BYTES;
		type = dvs_load16(header + l3 - 2);
	}
	batch->ethertype[i] = type;
	batch->l3[i] = (uint16_t)l3;
	if (type < DVS_ETHERTYPE_MIN && (type > DVS_LENGTH_MAX || type > length - l3)) {
		dvs_batch_drop(batch, i, DVS_DROP_BAD_LENGTH_TYPE);
		return;
	}
	if ((offload->needs_csum | offload->gso) != 0) {
		if (!dvs_offload_is_valid(offload, header, batch->header_len[i], length)) {
			dvs_batch_drop(batch, i, DVS_DROP_BAD_OFFLOAD);
			return;
		}
		longest = dvs_offload_segment_length(offload, header, batch->header_len[i], length);
	}
	if (longest > frame_max + l3 - DVS_ETHERNET_HEADER || length > DVS_FRAME_MAX)
		dvs_batch_drop(batch, i, DVS_DROP_OVERSIZE);
}

static inline void parse_frame(struct dvs_batch *batch, unsigned int i,
			       const struct dvs_snapshot_port *port,
			       const struct dvs_snapshot_segment *segment)
{
	const uint8_t *header = batch->header[i];
	uint64_t dst, src;
	uint16_t type;

	batch->verdict[i] = DVS_VERDICT_PENDING;
	batch->is_flooded[i] = 0;
	batch->flow_hash[i] = 0;
	batch->segment[i] = port->segment;
	batch->l3[i] = DVS_ETHERNET_HEADER;
	if (unlikely(batch->length[i] < DVS_ETHERNET_HEADER)) {
		batch->src_key[i] = batch->dst_key[i] = port->segment;
		dvs_batch_drop(batch, i, DVS_DROP_RUNT);
		return;
	}
	dst = dvs_load64(header);
	src = dvs_load64(header + 6);
	type = (uint16_t)src;
	batch->dst_key[i] = (dst & ~UINT64_C(0xffff)) | port->segment;
	batch->src_key[i] = (src & ~UINT64_C(0xffff)) | port->segment;
	batch->ethertype[i] = type;
	if (unlikely((src >> 56 & 1) != 0 || src >> 16 == 0)) {
		dvs_batch_drop(batch, i, DVS_DROP_BAD_SOURCE);
		return;
	}
	if (unlikely(dst >> 20 == RESERVED_PREFIX && !segment->forwards_reserved)) {
		dvs_batch_drop(batch, i, DVS_DROP_RESERVED);
		return;
	}
	if (unlikely(type < DVS_ETHERTYPE_MIN || dvs_is_tag(type) ||
		     batch->length[i] > port->frame_max ||
		     (batch->offload[i].needs_csum | batch->offload[i].gso) != 0))
		parse_uncommon(batch, i, port->frame_max);
	if (port->spreads_flows && dvs_batch_is_pending(batch, i))
		batch->flow_hash[i] = flow_hash(batch, i, batch->l3[i]);
}

void dvs_stage_parse(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[0]];
	const struct dvs_snapshot_segment *segment = &worker->snapshot->segments[port->segment];

	for (unsigned int i = 0; i < batch->n; i++)
		parse_frame(batch, i, port, segment);
	if (likely(port->is_enabled))
		return;
	for (unsigned int i = 0; i < batch->n; i++)
		dvs_batch_drop(batch, i, DVS_DROP_PORT_DISABLED);
}
