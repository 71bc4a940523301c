/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap_interface.h - a kernel tap interface: made, set up and removed.
 *
 * Threads: control. The queues' descriptors are read and written by the workers that own them.
 */
#ifndef DVS_TAP_INTERFACE_H
#define DVS_TAP_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "netns.h"
#include "objects.h"

#define DVS_TAP_VNET_HEADER 12 /* bytes of struct virtio_net_hdr_v1 before each frame */

struct dvs_tap_interface {
	char name[DVS_IFNAME_MAX];
	int control_fd; /* a route netlink socket in the interface's namespace */
	int index;	/* of the interface there; 0: none */
	uint16_t n_queues;
	int queue_fd[DVS_QUEUES_MAX]; /* non-blocking */
	struct dvs_netns_id netns;    /* where it was made */
};

/* Are ifname and netns possible? A name that is taken is not found out. Nothing is made. */
int dvs_tap_interface_check(const struct dvs_port *port, struct dvs_error *err);

/*
 * Makes the interface that the port's ifname, netns, queues, mtu and enabled ask for, and sets it
 * up. accept: bits of enum dvs_accept that the kernel may leave to the reader. On failure nothing
 * is left, and err names the field: -EEXIST for a name that is taken, -EPERM, -ENOENT, ...
 */
int dvs_tap_interface_open(struct dvs_tap_interface *tap, const struct dvs_port *port,
			   uint32_t accept, struct dvs_error *err);

/* The interface is gone on return, also when somebody else still has its descriptors in hand. */
void dvs_tap_interface_close(struct dvs_tap_interface *tap);

/* Negative errno. */
int dvs_tap_interface_set_mtu(struct dvs_tap_interface *tap, uint16_t mtu);

/* Kernels before 5.0 cannot, which is not an error: the interface then always has a carrier. */
void dvs_tap_interface_set_carrier(struct dvs_tap_interface *tap, bool has_carrier);

/* Does the name still mean the namespace in which the interface was made? */
bool dvs_tap_interface_is_in_netns(const struct dvs_tap_interface *tap, const char *netns);

#endif
