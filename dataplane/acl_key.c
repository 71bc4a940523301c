/* SPDX-License-Identifier: BSD-3-Clause */
#include "acl_key.h"

#include <string.h>

#include <rte_byteorder.h>

#include "ethernet.h"
#include "ipv4.h"
#include "ipv6.h"
#include "tag.h"

#define PROTOCOL_ICMP	 1
#define PROTOCOL_SCTP	 132
#define PORTS_BYTES	 4
#define ICMP_BYTES	 2
#define TCP_FLAGS_AT	 13
#define TCP_FLAGS_BEHIND 8 /* a fragment from here on is where TCP's flags are */

/* Where the transport header is, and what of the packet this is. */
struct transport {
	uint32_t at;	  /* in the frame */
	uint32_t payload; /* bytes from there on, by IP */
	uint32_t offset;  /* of a fragment */
	bool is_hidden;	  /* what the fragment carries is not known */
};

/* False: the frame's header does not show these bytes of it, though the packet has them. */
static bool show(const struct dvs_batch *batch, unsigned int i, const struct transport *transport,
		 struct dvs_acl_key *key)
{
	const uint8_t *header = batch->header[i] + transport->at;
	uint32_t visible =
		batch->header_len[i] > transport->at ? batch->header_len[i] - transport->at : 0;
	bool is_tcp = key->protocol == DVS_PROTOCOL_TCP;
	uint32_t wanted;

	if (visible > transport->payload)
		visible = transport->payload;
	if (is_tcp || key->protocol == DVS_PROTOCOL_UDP || key->protocol == PROTOCOL_SCTP) {
		wanted = is_tcp ? TCP_FLAGS_AT + 1 : PORTS_BYTES;
		if (visible >= PORTS_BYTES) {
			key->shows |= DVS_ACL_SHOWS_PORTS;
			memcpy(&key->src_port, header, sizeof(key->src_port));
			memcpy(&key->dst_port, header + 2, sizeof(key->dst_port));
		}
		if (is_tcp && visible >= wanted) {
			key->shows |= DVS_ACL_SHOWS_TCP;
			key->tcp_flags = header[TCP_FLAGS_AT];
		}
		return visible >= wanted;
	}
	if (key->protocol != PROTOCOL_ICMP && key->protocol != DVS_PROTOCOL_ICMPV6)
		return true;
	if (visible < ICMP_BYTES)
		return false;
	key->shows |= DVS_ACL_SHOWS_ICMP;
	key->icmp_type = header[0];
	key->icmp_code = header[1];
	return true;
}

/* False: opaque. */
static bool fill_transport(const struct dvs_batch *batch, unsigned int i,
			   const struct transport *transport, const struct dvs_acl_needs *needs,
			   struct dvs_acl_key *key)
{
	bool is_shown;

	key->shows |= DVS_ACL_SHOWS_IP;
	if (transport->is_hidden)
		return !needs->ip;
	if (transport->offset != 0)
		return !needs->tcp_flags || key->protocol != DVS_PROTOCOL_TCP ||
		       transport->offset > TCP_FLAGS_BEHIND;
	is_shown = show(batch, i, transport, key);
	return is_shown || !needs->transport;
}

/* A segmentation request was checked: headers are there and unfragmented, TCP is at csum_start. The
 * IP header's length may be 0. */
static struct transport gso_transport(const struct dvs_batch *batch, unsigned int i)
{
	uint32_t at = batch->offload[i].csum_start;

	return (struct transport){.at = at, .payload = batch->length[i] - at};
}

static bool fill_v4(const struct dvs_batch *batch, unsigned int i,
		    const struct dvs_acl_needs *needs, struct dvs_acl_key *key)
{
	uint32_t l3 = batch->l3[i];
	const uint8_t *header = batch->header[i] + l3;
	struct transport transport;
	struct dvs_ipv4 ip;

	if (batch->offload[i].gso != DVS_GSO_NONE) {
		transport = gso_transport(batch, i);
	} else {
		if (dvs_ipv4_parse(header, batch->header_len[i] - l3, batch->length[i] - l3, &ip) <
		    0)
			return !needs->ip;
		transport = (struct transport){
			.at = l3 + ip.header_length, .payload = ip.payload, .offset = ip.offset};
	}
	key->protocol = header[9];
	memcpy(key->v4.src, header + 12, sizeof(key->v4.src));
	memcpy(key->v4.dst, header + 16, sizeof(key->v4.dst));
	return fill_transport(batch, i, &transport, needs, key);
}

static bool fill_v6(const struct dvs_batch *batch, unsigned int i,
		    const struct dvs_acl_needs *needs, struct dvs_acl_key *key)
{
	uint32_t l3 = batch->l3[i];
	const uint8_t *header = batch->header[i] + l3;
	struct transport transport;
	struct dvs_ipv6 ip;

	if (batch->offload[i].gso != DVS_GSO_NONE) {
		transport = gso_transport(batch, i);
		key->protocol = DVS_PROTOCOL_TCP;
	} else {
		if (dvs_ipv6_parse(header, batch->header_len[i] - l3, batch->length[i] - l3, &ip) <
		    0)
			return !needs->ip;
		transport = (struct transport){.at = l3 + ip.upper,
					       .payload = ip.payload,
					       .offset = ip.offset,
					       .is_hidden = ip.has_hidden};
		key->protocol = ip.protocol;
	}
	memcpy(key->v6.src, header + 8, sizeof(key->v6.src));
	memcpy(key->v6.dst, header + 24, sizeof(key->v6.dst));
	return fill_transport(batch, i, &transport, needs, key);
}

/* One more tag than parse looks behind, or a packet in an 802.3 frame. */
static bool hides_type(const struct dvs_batch *batch, unsigned int i)
{
	uint32_t l3 = batch->l3[i];

	return dvs_is_tag(batch->ethertype[i]) ||
	       (batch->ethertype[i] <= DVS_LENGTH_MAX &&
		dvs_llc_hides_packet(batch->header[i] + l3, batch->header_len[i] - l3));
}

enum dvs_acl_kind dvs_acl_key_fill(const struct dvs_batch *batch, unsigned int i, uint16_t vlan,
				   const struct dvs_acl_needs *needs, struct dvs_acl_key *ret_key)
{
	bool is_v6 = batch->ethertype[i] == DVS_IPV6_ETHERTYPE, is_clear = true;

	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->dst_mac, batch->header[i], DVS_MAC_LEN);
	memcpy(ret_key->src_mac, batch->header[i] + DVS_MAC_LEN, DVS_MAC_LEN);
	ret_key->ethertype = rte_cpu_to_be_16(batch->ethertype[i]);
	ret_key->vlan = rte_cpu_to_be_16(vlan);
	if (batch->has_tci) {
		ret_key->pcp = (uint8_t)(batch->tci[i] >> DVS_TCI_PCP_SHIFT);
		ret_key->dei = (batch->tci[i] & DVS_TCI_DEI) != 0;
	}
	if (hides_type(batch, i))
		is_clear = !needs->ip && !needs->ethertype;
	else if (is_v6)
		is_clear = fill_v6(batch, i, needs, ret_key);
	else if (batch->ethertype[i] == DVS_IPV4_ETHERTYPE)
		is_clear = fill_v4(batch, i, needs, ret_key);
	if (!is_clear)
		return DVS_ACL_KIND_OPAQUE;
	return is_v6 ? DVS_ACL_KIND_V6 : DVS_ACL_KIND_V4;
}
