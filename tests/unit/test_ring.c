/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings against a simple driver (ring_driver.h): random traffic of all shapes from one guest to
 * another, notifications, the log of a migration, and what a frame is decided and sent by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "charge.h"
#include "ring_driver.h"

#define FRAMES_MAX   256 /* on their way */
#define HEADER_MAX   sizeof(struct virtio_net_hdr_v1)
#define FEATURE(bit) (UINT64_C(1) << (bit))

struct frame {
	uint32_t length;
	struct virtio_net_hdr_v1 vnet;
	uint8_t data[DVS_FRAME_MAX];
};

/* Frames in order: from the sending guest's driver to the ring, and from there to the receiver. */
struct queue {
	struct frame *frames[FRAMES_MAX];
	unsigned int first, n;
};

static struct driver sender, receiver;
static struct queue offered, sent;
static struct dvs_batch batch;
static uint8_t buf[DVS_FRAME_MAX + HEADER_MAX];

static void push(struct queue *queue, struct frame *frame)
{
	assert_true(queue->n < FRAMES_MAX);
	queue->frames[(queue->first + queue->n++) % FRAMES_MAX] = frame;
}

static struct frame *pop(struct queue *queue)
{
	struct frame *frame = queue->frames[queue->first];

	assert_true(queue->n > 0);
	queue->first = (queue->first + 1) % FRAMES_MAX;
	queue->n--;
	return frame;
}

static uint32_t between(uint32_t least, uint32_t most)
{
	return least + (uint32_t)rand() % (most - least + 1);
}

static bool chance(unsigned int one_in)
{
	return rand() % (int)one_in == 0;
}

/* ---- the sending guest ---- */

static struct frame *make_frame(void)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	assert_non_null(frame);
	switch (rand() % 4) {
	case 0:
		frame->length = between(0, 130);
		break;
	case 1:
		frame->length = between(130, 1600);
		break;
	case 2:
		frame->length = 64;
		break;
	default:
		frame->length = chance(4) ? between(1600, DVS_FRAME_MAX) : between(60, 9000);
		break;
	}
	for (uint32_t i = 0; i < frame->length; i++)
		frame->data[i] = (uint8_t)rand();
	if (chance(3) && frame->length >= 64) {
		frame->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		frame->vnet.csum_start = (uint16_t)between(14, 40);
		frame->vnet.csum_offset = 16;
	}
	if (frame->vnet.flags != 0 && chance(2)) {
		frame->vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN;
		frame->vnet.gso_size = 1448;
	}
	return frame;
}

/* Cuts `bytes` into parts somewhere in the slot of id; pieces may be empty. */
static void cut(struct driver *driver, uint16_t id, uint32_t bytes, unsigned int parts)
{
	struct driver_buffer *buffer = &driver->buffers[id];
	uint64_t at = driver_slot(driver, id) + between(0, 200);

	buffer->n = 0;
	while (buffer->n + 1 < parts) {
		uint32_t piece =
			chance(2) ? between(0, bytes) : between(0, bytes < 40 ? bytes : 40);

		buffer->parts[buffer->n++] = (struct driver_part){at, piece};
		at += piece + between(0, 100);
		bytes -= piece;
	}
	buffer->parts[buffer->n++] = (struct driver_part){at, bytes};
}

static enum driver_layout choose_layout(const struct driver *driver)
{
	if ((driver->setup.features >> VIRTIO_RING_F_INDIRECT_DESC & 1) == 0)
		return DRIVER_DIRECT;
	return (enum driver_layout)(rand() % 3);
}

static unsigned int slots_of(unsigned int parts, enum driver_layout layout)
{
	if (layout == DRIVER_DIRECT)
		return parts;
	return layout == DRIVER_INDIRECT || parts == 1 ? 1 : 2;
}

