/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tap ports against the kernel, in a network namespace of the test's own:
 *
 *	packet socket <-> tN (kernel interface) <-> dvs_tap_ops' rx and tx, called by hand
 *
 * Needs root and /dev/net/tun; skipped without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <net/if.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include <rte_mbuf.h>

#include "eal.h"
#include "fixture.h"
#include "frame.h"
#include "port_tap.h"
#include "worker.h"

#define SKIPPED	    77
#define FRAME_MAX   65600
#define ETHERTYPE   0x88b5 /* IEEE 802 local experimental */
#define TCP_AT	    34
#define PAYLOAD_AT  54
#define GSO_PAYLOAD 40000
#define GSO_SIZE    1400

static struct fixture fixture;
static struct rte_mempool *pool;
static struct dvs_batch batch;

/* ---- ports ---- */

struct tap_port {
	struct dvs_port config;
	struct dvs_portdev *dev;
};

static struct tap_port make_port(const char *name)
{
	struct tap_port port = {.config = fixture_port(name, "lan")};

	port.config.kind = DVS_PORT_TAP;
	return port;
}

static int try_create(struct tap_port *port)
{
	int rc = fixture_put(&fixture, &dvs_port_type, &port->config);

	if (rc == 0)
		port->dev = fixture_dev(&fixture, port->config.name);
	return rc;
}

static void create(struct tap_port *port)
{
	if (try_create(port) < 0)
		fail_msg("create: %s: %s", fixture.err.field, fixture.err.text);
	assert_int_equal(port->dev->link, DVS_LINK_UP);
}

/* Every mbuf that the port took has come back. */
static void destroy(struct tap_port *port)
{
	fixture_delete_port(&fixture, port->config.name);
	assert_int_equal(rte_mempool_avail_count(pool), DVS_TEST_BUFFERS);
}

static void free_batch(void)
{
	for (unsigned int i = 0; i < batch.n; i++)
		rte_pktmbuf_free(batch.mbuf[i]);
	batch.n = 0;
}

/* Receives until at least n frames are there, or for a second. */
static uint16_t receive(struct tap_port *port, uint16_t queue, uint16_t n)
{
	for (unsigned int tries = 0; tries < 1000 && batch.n < n; tries++) {
		dvs_tap_ops.rx(port->dev, queue, &batch);
		if (batch.n < n)
			usleep(1000);
	}
	return batch.n;
}

/* ---- the kernel's side ---- */

static int interface_ioctl(unsigned long request, const char *name, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), rc;

	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	rc = ioctl(fd, request, ifr) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int mtu_of(const char *name)
{
	struct ifreq ifr;

	return interface_ioctl(SIOCGIFMTU, name, &ifr) < 0 ? -1 : ifr.ifr_mtu;
}

static int flags_of(const char *name)
{
	struct ifreq ifr;

	return interface_ioctl(SIOCGIFFLAGS, name, &ifr) < 0 ? -1 : (uint16_t)ifr.ifr_flags;
}

/* The kernel's link watch follows the carrier at its leisure. */
static void assert_carrier(const char *name, bool has_carrier)
{
	int wanted = has_carrier ? IFF_UP | IFF_RUNNING : IFF_UP;

	for (unsigned int tries = 0; tries < 3000; tries++) {
		if ((flags_of(name) & (IFF_UP | IFF_RUNNING)) == wanted)
			return;
		usleep(1000);
	}
	fail_msg("%s: flags %#x", name, (unsigned int)flags_of(name));
}

static int open_packet(const char *name)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), on = 1;

	assert_true(fd >= 0);
	addr.sll_ifindex = (int)if_nametoindex(name);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void packet_send(int fd, const struct virtio_net_hdr *vnet, const uint8_t *frame,
			size_t length)
{
	struct iovec iov[2] = {{(void *)(uintptr_t)vnet, sizeof(*vnet)},
			       {(void *)(uintptr_t)frame, length}};

	assert_int_equal(writev(fd, iov, 2), sizeof(*vnet) + length);
}

