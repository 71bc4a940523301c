/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal.h - DPDK's environment for tests that need mbufs: no hugepages, no devices, no root, and a
 * run-time directory of its own that is gone when the process ends, so that tests run beside each
 * other and beside a switch. The test itself is lcore 0; lcores 1 and 2 wait for work. All three
 * may run on every CPU that the test may use.
 *
 * Threads: the main thread, before anything else of DPDK.
 */
#ifndef DVS_TEST_EAL_H
#define DVS_TEST_EAL_H

/* Starts EAL with 64 MB on the first call; 0, or a negative errno (on every call). */
int dvs_test_eal_init(void);

#endif
