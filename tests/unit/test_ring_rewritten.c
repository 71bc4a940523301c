/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest that rewrites headers of frames while they are on their way: where a frame goes is
 * decided by what was read once, and this is what arrives there, with the offload requests that
 * came with it. A second thread alternates between two destinations, and between requests, all the
 * time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <pthread.h>

#include "ring_driver.h"
#include "vnet_header.h"

#define SIZE	     64
#define FRAMES	     100000
#define SECONDS_MAX  60
#define HEADER	     sizeof(struct virtio_net_hdr_v1)
#define MAC_BYTES    6
#define FEATURE(bit) (UINT64_C(1) << (bit))
#define FEATURES                                                                                   \
	(FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_NET_F_MRG_RXBUF) |                           \
	 FEATURE(VIRTIO_RING_F_INDIRECT_DESC))

/* The last octet of a destination, of which all six are the same, is the port's number. */
#define N_PORTS 2

static struct driver guest, ports[N_PORTS];
static struct dvs_batch batch;
static bool is_ending;

static const struct virtio_net_hdr_v1 requests[] = {
	{0},
	{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16},
	{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	 .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	 .hdr_len = 54,
	 .gso_size = 1448,
	 .csum_start = 34,
	 .csum_offset = 16},
};
#define N_REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* What was decided of a frame that is on its way to a port. */
struct decided {
	struct virtio_net_hdr_v1 vnet;
	uint16_t in_header;
	uint8_t header[DVS_SNAPSHOT_BYTES];
};

static void rewrite_all(unsigned int round)
{
	for (uint16_t id = 0; id < SIZE; id++) {
		uint8_t *at = driver_at(&guest, driver_slot(&guest, id), 256);

		memcpy(at, &requests[(round + id) % N_REQUESTS], HEADER);
		memset(at + HEADER, (int)(round % N_PORTS), MAC_BYTES);
		memset(at + HEADER + MAC_BYTES, (int)(round & 0xff), 122 - MAC_BYTES);
	}
}

static void *rewrite(void *nothing)
{
	(void)nothing;
	for (unsigned int round = 0; !__atomic_load_n(&is_ending, __ATOMIC_RELAXED); round++)
		rewrite_all(round);
	return NULL;
}

/* The guest makes frames available, in one part or in several. */
static void offer_frames(uint32_t length, unsigned int parts, enum driver_layout layout)
{
	for (;;) {
		int id = driver_find(&guest, layout == DRIVER_DIRECT ? parts : 1);
		struct driver_buffer *buffer;
		uint64_t at;

		if (id < 0)
			return;
		buffer = &guest.buffers[id];
		at = driver_slot(&guest, (uint16_t)id);
		buffer->n = parts;
		for (unsigned int k = 0; k < parts; k++) {
			uint32_t piece =
				k + 1 < parts ? 7 : (uint32_t)HEADER + length - 7 * (parts - 1);

			buffer->parts[k] = (struct driver_part){at, piece};
			at += piece;
		}
		driver_offer(&guest, (uint16_t)id, false, layout);
	}
}

static void offer_buffers(struct driver *port)
{
	for (;;) {
		int id = driver_find(port, 1);

		if (id < 0)
			return;
		port->buffers[id].n = 1;
		port->buffers[id].parts[0] =
			(struct driver_part){driver_slot(port, (uint16_t)id), 4096};
		driver_offer(port, (uint16_t)id, true, DRIVER_DIRECT);
	}
}

static struct decided decide(unsigned int i)
{
	struct decided decided = {.in_header = batch.header_len[i]};

	memcpy(decided.header, batch.header[i], batch.header_len[i]);
	dvs_vnet_header_set(&decided.vnet, &batch.offload[i], batch.header[i]);
	decided.vnet.num_buffers = 1;
	return decided;
}

static void check_arrived(struct driver *port, const struct decided *decided, uint32_t length)
{
	uint8_t got[HEADER + DVS_SNAPSHOT_BYTES];
	uint32_t bytes;
	int id = driver_reap(port, &bytes);

	assert_true(id >= 0);
	assert_int_equal(bytes, HEADER + length);
	driver_read(port, &port->buffers[id], 0, got, (uint32_t)HEADER + decided->in_header);
	assert_int_equal(got[HEADER], port - ports);
	assert_memory_equal(got, &decided->vnet, HEADER);
	assert_memory_equal(got + HEADER, decided->header, decided->in_header);
}

/* Everything that the guest has made available goes where it belongs. Returns how many frames. */
static unsigned int move(uint32_t length)
{
	static struct decided decided[N_PORTS][DVS_BATCH_MAX];
	uint8_t index[N_PORTS][DVS_BATCH_MAX];
	uint16_t n[N_PORTS] = {0};

	dvs_batch_begin(&batch, 0, 0);
	dvs_ring_receive(&guest.ring, &batch, 0);
	for (unsigned int i = 0; i < batch.n; i++) {
		unsigned int to = batch.header[i][0];

		assert_true(to < N_PORTS);
		decided[to][n[to]] = decide(i);
		index[to][n[to]++] = (uint8_t)i;
	}
	for (unsigned int to = 0; to < N_PORTS; to++) {
		assert_int_equal(dvs_ring_send(&ports[to].ring, &batch, index[to], n[to]),
				 dvs_taken_first(n[to]));
		for (unsigned int k = 0; k < n[to]; k++)
			check_arrived(&ports[to], &decided[to][k], length);
	}
	dvs_ring_release(&guest.ring);
	assert_int_equal(dvs_ring_fault(&guest.ring), DVS_RING_FAULT_NONE);
	return batch.n;
}

static void reap_guest(void)
{
	uint32_t length;

	while (driver_reap(&guest, &length) >= 0)
		;
}

static void create(struct driver *driver, uint64_t features)
{
	driver_create(driver, SIZE, features, 0);
	assert_int_equal(dvs_ring_init(&driver->ring, &driver->setup), 0);
}

/* Frames of one shape, until there were enough of them, and of each destination some. */
static void exchange(uint64_t features, uint32_t length, unsigned int parts,
		     enum driver_layout layout)
{
	time_t end = time(NULL) + SECONDS_MAX;
	unsigned int frames = 0;
	pthread_t thread;

	create(&guest, features);
	for (unsigned int to = 0; to < N_PORTS; to++)
		create(&ports[to], features);
	rewrite_all(0);
	is_ending = false;
	assert_int_equal(pthread_create(&thread, NULL, rewrite, NULL), 0);
	while (frames < FRAMES && time(NULL) < end) {
		offer_frames(length, parts, layout);
		for (unsigned int to = 0; to < N_PORTS; to++)
			offer_buffers(&ports[to]);
		frames += move(length);
		reap_guest();
	}
	__atomic_store_n(&is_ending, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(frames >= FRAMES / 100);
	driver_free(&guest);
	for (unsigned int to = 0; to < N_PORTS; to++)
		driver_free(&ports[to]);
}

static void test_rewritten(void **state)
{
	static const uint64_t layouts[] = {0, FEATURE(VIRTIO_F_RING_PACKED)};

	(void)state;
	for (unsigned int l = 0; l < 2; l++) {
		uint64_t features = FEATURES | layouts[l];

		exchange(features, 60, 1, DRIVER_DIRECT);
		exchange(features, 1400, 1, DRIVER_DIRECT);
		exchange(features, 1400, 3, DRIVER_DIRECT);
		exchange(features, 1400, 2, DRIVER_INDIRECT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
