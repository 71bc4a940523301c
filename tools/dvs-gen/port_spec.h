/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_spec.h - a port as written on the command line: KIND:TARGET[,KEY=VALUE]...
 *
 *	virtio-user:PATH	a vhost-user socket that a switch listens on
 *	virtio-user:PATH,server=1	... that we listen on, and the switch connects to
 *	tap:NAME		a kernel tap made by DPDK
 *	af-packet:NAME		an interface of the kernel that is there
 *	pci:ADDRESS		a NIC bound to a driver for user space
 *	vdev:DRIVER		any other virtual device of DPDK, such as net_null0
 *
 * Keys that the generator takes itself: mac= and ip= (address number 0 of the port; others follow
 * by addition), vlan= (tag of frames sent here), queues=. All others go to the driver as they are:
 * packed_vq=1, mrg_rxbuf=0, queue_size=256, in_order=0, speed=10000, ...
 *
 * Threads: pure, any thread.
 */
#ifndef DVS_GEN_PORT_SPEC_H
#define DVS_GEN_PORT_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define DVS_GEN_PORTS_MAX    256u
#define DVS_GEN_QUEUES_MAX   16u
#define DVS_GEN_DEVARGS_MAX  512
#define DVS_GEN_PORT_VLAN_NO UINT16_MAX /* vlan= was not given */

struct dvs_port_spec {
	char text[DVS_GEN_DEVARGS_MAX];	   /* as written */
	char device[64];		   /* name of the device in DPDK */
	char devargs[DVS_GEN_DEVARGS_MAX]; /* "device,key=value,..." for rte_dev_probe */
	bool is_pci;
	bool is_server; /* virtio-user: a switch must connect before anything goes on */
	bool has_ip;
	uint8_t mac[6];
	uint32_t ip;   /* host byte order */
	uint16_t vlan; /* 0 = untagged */
	uint16_t n_queues;
	const char *ring_key; /* the driver wants the entries of its rings by this key, or NULL */
};

/* number makes names of devices and MACs unique. -EINVAL; err says what is wrong. */
int dvs_port_spec_parse(const char *text, unsigned int number, struct dvs_port_spec *ret_spec,
			struct dvs_error *err);

#endif
