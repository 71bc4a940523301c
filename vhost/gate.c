/* SPDX-License-Identifier: BSD-3-Clause */
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/magic.h>

#include "message.h"

#define FDS_MAX	     DVS_VHOST_REGIONS_MAX /* that the library has room for */
#define WATCHED_MAX  65536
#define CONTROL_ROOM CMSG_SPACE(FDS_MAX * sizeof(int))

/* Bitmap of descriptors; atomic. */
static uint64_t watched[WATCHED_MAX / 64];

/* Would the library be able to map so much of the file? */
static bool can_be_mapped(int fd, uint64_t bytes, uint64_t offset)
{
	uint64_t end = bytes + offset, block;
	struct statfs fs;
	struct stat st;
	void *at;

	if (bytes == 0 || end < bytes || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return false;
	/* Pages of others are a user program's to give, or never to give. */
	if (!S_ISREG(st.st_mode) || fs.f_type == FUSE_SUPER_MAGIC)
		return false;
	block = (uint64_t)st.st_blksize;
	if (block == 0 || end > UINT64_MAX - block)
		return false;
	end = (end + block - 1) / block * block;
	at = mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return false;
	munmap(at, end);
	return true;
}

static bool check_memory(const struct dvs_vhost_message *message, const int *fds,
			 unsigned int n_fds)
{
	const struct dvs_vhost_message_memory *memory = &message->memory;

	if (memory->n_regions != n_fds ||
	    message->size < offsetof(struct dvs_vhost_message_memory, regions) +
				    n_fds * sizeof(memory->regions[0]))
		return false;
	for (unsigned int i = 0; i < n_fds; i++)
		if (!can_be_mapped(fds[i], memory->regions[i].bytes, memory->regions[i].offset))
			return false;
	return true;
}

static bool check_log(const struct dvs_vhost_message *message, const int *fds, unsigned int n_fds)
{
	return n_fds == 1 && message->log.offset == 0 &&
	       can_be_mapped(fds[0], message->log.bytes, 0);
}

/* An eventfd, which has no type of file, or a pipe. Others may block where these do not. */
static bool is_event(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || (st.st_mode & S_IFMT) == 0);
}

static bool check_kick(const struct dvs_vhost_message *message, const int *fds, unsigned int n_fds)
{
	(void)message;
	return n_fds == 0 || is_event(fds[0]);
}

static bool check_call(const struct dvs_vhost_message *message, const int *fds, unsigned int n_fds)
{
	int flags;

	(void)message;
	if (n_fds == 0)
		return true;
	if (!is_event(fds[0]))
		return false;
	flags = fcntl(fds[0], F_GETFL);
	return flags >= 0 && fcntl(fds[0], F_SETFL, flags | O_NONBLOCK) == 0;
}

/* What frontends may ask for. */
static const struct row {
	uint32_t body; /* bytes that it has at least */
	uint32_t fds;  /* descriptors that it has at most */
	bool is_known;
	bool (*check)(const struct dvs_vhost_message *message, const int *fds, unsigned int n_fds);
} rows[] = {
	[DVS_VHOST_GET_FEATURES] = {0, 0, true, NULL},
	[DVS_VHOST_SET_FEATURES] = {8, 0, true, NULL},
	[DVS_VHOST_SET_OWNER] = {0, 0, true, NULL},
	[DVS_VHOST_RESET_OWNER] = {0, 0, true, NULL},
	[DVS_VHOST_SET_MEM_TABLE] = {8, FDS_MAX, true, check_memory},
	[DVS_VHOST_SET_LOG_BASE] = {16, 1, true, check_log},
	[DVS_VHOST_SET_LOG_FD] = {0, 1, true, NULL},
	[DVS_VHOST_SET_VRING_NUM] = {8, 0, true, NULL},
	[DVS_VHOST_SET_VRING_ADDR] = {40, 0, true, NULL},
	[DVS_VHOST_SET_VRING_BASE] = {8, 0, true, NULL},
	[DVS_VHOST_GET_VRING_BASE] = {8, 0, true, NULL},
	[DVS_VHOST_SET_VRING_KICK] = {8, 1, true, check_kick},
	[DVS_VHOST_SET_VRING_CALL] = {8, 1, true, check_call},
	[DVS_VHOST_SET_VRING_ERR] = {8, 1, true, NULL},
	[DVS_VHOST_GET_PROTOCOL_FEATURES] = {0, 0, true, NULL},
	[DVS_VHOST_SET_PROTOCOL_FEATURES] = {8, 0, true, NULL},
	[DVS_VHOST_GET_QUEUE_NUM] = {0, 0, true, NULL},
	[DVS_VHOST_SET_VRING_ENABLE] = {8, 0, true, NULL},
	[DVS_VHOST_SEND_RARP] = {8, 0, true, NULL},
	[DVS_VHOST_NET_SET_MTU] = {8, 0, true, NULL},
	[DVS_VHOST_SET_BACKEND_REQ_FD] = {0, 1, true, NULL},
	[DVS_VHOST_SET_STATUS] = {8, 0, true, NULL},
	[DVS_VHOST_GET_STATUS] = {0, 0, true, NULL},
};

