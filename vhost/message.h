/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * message.h - vhost-user messages as they are on the wire (QEMU's docs/interop/vhost-user.rst,
 * "Message Specification"): those that the switch looks at, and the numbers of all that it serves.
 * Integers are in the machine's order, and nothing of a message is true before gate.h has seen it.
 *
 * Threads: constants and layout only.
 */
#ifndef DVS_VHOST_MESSAGE_H
#define DVS_VHOST_MESSAGE_H

#include <stdint.h>

enum dvs_vhost_request {
	DVS_VHOST_GET_FEATURES = 1,
	DVS_VHOST_SET_FEATURES = 2,
	DVS_VHOST_SET_OWNER = 3,
	DVS_VHOST_RESET_OWNER = 4,
	DVS_VHOST_SET_MEM_TABLE = 5,
	DVS_VHOST_SET_LOG_BASE = 6,
	DVS_VHOST_SET_LOG_FD = 7,
	DVS_VHOST_SET_VRING_NUM = 8,
	DVS_VHOST_SET_VRING_ADDR = 9,
	DVS_VHOST_SET_VRING_BASE = 10,
	DVS_VHOST_GET_VRING_BASE = 11,
	DVS_VHOST_SET_VRING_KICK = 12,
	DVS_VHOST_SET_VRING_CALL = 13,
	DVS_VHOST_SET_VRING_ERR = 14,
	DVS_VHOST_GET_PROTOCOL_FEATURES = 15,
	DVS_VHOST_SET_PROTOCOL_FEATURES = 16,
	DVS_VHOST_GET_QUEUE_NUM = 17,
	DVS_VHOST_SET_VRING_ENABLE = 18,
	DVS_VHOST_SEND_RARP = 19,
	DVS_VHOST_NET_SET_MTU = 20,
	DVS_VHOST_SET_BACKEND_REQ_FD = 21,
	DVS_VHOST_SET_STATUS = 39,
	DVS_VHOST_GET_STATUS = 40,
};

#define DVS_VHOST_REGIONS_MAX  8
#define DVS_VHOST_HEADER_BYTES 12
#define DVS_VHOST_BODY_MAX     (8 + DVS_VHOST_REGIONS_MAX * 32)

struct dvs_vhost_message_memory {
	uint32_t n_regions;
	uint32_t padding;
	struct {
		uint64_t address; /* guest-physical */
		uint64_t bytes;
		uint64_t frontend_address;
		uint64_t offset; /* of the region in its file */
	} regions[DVS_VHOST_REGIONS_MAX];
} __attribute__((packed));

struct dvs_vhost_message {
	uint32_t request; /* enum dvs_vhost_request */
	uint32_t flags;
	uint32_t size; /* of what follows */
	union {
		uint8_t mac[6];
		struct {
			uint64_t bytes;
			uint64_t offset;
		} __attribute__((packed)) log;
		struct dvs_vhost_message_memory memory;
	};
} __attribute__((packed));

_Static_assert(sizeof(struct dvs_vhost_message) == DVS_VHOST_HEADER_BYTES + DVS_VHOST_BODY_MAX,
	       "wire layout");

#endif
