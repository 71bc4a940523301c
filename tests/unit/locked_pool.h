/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * locked_pool.h - packet buffers from a stack under a mutex, for tests with threads: the thread
 * sanitizer sees how a buffer goes from who freed it to who allocates it, which it cannot in DPDK's
 * own pools, as the library is not instrumented.
 *
 * Threads: the main thread, after dvs_test_eal_init and before any pool is made.
 */
#ifndef DVS_TEST_LOCKED_POOL_H
#define DVS_TEST_LOCKED_POOL_H

/* Pools of mbufs are such from now on; 0 or a negative errno. */
int locked_pool_use(void);

#endif