/* The next frame that came into the interface from the port; its length, 0 after a second. */
static size_t packet_receive(int fd, struct virtio_net_hdr *vnet, uint8_t frame[FRAME_MAX])
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct iovec iov[2] = {{vnet, sizeof(*vnet)}, {frame, FRAME_MAX}};
	struct sockaddr_ll from;
	struct msghdr msg = {.msg_name = &from, .msg_iov = iov, .msg_iovlen = 2};

	while (poll(&pfd, 1, 1000) == 1) {
		ssize_t n;

		msg.msg_namelen = sizeof(from);
		n = recvmsg(fd, &msg, 0);
		assert_true(n > (ssize_t)sizeof(*vnet));
		if (from.sll_pkttype != PACKET_OUTGOING)
			return (size_t)n - sizeof(*vnet);
	}
	return 0;
}

/* ---- frames ---- */

static void fill(uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		at[i] = (uint8_t)(i * 7 + (i >> 8));
}

static size_t make_plain(uint8_t *frame, size_t length, uint8_t mark)
{
	static const uint8_t addresses[12] = {0x52, 0x54, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 2};

	fill(frame, length);
	memcpy(frame, addresses, sizeof(addresses));
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
	frame[14] = mark;
	return length;
}

/* Ethernet, IPv4, TCP with the pseudo header's sum in the checksum field. */
static size_t make_tcp(uint8_t *frame, size_t payload)
{
	static const uint8_t ip[20] = {0x45, 0, 0,  0, 0, 1, 0x40, 0, 64, 6,
				       0,    0, 10, 0, 0, 1, 10,   0, 0,  2};
	uint16_t total = (uint16_t)(40 + payload), l4 = (uint16_t)(20 + payload);
	uint32_t sum = 6u + l4;

	make_plain(frame, PAYLOAD_AT + payload, 0);
	frame[12] = 0x08;
	frame[13] = 0x00;
	memcpy(frame + 14, ip, sizeof(ip));
	frame[16] = (uint8_t)(total >> 8);
	frame[17] = (uint8_t)total;
	for (unsigned int i = 26; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	memset(frame + TCP_AT, 0, 20);
	frame[TCP_AT + 3] = 80;
	frame[TCP_AT + 12] = 0x50;
	frame[TCP_AT + 13] = 0x10;
	frame[TCP_AT + 16] = (uint8_t)(sum >> 8);
	frame[TCP_AT + 17] = (uint8_t)sum;
	return PAYLOAD_AT + payload;
}

static void assert_frame(unsigned int i, const uint8_t *frame, size_t length)
{
	static uint8_t copy[FRAME_MAX];
	const uint8_t *data;

	assert_int_equal(batch.length[i], length);
	assert_int_equal(rte_pktmbuf_pkt_len(batch.mbuf[i]), length);
	assert_int_equal(rte_mbuf_check(batch.mbuf[i], 1, &(const char *){NULL}), 0);
	data = rte_pktmbuf_read(batch.mbuf[i], 0, (uint32_t)length, copy);
	assert_non_null(data);
	assert_memory_equal(data, frame, length);
	assert_true(batch.header_len[i] >= RTE_MIN(length, (size_t)DVS_SNAPSHOT_BYTES));
	assert_memory_equal(batch.header[i], frame, RTE_MIN(length, (size_t)DVS_SNAPSHOT_BYTES));
}

/* The frame in segments of at most `segment` bytes, as frame 0 of the batch. */
static void make_batch(const uint8_t *frame, size_t length, size_t segment)
{
	struct rte_mbuf *head = NULL;
	size_t at = 0;

	while (at < length) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
		size_t n = RTE_MIN(length - at, segment);

		assert_non_null(mbuf);
		memcpy(rte_pktmbuf_append(mbuf, (uint16_t)n), frame + at, n);
		at += n;
		if (head == NULL)
			head = mbuf;
		else
			assert_int_equal(rte_pktmbuf_chain(head, mbuf), 0);
	}
	batch.n = 1;
	batch.mbuf[0] = head;
	batch.header[0] = rte_pktmbuf_mtod(head, const uint8_t *);
	batch.header_len[0] = head->data_len;
	batch.length[0] = (uint32_t)length;
	memset(&batch.offload[0], 0, sizeof(batch.offload[0]));
}

