/* SPDX-License-Identifier: BSD-3-Clause */
#include "virtio_features.h"

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "objects.h"
#include "port.h"

#define BIT(n) (1ull << (n))

/* In each direction one bit: HOST_x is what the guest may send, GUEST_x what it takes. */
static const uint64_t bits_of[DVS_N_FEATURES] = {
	[DVS_FEATURE_CSUM] = BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM),
	[DVS_FEATURE_TSO4] = BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO4),
	[DVS_FEATURE_TSO6] = BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_GUEST_TSO6),
	[DVS_FEATURE_ECN] = BIT(VIRTIO_NET_F_HOST_ECN) | BIT(VIRTIO_NET_F_GUEST_ECN),
	[DVS_FEATURE_MRG_RXBUF] = BIT(VIRTIO_NET_F_MRG_RXBUF),
	[DVS_FEATURE_INDIRECT] = BIT(VIRTIO_RING_F_INDIRECT_DESC),
	[DVS_FEATURE_EVENT_IDX] = BIT(VIRTIO_RING_F_EVENT_IDX),
	[DVS_FEATURE_PACKED] = BIT(VIRTIO_F_RING_PACKED),
	[DVS_FEATURE_IN_ORDER] = BIT(VIRTIO_F_IN_ORDER),
	[DVS_FEATURE_MQ] = BIT(VIRTIO_NET_F_MQ),
	[DVS_FEATURE_CTRL_VQ] = BIT(VIRTIO_NET_F_CTRL_VQ),
	[DVS_FEATURE_CTRL_RX] = BIT(VIRTIO_NET_F_CTRL_RX),
	[DVS_FEATURE_ANNOUNCE] = BIT(VIRTIO_NET_F_GUEST_ANNOUNCE),
	[DVS_FEATURE_MTU] = BIT(VIRTIO_NET_F_MTU),
};

uint64_t dvs_vhost_features_hidden(uint32_t features_off, uint16_t n_queues)
{
	const uint32_t tso = 1u << DVS_FEATURE_TSO4 | 1u << DVS_FEATURE_TSO6;
	uint32_t off = features_off;
	uint64_t hidden = BIT(VIRTIO_NET_F_HOST_UFO) | BIT(VIRTIO_NET_F_GUEST_UFO);

	if (n_queues < 2)
		off |= 1u << DVS_FEATURE_MQ;
	if (off & 1u << DVS_FEATURE_CSUM)
		off |= tso;
	if ((off & tso) == tso)
		off |= 1u << DVS_FEATURE_ECN;
	if (off & tso)
		hidden |= BIT(VIRTIO_NET_F_GSO); /* the legacy word for both */
	if (off & 1u << DVS_FEATURE_CTRL_VQ)
		off |= 1u << DVS_FEATURE_CTRL_RX | 1u << DVS_FEATURE_ANNOUNCE |
		       1u << DVS_FEATURE_MQ;
	for (unsigned int i = 0; i < DVS_N_FEATURES; i++)
		if (off & 1u << i)
			hidden |= bits_of[i];
	return hidden;
}

uint32_t dvs_vhost_features_known(uint64_t negotiated)
{
	uint32_t known = 0;

	for (unsigned int i = 0; i < DVS_N_FEATURES; i++)
		if (negotiated & bits_of[i])
			known |= 1u << i;
	return known;
}

/*
 * Never DVS_ACCEPT_ECN: the library's enqueue has no way to write VIRTIO_NET_HDR_GSO_ECN, and a
 * guest that segments such a frame without it would repeat CWR in every segment.
 */
uint32_t dvs_vhost_features_accept(uint64_t negotiated)
{
	uint32_t accept = 0;

	if (!(negotiated & BIT(VIRTIO_NET_F_GUEST_CSUM)))
		return 0;
	accept |= DVS_ACCEPT_CSUM;
	if (negotiated & BIT(VIRTIO_NET_F_GUEST_TSO4))
		accept |= DVS_ACCEPT_TSO4;
	if (negotiated & BIT(VIRTIO_NET_F_GUEST_TSO6))
		accept |= DVS_ACCEPT_TSO6;
	return accept;
}