/* False: the ring has no room. */
static bool offer_frame(void)
{
	unsigned int parts = chance(2) ? 1 : between(2, chance(10) ? 20 : 4);
	enum driver_layout layout = choose_layout(&sender);
	int id = driver_find(&sender, slots_of(parts, layout));
	struct frame *frame;
	uint32_t header = sender.ring.header_bytes;

	if (id < 0)
		return false;
	frame = make_frame();
	cut(&sender, (uint16_t)id, header + frame->length, parts);
	if (parts > 1 && chance(2)) { /* as most drivers do: the header is a part of its own */
		cut(&sender, (uint16_t)id, frame->length, parts - 1);
		memmove(&sender.buffers[id].parts[1], &sender.buffers[id].parts[0],
			(parts - 1) * sizeof(struct driver_part));
		sender.buffers[id].n = parts;
		sender.buffers[id].parts[0] = (struct driver_part){
			driver_slot(&sender, (uint16_t)id) + DRIVER_SLOT - 16, header};
	}
	driver_write(&sender, &sender.buffers[id], 0, (const uint8_t *)&frame->vnet, header);
	driver_write(&sender, &sender.buffers[id], header, frame->data, frame->length);
	driver_offer(&sender, (uint16_t)id, false, layout);
	push(&offered, frame);
	return true;
}

/* ---- the receiving guest ---- */

static bool offer_buffer(void)
{
	bool is_mergeable = (receiver.setup.features >> VIRTIO_NET_F_MRG_RXBUF & 1) != 0;
	unsigned int parts = chance(2) ? 1 : between(2, 4);
	enum driver_layout layout = choose_layout(&receiver);
	int id = driver_find(&receiver, slots_of(parts, layout));
	uint32_t bytes = 1600;

	if (id < 0)
		return false;
	if (chance(3))
		bytes = between(receiver.ring.header_bytes, 4096);
	else if (!is_mergeable || chance(4))
		bytes = DVS_FRAME_MAX + HEADER_MAX;
	cut(&receiver, (uint16_t)id, bytes, parts);
	driver_offer(&receiver, (uint16_t)id, true, layout);
	return true;
}

/* Reads one frame; false when none is there. */
static bool take_frame(void)
{
	uint32_t length, done = 0, header = receiver.ring.header_bytes;
	struct virtio_net_hdr_v1 vnet = {0};
	struct frame *frame;
	unsigned int n = 1;
	int id = driver_reap(&receiver, &length);

	if (id < 0)
		return false;
	frame = pop(&sent);
	driver_read(&receiver, &receiver.buffers[id], 0, buf, length);
	memcpy(&vnet, buf, header);
	if (receiver.ring.is_mergeable)
		n = vnet.num_buffers;
	for (done = length; --n > 0; done += length) {
		id = driver_reap(&receiver, &length);
		assert_true(id >= 0);
		driver_read(&receiver, &receiver.buffers[id], 0, buf + done, length);
	}
	assert_int_equal(done, header + frame->length);
	assert_memory_equal(buf + header, frame->data, frame->length);
	assert_int_equal(vnet.flags, frame->vnet.flags);
	assert_int_equal(vnet.gso_type, frame->vnet.gso_type);
	assert_int_equal(vnet.gso_size, frame->vnet.gso_size);
	assert_int_equal(vnet.csum_start, frame->vnet.csum_start);
	assert_int_equal(vnet.csum_offset, frame->vnet.csum_offset);
	free(frame);
	return true;
}

/* ---- between them ---- */

/* A ring's place as a number of slots, modulo twice its size; of a split ring modulo 65536. */
static uint32_t linear(const struct driver *driver, uint16_t place)
{
	if (!driver->is_packed)
		return place;
	return (place & 0x7fffu) + ((place & 0x8000) != 0 ? 0u : driver->size);
}