bool dvs_vhost_gate_admits(const void *bytes, size_t n, const int *fds, unsigned int n_fds)
{
	struct dvs_vhost_message message = {0};
	const struct row *row;

	memcpy(&message, bytes, n < sizeof(message) ? n : sizeof(message));
	if (n < DVS_VHOST_HEADER_BYTES || message.request >= sizeof(rows) / sizeof(rows[0]))
		return false;
	row = &rows[message.request];
	if (!row->is_known || message.size < row->body || n_fds > row->fds ||
	    n < DVS_VHOST_HEADER_BYTES + (size_t)message.size)
		return false;
	return row->check == NULL || row->check(&message, fds, n_fds);
}

int dvs_vhost_gate_watch(int fd)
{
	if (fd < 0 || fd >= WATCHED_MAX)
		return -EMFILE;
	__atomic_fetch_or(&watched[fd / 64], UINT64_C(1) << fd % 64, __ATOMIC_RELAXED);
	return 0;
}

static void ignore(int fd)
{
	__atomic_fetch_and(&watched[fd / 64], ~(UINT64_C(1) << fd % 64), __ATOMIC_RELAXED);
}

/* The library reads a message's head, and its descriptors. Numbers of descriptors are used again:
 * a watched one that does anything else is another socket by now. */
static bool is_message(int fd, const struct msghdr *msg)
{
	return fd >= 0 && fd < WATCHED_MAX &&
	       (__atomic_load_n(&watched[fd / 64], __ATOMIC_RELAXED) >> fd % 64 & 1) != 0 &&
	       msg->msg_iovlen == 1 && msg->msg_iov[0].iov_len == DVS_VHOST_HEADER_BYTES &&
	       msg->msg_control != NULL && msg->msg_controllen == CONTROL_ROOM;
}

static unsigned int find_fds(struct msghdr *msg, int fds[FDS_MAX])
{
	unsigned int n = 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(msg); part != NULL;
	     part = CMSG_NXTHDR(msg, part)) {
		size_t bytes = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes && n < FDS_MAX; at += sizeof(int))
			memcpy(&fds[n++], CMSG_DATA(part) + at, sizeof(int));
	}
	return n;
}

/* The C library's, of which this is the definition for the whole process. */
ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	uint8_t peeked[DVS_VHOST_HEADER_BYTES + DVS_VHOST_BODY_MAX];
	int fds[FDS_MAX];
	unsigned int n_fds;
	ssize_t n, seen;

	if (!is_message(fd, msg))
		return syscall(SYS_recvmsg, fd, msg, flags);
	seen = recv(fd, peeked, sizeof(peeked), MSG_PEEK | MSG_DONTWAIT);
	n = syscall(SYS_recvmsg, fd, msg, flags | MSG_CMSG_CLOEXEC);
	if (n <= 0) {
		ignore(fd);
		return n;
	}
	n_fds = find_fds(msg, fds);
	if (seen >= n && dvs_vhost_gate_admits(peeked, (size_t)seen, fds, n_fds))
		return n;
	for (unsigned int i = 0; i < n_fds; i++)
		close(fds[i]);
	msg->msg_controllen = 0;
	ignore(fd);
	errno = EPROTO;
	return -1;
}