static const uint8_t zero_index;

/* ---- tests ---- */

static void test_interface(void **state)
{
	struct tap_port port = make_port("a-name-that-is-cut-at-15");
	struct dvs_port_state port_state;

	(void)state;
	port.config.policy.mtu = 9000;
	create(&port);
	assert_int_equal(mtu_of("a-name-that-is-"), 9000);
	assert_carrier("a-name-that-is-", true);
	dvs_tap_ops.get_state(port.dev, &port_state);
	assert_string_equal(port_state.endpoint, "a-name-that-is-");
	assert_string_equal(port_state.error, "");
	assert_int_equal(port.dev->queues, 1);
	destroy(&port);
	assert_int_equal(flags_of("a-name-that-is-"), -1);
}

static void test_receive(void **state)
{
	static const size_t lengths[] = {14, 60, 1514, 2048, 2049, 4096, 9014};
	struct tap_port port = make_port("t0");
	const struct virtio_net_hdr none = {0};
	uint8_t frame[FRAME_MAX];
	int fd;

	(void)state;
	port.config.policy.mtu = 9000;
	create(&port);
	fd = open_packet("t0");
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++) {
		packet_send(fd, &none, frame, make_plain(frame, lengths[i], (uint8_t)i));
		assert_int_equal(receive(&port, 0, 1), 1);
		assert_frame(0, frame, lengths[i]);
		assert_int_equal(batch.offload[0].needs_csum, 0);
		assert_int_equal(batch.offload[0].gso, DVS_GSO_NONE);
		free_batch();
	}
	/* More than a batch takes at once stays in the kernel, in order. */
	for (unsigned int i = 0; i < DVS_BATCH_MAX + 10; i++)
		packet_send(fd, &none, frame, make_plain(frame, 100, (uint8_t)i));
	assert_int_equal(receive(&port, 0, DVS_BATCH_MAX), DVS_BATCH_MAX);
	assert_int_equal(batch.header[DVS_BATCH_MAX - 1][14], DVS_BATCH_MAX - 1);
	free_batch();
	assert_int_equal(receive(&port, 0, 10), 10);
	assert_int_equal(batch.header[9][14], DVS_BATCH_MAX + 9);
	free_batch();
	close(fd);
	destroy(&port);
}

static const struct virtio_net_hdr gso_request = {
	.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	.hdr_len = PAYLOAD_AT,
	.gso_size = GSO_SIZE,
	.csum_start = TCP_AT,
	.csum_offset = 16,
};

static void test_receive_gso(void **state)
{
	struct tap_port port = make_port("t0");
	uint8_t frame[FRAME_MAX];
	size_t length = make_tcp(frame, GSO_PAYLOAD);
	int fd;

	(void)state;
	create(&port);
	fd = open_packet("t0");
	packet_send(fd, &gso_request, frame, length);
	assert_int_equal(receive(&port, 0, 1), 1);
	assert_frame(0, frame, length);
	assert_int_equal(batch.offload[0].needs_csum, 1);
	assert_int_equal(batch.offload[0].csum_start, TCP_AT);
	assert_int_equal(batch.offload[0].csum_offset, 16);
	assert_int_equal(batch.offload[0].gso, DVS_GSO_TCPV4);
	assert_int_equal(batch.offload[0].gso_size, GSO_SIZE);
	assert_true(dvs_offload_is_valid(&batch.offload[0], batch.header[0], batch.header_len[0],
					 batch.length[0]));
	free_batch();
	close(fd);
	destroy(&port);
}

