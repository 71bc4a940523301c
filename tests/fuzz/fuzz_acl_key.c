/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What access control lists see of a frame. The input: an octet of what rules look at (bits of
 * NEEDS_), one of how much more than the least of the frame can be read, tag control information
 * (0: none), a struct dvs_offload as it is, then the frame. It goes through the stage that parses
 * frames, as in the switch, and its key is made for all rules and for some: nothing that rules look
 * at may stay hidden without the frame being opaque. Then the same without the offload request.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "fuzz.h"

#include "acl_key.h"
#include "snapshot.h"
#include "stages.h"
#include "tag.h"
#include "worker.h"

#define PREFIX	    (4 + sizeof(struct dvs_offload))
#define TYPE_IPV4   0x0800
#define TYPE_IPV6   0x86dd
#define TCP	    6
#define UDP	    17
#define SCTP	    132
#define ICMP	    1
#define ICMPV6	    58
#define SEGMENT	    1
#define OFFSET_MASK 0x1fff /* of IPv4's fragment field */

enum {
	NEEDS_IP = 1,
	NEEDS_TRANSPORT = 2,
	NEEDS_FLAGS = 4,
	NEEDS_TYPE = 8,
	NEEDS_ALL = 15,
};

static struct dvs_worker worker;
static struct dvs_batch batch;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct dvs_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	(void)argc, (void)argv;
	MUST(snapshot != NULL);
	snapshot->segments = calloc(SEGMENT + 1, sizeof(snapshot->segments[0]));
	MUST(snapshot->segments != NULL);
	snapshot->n_segments = SEGMENT + 1;
	snapshot->segments[SEGMENT].forwards_reserved = 1;
	snapshot->ports[0].segment = SEGMENT;
	snapshot->ports[0].frame_max = UINT16_MAX;
	snapshot->ports[0].is_enabled = 1;
	worker.snapshot = snapshot;
	return 0;
}

/* As rules can ask: for flags of a transport header, for that of IP. */
static struct dvs_acl_needs needs_of(unsigned int bits)
{
	return (struct dvs_acl_needs){
		.anything = true,
		.ip = (bits & ~(unsigned int)NEEDS_TYPE) != 0,
		.transport = (bits & (NEEDS_TRANSPORT | NEEDS_FLAGS)) != 0,
		.tcp_flags = (bits & NEEDS_FLAGS) != 0,
		.ethertype = (bits & NEEDS_TYPE) != 0,
	};
}

static bool has_ports(uint8_t protocol)
{
	return protocol == TCP || protocol == UDP || protocol == SCTP;
}

static bool is_icmp(uint8_t protocol)
{
	return protocol == ICMP || protocol == ICMPV6;
}

/* What a key says fits together, and with the frame. */
static void check_key(const struct dvs_acl_key *key, enum dvs_acl_kind kind)
{
	static const uint8_t zeros[sizeof(key->pad)];
	bool is_ip = batch.ethertype[0] == TYPE_IPV4 || batch.ethertype[0] == TYPE_IPV6;

	MUST(memcmp(key->dst_mac, batch.header[0], DVS_MAC_LEN) == 0);
	MUST(memcmp(key->src_mac, batch.header[0] + DVS_MAC_LEN, DVS_MAC_LEN) == 0);
	MUST(rte_be_to_cpu_16(key->ethertype) == batch.ethertype[0]);
	MUST(key->pcp == (batch.has_tci ? batch.tci[0] >> DVS_TCI_PCP_SHIFT : 0));
	MUST(key->dei == (batch.has_tci && (batch.tci[0] & DVS_TCI_DEI) != 0));
	MUST(memcmp(key->pad, zeros, sizeof(key->pad)) == 0);
	MUST(memcmp(key->more_pad, zeros, sizeof(key->more_pad)) == 0);
	MUST(key->shows == 0 || (is_ip && (key->shows & DVS_ACL_SHOWS_IP) != 0));
	MUST((key->shows & DVS_ACL_SHOWS_PORTS) == 0 || has_ports(key->protocol));
	MUST((key->shows & DVS_ACL_SHOWS_ICMP) == 0 || is_icmp(key->protocol));
	MUST((key->shows & DVS_ACL_SHOWS_TCP) == 0 ||
	     (key->protocol == TCP && (key->shows & DVS_ACL_SHOWS_PORTS) != 0));
	MUST(kind == DVS_ACL_KIND_OPAQUE ||
	     (kind == DVS_ACL_KIND_V6) == (batch.ethertype[0] == TYPE_IPV6));
}

/* Bytes of a transport header that rules look at. */
static unsigned int least_of(uint8_t protocol)
{
	if (protocol == TCP)
		return 14;
	return has_ports(protocol) ? 4 : is_icmp(protocol) ? 2 : 0;
}

