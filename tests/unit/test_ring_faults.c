/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no correct driver does breaks its ring, with a reason, and nothing else: frames before are
 * moved yet, and nothing is read or written outside the guest's memory (which the address sanitizer
 * watches: each region is an allocation of its own).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "ring_driver.h"

#define SIZE 16
#define FEATURES                                                                                   \
	(UINT64_C(1) << VIRTIO_F_VERSION_1 | UINT64_C(1) << VIRTIO_NET_F_MRG_RXBUF |               \
	 UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC)
#define PACKED	 (UINT64_C(1) << VIRTIO_F_RING_PACKED)
#define N	 VRING_DESC_F_NEXT
#define W	 VRING_DESC_F_WRITE
#define I	 VRING_DESC_F_INDIRECT
#define DATA	 (DRIVER_BASE + DRIVER_RINGS)
#define END	 (DATA + SIZE * DRIVER_SLOT) /* of the region that it is in */
#define TABLE	 DRIVER_FAR
#define MAX_DESC 4

static struct driver guest, other;
static struct dvs_batch batch;

/* A buffer as a hostile driver writes it: descriptors 0 to n - 1 of the ring, and a table. */
struct hostile {
	const char *what;
	enum dvs_ring_fault fault;
	bool is_split_only;
	struct vring_desc descs[MAX_DESC]; /* up to the first without address and length */
	struct vring_desc table[MAX_DESC];
};

/* As it is for a ring that the guest sends from; for one that it receives into the writable flags
 * are the other way round. */
static const struct hostile hostiles[] = {
	{"nothing wrong", DVS_RING_FAULT_NONE, false, {{DATA, 100, 0, 0}}, {{0}}},
	{"address beyond all", DVS_RING_FAULT_ADDRESS, false, {{END, 100, 0, 0}}, {{0}}},
	{"address zero", DVS_RING_FAULT_ADDRESS, false, {{0, 100, 0, 0}}, {{0}}},
	{"over the end", DVS_RING_FAULT_ADDRESS, false, {{END - 99, 100, 0, 0}}, {{0}}},
	{"just inside", DVS_RING_FAULT_NONE, false, {{END - 100, 100, 0, 0}}, {{0}}},
	{"huge", DVS_RING_FAULT_ADDRESS, false, {{DATA, UINT32_MAX, 0, 0}}, {{0}}},
	{"around zero", DVS_RING_FAULT_ADDRESS, false, {{UINT64_MAX - 50, 200, 0, 0}}, {{0}}},
	{"shorter than a header", DVS_RING_FAULT_SHORT, false, {{DATA, 11, 0, 0}}, {{0}}},
	{"empty", DVS_RING_FAULT_SHORT, false, {{DATA, 0, 0, 0}}, {{0}}},
	{"empty parts",
	 DVS_RING_FAULT_SHORT,
	 false,
	 {{DATA, 0, N, 1}, {DATA, 0, N, 2}, {DATA, 0, 0, 0}},
	 {{0}}},
	{"wrong direction", DVS_RING_FAULT_DIRECTION, false, {{DATA, 100, W, 0}}, {{0}}},
	{"wrong direction later",
	 DVS_RING_FAULT_DIRECTION,
	 false,
	 {{DATA, 12, N, 1}, {DATA + 12, 100, W, 0}},
	 {{0}}},
	{"second beyond all",
	 DVS_RING_FAULT_ADDRESS,
	 false,
	 {{DATA, 12, N, 1}, {END, 100, 0, 0}},
	 {{0}}},
	{"next beyond the ring", DVS_RING_FAULT_NEXT, true, {{DATA, 12, N, SIZE}}, {{0}}},
	{"next of another chain that is not there",
	 DVS_RING_FAULT_NEXT,
	 true,
	 {{DATA, 12, N, 0xffff}},
	 {{0}}},
	{"a loop of one", DVS_RING_FAULT_LOOP, true, {{DATA, 1, N, 0}}, {{0}}},
	{"a loop of three",
	 DVS_RING_FAULT_LOOP,
	 true,
	 {{DATA, 1, N, 1}, {DATA, 1, N, 2}, {DATA, 1, N, 1}},
	 {{0}}},
	{"a good table", DVS_RING_FAULT_NONE, false, {{TABLE, 16, I, 0}}, {{DATA, 100, 0, 0}}},
	{"a table behind a descriptor",
	 DVS_RING_FAULT_NONE,
	 false,
	 {{DATA, 12, N, 1}, {TABLE, 16, I, 0}},
	 {{DATA, 100, 0, 0}}},
	{"an empty table", DVS_RING_FAULT_TABLE, false, {{TABLE, 0, I, 0}}, {{0}}},
	{"half a descriptor", DVS_RING_FAULT_TABLE, false, {{TABLE, 24, I, 0}}, {{0}}},
	{"a table at an odd address",
	 DVS_RING_FAULT_TABLE,
	 false,
	 {{TABLE + 1, 16, I, 0}},
	 {{DATA, 100, 0, 0}}},
	{"a table beyond all", DVS_RING_FAULT_ADDRESS, false, {{END, 16, I, 0}}, {{0}}},
	{"a table over the end", DVS_RING_FAULT_ADDRESS, false, {{END - 8, 16, I, 0}}, {{0}}},
	{"a table that others follow",
	 DVS_RING_FAULT_INDIRECT,
	 false,
	 {{TABLE, 16, I | N, 1}, {DATA, 100, 0, 0}},
	 {{DATA, 100, 0, 0}}},
	{"a table in a table",
	 DVS_RING_FAULT_INDIRECT,
	 true,
	 {{TABLE, 16, I, 0}},
	 {{TABLE, 16, I, 0}}},
	{"next beyond the table",
	 DVS_RING_FAULT_NEXT,
	 true,
	 {{TABLE, 32, I, 0}},
	 {{DATA, 100, N, 2}, {DATA, 100, 0, 0}}},
	{"a loop in a table",
	 DVS_RING_FAULT_LOOP,
	 true,
	 {{TABLE, 32, I, 0}},
	 {{DATA, 1, N, 1}, {DATA, 1, N, 0}}},
	{"wrong direction in a table",
	 DVS_RING_FAULT_DIRECTION,
	 true,
	 {{TABLE, 16, I, 0}},
	 {{DATA, 100, W, 0}}},
	{"a table's buffer beyond all",
	 DVS_RING_FAULT_ADDRESS,
	 true,
	 {{TABLE, 16, I, 0}},
	 {{END, 100, 0, 0}}},
};

