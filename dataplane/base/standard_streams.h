/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * standard_streams.h - descriptors 0, 1 and 2 are taken before anything else is opened.
 *
 * Who starts a program may have closed them ("dvsctl stats >&-"). The next socket, file or tap
 * would get such a number, and what is printed or logged would be written into it.
 *
 * Threads: call it first in main, before there are threads.
 */
#ifndef DVS_STANDARD_STREAMS_H
#define DVS_STANDARD_STREAMS_H

/*
 * Puts something into those of the three that are closed. Its reads and writes fail with EBADF, as
 * those of a closed stream do, so that lost output is noticed.
 */
void dvs_standard_streams_hold(void);

#endif
