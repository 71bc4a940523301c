/* SPDX-License-Identifier: BSD-3-Clause */
/* All that the handler calls is async-signal-safe (signal-safety(7)), and open, read and close. */
#include "guest_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Empty: both zero. Atomic. */
struct range {
	uintptr_t start, end;
};

uint8_t dvs_guest_faults[RTE_MAX_VHOST_DEVICE];

static struct range ranges[RTE_MAX_VHOST_DEVICE][DVS_GUEST_FAULT_SLOTS];
static struct sigaction before;
static __thread int handling = -1; /* vid whose message this thread handles */

void dvs_guest_fault_watch(int vid, unsigned int slot, const void *start, uint64_t bytes)
{
	struct range *range = &ranges[vid][slot];

	__atomic_store_n(&range->end, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&range->start, (uintptr_t)start, __ATOMIC_RELEASE);
	__atomic_store_n(&range->end, (uintptr_t)start + bytes, __ATOMIC_RELEASE);
}

void dvs_guest_fault_unwatch(int vid)
{
	for (unsigned int slot = 0; slot < DVS_GUEST_FAULT_SLOTS; slot++)
		dvs_guest_fault_watch(vid, slot, NULL, 0);
}

void dvs_guest_fault_forget(int vid)
{
	dvs_guest_fault_unwatch(vid);
	__atomic_store_n(&dvs_guest_faults[vid], 0, __ATOMIC_RELAXED);
}

void dvs_guest_fault_begin(int vid)
{
	handling = vid;
}

/* ---- the handler ---- */

/* A line of /proc/self/maps: "start-end perms offset dev inode path". */
struct mapping {
	uintptr_t start, end;
	bool is_shared;
};

/* Reads the file by octets. */
struct reader {
	int fd;
	ssize_t n, at;
	char data[1024];
};

static int next(struct reader *reader)
{
	if (reader->at == reader->n) {
		reader->n = read(reader->fd, reader->data, sizeof(reader->data));
		reader->at = 0;
		if (reader->n <= 0) {
			reader->n = 0;
			return -1;
		}
	}
	return (unsigned char)reader->data[reader->at++];
}

/* A number, up to the first character that is no digit of it. */
static uintptr_t read_hex(struct reader *reader)
{
	uintptr_t value = 0;

	for (;;) {
		int c = next(reader);

		if (c >= '0' && c <= '9')
			value = value << 4 | (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uintptr_t)(c - 'a' + 10);
		else
			return value;
	}
}

static bool find_mapping(uintptr_t address, struct mapping *ret_mapping)
{
	struct reader reader = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	bool is_found = false;
	int c = 0;

	while (reader.fd >= 0 && c >= 0 && !is_found) {
		ret_mapping->start = read_hex(&reader);
		ret_mapping->end = read_hex(&reader);
		for (int i = 0; i < 3; i++)
			next(&reader);
		ret_mapping->is_shared = next(&reader) == 's';
		is_found = address >= ret_mapping->start && address < ret_mapping->end;
		while ((c = next(&reader)) >= 0 && c != '\n')
			;
	}
	if (reader.fd >= 0)
		close(reader.fd);
	return is_found;
}

/* True: it is some connection's; all whose it is know of it then. */
static bool mark_owners(const struct mapping *mapping)
{
	bool is_owned = false;

	for (unsigned int vid = 0; vid < RTE_MAX_VHOST_DEVICE; vid++)
		for (unsigned int slot = 0; slot < DVS_GUEST_FAULT_SLOTS; slot++) {
			const struct range *range = &ranges[vid][slot];

			if (__atomic_load_n(&range->start, __ATOMIC_ACQUIRE) >= mapping->end ||
			    __atomic_load_n(&range->end, __ATOMIC_ACQUIRE) <= mapping->start)
				continue;
			__atomic_store_n(&dvs_guest_faults[vid], 1, __ATOMIC_RELAXED);
			is_owned = true;
		}
	if (handling >= 0) {
		__atomic_store_n(&dvs_guest_faults[handling], 1, __ATOMIC_RELAXED);
		is_owned = true;
	}
	return is_owned;
}

static bool replace(uintptr_t address)
{
	struct mapping mapping;

	if (!find_mapping(address, &mapping) || !mark_owners(&mapping))
		return false;
	/* Else another thread was here first. */
	return !mapping.is_shared ||
	       mmap((void *)mapping.start, mapping.end - mapping.start, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	if (info->si_code > 0 && replace((uintptr_t)info->si_addr)) {
		errno = saved;
		return;
	}
	/* Not a guest's: it comes again, and does what it would have done. */
	sigaction(number, &before, NULL);
	if (info->si_code <= 0)
		raise(number);
	errno = saved;
}

static void take_over(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &before);
}

void dvs_guest_fault_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, take_over);
}
