/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdb_private.h"

#include <errno.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE_PAGE (2u << 20)
#define NODE_BITS (sizeof(unsigned long) * CHAR_BIT)

/* Both are wishes: without them the table is slower, not wrong. */
static void advise(void *memory, size_t bytes, int numa_socket)
{
	(void)madvise(memory, bytes, MADV_HUGEPAGE);
	if (numa_socket >= 0 && numa_socket < (int)NODE_BITS) {
		unsigned long nodes = 1ul << numa_socket;

		(void)syscall(SYS_mbind, memory, bytes, MPOL_PREFERRED, &nodes, NODE_BITS + 1, 0);
	}
}

int dvs_fdb_map(struct dvs_fdb *fdb, int numa_socket)
{
	size_t slots = (size_t)dvs_fdb_buckets(fdb) * FDB_BUCKET_SLOTS;
	size_t bucket_bytes = dvs_fdb_buckets(fdb) * sizeof(*fdb->head.buckets);
	size_t bytes = bucket_bytes + slots * sizeof(*fdb->moves);
	uint8_t *at;

	fdb->map_bytes = bytes + HUGE_PAGE;
	fdb->map = mmap(NULL, fdb->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	if (fdb->map == MAP_FAILED) {
		fdb->map = NULL;
		return -ENOMEM;
	}
	at = (uint8_t *)(((uintptr_t)fdb->map + HUGE_PAGE - 1) & ~((uintptr_t)HUGE_PAGE - 1));
	advise(at, bytes, numa_socket);
	memset(at, 0, bytes); /* workers must not meet page faults */
	fdb->head.buckets = (struct dvs_fdb_bucket *)at;
	fdb->moves = (uint32_t *)(at + bucket_bytes);
	return 0;
}

void dvs_fdb_unmap(struct dvs_fdb *fdb)
{
	if (fdb->map)
		munmap(fdb->map, fdb->map_bytes);
}
