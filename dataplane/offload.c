/* SPDX-License-Identifier: BSD-3-Clause */
#include "offload.h"

#include <errno.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "bytes.h"
#include "ethernet.h"

#define VLAN_TAGS_MAX	(DVS_TAGS_MAX + 1) /* and one that tx puts on */
#define HEADERS_MAX	128		   /* as much as callers of dvs_offload_is_valid can show */
#define TCP_CSUM_OFFSET 16
#define PROTOCOL_HIP	139
#define PROTOCOL_SHIM6	140
#define UDP_CSUM_OFFSET 6
#define UDP_BYTES	8
#define PORTS_BYTES	4 /* the start of SCTP's header */
/* Also of ICMPv6, IGMP and PIM. */
#define ICMP_CSUM_OFFSET 2

/* Where the headers of a frame are: offsets from its first byte. What follows IP need not be in
 * view. */
struct layers {
	uint32_t l3;
	uint32_t l4;	    /* l3 when the frame is not IP */
	uint8_t ip_version; /* 4, 6, or 0 */
	uint8_t protocol;
	bool is_fragment;
	uint16_t ethertype; /* behind tags */
};

static bool find_ipv4(const uint8_t *header, uint32_t header_len, struct layers *layers)
{
	const uint8_t *ip = header + layers->l3;
	uint32_t ip_bytes;

	if (header_len - layers->l3 < sizeof(struct rte_ipv4_hdr) || ip[0] >> 4 != 4)
		return false;
	ip_bytes = (ip[0] & 0xfu) * 4;
	if (ip_bytes < sizeof(struct rte_ipv4_hdr))
		return false;
	layers->ip_version = 4;
	layers->l4 = layers->l3 + ip_bytes;
	layers->protocol = ip[9];
	layers->is_fragment = (dvs_load16(ip + 6) & 0x3fff) != 0;
	return true;
}

/* RFC 8200 section 4: each header that may stand before TCP names the next one and its length. */
static bool find_ipv6(const uint8_t *header, uint32_t header_len, struct layers *layers)
{
	const uint8_t *ip = header + layers->l3;
	uint32_t at = layers->l3 + sizeof(struct rte_ipv6_hdr);
	uint8_t next;

	if (header_len - layers->l3 < sizeof(struct rte_ipv6_hdr) || ip[0] >> 4 != 6)
		return false;
	next = ip[6];
	while (!layers->is_fragment && (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
					next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT)) {
		if (header_len < at + 8)
			return false;
		layers->is_fragment = next == IPPROTO_FRAGMENT;
		next = header[at];
		at += layers->is_fragment ? 8u : 8u + header[at + 1] * 8u;
	}
	layers->ip_version = 6;
	layers->l4 = at;
	layers->protocol = next;
	return true;
}

/* False when the frame calls itself IP but its IP headers are not, or are not all in view. */
static bool find_layers(const uint8_t *header, uint32_t header_len, struct layers *ret_layers)
{
	struct layers layers = {.l3 = RTE_ETHER_HDR_LEN};
	uint16_t ethertype;

	if (header_len < RTE_ETHER_HDR_LEN)
		return false;
	ethertype = dvs_load16(header + 12);
	for (unsigned int tags = 0; tags < VLAN_TAGS_MAX && dvs_is_tag(ethertype); tags++) {
		layers.l3 += 4;
		if (header_len < layers.l3)
			return false;
		ethertype = dvs_load16(header + layers.l3 - 2);
	}
	layers.l4 = layers.l3;
	layers.ethertype = ethertype;
	if (ethertype == RTE_ETHER_TYPE_IPV4 && !find_ipv4(header, header_len, &layers))
		return false;
	if (ethertype == RTE_ETHER_TYPE_IPV6 && !find_ipv6(header, header_len, &layers))
		return false;
	*ret_layers = layers;
	return true;
}

/* The field is where the protocol has its checksum, or in what filters do not read. */
static bool field_is_harmless(uint8_t protocol, uint32_t start, uint32_t field)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return start == 0 && field == TCP_CSUM_OFFSET;
	case IPPROTO_UDP: /* its own, or that of a packet which it carries */
		return (start == 0 && field == UDP_CSUM_OFFSET) || field >= UDP_BYTES;
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
	case IPPROTO_ICMPV6:
	case IPPROTO_PIM:
		return start == 0 && field == ICMP_CSUM_OFFSET;
	case IPPROTO_SCTP:
		return field >= PORTS_BYTES;
	/* More of the chain, which find_ipv6 does not walk: there is no checksum to be made. */
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return false;
	default:
		return true;
	}
}