/* Asks to be told, of a buffer nearby, of none or of all. */
static void choose_event(struct driver *driver)
{
	uint16_t ahead = (uint16_t)between(0, driver->size / 2);
	bool has_index = (driver->setup.features >> VIRTIO_RING_F_EVENT_IDX & 1) != 0;

	if (driver->is_packed) {
		uint16_t at = (uint16_t)(driver->used + ahead);
		bool wrap = driver->used_wrap;

		if (at >= driver->size) {
			at = (uint16_t)(at - driver->size);
			wrap = !wrap;
		}
		driver_event(driver)->off_wrap = (uint16_t)(at | (wrap ? 0x8000u : 0));
		driver_event(driver)->flags = (uint16_t)between(0, has_index ? 2 : 1);
	} else if (has_index) {
		driver_avail(driver)->ring[driver->size] = (uint16_t)(driver->used + ahead);
	} else {
		driver_avail(driver)->flags = (uint16_t)between(0, 1);
	}
}

/* Must the driver have been told of what was used between the two places? */
static bool expects_call(struct driver *driver, uint16_t before, uint16_t now)
{
	uint32_t modulus = driver->is_packed ? driver->size * 2u : 65536u, event;
	bool has_index = (driver->setup.features >> VIRTIO_RING_F_EVENT_IDX & 1) != 0;

	if (before == now)
		return false;
	if (driver->is_packed) {
		if (driver_event(driver)->flags != VRING_PACKED_EVENT_FLAG_DESC)
			return driver_event(driver)->flags == VRING_PACKED_EVENT_FLAG_ENABLE;
		event = linear(driver, driver_event(driver)->off_wrap);
	} else {
		if (!has_index)
			return driver_avail(driver)->flags == 0;
		event = driver_avail(driver)->ring[driver->size];
	}
	return (event + modulus - linear(driver, before)) % modulus <
	       (linear(driver, now) + modulus - linear(driver, before)) % modulus;
}

static void check_call(struct driver *driver, uint16_t before, bool had_called)
{
	uint16_t avail, now;
	uint64_t calls = 0;
	bool called;

	dvs_ring_position(&driver->ring, &avail, &now);
	called = read(driver->setup.call_fd, &calls, sizeof(calls)) == sizeof(calls);
	assert_true(calls <= 1);
	/* The first time the ring cannot know what was told before. */
	if (had_called)
		assert_int_equal(called, expects_call(driver, before, now));
	else if (!called)
		assert_false(expects_call(driver, before, now));
}