/* An IPv4 packet that is let through by rules that look at everything: its transport header is
 * where a host takes it from, and no later fragment has a part of it (RFC 3128). */
static void check_ipv4(const struct dvs_acl_key *key)
{
	const uint8_t *ip = batch.header[0] + batch.l3[0], *upper = ip + (ip[0] & 15) * 4;
	unsigned int offset = ((unsigned int)ip[6] << 8 | ip[7]) & OFFSET_MASK;

	MUST(ip[0] >> 4 == 4 && key->protocol == ip[9]);
	MUST(memcmp(&key->v4, ip + 12, sizeof(key->v4)) == 0);
	if (offset != 0) {
		MUST(key->shows == DVS_ACL_SHOWS_IP && (ip[9] != TCP || offset > 1));
		return;
	}
	/* Not from what the frame has behind the packet. */
	MUST(batch.offload[0].gso != DVS_GSO_NONE ||
	     ((unsigned int)ip[2] << 8 | ip[3]) >= (ip[0] & 15u) * 4 + least_of(ip[9]));
	MUST(!has_ports(ip[9]) ||
	     (memcmp(&key->src_port, upper, 2) == 0 && memcmp(&key->dst_port, upper + 2, 2) == 0));
	MUST(ip[9] != TCP || key->tcp_flags == upper[13]);
	MUST(!is_icmp(ip[9]) || (key->icmp_type == upper[0] && key->icmp_code == upper[1]));
}

/* All that there is to see of a packet which begins here. */
static void check_shown(const struct dvs_acl_key *key)
{
	MUST((key->shows & DVS_ACL_SHOWS_IP) != 0);
	if (batch.ethertype[0] == TYPE_IPV4)
		check_ipv4(key);
	if (key->shows ==
	    DVS_ACL_SHOWS_IP) /* the header is in another fragment, or there is none */
		return;
	MUST(!has_ports(key->protocol) || (key->shows & DVS_ACL_SHOWS_PORTS) != 0);
	MUST(key->protocol != TCP || (key->shows & DVS_ACL_SHOWS_TCP) != 0);
	MUST(!is_icmp(key->protocol) || (key->shows & DVS_ACL_SHOWS_ICMP) != 0);
}

static void check(unsigned int bits)
{
	const struct dvs_acl_needs all = needs_of(NEEDS_ALL), some = needs_of(bits);
	bool is_ip = batch.ethertype[0] == TYPE_IPV4 || batch.ethertype[0] == TYPE_IPV6;
	struct dvs_acl_key key, key_of_some;
	enum dvs_acl_kind kind, kind_of_some;

	kind = dvs_acl_key_fill(&batch, 0, 7, &all, &key);
	kind_of_some = dvs_acl_key_fill(&batch, 0, 7, &some, &key_of_some);
	check_key(&key, kind);
	MUST(memcmp(&key, &key_of_some, sizeof(key)) == 0);
	MUST(kind_of_some == kind || (kind == DVS_ACL_KIND_OPAQUE && bits != NEEDS_ALL));
	MUST(bits != 0 || kind_of_some != DVS_ACL_KIND_OPAQUE);
	if (kind != DVS_ACL_KIND_OPAQUE && is_ip)
		check_shown(&key);
}

static void run(const uint8_t *input, const uint8_t *frame, uint32_t length, bool has_offload)
{
	uint32_t view =
		length < DVS_SNAPSHOT_BYTES + input[1] ? length : DVS_SNAPSHOT_BYTES + input[1];
	uint8_t *header = malloc(view != 0 ? view : 1);

	MUST(header != NULL);
	memcpy(header, frame, view);
	dvs_batch_begin(&batch, 0, 0);
	batch.n = 1;
	batch.mbuf[0] = NULL;
	batch.in_port[0] = 0;
	batch.header[0] = header;
	batch.header_len[0] = (uint16_t)view;
	batch.length[0] = length;
	memset(&batch.offload[0], 0, sizeof(batch.offload[0]));
	if (has_offload)
		memcpy(&batch.offload[0], input + 4, sizeof(batch.offload[0]));
	dvs_stage_parse(&worker, &batch);
	batch.tci[0] = (uint16_t)(input[2] << 8 | input[3]);
	batch.has_tci = batch.tci[0] != 0;
	if (dvs_batch_is_pending(&batch, 0))
		check(input[0] & NEEDS_ALL);
	free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < PREFIX || size - PREFIX > UINT16_MAX)
		return 0;
	run(data, data + PREFIX, (uint32_t)(size - PREFIX), true);
	run(data, data + PREFIX, (uint32_t)(size - PREFIX), false);
	return 0;
}