/* No IP: ARP is judged by its addresses, 802.3 by its LLC header, and behind one more tag there
 * could be anything. */
static bool type_is_harmless(uint16_t ethertype)
{
	return ethertype >= RTE_ETHER_TYPE_IPV4 && ethertype != RTE_ETHER_TYPE_ARP &&
	       !dvs_is_tag(ethertype);
}

/* The checksum field lies in the frame, and it is nothing that a decision was made by: a request
 * that is completed after the filters must not rewrite an address, a port or a message's type. */
static bool csum_is_valid(const struct dvs_offload *offload, const struct layers *layers,
			  uint32_t length)
{
	uint32_t field = (uint32_t)offload->csum_start + offload->csum_offset;

	if (offload->csum_start < layers->l4 || field + 2 > length)
		return false;
	if (layers->ip_version == 0)
		return type_is_harmless(layers->ethertype);
	return !layers->is_fragment &&
	       field_is_harmless(layers->protocol, offload->csum_start - layers->l4,
				 field - layers->l4);
}

static uint32_t tcp_end(const uint8_t *header, const struct layers *layers)
{
	return layers->l4 + (header[layers->l4 + 12] >> 4) * 4u;
}

/* The IP header says the length that the frame has, or 0: some senders leave it to whoever
 * segments. */
static bool ip_length_is_valid(const uint8_t *header, const struct layers *layers, uint32_t length)
{
	bool is_v4 = layers->ip_version == 4;
	uint32_t said = dvs_load16(header + layers->l3 + (is_v4 ? 2 : 4));
	uint32_t is = length - layers->l3 - (is_v4 ? 0u : (uint32_t)sizeof(struct rte_ipv6_hdr));

	return is <= UINT16_MAX && (said == is || said == 0);
}

static bool gso_is_valid(const struct dvs_offload *offload, const uint8_t *header,
			 uint32_t header_len, const struct layers *layers, uint32_t length)
{
	uint8_t version = offload->gso == DVS_GSO_TCPV4 ? 4 : 6;
	uint32_t end;

	if (offload->gso != DVS_GSO_TCPV4 && offload->gso != DVS_GSO_TCPV6)
		return false;
	if (!offload->needs_csum || offload->gso_size < DVS_GSO_SIZE_MIN)
		return false;
	if (layers->ip_version != version || layers->protocol != IPPROTO_TCP || layers->is_fragment)
		return false;
	if (header_len < layers->l4 + sizeof(struct rte_tcp_hdr))
		return false;
	end = tcp_end(header, layers);
	if (end < layers->l4 + sizeof(struct rte_tcp_hdr) || end > header_len || end >= length)
		return false;
	if (offload->csum_start != layers->l4 || offload->csum_offset != TCP_CSUM_OFFSET)
		return false;
	return ip_length_is_valid(header, layers, length);
}

bool dvs_offload_is_valid(const struct dvs_offload *offload, const uint8_t *header,
			  uint32_t header_len, uint32_t length)
{
	struct layers layers;

	if (!offload->needs_csum && offload->gso == DVS_GSO_NONE)
		return true;
	if (header_len > length || !find_layers(header, header_len, &layers))
		return false;
	if (offload->needs_csum && !csum_is_valid(offload, &layers, length))
		return false;
	return offload->gso == DVS_GSO_NONE ||
	       gso_is_valid(offload, header, header_len, &layers, length);
}

/* Bytes before the payload that is cut; 0 when nothing is. */
static uint32_t cut_headers(const struct dvs_offload *offload, const uint8_t *header,
			    uint32_t header_len)
{
	struct layers layers;

	if (offload->gso == DVS_GSO_NONE || !find_layers(header, header_len, &layers))
		return 0;
	if (header_len < layers.l4 + sizeof(struct rte_tcp_hdr))
		return 0;
	return tcp_end(header, &layers);
}

uint32_t dvs_offload_segment_length(const struct dvs_offload *offload, const uint8_t *header,
				    uint32_t header_len, uint32_t length)
{
	uint32_t headers = cut_headers(offload, header, header_len);
	uint32_t longest = headers + offload->gso_size;

	return headers != 0 && longest < length ? longest : length;
}

