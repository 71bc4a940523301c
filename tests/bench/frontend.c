/* SPDX-License-Identifier: BSD-3-Clause */
#include "frontend.h"

#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/virtio_config.h>

#define PAGE	   4096u
#define HUGE_PAGE  (2u << 20)
#define GUEST_BASE UINT64_C(0x100000000) /* guest address of the memory */

/* ---- vhost-user messages ---- */

enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	SET_VRING_ENABLE = 18,
};

#define MESSAGE_VERSION	    1u
#define F_PROTOCOL_FEATURES (UINT64_C(1) << 30)

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t number;
		struct {
			uint32_t index, value;
		} vring;
		struct {
			uint32_t index, flags;
			uint64_t desc, used, avail, log;
		} address;
		struct {
			uint32_t n, pad;
			uint64_t guest, size, user, offset;
		} memory;
	};
} __attribute__((packed));

#define HEADER_BYTES offsetof(struct message, number)

static void send_message(const struct frontend_port *port, struct message *message, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = ""};
	struct iovec iov = {message, HEADER_BYTES + message->size};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

	message->flags = MESSAGE_VERSION;
	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	if (sendmsg(port->socket, &header, MSG_NOSIGNAL) != (ssize_t)iov.iov_len)
		err(1, "vhost-user request %u", message->request);
}

static void send_number(const struct frontend_port *port, enum request request, uint64_t number)
{
	struct message message = {.request = request, .size = sizeof(number), .number = number};

	send_message(port, &message, -1);
}

static uint64_t ask(const struct frontend_port *port, enum request request)
{
	struct message message = {.request = request};

	send_message(port, &message, -1);
	if (recv(port->socket, &message, HEADER_BYTES + sizeof(message.number), MSG_WAITALL) !=
	    (ssize_t)(HEADER_BYTES + sizeof(message.number)))
		errx(1, "no answer to vhost-user request %u", request);
	return message.number;
}

/* ---- set up ---- */

/* What is handed out of the shared memory, from its start. */
struct arena {
	uint8_t *memory;
	uint64_t used;
};

static uint8_t *take(struct arena *arena, uint64_t bytes)
{
	uint8_t *start = arena->memory != NULL ? arena->memory + arena->used : NULL;

	arena->used += (bytes + PAGE - 1) / PAGE * PAGE;
	return start;
}

static void place_queue(struct arena *arena, struct frontend_queue *queue, uint16_t size,
			uint32_t n_buffers)
{
	/* (void *): pages are aligned for all. */
	queue->desc = (void *)take(arena, size * sizeof(struct vring_desc));
	queue->avail = (void *)take(arena, sizeof(struct vring_avail) + 2u * size + 2);
	queue->used = (void *)take(arena, sizeof(struct vring_used) + 8u * size + 2);
	queue->buffers = take(arena, (uint64_t)n_buffers * queue->stride);
	queue->mask = (uint16_t)(size - 1);
}

