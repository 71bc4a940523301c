/* SPDX-License-Identifier: BSD-3-Clause */
#include "metadata.h"

#include <string.h>

#include <rte_net.h>

#define VIEW_BYTES	     12	  /* of the first mbuf of a view: less than any L2 + L3 header */
#define L2_LEN_MAX	     127u /* rte_mbuf.l2_len has 7 bits */
#define L3_LEN_MAX	     511u /* rte_mbuf.l3_len has 9 bits */
#define TCP_HEADER_LENGTH_AT 12	  /* octet with the header's length, RFC 9293 section 3.1 */
#define TCP_FLAGS_AT	     13
#define TCP_FLAG_CWR	     0x80 /* RFC 3168 section 6.1 */
#define TCP_CHECKSUM_AT	     16
#define UDP_CHECKSUM_AT	     6
#define SCTP_CHECKSUM_AT     8

static uint16_t checksum_offset(uint32_t l4)
{
	switch (l4) {
	case RTE_PTYPE_L4_TCP:
		return TCP_CHECKSUM_AT;
	case RTE_PTYPE_L4_UDP:
		return UDP_CHECKSUM_AT;
	default:
		return SCTP_CHECKSUM_AT;
	}
}

/* CWR is what tells that segmentation must mind ECN; the library drops the guest's own bit. */
static uint8_t has_cwr(const struct rte_mbuf *mbuf, uint32_t tcp_at)
{
	uint8_t copy;
	const uint8_t *flags = rte_pktmbuf_read(mbuf, tcp_at + TCP_FLAGS_AT, 1, &copy);

	return flags != NULL && (*flags & TCP_FLAG_CWR) != 0;
}

void dvs_vhost_metadata_get(const struct rte_mbuf *mbuf, struct dvs_offload *ret_offload)
{
	const uint64_t requests = RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_LRO;
	struct rte_net_hdr_lens lens = {0};
	uint32_t type, l4, l4_at;

	memset(ret_offload, 0, sizeof(*ret_offload));
	if ((mbuf->ol_flags & requests) == 0)
		return;
	type = rte_net_get_ptype(mbuf, &lens,
				 RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	l4 = type & RTE_PTYPE_L4_MASK;
	l4_at = (uint32_t)lens.l2_len + lens.l3_len;
	ret_offload->needs_csum = 1;
	ret_offload->csum_start = (uint16_t)l4_at;
	ret_offload->csum_offset = checksum_offset(l4);
	if (mbuf->ol_flags & RTE_MBUF_F_RX_LRO) {
		ret_offload->gso = RTE_ETH_IS_IPV4_HDR(type) ? DVS_GSO_TCPV4 : DVS_GSO_TCPV6;
		ret_offload->gso_size = mbuf->tso_segsz;
		ret_offload->has_ecn = has_cwr(mbuf, l4_at);
	}
}

bool dvs_vhost_metadata_is_expressible(const struct dvs_offload *offload)
{
	return offload->csum_start > VIEW_BYTES && offload->csum_start <= L2_LEN_MAX + L3_LEN_MAX &&
	       (offload->csum_offset == TCP_CHECKSUM_AT ||
		offload->csum_offset == UDP_CHECKSUM_AT ||
		offload->csum_offset == SCTP_CHECKSUM_AT);
}

static void set_request(struct rte_mbuf *first, const uint8_t *header,
			const struct dvs_offload *offload)
{
	uint64_t l2_len = RTE_MIN(offload->csum_start, L2_LEN_MAX);
	uint64_t l4_len = 0;

	if (offload->gso != DVS_GSO_NONE)
		l4_len = (header[offload->csum_start + TCP_HEADER_LENGTH_AT] >> 4) * 4u;
	first->tx_offload = rte_mbuf_tx_offload(l2_len, offload->csum_start - l2_len, l4_len,
						offload->gso_size, 0, 0, 0);
	if (offload->csum_offset == TCP_CHECKSUM_AT)
		first->ol_flags = RTE_MBUF_F_TX_TCP_CKSUM;
	else if (offload->csum_offset == UDP_CHECKSUM_AT)
		first->ol_flags = RTE_MBUF_F_TX_UDP_CKSUM;
	else
		first->ol_flags = RTE_MBUF_F_TX_SCTP_CKSUM;
	if (offload->gso == DVS_GSO_NONE)
		return;
	first->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	first->ol_flags |= offload->gso == DVS_GSO_TCPV4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
}

struct rte_mbuf *dvs_vhost_metadata_view(struct dvs_vhost_view *view, struct rte_mbuf *mbuf,
					 const uint8_t *header, const struct dvs_offload *offload)
{
	view->first = *mbuf;
	view->rest = *mbuf;
	view->first.data_len = VIEW_BYTES;
	view->first.next = &view->rest;
	view->first.nb_segs = (uint16_t)(mbuf->nb_segs + 1);
	view->rest.data_off = (uint16_t)(mbuf->data_off + VIEW_BYTES);
	view->rest.data_len = (uint16_t)(mbuf->data_len - VIEW_BYTES);
	set_request(&view->first, header, offload);
	return &view->first;
}
