/* SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#define ROOM_MIN 2048u
#define ROOM_MAX 9216u
#define TAG_ROOM 8u /* tags that a switch may add */
#define LRO_MAX	 65535u

uint32_t dvs_device_room(const struct dvs_gen_options *options)
{
	uint32_t largest = dvs_sizes_largest(&options->sizes) + TAG_ROOM + DVS_VXLAN_OUTER_BYTES;
	uint32_t room = (largest + 63u) & ~63u;

	if (room < ROOM_MIN)
		return ROOM_MIN;
	return room < ROOM_MAX ? room : ROOM_MAX;
}

/* The socket of a switch is there, if the port connects to one: DPDK's own messages do not say so.
 */
static int check_socket(const struct dvs_port_spec *spec, struct dvs_error *err)
{
	static const char kind[] = "virtio-user:";
	char path[DVS_GEN_DEVARGS_MAX];

	if (spec->is_server || strncmp(spec->text, kind, sizeof(kind) - 1) != 0)
		return 0;
	snprintf(path, sizeof(path), "%s", spec->text + sizeof(kind) - 1);
	path[strcspn(path, ",")] = '\0';
	if (access(path, F_OK) == 0)
		return 0;
	return dvs_error_set(err, -errno, "port", NULL,
			     "%s: %s; the switch makes it with the port, which has to be in server "
			     "mode",
			     spec->text, strerror(errno));
}

static int probe(const struct dvs_gen_options *options, const struct dvs_port_spec *spec,
		 uint16_t *ret_port_id, struct dvs_error *err)
{
	char devargs[DVS_GEN_DEVARGS_MAX + 64];
	int rc;

	if (spec->ring_key != NULL)
		snprintf(devargs, sizeof(devargs), "%s,%s=%u", spec->devargs, spec->ring_key,
			 options->n_descriptors);
	else
		snprintf(devargs, sizeof(devargs), "%s", spec->devargs);
	/* A PCI device that was allowed to EAL is there already. */
	if (rte_eth_dev_get_port_by_name(spec->device, ret_port_id) == 0)
		return 0;
	rc = check_socket(spec, err);
	if (rc < 0)
		return rc;
	rc = rte_dev_probe(devargs);
	if (rc < 0) /* often -1, which means nothing */
		return dvs_error_set(err, rc, "port", NULL,
				     "%s: DPDK cannot use it; its messages above and "
				     "--log-level=debug say more",
				     spec->text);
	if (rte_eth_dev_get_port_by_name(spec->device, ret_port_id) != 0)
		return dvs_error_set(err, -ENODEV, "port", NULL,
				     "%s: DPDK has no network device of this name", spec->text);
	return 0;
}

/* The offloads that the load needs, as far as they can be had; what is missing is an error. */
static int choose_offloads(const struct dvs_gen_options *o, const struct dvs_port_spec *spec,
			   const struct rte_eth_dev_info *info, struct rte_eth_conf *conf,
			   struct dvs_error *err)
{
	uint64_t tx = 0, rx = 0;

	if (o->frame.segment > 0)
		tx |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
	if (o->frame.segment > 0 || o->frame.checksum == DVS_CHECKSUM_OFFLOAD) {
		tx |= o->frame.is_tcp ? RTE_ETH_TX_OFFLOAD_TCP_CKSUM : RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
		rx |= RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
	}
	if (dvs_sizes_largest(&o->sizes) > dvs_device_room(o))
		tx |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if ((tx & ~info->tx_offload_capa) != 0)
		return dvs_error_set(err, -ENOTSUP, "port", NULL,
				     "%s: the device cannot send frames of this kind (checksum "
				     "offload, TSO or frames in several pieces)",
				     spec->text);
	if (o->frame.segment > 0) {
		rx |= RTE_ETH_RX_OFFLOAD_TCP_LRO;
		/* 0 in both places says that the device decides. */
		conf->rxmode.max_lro_pkt_size = RTE_MIN(info->max_lro_pkt_size, LRO_MAX);
	}
	if (dvs_sizes_largest(&o->sizes) + TAG_ROOM + DVS_VXLAN_OUTER_BYTES > ROOM_MIN)
		rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
	conf->txmode.offloads = tx;
	conf->rxmode.offloads = rx & info->rx_offload_capa;
	if ((conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) == 0)
		conf->rxmode.max_lro_pkt_size = 0;
	return 0;
}