/* ---- writing ---- */

static void make_available(struct driver *driver, uint16_t head, unsigned int n)
{
	if (driver->is_packed) {
		struct vring_packed_desc *ring = driver_packed(driver);

		for (unsigned int k = 0; k < n; k++)
			ring[head + k].flags |= 1u << VRING_PACKED_DESC_F_AVAIL;
		driver->avail = (uint16_t)(driver->avail + n);
	} else {
		driver_avail(driver)->ring[driver->avail % SIZE] = head;
		driver_avail(driver)->idx = ++driver->avail;
	}
}

static void write_desc(struct driver *driver, uint16_t at, struct vring_desc desc)
{
	if (driver->is_packed)
		driver_packed(driver)[at] =
			(struct vring_packed_desc){desc.addr, desc.len, at, desc.flags};
	else
		driver_desc(driver)[at] = desc;
}

/* Writes the buffer from descriptor `at` on; chains are numbered from there. */
static void write_hostile(struct driver *driver, const struct hostile *hostile, uint16_t at,
			  bool is_to_guest)
{
	uint16_t flip = is_to_guest ? W : 0;
	unsigned int n = 0;

	for (; n < MAX_DESC && (hostile->descs[n].addr != 0 || hostile->descs[n].len != 0); n++) {
		struct vring_desc desc = hostile->descs[n];

		if ((desc.flags & I) == 0)
			desc.flags ^= flip;
		if ((desc.flags & N) != 0 && desc.next < MAX_DESC)
			desc.next = (uint16_t)(desc.next + at);
		write_desc(driver, (uint16_t)(at + n), desc);
	}
	for (unsigned int k = 0; k < MAX_DESC; k++) {
		struct vring_desc desc = hostile->table[k];

		desc.flags ^= flip;
		if (driver->is_packed)
			((struct vring_packed_desc *)driver->host[2])[k] =
				(struct vring_packed_desc){desc.addr, desc.len, 0, desc.flags};
		else
			((struct vring_desc *)driver->host[2])[k] = desc;
	}
	make_available(driver, at, n);
}

static void begin(struct driver *driver, uint64_t features)
{
	driver_create(driver, SIZE, features, 0);
	assert_int_equal(dvs_ring_init(&driver->ring, &driver->setup), 0);
}

/* A good buffer of 100 octets, which is a frame of 88. */
static void write_good(struct driver *driver, uint16_t at, bool is_to_guest)
{
	write_hostile(driver, &hostiles[0], at, is_to_guest);
}

static uint16_t receive(struct driver *driver)
{
	uint16_t n;

	dvs_batch_begin(&batch, 0, 0);
	n = dvs_ring_receive(&driver->ring, &batch, 0);
	dvs_ring_release(&driver->ring);
	return n;
}

