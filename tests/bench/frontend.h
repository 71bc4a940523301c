/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frontend.h - the driver's side of vhost-user ports with split rings, in plain memory: no DPDK, so
 * that there can be hundreds of ports, and that a frame costs the driver little.
 *
 * All ports' rings and buffers lie in one shared memory, as a guest's do. What a driver writes for
 * each frame (descriptor, net header, Ethernet header) is written for each frame here, too, so that
 * the device finds these lines where a guest would leave them: in another core's cache.
 *
 * Threads: one.
 *
 *	frontend_create(&config, paths, n, &frontend);
 *	for (;;) {
 *		n = frontend_receive(frontend, 0, frames, 32);
 *		frontend_refill(frontend, 0, frames, n);
 *		...
 *	}
 */
#ifndef DVS_BENCH_FRONTEND_H
#define DVS_BENCH_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#define FRONTEND_BURST	   32
#define FRONTEND_PORTS_MAX 1024
#define FRONTEND_FRAME_MAX 65550
#define FRONTEND_PIECE	   16384 /* bytes of a buffer to send that one descriptor has */
#define FRONTEND_HEADER	   sizeof(struct virtio_net_hdr_v1)
#define FRONTEND_HEADROOM  128 /* of a buffer: the net header ends where a cache line does */

struct frontend_config {
	uint16_t ring;	 /* entries, a power of two */
	uint32_t buffer; /* bytes that a buffer to receive into has, headroom included */
	uint32_t frame;	 /* bytes of each frame to send */
	uint16_t window; /* buffers to send of each port */
	bool has_tso;	 /* checksum and segmentation offload, both ways */
	bool listens;	 /* the device connects */
};

struct frontend_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t mask, avail_at, used_at;
	int kick, call;
	uint8_t *buffers;
	uint32_t stride;
};

struct frontend_port {
	struct frontend_queue rx, tx;
	uint16_t *free; /* buffers to send, oldest first: a ring of tx.mask + 1 */
	uint16_t free_at, n_free;
	int socket;
};

struct frontend {
	struct frontend_config config;
	uint16_t pieces; /* descriptors of a frame to send */
	uint8_t *memory;
	uint64_t bytes;
	int fd;
	unsigned int n_ports;
	struct frontend_port ports[FRONTEND_PORTS_MAX];
};

/* A buffer that the device filled. */
struct frontend_frame {
	const struct virtio_net_hdr_v1 *header; /* the frame follows */
	uint32_t length;			/* of this buffer, with the net header */
	uint16_t id;
};

/* Connects to n sockets (or waits at them) and starts their ports. Ends the program with a message when it fails. */
struct frontend *frontend_create(const struct frontend_config *config, char *const *paths,
				 unsigned int n);

/* Buffers filled since the last call, n <= FRONTEND_BURST. */
unsigned int frontend_receive(struct frontend_port *port, struct frontend_frame *ret_frames,
			      unsigned int n);

/* Gives them back to the device. */
void frontend_refill(struct frontend *frontend, struct frontend_port *port,
		     const struct frontend_frame *frames, unsigned int n);

/* Takes back what the device has sent; returns how many frames can be sent now. */
unsigned int frontend_reclaim(struct frontend *frontend, struct frontend_port *port);

/* The next buffer to send: the net header, with the frame behind it, as they were last time. At
 * most as often as frontend_reclaim said, then frontend_send. */
struct virtio_net_hdr_v1 *frontend_next(struct frontend *frontend, struct frontend_port *port);

/* Hands over what frontend_next returned since the last call. */
void frontend_send(struct frontend_port *port);

#endif
