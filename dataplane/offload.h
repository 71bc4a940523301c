/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * offload.h - checksum and segmentation requests that travel with a frame, and their completion in
 * software for a receiver that did not negotiate them.
 *
 * The request has the meaning of struct virtio_net_hdr (VIRTIO 1.2 section 5.1.6), in host byte
 * order, with the buffer count left out. All zero = the frame is complete.
 *
 * Threads: pure functions on the caller's frame; mbufs come from a pool that the caller names.
 */
#ifndef DVS_OFFLOAD_H
#define DVS_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

enum dvs_gso {
	DVS_GSO_NONE = 0,
	DVS_GSO_TCPV4 = 1,
	DVS_GSO_TCPV6 = 4,
};

/*
 * Smallest gso_size that is believed: what IPv4's least MTU, 68, leaves behind the longest header
 * (RFC 791 section 3.2), and the least that Linux asks for. It bounds what one frame can cost:
 * 8,192 segments of 64 KB, of which no more are made than the receiver has room for (stages/tx.c).
 */
#define DVS_GSO_SIZE_MIN 8

struct dvs_offload {
	uint8_t needs_csum; /* checksum from csum_start to the end, stored at csum_offset after it
			     */
	uint8_t gso;	    /* enum dvs_gso */
	uint8_t has_ecn;    /* the GSO frame has CWR set (VIRTIO_NET_HDR_GSO_ECN) */
	uint8_t data_valid; /* checksums were checked by the sender's side */
	uint16_t gso_size;  /* TCP payload bytes of a segment */
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t pad;
};

/*
 * Is the request consistent with the frame? header/header_len: the first bytes of the frame
 * (contiguous, min(length, 128)); length: whole frame. Checks that the csum field lies within the
 * frame and is nothing that filters decide by, as completing a request must not rewrite that: it is
 * the checksum of TCP, UDP, ICMP, IGMP or PIM, or in what UDP or another protocol carries; there
 * is none in ARP, in 802.3 frames, in fragments and among IPv6 extension headers. What is decided
 * by the payload of UDP (DHCP) is decided when the request is completed. And, with GSO, that
 * Ethernet (up to two VLAN tags), IPv4/IPv6 (with extension headers) and TCP headers are there and
 * unfragmented, that the IP length is the frame's or 0, that csum_start points at TCP, and that
 * gso_size is at least DVS_GSO_SIZE_MIN.
 */
bool dvs_offload_is_valid(const struct dvs_offload *offload, const uint8_t *header,
			  uint32_t header_len, uint32_t length);

/* Longest frame that leaves when the request is completed: of one segment, or length. */
uint32_t dvs_offload_segment_length(const struct dvs_offload *offload, const uint8_t *header,
				    uint32_t header_len, uint32_t length);

/* Number of segments of a valid GSO frame, 1 to 8,192; 1 for other frames. */
uint32_t dvs_offload_segment_count(const struct dvs_offload *offload, const uint8_t *header,
				   uint32_t header_len, uint32_t length);

/* Completes the checksum in place, in an mbuf chain, for a valid request without GSO. Writes only
 * the two checksum octets (never 0, which means "none" in UDP, RFC 768; 0xffff is the same sum).
 * The caller clears needs_csum, and owns the mbufs alone. */
void dvs_offload_checksum(struct rte_mbuf *mbuf, const struct dvs_offload *offload);

/* The same for a frame that may ask for nothing or for GSO, which stay as they are; its request is
 * done with then. */
static inline void dvs_offload_complete(struct rte_mbuf *mbuf, struct dvs_offload *offload)
{
	if (!offload->needs_csum || offload->gso != DVS_GSO_NONE)
		return;
	dvs_offload_checksum(mbuf, offload);
	offload->needs_csum = 0;
}

/*
 * Segments a valid GSO frame into complete frames (headers copied, IPv4 id and checksum, lengths,
 * sequence numbers, FIN/PSH only on the last, CWR only on the first, TCP checksums): new mbufs from
 * pool (chains where one is too short), the original is not changed. Makes the segments from number
 * first (from 0) on, at most max of them, so that a frame of many goes out in rounds. Returns their
 * number, 0 when first is behind the last; or -ENOMEM, -EINVAL (not a valid request) with none left
 * behind.
 */
int dvs_offload_segment(struct rte_mbuf *mbuf, const struct dvs_offload *offload,
			struct rte_mempool *pool, uint32_t first, struct rte_mbuf **ret_segments,
			unsigned int max);

#endif