/* A port without the features gets finished segments from the kernel. */
static void test_features_off(void **state)
{
	const uint16_t segments = (GSO_PAYLOAD + GSO_SIZE - 1) / GSO_SIZE;
	struct tap_port port = make_port("t0");
	struct dvs_port_state port_state;
	uint8_t frame[FRAME_MAX];
	int fd;

	(void)state;
	port.config.policy.features_off = 1u << DVS_FEATURE_CSUM;
	create(&port);
	assert_int_equal(port.dev->accept, 0);
	dvs_tap_ops.get_state(port.dev, &port_state);
	assert_int_equal(port_state.features, 0);
	fd = open_packet("t0");
	packet_send(fd, &gso_request, frame, make_tcp(frame, GSO_PAYLOAD));
	assert_int_equal(receive(&port, 0, segments), segments);
	for (unsigned int i = 0; i < segments; i++) {
		assert_true(batch.length[i] <= PAYLOAD_AT + GSO_SIZE);
		assert_int_equal(batch.offload[i].needs_csum, 0);
		assert_int_equal(batch.offload[i].gso, DVS_GSO_NONE);
	}
	free_batch();
	close(fd);
	destroy(&port);
}

static void test_send(void **state)
{
	struct tap_port port = make_port("t0");
	struct virtio_net_hdr vnet;
	uint8_t frame[FRAME_MAX], got[FRAME_MAX];
	size_t length;
	int fd;

	(void)state;
	create(&port);
	assert_true(port.dev->accept & DVS_ACCEPT_TSO4);
	fd = open_packet("t0");
	length = make_plain(frame, 300, 1);
	make_batch(frame, length, 128);
	assert_int_equal(dvs_tap_ops.tx(port.dev, 0, &batch, &zero_index, 1), 1);
	assert_int_equal(packet_receive(fd, &vnet, got), length);
	assert_memory_equal(got, frame, length);
	assert_int_equal(vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
	free_batch();

	length = make_tcp(frame, GSO_PAYLOAD);
	make_batch(frame, length, 2048);
	batch.offload[0] = (struct dvs_offload){.needs_csum = 1,
						.csum_start = TCP_AT,
						.csum_offset = 16,
						.gso = DVS_GSO_TCPV4,
						.gso_size = GSO_SIZE};
	assert_int_equal(dvs_tap_ops.tx(port.dev, 0, &batch, &zero_index, 1), 1);
	assert_int_equal(packet_receive(fd, &vnet, got), length);
	assert_memory_equal(got, frame, length);
	assert_int_equal(vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(vnet.csum_start, TCP_AT);
	assert_int_equal(vnet.csum_offset, 16);
	assert_int_equal(vnet.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_int_equal(vnet.gso_size, GSO_SIZE);
	free_batch();
	close(fd);
	destroy(&port);
}

/* What the kernel refuses costs only itself; an interface that is down takes nothing. */
static void test_send_refused(void **state)
{
	struct tap_port port = make_port("t0");
	static const uint8_t index[2] = {0, 1};
	struct virtio_net_hdr vnet;
	uint8_t frame[FRAME_MAX], got[FRAME_MAX];
	struct ifreq ifr;
	size_t length;
	int fd;

	(void)state;
	create(&port);
	fd = open_packet("t0");
	length = make_plain(frame, 300, 1);
	make_batch(frame, length, 2048);
	dvs_frame_set_mbuf(&batch, 1, batch.mbuf[0]);
	batch.offload[1] = batch.offload[0];
	batch.offload[0] = (struct dvs_offload){.needs_csum = 1, .csum_start = 60000};
	assert_int_equal(dvs_tap_ops.tx(port.dev, 0, &batch, index, 2), dvs_taken_first(2));
	assert_int_equal(packet_receive(fd, &vnet, got), length);
	assert_memory_equal(got, frame, length);

	memset(&ifr, 0, sizeof(ifr));
	assert_int_equal(interface_ioctl(SIOCSIFFLAGS, "t0", &ifr), 0);
	assert_int_equal(dvs_tap_ops.tx(port.dev, 0, &batch, &index[1], 1), 0);
	free_batch();
	close(fd);
	destroy(&port);
}

static const char *error_of(const struct tap_port *port)
{
	static struct dvs_port_state port_state;

	memset(&port_state, 0, sizeof(port_state));
	port->dev->ops->get_state(port->dev, &port_state);
	return port_state.error;
}

static void test_update(void **state)
{
	struct tap_port port = make_port("t0");

	(void)state;
	port.config.enabled = 0;
	create(&port);
	assert_carrier("t0", false);
	port.config.enabled = 1;
	port.config.policy.mtu = 1400;
	create(&port);
	assert_int_equal(mtu_of("t0"), 1400);
	assert_carrier("t0", true);

	/* An MTU that the kernel refuses: its error stands until there is another MTU. */
	port.config.policy.mtu = UINT16_MAX;
	create(&port);
	assert_non_null(strstr(error_of(&port), "MTU 65535 not set on t0"));
	port.config.enabled = 0;
	create(&port);
	assert_non_null(strstr(error_of(&port), "MTU 65535 not set on t0"));
	port.config.policy.mtu = 1500;
	create(&port);
	assert_string_equal(error_of(&port), "");
	assert_int_equal(mtu_of("t0"), 1500);
	destroy(&port);
}

static void test_queues(void **state)
{
	struct tap_port port = make_port("t0");
	uint8_t frame[FRAME_MAX];
	unsigned int used = 0, total = 0;
	int fd;

	(void)state;
	port.config.queues = 4;
	create(&port);
	assert_int_equal(port.dev->queues, 4);
	fd = open_packet("t0");
	for (unsigned int flow = 0; flow < 64; flow++) {
		struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					      .csum_start = TCP_AT,
					      .csum_offset = 16};
		size_t length = make_tcp(frame, 100);

		frame[TCP_AT + 1] = (uint8_t)flow;
		packet_send(fd, &vnet, frame, length);
	}
	for (unsigned int tries = 0; tries < 1000 && total < 64; tries++) {
		for (uint16_t q = 0; q < 4; q++) {
			uint16_t n = dvs_tap_ops.rx(port.dev, q, &batch);

			total += n;
			if (n > 0)
				used |= 1u << q;
			free_batch();
		}
		usleep(1000);
	}
	assert_int_equal(total, 64);
	assert_true(__builtin_popcount(used) > 1);
	close(fd);
	destroy(&port);
}

static void test_names(void **state)
{
	struct tap_port first = make_port("t0"), second = make_port("other");

	(void)state;
	create(&first);
	strcpy(second.config.ifname, "t0");
	assert_int_equal(try_create(&second), -EEXIST);
	assert_string_equal(fixture.err.field, "ifname");
	strcpy(second.config.ifname, "lo");
	assert_int_equal(try_create(&second), -EEXIST);
	strcpy(second.config.ifname, "t%d");
	assert_int_equal(try_create(&second), -EINVAL);
	assert_string_equal(fixture.err.field, "ifname");
	strcpy(second.config.ifname, "..");
	assert_int_equal(try_create(&second), -EINVAL);
	destroy(&first);
}

static void test_netns(void **state)
{
	struct tap_port port = make_port("t0");
	struct dvs_port_state port_state;
	struct stat before, after;

	(void)state;
	assert_int_equal(stat("/proc/thread-self/ns/net", &before), 0);
	strcpy(port.config.netns, "ns1");
	create(&port);
	assert_int_equal(flags_of("t0"), -1);
	assert_int_equal(stat("/proc/thread-self/ns/net", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	dvs_tap_ops.get_state(port.dev, &port_state);
	assert_string_equal(port_state.endpoint, "t0@ns1");
	assert_string_equal(port_state.error, "");

	/* The other namespace's names are its own; a path does as well. */
	struct tap_port same = make_port("u0");

	strcpy(same.config.ifname, "t0");
	create(&same);
	fixture_delete_port(&fixture, "u0");
	strcpy(same.config.netns, "/run/netns/ns1");
	assert_int_equal(try_create(&same), -EEXIST);
	assert_int_equal(stat("/proc/thread-self/ns/net", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	destroy(&port);
}

static void test_bad_netns(void **state)
{
	static const char *const wrong[] = {"/etc/passwd", "/dev/null", "../netns/ns1", "..",
					    "/run/netns"};
	struct tap_port port = make_port("t0");

	(void)state;
	strcpy(port.config.netns, "no-such-ns");
	assert_int_equal(try_create(&port), -ENOENT);
	assert_string_equal(fixture.err.field, "netns");
	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		strcpy(port.config.netns, wrong[i]);
		assert_int_equal(try_create(&port), -EINVAL);
		assert_string_equal(fixture.err.field, "netns");
	}
	assert_int_equal(flags_of("t0"), -1);
}

/* Another process has the descriptors in hand, as one that looks at /proc/PID/fd. */
static void test_held(void **state)
{
	struct tap_port port = make_port("t0");
	int release[2];
	char byte;
	pid_t pid;

	(void)state;
	create(&port);
	assert_int_equal(pipe(release), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(release[1]);
		_exit(read(release[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(release[0]);
	destroy(&port);
	assert_int_equal(flags_of("t0"), -1);
	create(&port);
	destroy(&port);
	close(release[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_deleted(void **state)
{
	struct tap_port port = make_port("t0");
	struct dvs_port_state port_state;

	(void)state;
	create(&port);
	if (system("ip link del t0") != 0) {
		destroy(&port);
		skip();
	}
	receive(&port, 0, 1);
	assert_int_equal(port.dev->link, DVS_LINK_DOWN);
	dvs_tap_ops.get_state(port.dev, &port_state);
	assert_non_null(strstr(port_state.error, "deleted"));
	destroy(&port);
}

/* ---- the test's own namespaces ---- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Silence: no frames of the kernel's own. */
static int quiet_ipv6(void)
{
	const char *path = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

	return access(path, F_OK) == 0 ? write_file(path, "1") : 0;
}

static int enter_namespaces(void)
{
	int home;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/netns", 0755) < 0)
		return -1;
	close(open("/run/netns/ns1", O_CREAT | O_WRONLY, 0444));
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || unshare(CLONE_NEWNET) < 0 ||
	    mount("/proc/self/ns/net", "/run/netns/ns1", NULL, MS_BIND, NULL) < 0 ||
	    quiet_ipv6() < 0 || setns(home, CLONE_NEWNET) < 0)
		return -1;
	close(home);
	return quiet_ipv6();
}

static int set_up_group(void **state)
{
	(void)state;
	if (dvs_test_eal_init() < 0)
		return -1;
	fixture_create(&fixture, 1, false);
	dvs_switch_register_kind(fixture.sw, DVS_PORT_TAP, &dvs_tap_ops);
	fixture_add_segment(&fixture, "lan");
	pool = fixture.sw->workers[0]->pool;
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interface),   cmocka_unit_test(test_receive),
		cmocka_unit_test(test_receive_gso), cmocka_unit_test(test_features_off),
		cmocka_unit_test(test_send),	    cmocka_unit_test(test_send_refused),
		cmocka_unit_test(test_update),	    cmocka_unit_test(test_queues),
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_netns),
		cmocka_unit_test(test_bad_netns),   cmocka_unit_test(test_held),
		cmocka_unit_test(test_deleted),
	};

	if (geteuid() != 0 || access("/dev/net/tun", R_OK | W_OK) < 0) {
		fprintf(stderr, "skipped: needs root and /dev/net/tun\n");
		return SKIPPED;
	}
	if (enter_namespaces() < 0) {
		perror("skipped: no namespaces of its own");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