static uint32_t count_segments(uint32_t payload, uint32_t gso_size)
{
	return (payload + gso_size - 1) / gso_size;
}

uint32_t dvs_offload_segment_count(const struct dvs_offload *offload, const uint8_t *header,
				   uint32_t header_len, uint32_t length)
{
	uint32_t headers = cut_headers(offload, header, header_len);

	if (headers == 0 || headers >= length || offload->gso_size == 0)
		return 1;
	return count_segments(length - headers, offload->gso_size);
}

/* The octet may be in any mbuf of the chain, and its neighbour in another. */
static void put_octet(struct rte_mbuf *mbuf, uint32_t offset, uint8_t value)
{
	while (mbuf && offset >= mbuf->data_len) {
		offset -= mbuf->data_len;
		mbuf = mbuf->next;
	}
	if (mbuf)
		*rte_pktmbuf_mtod_offset(mbuf, uint8_t *, offset) = value;
}

/*
 * The folded sum from an offset to the end, in memory order. Not rte_raw_cksum_mbuf: in DPDK 22.11
 * it swaps the octets of a sum that is not folded yet, so chains with odd pieces come out wrong.
 */
static uint16_t sum_from(const struct rte_mbuf *mbuf, uint32_t offset)
{
	uint32_t sum = 0, done = 0;

	for (; mbuf; mbuf = mbuf->next) {
		uint32_t skip = RTE_MIN(offset, (uint32_t)mbuf->data_len);
		uint16_t piece = rte_raw_cksum(rte_pktmbuf_mtod_offset(mbuf, const void *, skip),
					       mbuf->data_len - skip);

		sum += done & 1 ? rte_bswap16(piece) : piece;
		done += mbuf->data_len - skip;
		offset -= skip;
	}
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)((sum & UINT16_MAX) + (sum >> 16));
}

void dvs_offload_checksum(struct rte_mbuf *mbuf, const struct dvs_offload *offload)
{
	uint32_t field = (uint32_t)offload->csum_start + offload->csum_offset;
	uint8_t octets[2];
	uint16_t sum = sum_from(mbuf, offload->csum_start);

	/* 0xffff is zero too, and UDP reads 0 as "none". */
	sum = sum == UINT16_MAX ? sum : (uint16_t)~sum;
	memcpy(octets, &sum, sizeof(octets));
	put_octet(mbuf, field, octets[0]);
	put_octet(mbuf, field + 1, octets[1]);
}

/* A GSO frame that is being cut. */
struct cut {
	struct layers layers;
	uint32_t headers; /* bytes before the payload */
	uint32_t payload; /* bytes of all segments together */
	uint8_t header[HEADERS_MAX];
	const struct rte_mbuf *from; /* where the next payload byte is */
	uint32_t from_offset;
};

static bool cut_begin(struct cut *cut, const struct rte_mbuf *mbuf,
		      const struct dvs_offload *offload)
{
	uint32_t in_view = RTE_MIN(mbuf->pkt_len, (uint32_t)HEADERS_MAX);
	const uint8_t *header = rte_pktmbuf_read(mbuf, 0, in_view, cut->header);

	if (!header)
		return false;
	if (header != cut->header)
		memcpy(cut->header, header, in_view);
	if (!find_layers(cut->header, in_view, &cut->layers) ||
	    !gso_is_valid(offload, cut->header, in_view, &cut->layers, mbuf->pkt_len))
		return false;
	cut->headers = tcp_end(cut->header, &cut->layers);
	cut->payload = mbuf->pkt_len - cut->headers;
	cut->from = mbuf;
	cut->from_offset = cut->headers;
	return true;
}

/* Copies the next bytes of the payload; the chain has them, as cut_begin has compared lengths. */
static void cut_copy(struct cut *cut, uint8_t *to, uint32_t bytes)
{
	while (bytes && cut->from) {
		uint32_t here = cut->from->data_len;
		uint32_t n;

		if (cut->from_offset >= here) {
			cut->from_offset -= here;
			cut->from = cut->from->next;
			continue;
		}
		n = RTE_MIN(bytes, here - cut->from_offset);
		memcpy(to, rte_pktmbuf_mtod_offset(cut->from, const uint8_t *, cut->from_offset),
		       n);
		cut->from_offset += n;
		to += n;
		bytes -= n;
	}
}