/* Where rings and buffers of all ports are; with no memory yet, how much they take. */
static uint64_t place(struct frontend *frontend, uint8_t *memory)
{
	struct arena arena = {.memory = memory};
	const struct frontend_config *config = &frontend->config;

	for (unsigned int i = 0; i < frontend->n_ports; i++) {
		struct frontend_port *port = &frontend->ports[i];

		/* As in different guests: not all at the same place of a cache's sets. */
		take(&arena, (i * 7 % 16) * PAGE);
		port->rx.stride = config->buffer;
		port->tx.stride = (FRONTEND_HEADROOM + config->frame + 511) / 512 * 512;
		place_queue(&arena, &port->rx, config->ring, config->ring);
		place_queue(&arena, &port->tx, config->ring, config->window);
	}
	return (arena.used + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

static void map_memory(struct frontend *frontend)
{
	frontend->bytes = place(frontend, NULL);
	frontend->fd = memfd_create("frontend", MFD_CLOEXEC | MFD_HUGETLB);
	if (frontend->fd < 0 || ftruncate(frontend->fd, (off_t)frontend->bytes) < 0)
		err(1, "memfd of %llu bytes", (unsigned long long)frontend->bytes);
	frontend->memory = mmap(NULL, frontend->bytes, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_POPULATE, frontend->fd, 0);
	if (frontend->memory == MAP_FAILED)
		err(1, "%llu bytes of hugepages", (unsigned long long)frontend->bytes);
	place(frontend, frontend->memory);
}

static uint64_t guest_address(const struct frontend *frontend, const void *address)
{
	return GUEST_BASE + (uint64_t)((const uint8_t *)address - frontend->memory);
}

static void start_queue(const struct frontend *frontend, const struct frontend_port *port,
			struct frontend_queue *queue, uint32_t index)
{
	struct message message = {.request = SET_VRING_NUM, .size = sizeof(message.vring)};

	message.vring.index = index;
	message.vring.value = queue->mask + 1u;
	send_message(port, &message, -1);
	message.request = SET_VRING_BASE;
	message.vring.value = 0;
	send_message(port, &message, -1);

	message = (struct message){.request = SET_VRING_ADDR, .size = sizeof(message.address)};
	message.address.index = index;
	message.address.desc = (uintptr_t)queue->desc;
	message.address.avail = (uintptr_t)queue->avail;
	message.address.used = (uintptr_t)queue->used;
	message.address.log = guest_address(frontend, queue->used);
	send_message(port, &message, -1);

	queue->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->kick < 0 || queue->call < 0)
		err(1, "eventfd");
	message = (struct message){.request = SET_VRING_CALL, .size = sizeof(message.number)};
	message.number = index;
	send_message(port, &message, queue->call);
	message.request = SET_VRING_KICK;
	send_message(port, &message, queue->kick);
}

static void negotiate(const struct frontend *frontend, const struct frontend_port *port)
{
	uint64_t wanted = F_PROTOCOL_FEATURES | UINT64_C(1) << VIRTIO_F_VERSION_1 |
			  1u << VIRTIO_NET_F_MRG_RXBUF;
	uint64_t offered = ask(port, GET_FEATURES);

	if (frontend->config.has_tso)
		wanted |= 1u << VIRTIO_NET_F_CSUM | 1u << VIRTIO_NET_F_GUEST_CSUM |
			  1u << VIRTIO_NET_F_HOST_TSO4 | 1u << VIRTIO_NET_F_GUEST_TSO4;
	if ((offered & wanted) != wanted)
		errx(1, "the device offers features %#llx, not all of %#llx",
		     (unsigned long long)offered, (unsigned long long)wanted);
	ask(port, GET_PROTOCOL_FEATURES);
	send_number(port, SET_PROTOCOL_FEATURES, 0);
	send_message(port, &(struct message){.request = SET_OWNER}, -1);
	send_number(port, SET_FEATURES, wanted);
}

static int open_socket(const char *path, struct sockaddr_un *ret_address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(ret_address->sun_path))
		errx(1, "%s: too long for a socket", path);
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strcpy(ret_address->sun_path, path);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void connect_port(struct frontend_port *port, const char *path)
{
	struct sockaddr_un address;

	port->socket = open_socket(path, &address);
	if (connect(port->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", path);
}

/* The device may connect whenever it likes, to whichever first: all listen before one waits. */
static void accept_ports(struct frontend *frontend, char *const *paths)
{
	struct sockaddr_un address;

	for (unsigned int i = 0; i < frontend->n_ports; i++) {
		int fd = open_socket(paths[i], &address);

		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
			err(1, "%s", paths[i]);
		frontend->ports[i].socket = fd;
	}
	for (unsigned int i = 0; i < frontend->n_ports; i++) {
		int fd = accept4(frontend->ports[i].socket, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			err(1, "%s", paths[i]);
		close(frontend->ports[i].socket);
		frontend->ports[i].socket = fd;
	}
}

/* All buffers to receive into are the device's, all to send are ours. */
static void fill_rings(struct frontend *frontend, struct frontend_port *port)
{
	struct frontend_frame all;

	port->free = calloc(port->tx.mask + 1u, sizeof(port->free[0]));
	if (port->free == NULL)
		err(1, "memory");
	for (uint16_t i = 0; i < frontend->config.window; i++)
		port->free[i] = i;
	port->n_free = frontend->config.window;
	port->rx.avail->flags = port->tx.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	for (unsigned int i = 0; i <= port->rx.mask; i++) {
		all.id = (uint16_t)i;
		frontend_refill(frontend, port, &all, 1);
	}
}

static void start_port(struct frontend *frontend, struct frontend_port *port)
{
	struct message message = {.request = SET_MEM_TABLE, .size = sizeof(message.memory)};

	negotiate(frontend, port);
	message.memory.n = 1;
	message.memory.guest = GUEST_BASE;
	message.memory.size = frontend->bytes;
	message.memory.user = (uintptr_t)frontend->memory;
	send_message(port, &message, frontend->fd);
	start_queue(frontend, port, &port->rx, 0);
	start_queue(frontend, port, &port->tx, 1);
	fill_rings(frontend, port);
	message = (struct message){.request = SET_VRING_ENABLE, .size = sizeof(message.vring)};
	for (uint32_t index = 0; index < 2; index++) {
		message.vring.index = index;
		message.vring.value = 1;
		send_message(port, &message, -1);
	}
}

struct frontend *frontend_create(const struct frontend_config *config, char *const *paths,
				 unsigned int n)
{
	struct frontend *frontend = calloc(1, sizeof(*frontend));

	if (frontend == NULL)
		err(1, "memory");
	frontend->config = *config;
	frontend->n_ports = n;
	frontend->pieces =
		(uint16_t)((FRONTEND_HEADER + config->frame + FRONTEND_PIECE - 1) / FRONTEND_PIECE);
	if ((uint32_t)config->window * frontend->pieces > config->ring)
		errx(1, "a window of %u frames takes more descriptors than a ring of %u has",
		     config->window, config->ring);
	map_memory(frontend);
	if (config->listens)
		accept_ports(frontend, paths);
	for (unsigned int i = 0; i < n; i++) {
		if (!config->listens)
			connect_port(&frontend->ports[i], paths[i]);
		start_port(frontend, &frontend->ports[i]);
	}
	return frontend;
}

/* ---- rings ---- */

/* The device sees the entries up to avail_at, and is woken when it sleeps. */
static void publish(struct frontend_queue *queue)
{
	__atomic_store_n(&queue->avail->idx, queue->avail_at, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if ((__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY) == 0)
		eventfd_write(queue->kick, 1);
}

static uint16_t n_used(const struct frontend_queue *queue)
{
	return (uint16_t)(__atomic_load_n(&queue->used->idx, __ATOMIC_ACQUIRE) - queue->used_at);
}

static uint8_t *net_header(const struct frontend_queue *queue, uint16_t buffer)
{
	return queue->buffers + (uint64_t)buffer * queue->stride + FRONTEND_HEADROOM -
	       FRONTEND_HEADER;
}

unsigned int frontend_receive(struct frontend_port *port, struct frontend_frame *ret_frames,
			      unsigned int n)
{
	struct frontend_queue *queue = &port->rx;
	unsigned int there = n_used(queue);

	if (n > there)
		n = there;
	for (unsigned int i = 0; i < n; i++) {
		const struct vring_used_elem *used =
			&queue->used->ring[queue->used_at++ & queue->mask];

		ret_frames[i].id = (uint16_t)used->id;
		ret_frames[i].length = used->len;
		/* (void *): aligned as buffers are. */
		ret_frames[i].header = (const void *)net_header(queue, (uint16_t)used->id);
		__builtin_prefetch(ret_frames[i].header);
		__builtin_prefetch(ret_frames[i].header + 1);
	}
	return n;
}

void frontend_refill(struct frontend *frontend, struct frontend_port *port,
		     const struct frontend_frame *frames, unsigned int n)
{
	struct frontend_queue *queue = &port->rx;

	for (unsigned int i = 0; i < n; i++) {
		uint16_t id = frames[i].id;

		queue->desc[id] = (struct vring_desc){
			.addr = guest_address(frontend, net_header(queue, id)),
			.len = queue->stride - FRONTEND_HEADROOM + (uint32_t)FRONTEND_HEADER,
			.flags = VRING_DESC_F_WRITE,
		};
		queue->avail->ring[queue->avail_at++ & queue->mask] = id;
	}
	if (n != 0)
		publish(queue);
}

unsigned int frontend_reclaim(struct frontend *frontend, struct frontend_port *port)
{
	struct frontend_queue *queue = &port->tx;

	for (unsigned int n = n_used(queue); n > 0; n--) {
		uint32_t id = queue->used->ring[queue->used_at++ & queue->mask].id;

		port->free[(uint16_t)(port->free_at + port->n_free++) & queue->mask] =
			(uint16_t)(id / frontend->pieces);
	}
	return port->n_free;
}

struct virtio_net_hdr_v1 *frontend_next(struct frontend *frontend, struct frontend_port *port)
{
	struct frontend_queue *queue = &port->tx;
	uint16_t buffer = port->free[port->free_at++ & queue->mask];
	uint16_t id = (uint16_t)(buffer * frontend->pieces);
	uint8_t *header = net_header(queue, buffer);
	uint64_t address = guest_address(frontend, header);
	uint32_t left = (uint32_t)FRONTEND_HEADER + frontend->config.frame;

	port->n_free--;
	queue->avail->ring[queue->avail_at++ & queue->mask] = id;
	for (; left > FRONTEND_PIECE; left -= FRONTEND_PIECE, address += FRONTEND_PIECE, id++)
		queue->desc[id] = (struct vring_desc){.addr = address,
						      .len = FRONTEND_PIECE,
						      .flags = VRING_DESC_F_NEXT,
						      .next = (uint16_t)(id + 1)};
	queue->desc[id] = (struct vring_desc){.addr = address, .len = left};
	return (struct virtio_net_hdr_v1 *)(void *)header;
}

void frontend_send(struct frontend_port *port)
{
	publish(&port->tx);
}
