/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture.h - the frames of a capture file (pcap or pcapng, read by libpcap), in memory.
 *
 * A file may be anything: link types other than Ethernet, frames that are too long to send and more
 * than CAPTURE_BYTES_MAX of frames are refused. A frame that was cut when it was captured is sent
 * as far as it is there, and counted. Times that go back are taken as standing still.
 *
 * Threads: loaded by the main thread; then it does not change.
 */
#ifndef DVS_GEN_CAPTURE_H
#define DVS_GEN_CAPTURE_H

#include <stdint.h>

#include "error.h"

#define DVS_CAPTURE_BYTES_MAX (UINT64_C(4) << 30)

struct dvs_captured {
	uint64_t ns;	 /* since the first frame */
	uint64_t offset; /* in bytes */
	uint32_t length; /* without FCS */
};

struct dvs_capture {
	struct dvs_captured *frames;
	uint64_t n;
	uint8_t *bytes;
	uint64_t n_bytes;
	uint64_t n_cut;	  /* frames that were cut when captured */
	uint64_t loop_ns; /* from the start of one loop to that of the next */
	uint32_t longest;
};

/* -ENOENT and so on, -EINVAL (no capture, other link type, empty), -E2BIG, -ENOMEM. */
int dvs_capture_load(const char *path, struct dvs_capture *ret_capture, struct dvs_error *err);

void dvs_capture_free(struct dvs_capture *capture);

#endif
