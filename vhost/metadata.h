/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metadata.h - offload requests between mbufs, as librte_vhost's enqueue and dequeue want them, and
 * struct dvs_offload.
 *
 * From a guest: sockets are registered with RTE_VHOST_USER_NET_COMPLIANT_OL_FLAGS. The library then
 * marks a frame whose L4 checksum is to be completed, or that is to be segmented, and completes in
 * software by itself what does not start at the frame's own L4 header (tunnels in the guest). The
 * library does not say where the checksum starts, so it is found again in the mbuf, which the
 * guest cannot change any more. With the legacy flags it would forget requests of frames that it
 * cannot parse (IPv6 extension headers), and wrong checksums would travel on.
 *
 * To a guest: the library makes struct virtio_net_hdr from flags in the mbuf. It would also rewrite
 * the checksum field, in the caller's frame and for TCP segmentation without the length in the
 * pseudo header, unlike VIRTIO 1.2 section 5.1.6.2 says. It leaves alone a frame whose headers are
 * not in one segment. So such a frame is sent through a *view*: two mbufs on the stack that share
 * the frame's data, the first of which ends after the Ethernet addresses. The frame stays as it is,
 * and may go to several ports.
 *
 * Threads: pure functions, workers.
 */
#ifndef DVS_VHOST_METADATA_H
#define DVS_VHOST_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "offload.h"

/* Fills *ret_offload from a frame that the library's dequeue made. */
void dvs_vhost_metadata_get(const struct rte_mbuf *mbuf, struct dvs_offload *ret_offload);

struct dvs_vhost_view {
	struct rte_mbuf first;
	struct rte_mbuf rest;
};

/* Can the library write this request into a virtio_net_hdr? Others are for software. */
bool dvs_vhost_metadata_is_expressible(const struct dvs_offload *offload);

/*
 * Makes view an image of mbuf with the request, which is expressible and valid for the frame;
 * header: its first bytes, contiguous. Returns the mbuf to enqueue. view and mbuf must stay until
 * the enqueue call has returned.
 */
struct rte_mbuf *dvs_vhost_metadata_view(struct dvs_vhost_view *view, struct rte_mbuf *mbuf,
					 const uint8_t *header, const struct dvs_offload *offload);

#endif
