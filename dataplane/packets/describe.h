/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * describe.h - a frame's first bytes as one line for people, much as tcpdump has it:
 *
 *	52:54:00:00:00:01 > ff:ff:ff:ff:ff:ff vlan 5 ARP who-has 10.0.0.1 tell 10.0.0.9, 60 bytes
 *
 * It is for frames that somebody objected to, so unlike the parsers beside it it takes what it
 *gets: lengths that lie, headers that end early and nonsense are shown as far as they go, with
 *"..." where the bytes end. Nothing behind the bytes is read, the line is printable ASCII and its
 *length bounded whatever the frame says.
 *
 * Threads: pure function, any thread.
 */
#ifndef DVS_DESCRIBE_H
#define DVS_DESCRIBE_H

#include <stdint.h>

#define DVS_DESCRIBE_MAX 256 /* of a line, with its NUL */

/* header: the first header_length bytes of a frame of frame_length bytes. Returns buf. */
const char *dvs_describe_frame(const uint8_t *header, uint32_t header_length, uint32_t frame_length,
			       char buf[DVS_DESCRIBE_MAX]);

#endif
