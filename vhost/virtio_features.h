/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtio_features.h - the switch's words for a NIC's features (enum dvs_feature, enum dvs_accept)
 * and the bits of VIRTIO 1.2 sections 5.1.3 and 6.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_VHOST_FEATURES_H
#define DVS_VHOST_FEATURES_H

#include <stdint.h>

/*
 * VIRTIO bits that must not be offered when the features in features_off (bits of enum
 * dvs_feature) are off: these, what needs them (VIRTIO 1.2 section 5.1.3.1), and always UDP
 * fragmentation offload, which the switch does not complete in software. n_queues is the number of
 * queue pairs: multi-queue is not offered for one.
 */
uint64_t dvs_vhost_features_hidden(uint32_t features_off, uint16_t n_queues);

/* Negotiated VIRTIO bits -> enum dvs_feature bits. */
uint32_t dvs_vhost_features_known(uint64_t negotiated);

/* Negotiated VIRTIO bits -> enum dvs_accept bits. */
uint32_t dvs_vhost_features_accept(uint64_t negotiated);

#endif
