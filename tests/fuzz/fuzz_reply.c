/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet from the switch, read as the client library reads it. */
#include "fuzz.h"

#include <string.h>

#include "wire.h"

static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];

static void take_records(const struct dvs_wire_msg *msg)
{
	const struct dvs_wire_dump_reply *reply = msg->body;
	const struct dvs_type *type = dvs_type_by_id(reply->type);
	_Alignas(8) uint8_t object[DVS_RECORD_MAX];

	MUST((uint64_t)reply->count * reply->size == msg->tail_length);
	for (uint32_t i = 0; type && i < reply->count; i++)
		dvs_wire_object(type, msg->tail + (size_t)i * reply->size, reply->size, object,
				NULL);
}

static void decode(size_t size)
{
	struct dvs_wire_msg msg;
	char text[sizeof(*msg.error)];

	if (dvs_wire_decode(packet, size, true, &msg) < 0)
		return;
	MUST((msg.error != NULL) == (msg.header.status < 0));
	if (msg.error) {
		MUST(strlen(dvs_error_print(msg.error, text, sizeof(text))) < sizeof(text));
		return;
	}
	MUST(msg.tail + msg.tail_length == packet + size);
	if (msg.header.type == DVS_WIRE_DUMP)
		take_records(&msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dvs_wire_header header;
	struct dvs_error *err = (struct dvs_error *)(packet + sizeof(header));

	if (size > sizeof(packet))
		return 0;
	memcpy(packet, data, size);
	decode(size);
	if (size < sizeof(header))
		return 0;
	memcpy(&header, packet, sizeof(header));
	header.length = (uint32_t)size;
	header.type %= DVS_WIRE_N_TYPES;
	header.flags = DVS_WIRE_REPLY;
	header.status = size == sizeof(header) + sizeof(*err) ? -1 : 0;
	if (header.type == DVS_WIRE_EVENT)
		header.request_id = 0;
	if (header.status < 0)
		err->code = header.status;
	memcpy(packet, &header, sizeof(header));
	decode(size);
	return 0;
}
