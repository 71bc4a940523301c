/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver and a device on a packed ring; the device is asked where it was, and must not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packed_ring.h"

#define SIZE_MAX_TESTED 64
#define F_AVAIL		(1u << VRING_PACKED_DESC_F_AVAIL)
#define F_USED		(1u << VRING_PACKED_DESC_F_USED)
#define FRESH		0x8000 /* position 0, wrap counter 1: both sides start there */

struct place {
	uint16_t at;
	bool wrap;
};

struct ring {
	uint16_t size;
	struct vring_packed_desc desc[SIZE_MAX_TESTED];
	uint16_t chain[SIZE_MAX_TESTED]; /* descriptors of the buffer that begins here */
	struct place driver, device, reclaim;
	uint16_t n_free;
	uint16_t next_id; /* ids are not reused soon */
};

static void advance(const struct ring *ring, struct place *place, uint16_t n)
{
	place->at = (uint16_t)(place->at + n);
	if (place->at >= ring->size) {
		place->at = (uint16_t)(place->at - ring->size);
		place->wrap = !place->wrap;
	}
}

static uint16_t word(struct place place)
{
	return (uint16_t)(place.at | (place.wrap ? 0x8000 : 0));
}

static void ring_init(struct ring *ring, uint16_t size)
{
	memset(ring, 0, sizeof(*ring));
	ring->size = size;
	ring->n_free = size;
	ring->driver = ring->device = ring->reclaim = (struct place){0, true};
}

/* The driver makes a buffer of n descriptors available. */
static void add(struct ring *ring, uint16_t n)
{
	uint16_t head = ring->driver.at;

	if (n > ring->n_free)
		return;
	ring->n_free = (uint16_t)(ring->n_free - n);
	ring->chain[head] = n;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t flags = ring->driver.wrap ? F_AVAIL : F_USED;

		if (i + 1 < n)
			flags |= VRING_DESC_F_NEXT;
		ring->desc[ring->driver.at].flags = (uint16_t)flags;
		/* Only in the last one it counts, VIRTIO 1.2 section 2.8.6. */
		ring->desc[ring->driver.at].id = i + 1 < n ? (uint16_t)rand() : ring->next_id;
		advance(ring, &ring->driver, 1);
	}
	ring->next_id++;
}

/* The device uses the next buffer: only its first descriptor is written. */
static void use(struct ring *ring)
{
	struct place last = ring->device;
	uint16_t head = ring->device.at;

	if (word(ring->device) == word(ring->driver))
		return;
	advance(ring, &last, (uint16_t)(ring->chain[head] - 1));
	ring->desc[head].id = ring->desc[last.at].id;
	ring->desc[head].flags = ring->device.wrap ? F_AVAIL | F_USED : 0;
	advance(ring, &ring->device, ring->chain[head]);
}

/* The driver takes back the oldest buffer that was used. */
static void reclaim(struct ring *ring)
{
	uint16_t n = ring->chain[ring->reclaim.at];

	if (word(ring->reclaim) == word(ring->device))
		return;
	ring->n_free = (uint16_t)(ring->n_free + n);
	advance(ring, &ring->reclaim, n);
}

static void step(struct ring *ring, uint16_t chain_max)
{
	switch (rand() % 3) {
	case 0:
		add(ring, (uint16_t)(1 + rand() % chain_max));
		break;
	case 1:
		use(ring);
		break;
	default:
		reclaim(ring);
	}
}

/* With buffers of one descriptor the place is found, whatever the hypervisor says. */
static void test_found(void **state)
{
	static const uint16_t sizes[] = {1, 2, 3, 7, 16, 64};
	struct ring ring;

	(void)state;
	for (unsigned int s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		ring_init(&ring, sizes[s]);
		for (unsigned int i = 0; i < 20000; i++) {
			step(&ring, 1);
			assert_int_equal(
				dvs_vhost_packed_position(ring.desc, ring.size, word(ring.device)),
				word(ring.device));
			assert_int_equal(dvs_vhost_packed_position(ring.desc, ring.size, FRESH),
					 word(ring.device));
		}
	}
}

/* With chains an orderly hypervisor's word is believed. */
static void test_believed(void **state)
{
	struct ring ring;

	(void)state;
	ring_init(&ring, 64);
	for (unsigned int i = 0; i < 100000; i++) {
		step(&ring, 5);
		assert_int_equal(dvs_vhost_packed_position(ring.desc, ring.size, word(ring.device)),
				 word(ring.device));
	}
}

static void test_fresh(void **state)
{
	struct ring ring;

	(void)state;
	ring_init(&ring, 16);
	assert_int_equal(dvs_vhost_packed_position(ring.desc, 16, FRESH), FRESH);
	/* A frontend that forgets the wrap counter is put right. */
	assert_int_equal(dvs_vhost_packed_position(ring.desc, 16, 0), FRESH);
	for (unsigned int i = 0; i < 16; i++)
		add(&ring, 1);
	assert_int_equal(dvs_vhost_packed_position(ring.desc, 16, FRESH), FRESH);
	assert_int_equal(dvs_vhost_packed_position(ring.desc, 16, 0), FRESH);
}

/* Whatever a guest writes, the answer lies in the ring. */
static void test_nonsense(void **state)
{
	struct vring_packed_desc desc[37];

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		uint16_t size = (uint16_t)(1 + rand() % 37);

		for (unsigned int d = 0; d < size; d++)
			desc[d].flags = (uint16_t)rand();
		assert_true((dvs_vhost_packed_position(desc, size, (uint16_t)rand()) & 0x7fff) <
			    size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_believed),
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_nonsense),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
