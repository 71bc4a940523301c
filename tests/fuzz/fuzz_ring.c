/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile guest: two rings in its memory, one that it sends from and one that it receives into.
 * The input is two octets (features; size) and then what guest and switch do, one after the other:
 *	octet 0 to 127		the guest writes so many octets: offset (2 octets), then these
 *	octet 128 to 191	the guest offers a descriptor by the book: address and length (2
 *octets each), flags, next; ring and head by the octet's low bits octet 192 to 223	the guest's
 *frames go round: received, sent to itself, released octet 224 to 239	the switch sends a frame of
 *its own, of a length by the low bits others			a ring starts again where it is
 * Nothing outside the guest's memory is read or written: each region is an allocation of its own.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "ring.h"

#define RINGS	 2048 /* octets, at the start of the first region */
#define REGION	 3072
#define N_REGION 3
#define FAR	 UINT64_C(0xf000) /* of the last region; the other two follow on each other from 0 */
#define OPS_MAX	 256

struct guest {
	uint8_t *host[N_REGION];
	struct dvs_guest_memory memory;
	struct dvs_ring ring[2];
	struct dvs_ring_setup setup[2];
	uint16_t avail[2];
};

struct input {
	const uint8_t *data;
	size_t left;
};

static struct dvs_batch batch;
static uint8_t own_frame[DVS_FRAME_MAX];

/* Zeros behind the end. */
static unsigned int take(struct input *input, unsigned int octets)
{
	unsigned int value = 0;

	while (octets-- > 0) {
		value <<= 8;
		if (input->left > 0) {
			value |= *input->data++;
			input->left--;
		}
	}
	return value;
}