/* The frame of the batch is the one that the driver offered. */
static void check_frame(unsigned int i, const struct frame *frame)
{
	uint32_t at = batch.header_len[i];

	assert_int_equal(batch.length[i], frame->length);
	assert_int_equal(at,
			 frame->length < DVS_SNAPSHOT_BYTES ? frame->length : DVS_SNAPSHOT_BYTES);
	assert_ptr_equal(batch.header[i], batch.snapshot[i]);
	assert_memory_equal(batch.header[i], frame->data, at);
	for (unsigned int k = 0; k < batch.extents_of[i]; k++) {
		const struct dvs_extent *extent = &batch.extents[batch.extent[i] + k];

		assert_true(at + extent->length <= frame->length);
		assert_memory_equal(extent->address, frame->data + at, extent->length);
		at += extent->length;
	}
	assert_int_equal(at, frame->length);
	assert_int_equal(batch.in_port[i], 7);
	assert_null(batch.mbuf[i]);
	assert_int_equal(batch.offload[i].needs_csum,
			 (frame->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0);
}

/* A batch that was limited has all that was charged for, and went on below its limits only. */
static void check_limits(void)
{
	uint64_t bytes = 0, frames = 0;

	for (unsigned int i = 0; batch.is_limited && i < batch.n; i++) {
		assert_true(bytes < batch.byte_limit && frames < batch.frame_limit);
		bytes += dvs_charge_bytes(&batch, i, batch.counts);
		frames += dvs_charge_frames(&batch, i);
	}
	if (batch.is_limited) {
		assert_int_equal(batch.bytes, bytes);
		assert_int_equal(batch.frames, frames);
	}
}

static void move_frames(void)
{
	bool sender_called = !sender.ring.must_call, receiver_called = !receiver.ring.must_call;
	uint16_t avail, sender_used, receiver_used, n;
	uint8_t index[DVS_BATCH_MAX];
	uint64_t taken;

	dvs_ring_position(&sender.ring, &avail, &sender_used);
	dvs_ring_position(&receiver.ring, &avail, &receiver_used);
	dvs_batch_begin(&batch, 0, 0);
	if (chance(2))
		dvs_charge_begin(&batch, (uint8_t)between(0, 1), between(1, 40000), between(1, 70));
	n = dvs_ring_receive(&sender.ring, &batch, 7);
	check_limits();
	assert_int_equal(dvs_ring_fault(&sender.ring), DVS_RING_FAULT_NONE);
	assert_int_equal(n, batch.n);
	for (unsigned int i = 0; i < n; i++) {
		index[i] = (uint8_t)i;
		check_frame(i, offered.frames[(offered.first + i) % FRAMES_MAX]);
	}
	taken = n != 0 ? dvs_ring_send(&receiver.ring, &batch, index, n) : 0;
	assert_int_equal(dvs_ring_fault(&receiver.ring), DVS_RING_FAULT_NONE);
	for (unsigned int i = 0; i < n; i++) {
		struct frame *frame = pop(&offered);

		if ((taken >> i & 1) != 0)
			push(&sent, frame);
		else
			free(frame);
	}
	if (n != 0)
		dvs_ring_release(&sender.ring);
	check_call(&sender, sender_used, sender_called);
	check_call(&receiver, receiver_used, receiver_called);
}

/* The device stops and goes on, as when the hypervisor changes something. */
static void restart(struct driver *driver)
{
	dvs_ring_position(&driver->ring, &driver->setup.avail, &driver->setup.used);
	assert_int_equal(dvs_ring_init(&driver->ring, &driver->setup), 0);
}

/* Any that this CPU can run. */
static const struct dvs_ring_code *random_code(void)
{
	unsigned int n = 0;

	while (dvs_ring_code_get(n) != NULL)
		n++;
	return dvs_ring_code_get(between(0, n - 1));
}

static void begin(struct driver *driver, uint64_t features)
{
	driver_create(driver, (uint16_t)(1u << between(2, 6)), features, 65500);
	driver->setup.code = random_code();
	driver->setup.call_fd = eventfd(0, EFD_NONBLOCK);
	assert_true(driver->setup.call_fd >= 0);
	assert_int_equal(dvs_ring_init(&driver->ring, &driver->setup), 0);
}

static void end(struct driver *driver)
{
	close(driver->setup.call_fd);
	driver_free(driver);
}

static uint64_t random_features(void)
{
	static const unsigned int bits[] = {VIRTIO_F_RING_PACKED, VIRTIO_NET_F_MRG_RXBUF,
					    VIRTIO_RING_F_EVENT_IDX, VIRTIO_RING_F_INDIRECT_DESC,
					    VIRTIO_F_VERSION_1};
	uint64_t features = 0;

	for (unsigned int i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		features |= chance(2) ? FEATURE(bits[i]) : 0;
	if (features & FEATURE(VIRTIO_F_RING_PACKED))
		features |= FEATURE(VIRTIO_F_VERSION_1);
	return features;
}

static void step(void)
{
	uint32_t length;

	for (unsigned int n = between(0, 40); n > 0 && offer_frame(); n--)
		;
	for (unsigned int n = between(0, 40); n > 0 && offer_buffer(); n--)
		;
	choose_event(&sender);
	choose_event(&receiver);
	move_frames();
	for (unsigned int n = between(0, 40); n > 0 && take_frame(); n--)
		;
	for (unsigned int n = between(0, 80); n > 0 && driver_reap(&sender, &length) >= 0; n--)
		assert_int_equal(length, 0);
	if (chance(20))
		restart(&sender);
	if (chance(20))
		restart(&receiver);
}

static void drain(void)
{
	uint32_t length;

	while (offered.n > 0) {
		while (offer_buffer())
			;
		move_frames();
		while (take_frame())
			;
	}
	while (take_frame())
		;
	assert_int_equal(sent.n, 0);
	while (driver_reap(&sender, &length) >= 0)
		;
	assert_int_equal(sender.n_out, 0);
}

static void test_random_traffic(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 60; round++) {
		srand(round);
		begin(&sender, random_features());
		begin(&receiver, random_features());
		for (unsigned int i = 0; i < 60; i++)
			step();
		drain();
		end(&sender);
		end(&receiver);
	}
}

/* ---- single frames ---- */

/* The sender offers one buffer of these parts, which hold frame behind a header of zeros. */
static void offer_one(const uint8_t *frame, uint32_t length, unsigned int parts)
{
	static const struct virtio_net_hdr_v1 none;
	uint32_t header = sender.ring.header_bytes;
	int id = driver_find(&sender, parts > 2 ? 1 : parts);

	assert_true(id >= 0);
	sender.buffers[id].n = parts;
	for (unsigned int k = 0; k + 1 < parts; k++)
		sender.buffers[id].parts[k] = (struct driver_part){
			driver_slot(&sender, (uint16_t)id) + k * 16, k == 0 ? header : 1};
	sender.buffers[id].parts[parts - 1] =
		(struct driver_part){driver_slot(&sender, (uint16_t)id) + parts * 16,
				     parts == 1 ? header + length : length - (parts - 2)};
	driver_write(&sender, &sender.buffers[id], 0, (const uint8_t *)&none, header);
	driver_write(&sender, &sender.buffers[id], header, frame, length);
	driver_offer(&sender, (uint16_t)id, false, parts > 2 ? DRIVER_INDIRECT : DRIVER_DIRECT);
}

/* The receiver offers one buffer in one part. */
static uint16_t offer_room(uint32_t bytes)
{
	int id = driver_find(&receiver, 1);

	assert_true(id >= 0);
	receiver.buffers[id].n = 1;
	receiver.buffers[id].parts[0] =
		(struct driver_part){driver_slot(&receiver, (uint16_t)id), bytes};
	driver_offer(&receiver, (uint16_t)id, true, DRIVER_DIRECT);
	return (uint16_t)id;
}

static uint16_t receive(void)
{
	dvs_batch_begin(&batch, 0, 0);
	return dvs_ring_receive(&sender.ring, &batch, 7);
}

static const uint64_t both[] = {
	FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
		FEATURE(VIRTIO_NET_F_MRG_RXBUF),
	FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
		FEATURE(VIRTIO_NET_F_MRG_RXBUF) | FEATURE(VIRTIO_F_RING_PACKED),
};

static const uint8_t zero_index;

/* What is decided by is what is sent, whatever the guest writes meanwhile. */
static void test_one_snapshot(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		uint8_t frame[1000], got[1000 + HEADER_MAX];
		uint32_t length;
		uint16_t id;

		begin(&sender, both[k]);
		begin(&receiver, both[k]);
		for (unsigned int i = 0; i < sizeof(frame); i++)
			frame[i] = (uint8_t)i;
		offer_one(frame, sizeof(frame), 1);
		id = offer_room(1100);
		assert_int_equal(receive(), 1);
		/* All that the guest has, ring and buffers, becomes something else. */
		for (unsigned int r = 0; r < DRIVER_REGIONS; r++)
			memset(sender.host[r], 0xee, sender.bytes[r]);
		assert_memory_equal(batch.header[0], frame, DVS_SNAPSHOT_BYTES);
		assert_int_equal(dvs_ring_send(&receiver.ring, &batch, &zero_index, 1), 1);
		assert_int_equal(driver_reap(&receiver, &length), id);
		assert_int_equal(length, sizeof(frame) + HEADER_MAX);
		driver_read(&receiver, &receiver.buffers[id], 0, got, length);
		for (unsigned int i = 0; i < HEADER_MAX - 2; i++)
			assert_int_equal(got[i], 0);
		assert_memory_equal(got + HEADER_MAX, frame, DVS_SNAPSHOT_BYTES);
		/* The rest is the guest's, and comes from where its descriptor was. */
		for (unsigned int i = DVS_SNAPSHOT_BYTES; i < sizeof(frame); i++)
			assert_int_equal(got[HEADER_MAX + i], 0xee);
		end(&sender);
		end(&receiver);
	}
}

