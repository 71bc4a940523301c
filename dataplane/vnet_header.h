/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vnet_header.h - struct virtio_net_hdr_v1 (VIRTIO 1.2 section 5.1.6), as guests and taps speak it,
 * and struct dvs_offload.
 *
 * Threads: pure functions.
 */
#ifndef DVS_VNET_HEADER_H
#define DVS_VNET_HEADER_H

#include <stdint.h>
#include <string.h>

#include <linux/virtio_net.h>

#include "offload.h"

/* What the sender asks for. A GSO type that is not ours stays as it is: parse refuses it. */
static inline void dvs_vnet_header_get(const struct virtio_net_hdr_v1 *vnet,
				       struct dvs_offload *ret_offload)
{
	memset(ret_offload, 0, sizeof(*ret_offload));
	if (vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		ret_offload->needs_csum = 1;
		ret_offload->csum_start = vnet->csum_start;
		ret_offload->csum_offset = vnet->csum_offset;
	}
	ret_offload->data_valid = (vnet->flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0;
	if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		ret_offload->gso = vnet->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
		ret_offload->has_ecn = (vnet->gso_type & VIRTIO_NET_HDR_GSO_ECN) != 0;
		ret_offload->gso_size = vnet->gso_size;
	}
}

/* header: the first bytes of the frame, for which the request is valid. */
static inline void dvs_vnet_header_set(struct virtio_net_hdr_v1 *vnet,
				       const struct dvs_offload *offload, const uint8_t *header)
{
	memset(vnet, 0, sizeof(*vnet));
	if (offload->needs_csum) {
		vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vnet->csum_start = offload->csum_start;
		vnet->csum_offset = offload->csum_offset;
	} else if (offload->data_valid) {
		vnet->flags = VIRTIO_NET_HDR_F_DATA_VALID;
	}
	if (offload->gso == DVS_GSO_NONE)
		return;
	vnet->gso_type = offload->gso;
	if (offload->has_ecn)
		vnet->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	vnet->gso_size = offload->gso_size;
	/* The length of all headers; of TCP's in its 13th octet, RFC 9293 section 3.1. */
	vnet->hdr_len =
		(uint16_t)(offload->csum_start + (header[offload->csum_start + 12] >> 4) * 4);
}

#endif