static uint64_t features_of(unsigned int octet)
{
	static const unsigned int bits[] = {VIRTIO_F_RING_PACKED, VIRTIO_NET_F_MRG_RXBUF,
					    VIRTIO_RING_F_EVENT_IDX, VIRTIO_RING_F_INDIRECT_DESC,
					    VIRTIO_F_VERSION_1};
	uint64_t features = 0;

	for (unsigned int i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		features |= (uint64_t)(octet >> i & 1) << bits[i];
	return features;
}

static void start(struct guest *guest, struct input *input)
{
	uint64_t features = features_of(take(input, 1));
	uint32_t size = take(input, 1) % 17;
	bool is_packed = (features >> VIRTIO_F_RING_PACKED & 1) != 0;

	memset(guest, 0, sizeof(*guest));
	for (unsigned int i = 0; i < N_REGION; i++) {
		guest->host[i] = aligned_alloc(64, REGION);
		MUST(guest->host[i]);
		memset(guest->host[i], 0, REGION);
		MUST(dvs_guest_memory_add(&guest->memory, i == 2 ? FAR : i * (uint64_t)REGION,
					  REGION, guest->host[i]) == 0);
	}
	for (unsigned int r = 0; r < 2; r++) {
		uint8_t *area = guest->host[0] + r * RINGS / 2;

		guest->setup[r] = (struct dvs_ring_setup){
			.desc = area,
			.driver = area + 512,
			.device = area + 640,
			.memory = &guest->memory,
			.features = features,
			.size = size,
			.avail = is_packed ? 0x8000 : 0,
			.used = is_packed ? 0x8000 : 0,
			.call_fd = -1,
		};
		dvs_ring_init(&guest->ring[r], &guest->setup[r]);
	}
}

static void write_memory(struct guest *guest, struct input *input, unsigned int n)
{
	unsigned int at = take(input, 2) % (N_REGION * REGION);

	for (; n > 0; n--, at++) {
		uint8_t octet = (uint8_t)take(input, 1);

		if (at < N_REGION * REGION)
			guest->host[at / REGION][at % REGION] = octet;
	}
}

/* Puts a descriptor where the device looks next, with what makes it available. */
static void offer(struct guest *guest, struct input *input, unsigned int octet)
{
	unsigned int r = octet & 1, slot = octet >> 1 & 15;
	const struct dvs_ring *ring = &guest->ring[r];
	struct vring_desc desc = {.addr = take(input, 2),
				  .len = take(input, 2),
				  .flags = (uint16_t)take(input, 1),
				  .next = (uint16_t)take(input, 1)};

	if (dvs_ring_fault(ring) != DVS_RING_FAULT_NONE)
		return;
	if (ring->is_packed) {
		unsigned int at = (ring->next_avail + slot) % ring->size;
		bool wrap = ring->avail_wrap ^ (ring->next_avail + slot >= ring->size);

		desc.flags |= (uint16_t)(1u << (wrap ? VRING_PACKED_DESC_F_AVAIL
						     : VRING_PACKED_DESC_F_USED));
		((struct vring_packed_desc *)guest->setup[r].desc)[at] =
			(struct vring_packed_desc){desc.addr, desc.len, desc.next, desc.flags};
	} else {
		struct vring_avail *avail = guest->setup[r].driver;

		slot %= ring->size;
		((struct vring_desc *)guest->setup[r].desc)[slot] = desc;
		avail->ring[avail->idx % ring->size] = (uint16_t)slot;
		avail->idx++;
	}
}

static bool is_in_guest(const struct guest *guest, const struct dvs_extent *extent)
{
	for (unsigned int i = 0; i < N_REGION; i++)
		if (extent->address >= guest->host[i] &&
		    extent->address + extent->length <= guest->host[i] + REGION)
			return true;
	return false;
}

static void check_frame(const struct guest *guest, unsigned int i)
{
	uint64_t sum = batch.header_len[i];

	MUST(batch.length[i] <= DVS_FRAME_MAX + 1);
	MUST(batch.header_len[i] ==
	     (batch.length[i] < DVS_SNAPSHOT_BYTES ? batch.length[i] : DVS_SNAPSHOT_BYTES));
	MUST(batch.extents_of[i] == 0 || batch.extent[i] + batch.extents_of[i] <= batch.n_extents);
	MUST(batch.n_extents <= DVS_BATCH_EXTENTS);
	for (unsigned int k = 0; k < batch.extents_of[i]; k++) {
		MUST(is_in_guest(guest, &batch.extents[batch.extent[i] + k]));
		sum += batch.extents[batch.extent[i] + k].length;
	}
	MUST(sum == batch.length[i] || batch.length[i] == DVS_FRAME_MAX + 1);
}

/* Frames that parse lets through go on; requests that it would refuse are taken off. */
static void go_round(struct guest *guest)
{
	uint8_t index[DVS_BATCH_MAX];
	uint16_t n, sendable = 0;

	dvs_batch_begin(&batch, 0, 0);
	n = dvs_ring_receive(&guest->ring[0], &batch, 3);
	MUST(n == batch.n && n <= DVS_BATCH_MAX);
	for (unsigned int i = 0; i < n; i++) {
		check_frame(guest, i);
		if (!dvs_offload_is_valid(&batch.offload[i], batch.header[i], batch.header_len[i],
					  batch.length[i]))
			memset(&batch.offload[i], 0, sizeof(batch.offload[i]));
		if (batch.length[i] <= DVS_FRAME_MAX)
			index[sendable++] = (uint8_t)i;
	}
	if (sendable != 0) {
		uint64_t taken = dvs_ring_send(&guest->ring[1], &batch, index, sendable);

		MUST(sendable == 64 || taken >> sendable == 0);
	}
	dvs_ring_release(&guest->ring[0]);
	MUST(guest->ring[0].n_held == 0);
}

static void send_own(struct guest *guest, unsigned int octet)
{
	static const uint32_t lengths[] = {0, 14, 60, 128, 129, 1514, 9000, DVS_FRAME_MAX};
	static const uint8_t index[] = {0, 0, 0};
	uint32_t length = lengths[octet & 7];

	dvs_batch_begin(&batch, 0, 0);
	batch.n = 1;
	batch.mbuf[0] = NULL;
	batch.header[0] = own_frame;
	batch.header_len[0] = (uint16_t)(length < 128 ? length : 128);
	batch.length[0] = length;
	batch.extent[0] = 0;
	batch.extents_of[0] = length > 128;
	batch.extents[0] = (struct dvs_extent){own_frame + 128, length > 128 ? length - 128 : 0};
	memset(&batch.offload[0], 0, sizeof(batch.offload[0]));
	dvs_ring_send(&guest->ring[1], &batch, index, sizeof(index));
}

static void start_again(struct guest *guest, unsigned int r)
{
	if (dvs_ring_fault(&guest->ring[r]) == DVS_RING_FAULT_NONE)
		dvs_ring_position(&guest->ring[r], &guest->setup[r].avail, &guest->setup[r].used);
	dvs_ring_init(&guest->ring[r], &guest->setup[r]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct guest guest;

	start(&guest, &input);
	for (unsigned int ops = 0; input.left > 0 && ops < OPS_MAX; ops++) {
		unsigned int octet = take(&input, 1);

		if (octet < 128)
			write_memory(&guest, &input, octet);
		else if (octet < 192)
			offer(&guest, &input, octet);
		else if (octet < 224)
			go_round(&guest);
		else if (octet < 240)
			send_own(&guest, octet);
		else
			start_again(&guest, octet & 1);
	}
	for (unsigned int i = 0; i < N_REGION; i++)
		free(guest.host[i]);
	return 0;
}