/* A frame that nobody can send: parse drops it for its length. */
static void test_impossible_frames(void **state)
{
	static uint8_t frame[DVS_FRAME_MAX + 1];
	uint32_t length;

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		begin(&sender, both[k]);
		memset(frame, 0x55, sizeof(frame));
		offer_one(frame, sizeof(frame), 1);
		offer_one(frame, 400, DRIVER_PARTS_MAX);
		offer_one(frame, 60, 1);
		assert_int_equal(receive(), 3);
		assert_int_equal(dvs_ring_fault(&sender.ring), DVS_RING_FAULT_NONE);
		assert_int_equal(batch.length[0], DVS_FRAME_MAX + 1);
		assert_int_equal(batch.length[1], DVS_FRAME_MAX + 1);
		assert_int_equal(batch.length[2], 60);
		for (unsigned int i = 0; i < 3; i++)
			assert_true(batch.header_len[i] >= 60);
		dvs_ring_release(&sender.ring);
		for (unsigned int i = 0; i < 3; i++)
			assert_true(driver_reap(&sender, &length) >= 0);
		end(&sender);
	}
}

/* A frame without room is left out; one that never fits does not hold up those behind it. */
static void test_room(void **state)
{
	static uint8_t frame[3000];
	uint8_t index[DVS_BATCH_MAX];

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		uint64_t single = both[k] & ~FEATURE(VIRTIO_NET_F_MRG_RXBUF);
		uint32_t length;

		begin(&sender, both[k]);
		begin(&receiver, single);
		for (unsigned int i = 0; i < 3; i++)
			index[i] = (uint8_t)i;
		offer_one(frame, 60, 1);
		offer_one(frame, 3000, 1);
		offer_one(frame, 100, 1);
		offer_room(1600);
		offer_room(1600);
		assert_int_equal(receive(), 3);
		assert_int_equal(dvs_ring_send(&receiver.ring, &batch, index, 3), 5);
		assert_int_equal(dvs_ring_send(&receiver.ring, &batch, index, 3), 0);
		assert_true(driver_reap(&receiver, &length) >= 0);
		assert_int_equal(length, 60 + receiver.ring.header_bytes);
		assert_true(driver_reap(&receiver, &length) >= 0);
		assert_int_equal(length, 100 + receiver.ring.header_bytes);
		assert_int_equal(driver_reap(&receiver, &length), -1);
		end(&receiver);

		begin(&receiver, both[k]);
		offer_room(1600);
		assert_int_equal(dvs_ring_send(&receiver.ring, &batch, &index[1], 2), 0);
		offer_room(1600);
		assert_int_equal(dvs_ring_send(&receiver.ring, &batch, &index[1], 2), 1);
		end(&receiver);
		end(&sender);
	}
}