/* A chain with the headers as they are and the next bytes of the payload; NULL without memory. */
static struct rte_mbuf *cut_frame(struct cut *cut, struct rte_mempool *pool, uint32_t bytes)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *tail = head;
	uint8_t *headers =
		head ? (uint8_t *)rte_pktmbuf_append(head, (uint16_t)cut->headers) : NULL;

	if (!headers) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	memcpy(headers, cut->header, cut->headers);
	while (bytes) {
		uint32_t n = RTE_MIN(bytes, (uint32_t)rte_pktmbuf_tailroom(tail));

		if (n == 0) {
			tail->next = rte_pktmbuf_alloc(pool);
			tail = tail->next;
			if (!tail) {
				rte_pktmbuf_free(head);
				return NULL;
			}
			head->nb_segs++;
			continue;
		}
		cut_copy(cut, rte_pktmbuf_mtod_offset(tail, uint8_t *, tail->data_len), n);
		tail->data_len = (uint16_t)(tail->data_len + n);
		head->pkt_len += n;
		bytes -= n;
	}
	return head;
}

static void fix_ip(uint8_t *ip, uint8_t version, uint32_t ip_bytes, unsigned int index)
{
	uint16_t sum;

	if (version == 6) {
		dvs_store16(ip + 4, (uint16_t)(ip_bytes - sizeof(struct rte_ipv6_hdr)));
		return;
	}
	dvs_store16(ip + 2, (uint16_t)ip_bytes);
	dvs_store16(ip + 4, (uint16_t)(dvs_load16(ip + 4) + index));
	dvs_store16(ip + 10, 0);
	sum = (uint16_t)~rte_raw_cksum(ip, (ip[0] & 0xfu) * 4);
	memcpy(ip + 10, &sum, sizeof(sum));
}

/*
 * The checksum field holds the sum of the pseudo-header; only its length part differs in a segment,
 * and whatever else it was made of (the last address of a routing header) stays right.
 */
static void fix_tcp(uint8_t *tcp, uint32_t offset, bool is_first, bool is_last,
		    uint32_t tcp_bytes_before, uint32_t tcp_bytes)
{
	uint32_t sum = dvs_load16(tcp + TCP_CSUM_OFFSET);

	dvs_store32(tcp + 4, dvs_load32(tcp + 4) + offset);
	if (!is_first)
		tcp[13] &= (uint8_t)~RTE_TCP_CWR_FLAG;
	if (!is_last)
		tcp[13] &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
	sum += tcp_bytes + (UINT16_MAX - tcp_bytes_before);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	dvs_store16(tcp + TCP_CSUM_OFFSET, (uint16_t)sum);
}

static struct rte_mbuf *cut_segment(struct cut *cut, const struct dvs_offload *offload,
				    struct rte_mempool *pool, uint32_t index)
{
	const struct layers *layers = &cut->layers;
	uint32_t offset = index * offload->gso_size, left = cut->payload - offset;
	uint32_t bytes = RTE_MIN(left, (uint32_t)offload->gso_size);
	uint32_t tcp_headers = cut->headers - layers->l4;
	struct rte_mbuf *segment = cut_frame(cut, pool, bytes);
	uint8_t *header;

	if (!segment)
		return NULL;
	header = rte_pktmbuf_mtod(segment, uint8_t *);
	fix_ip(header + layers->l3, layers->ip_version, segment->pkt_len - layers->l3, index);
	fix_tcp(header + layers->l4, offset, index == 0, bytes == left, tcp_headers + cut->payload,
		tcp_headers + bytes);
	dvs_offload_checksum(segment, offload);
	return segment;
}

int dvs_offload_segment(struct rte_mbuf *mbuf, const struct dvs_offload *offload,
			struct rte_mempool *pool, uint32_t first, struct rte_mbuf **ret_segments,
			unsigned int max)
{
	struct cut cut;
	uint32_t n;

	if (!cut_begin(&cut, mbuf, offload))
		return -EINVAL;
	n = count_segments(cut.payload, offload->gso_size);
	if (first >= n)
		return 0;
	n = RTE_MIN(n - first, max);
	cut.from_offset += first * offload->gso_size;
	for (uint32_t i = 0; i < n; i++) {
		ret_segments[i] = cut_segment(&cut, offload, pool, first + i);
		if (!ret_segments[i]) {
			rte_pktmbuf_free_bulk(ret_segments, i);
			return -ENOMEM;
		}
		ret_segments[i]->port = mbuf->port;
	}
	return (int)n;
}