static uint32_t choose_mtu(const struct dvs_gen_options *o, const struct rte_eth_dev_info *info)
{
	uint32_t mtu = dvs_sizes_largest(&o->sizes);

	if (o->frame.segment > 0 || mtu < RTE_ETHER_MTU)
		mtu = RTE_ETHER_MTU;
	if (mtu < info->min_mtu)
		mtu = info->min_mtu;
	return mtu < info->max_mtu ? mtu : info->max_mtu;
}

static int setup_queues(const struct dvs_gen_options *o, const struct dvs_port_spec *spec,
			uint16_t port_id, struct rte_mempool *rx_pool, struct dvs_error *err)
{
	uint16_t n_rx = (uint16_t)o->n_descriptors, n_tx = (uint16_t)o->n_descriptors;
	int socket = rte_eth_dev_socket_id(port_id);
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(port_id, &n_rx, &n_tx);

	for (uint16_t q = 0; q < spec->n_queues && rc == 0; q++) {
		rc = rte_eth_rx_queue_setup(port_id, q, n_rx, (unsigned int)socket, NULL, rx_pool);
		if (rc == 0)
			rc = rte_eth_tx_queue_setup(port_id, q, n_tx, (unsigned int)socket, NULL);
	}
	if (rc < 0)
		return dvs_error_set(err, rc, "port", NULL, "%s: queues of %u and %u entries: %s",
				     spec->text, n_rx, n_tx, rte_strerror(-rc));
	return 0;
}

static int configure(const struct dvs_gen_options *options, const struct dvs_port_spec *spec,
		     uint16_t port_id, struct dvs_error *err)
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(port_id, &info);

	if (rc < 0)
		return dvs_error_set(err, rc, "port", NULL, "%s: %s", spec->text,
				     rte_strerror(-rc));
	if (spec->n_queues > info.max_rx_queues || spec->n_queues > info.max_tx_queues)
		return dvs_error_set(err, -ENOTSUP, "port", "queues",
				     "%s: the device has %u to receive and %u to send", spec->text,
				     info.max_rx_queues, info.max_tx_queues);
	rc = choose_offloads(options, spec, &info, &conf, err);
	if (rc < 0)
		return rc;
	conf.rxmode.mtu = choose_mtu(options, &info);
	rc = rte_eth_dev_configure(port_id, spec->n_queues, spec->n_queues, &conf);
	if (rc < 0)
		return dvs_error_set(err, rc, "port", NULL, "%s: rte_eth_dev_configure: %s",
				     spec->text, rte_strerror(-rc));
	return 0;
}

static double line_rate(const struct dvs_gen_options *options, uint16_t port_id)
{
	struct rte_eth_link link;

	if (options->line_bps > 0)
		return options->line_bps;
	if (rte_eth_link_get_nowait(port_id, &link) < 0 ||
	    link.link_speed == RTE_ETH_SPEED_NUM_NONE ||
	    link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN)
		return 0;
	return link.link_speed * 1e6;
}

int dvs_device_open(const struct dvs_gen_options *options, const struct dvs_port_spec *spec,
		    struct rte_mempool *rx_pool, struct dvs_device *ret_device,
		    struct dvs_error *err)
{
	struct dvs_device device = {.is_open = true};
	int rc = probe(options, spec, &device.port_id, err);

	if (rc < 0)
		return rc;
	rc = configure(options, spec, device.port_id, err);
	if (rc == 0)
		rc = setup_queues(options, spec, device.port_id, rx_pool, err);
	if (rc == 0) {
		rc = rte_eth_dev_start(device.port_id);
		if (rc < 0)
			rc = dvs_error_set(err, rc, "port", NULL, "%s: rte_eth_dev_start: %s",
					   spec->text, rte_strerror(-rc));
	}
	if (rc < 0) {
		dvs_device_close(&device);
		return rc;
	}
	/* Without it a kernel's or a NIC's filter keeps frames to made-up addresses. Some devices
	 * have none and take everything. */
	rte_eth_promiscuous_enable(device.port_id);
	device.line_bps = line_rate(options, device.port_id);
	*ret_device = device;
	return 0;
}

void dvs_device_close(struct dvs_device *device)
{
	struct rte_eth_dev_info info;

	if (!device->is_open)
		return;
	rte_eth_dev_stop(device->port_id);
	/* The device behind the port, so that it can be probed again. */
	if (rte_eth_dev_info_get(device->port_id, &info) < 0)
		info.device = NULL;
	rte_eth_dev_close(device->port_id);
	if (info.device != NULL)
		rte_dev_remove(info.device);
	device->is_open = false;
}