/* ---- migration ---- */

static bool is_marked(const uint8_t *log, uint64_t address)
{
	return (log[address / DVS_LOG_PAGE / 8] >> address / DVS_LOG_PAGE % 8 & 1) != 0;
}

/* Every page that differs from its copy is in the log. */
static void check_log(struct driver *driver, uint8_t *const copies[DRIVER_REGIONS],
		      const uint8_t *log)
{
	static const unsigned int which[] = {0, 2, 1};

	for (unsigned int i = 0; i < DRIVER_REGIONS; i++) {
		const struct dvs_guest_region *region = &driver->memory.regions[i];

		for (uint64_t at = 0; at < region->bytes; at++)
			if (driver->host[which[i]][at] != copies[which[i]][at])
				assert_true(is_marked(log, region->address + at));
	}
}

/* Only the two regions near zero are written to, so the log covers those. */
static void test_log(void **state)
{
	static uint8_t log[(DRIVER_BASE + (64 + 1) * DRIVER_SLOT) / DVS_LOG_PAGE / 8];

	(void)state;
	for (unsigned int round = 0; round < 20; round++) {
		uint8_t *copies[DRIVER_REGIONS];

		srand(1000 + round);
		begin(&sender, random_features());
		begin(&receiver, random_features());
		for (unsigned int i = 0; i < DRIVER_REGIONS; i++) {
			copies[i] = malloc(receiver.bytes[i]);
			assert_non_null(copies[i]);
		}
		receiver.memory.log = log;
		receiver.memory.log_bytes = sizeof(log);
		for (unsigned int n = 0; n < 12; n++) {
			while (offer_frame())
				;
			while (offer_buffer())
				;
			memset(log, 0, sizeof(log));
			for (unsigned int i = 0; i < DRIVER_REGIONS; i++)
				memcpy(copies[i], receiver.host[i], receiver.bytes[i]);
			move_frames();
			check_log(&receiver, copies, log);
			step();
		}
		drain();
		end(&sender);
		end(&receiver);
		for (unsigned int i = 0; i < DRIVER_REGIONS; i++)
			free(copies[i]);
	}
}

