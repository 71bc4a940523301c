/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packed_ring.h - where a device was in a packed ring (VIRTIO 1.2 section 2.8), read from the ring.
 *
 * A split ring tells how far the device is: the used index is in guest memory. In a packed ring the
 * position is known to the device alone, and the hypervisor has to ask for it when the device
 * stops. When the switch is killed nobody can answer: QEMU then starts the ring from the position
 * of the last orderly stop, where neither side would ever find the other again.
 *
 * But the ring shows it. A descriptor's AVAIL bit is the driver's wrap counter when it wrote it, so
 * the bit changes where the driver writes next. Before that place are descriptors that look
 * available (AVAIL and USED differ), back to one that was used (they are equal): behind it the
 * device goes on. Of a chain only the first descriptor becomes used and the rest keeps looking
 * available; the hypervisor's claim is believed when such a rest explains it. A position that was
 * lost behind a used chain of several descriptors is not found; drivers that negotiate
 * VIRTIO_F_INDIRECT_DESC do not make such chains. With VIRTIO_F_IN_ORDER a device may skip used
 * descriptors, so there the ring does not show it.
 *
 * Threads: pure functions. The guest may write the ring meanwhile; what it can break is its own.
 */
#ifndef DVS_VHOST_PACKED_RING_H
#define DVS_VHOST_PACKED_RING_H

#include <stdint.h>

#include <linux/virtio_ring.h>

/*
 * desc, size: the ring, size >= 1. claimed: position in bits 0..14, wrap counter in bit 15, as the
 * hypervisor says. Returns the position to go on from, in the same form.
 */
uint16_t dvs_vhost_packed_position(const struct vring_packed_desc *desc, uint16_t size,
				   uint16_t claimed);

#endif