static unsigned int send(struct driver *driver, unsigned int n)
{
	static const uint8_t index[DVS_BATCH_MAX];
	static const uint8_t header[88];

	dvs_batch_begin(&batch, 0, 0);
	batch.n = 1;
	batch.mbuf[0] = NULL;
	batch.header[0] = header;
	batch.header_len[0] = sizeof(header);
	batch.length[0] = sizeof(header);
	batch.extents_of[0] = 0;
	memset(&batch.offload[0], 0, sizeof(batch.offload[0]));
	return (unsigned int)__builtin_popcountll(
		dvs_ring_send(&driver->ring, &batch, index, (uint16_t)n));
}

/* ---- tests ---- */

static void assert_fault(struct driver *driver, enum dvs_ring_fault fault, const char *what)
{
	if (dvs_ring_fault(&driver->ring) != fault)
		fail_msg("%s (%s): \"%s\" instead of \"%s\"", what,
			 driver->is_packed ? "packed" : "split",
			 dvs_ring_fault_text(dvs_ring_fault(&driver->ring)),
			 dvs_ring_fault_text(fault));
}

static void check_hostile(const struct hostile *hostile, uint64_t features, bool is_to_guest)
{
	unsigned int n;

	if (hostile->is_split_only && (features & PACKED) != 0)
		return;
	begin(&guest, features);
	write_good(&guest, 0, is_to_guest);
	write_hostile(&guest, hostile, 1, is_to_guest);
	n = is_to_guest ? send(&guest, 2) : receive(&guest);
	assert_fault(&guest, hostile->fault, hostile->what);
	assert_int_equal(n, hostile->fault == DVS_RING_FAULT_NONE ? 2 : 1);
	if (!guest.is_packed)
		assert_int_equal(driver_used(&guest)->idx, n);
	/* A broken ring stays as it is, whatever comes. */
	write_good(&guest, 8, is_to_guest);
	n = is_to_guest ? send(&guest, 1) : receive(&guest);
	if (hostile->fault != DVS_RING_FAULT_NONE)
		assert_int_equal(n, 0);
	assert_fault(&guest, hostile->fault, hostile->what);
	driver_free(&guest);
}

static void test_descriptors(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(hostiles) / sizeof(hostiles[0]); i++)
		for (unsigned int k = 0; k < 4; k++)
			check_hostile(&hostiles[i], FEATURES | (k & 1 ? PACKED : 0), k >= 2);
}

static void test_table_not_negotiated(void **state)
{
	const struct hostile table = {
		"table", DVS_RING_FAULT_INDIRECT, false, {{TABLE, 16, I, 0}}, {{DATA, 100, 0, 0}}};
	uint64_t features = FEATURES & ~(UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC);

	(void)state;
	for (unsigned int k = 0; k < 4; k++)
		check_hostile(&table, features | (k & 1 ? PACKED : 0), k >= 2);
}

/* DPDK's driver says of tables of packed rings that they are writable, whatever they are for. A
 * table to receive into has to be. */
static void test_packed_table_direction(void **state)
{
	const struct hostile out = {
		"out", DVS_RING_FAULT_NONE, false, {{TABLE, 16, I, 0}}, {{DATA, 100, W, 0}}};
	const struct hostile in = {
		"in", DVS_RING_FAULT_DIRECTION, false, {{TABLE, 16, I, 0}}, {{DATA, 100, W, 0}}};

	(void)state;
	check_hostile(&out, FEATURES | PACKED, false);
	check_hostile(&in, FEATURES | PACKED, true); /* the flag is the other way round */
}

/* Packed chains whose end is not there: all of the ring, and up to what is not available. */
static void test_packed_loop(void **state)
{
	(void)state;
	for (uint16_t missing = 0; missing < 2; missing++) {
		begin(&guest, FEATURES | PACKED);
		for (uint16_t at = 0; at < SIZE; at++)
			write_desc(&guest, at, (struct vring_desc){DATA, 1, N, 0});
		make_available(&guest, 0, SIZE - (unsigned int)missing);
		assert_int_equal(receive(&guest), 0);
		assert_fault(&guest, missing ? DVS_RING_FAULT_NEXT : DVS_RING_FAULT_LOOP, "loop");
		driver_free(&guest);
	}
}

static void test_indices(void **state)
{
	(void)state;
	begin(&guest, FEATURES);
	driver_avail(&guest)->idx = SIZE + 1;
	assert_int_equal(receive(&guest), 0);
	assert_fault(&guest, DVS_RING_FAULT_INDEX, "jump");
	assert_int_equal(dvs_ring_init(&guest.ring, &guest.setup), 0);
	assert_int_equal(send(&guest, 1), 0);
	assert_fault(&guest, DVS_RING_FAULT_INDEX, "jump");
	assert_int_equal(dvs_ring_init(&guest.ring, &guest.setup), 0);
	driver_avail(&guest)->idx = UINT16_MAX; /* back by one */
	assert_int_equal(receive(&guest), 0);
	assert_fault(&guest, DVS_RING_FAULT_INDEX, "back");
	driver_free(&guest);

	for (unsigned int is_to_guest = 0; is_to_guest < 2; is_to_guest++) {
		begin(&guest, FEATURES);
		write_good(&guest, 0, is_to_guest != 0);
		make_available(&guest, SIZE, 1);
		assert_int_equal(is_to_guest ? send(&guest, 2) : receive(&guest), 1);
		assert_fault(&guest, DVS_RING_FAULT_HEAD, "head");
		driver_free(&guest);
	}
}