/* The used entries of a guest that sends are written too. */
static void test_log_of_sender(void **state)
{
	static uint8_t log[64], frame[60];

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		begin(&sender, both[k]);
		memset(log, 0, sizeof(log));
		sender.memory.log = log;
		sender.memory.log_bytes = sizeof(log);
		offer_one(frame, sizeof(frame), 1);
		assert_int_equal(receive(), 1);
		assert_int_equal(log[DRIVER_BASE / DVS_LOG_PAGE / 8], 0);
		dvs_ring_release(&sender.ring);
		assert_true(is_marked(log, DRIVER_BASE + (sender.is_packed ? 0 : 4096)));
		end(&sender);
	}
}

static void test_memory(void **state)
{
	struct dvs_guest_memory memory = {.n_regions = 0};
	uint64_t address;
	uint8_t bytes[64], log[2] = {0};

	(void)state;
	assert_int_equal(dvs_guest_memory_add(&memory, 0, 0, bytes), -22);
	assert_int_equal(dvs_guest_memory_add(&memory, UINT64_MAX - 62, 64, bytes), -22);
	assert_int_equal(dvs_guest_memory_add(&memory, 0, 64, NULL), -22);
	for (unsigned int i = 0; i < DVS_GUEST_REGIONS_MAX; i++)
		assert_int_equal(dvs_guest_memory_add(&memory, 0x1000 * i, 64, bytes), 0);
	assert_int_equal(dvs_guest_memory_add(&memory, 0x100000, 64, bytes), -28);
	assert_null(dvs_guest_memory_find(&memory, 64));
	assert_null(dvs_guest_memory_find(&memory, UINT64_MAX));
	assert_ptr_equal(dvs_guest_memory_find(&memory, 0x103f - 0x1000 + 0x1000),
			 &memory.regions[1]);
	assert_non_null(dvs_guest_region_at(&memory.regions[1], 0x1000, 64));
	assert_null(dvs_guest_region_at(&memory.regions[1], 0x1000, 65));
	assert_null(dvs_guest_region_at(&memory.regions[1], 0x1001, 64));
	assert_null(dvs_guest_region_at(&memory.regions[1], 0xfff, 1));
	assert_null(dvs_guest_region_at(&memory.regions[1], 0x1001, UINT32_MAX));
	assert_true(dvs_guest_memory_covers(&memory, bytes + 8, 56, &address));
	assert_int_equal(address, 8);
	assert_false(dvs_guest_memory_covers(&memory, bytes + 8, 57, &address));

	memory.log = log;
	memory.log_bytes = sizeof(log);
	dvs_guest_memory_mark(&memory, 4095, 2);
	dvs_guest_memory_mark(&memory, 8 * 4096, 1);
	dvs_guest_memory_mark(&memory, 16 * 4096, 4096);
	dvs_guest_memory_mark(&memory, 5 * 4096, 0);
	assert_int_equal(log[0], 3);
	assert_int_equal(log[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),	      cmocka_unit_test(test_random_traffic),
		cmocka_unit_test(test_one_snapshot),  cmocka_unit_test(test_impossible_frames),
		cmocka_unit_test(test_room),	      cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_of_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