/* The guest makes a frame wait for buffers that never suffice: it is left, and nothing breaks. */
static void test_small_buffers(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		begin(&guest, FEATURES | (k != 0 ? PACKED : 0));
		for (uint16_t at = 0; at < SIZE; at++) {
			write_desc(&guest, at, (struct vring_desc){DATA, at == 0 ? 12 : 1, W, 0});
			make_available(&guest, at, 1);
		}
		assert_int_equal(send(&guest, 2), 0);
		assert_fault(&guest, DVS_RING_FAULT_NONE, "small buffers");
		driver_free(&guest);
	}
}

static void check_setup(struct dvs_ring_setup setup, enum dvs_ring_fault fault, const char *what)
{
	assert_int_equal(dvs_ring_init(&guest.ring, &setup),
			 fault == DVS_RING_FAULT_NONE ? 0 : -22);
	assert_fault(&guest, fault, what);
	assert_int_equal(receive(&guest), 0);
}

static void test_setup(void **state)
{
	struct dvs_ring_setup good, bad;

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		begin(&guest, FEATURES | (k != 0 ? PACKED : 0));
		good = bad = guest.setup;
		bad.size = 0;
		check_setup(bad, DVS_RING_FAULT_SIZE, "size 0");
		bad.size = 12;
		check_setup(bad, k != 0 ? DVS_RING_FAULT_NONE : DVS_RING_FAULT_SIZE, "size 12");
		bad.size = 65536;
		check_setup(bad, DVS_RING_FAULT_SIZE, "size 65536");
		bad = good;
		bad.desc = (uint8_t *)good.desc + 8;
		check_setup(bad, DVS_RING_FAULT_AREA, "alignment");
		bad = good;
		bad.desc = NULL;
		check_setup(bad, DVS_RING_FAULT_AREA, "no area");
		bad = good;
		bad.desc = guest.host[1] + guest.bytes[1] / 16 * 16 - 16;
		check_setup(bad, DVS_RING_FAULT_AREA, "descriptors over the end");
		bad = good;
		bad.driver = guest.host[1] + guest.bytes[1] / 4 * 4 - (k != 0 ? 0 : 4);
		check_setup(bad, DVS_RING_FAULT_AREA, "driver's area over the end");
		bad = good;
		bad.device = batch.snapshot;
		check_setup(bad, DVS_RING_FAULT_AREA, "device's area in our memory");
		bad = good;
		bad.avail = SIZE;
		if (k != 0)
			check_setup(bad, DVS_RING_FAULT_INDEX, "place beyond the ring");
		check_setup(good, DVS_RING_FAULT_NONE, "good");
		driver_free(&guest);
	}
}

/* The ring of another guest goes on as if nothing had happened. */
static void test_others(void **state)
{
	static const uint8_t index[] = {0};

	(void)state;
	begin(&guest, FEATURES);
	begin(&other, FEATURES | PACKED);
	write_good(&guest, 0, false);
	make_available(&guest, SIZE + 5, 1);
	write_good(&other, 0, true);
	dvs_batch_begin(&batch, 0, 0);
	assert_int_equal(dvs_ring_receive(&guest.ring, &batch, 0), 1);
	assert_int_equal(dvs_ring_send(&other.ring, &batch, index, 1), 1);
	dvs_ring_release(&guest.ring);
	assert_fault(&guest, DVS_RING_FAULT_HEAD, "head");
	assert_fault(&other, DVS_RING_FAULT_NONE, "other");
	assert_int_equal(driver_packed(&other)[0].len, 100);
	driver_free(&guest);
	driver_free(&other);
}

static void test_texts(void **state)
{
	(void)state;
	assert_string_equal(dvs_ring_fault_text(DVS_RING_FAULT_NONE), "");
	for (unsigned int i = 1; i < DVS_RING_N_FAULTS; i++)
		assert_true(strlen(dvs_ring_fault_text(i)) > 10);
	assert_string_equal(dvs_ring_fault_text(200), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_table_not_negotiated),
		cmocka_unit_test(test_packed_loop),
		cmocka_unit_test(test_indices),
		cmocka_unit_test(test_packed_table_direction),
		cmocka_unit_test(test_small_buffers),
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
