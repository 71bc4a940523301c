/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet from a client: as it is, and with its header's length and flags put right, so that what
 * is behind these checks is reached without a corpus. */
#include "fuzz.h"

#include <string.h>

#include "wire.h"

static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];

static void take_object(const struct dvs_wire_msg *msg)
{
	const struct dvs_wire_object *given = msg->body;
	const struct dvs_type *type = dvs_type_by_id(given->type);
	_Alignas(8) uint8_t object[DVS_RECORD_MAX];
	struct dvs_error err;

	MUST(given->size == msg->tail_length);
	if (!type)
		return;
	if (dvs_wire_object(type, msg->tail, msg->tail_length, object, &err) == 0)
		MUST(dvs_type_check(type, object, NULL) == 0);
	else
		MUST(strnlen(err.text, sizeof(err.text)) < sizeof(err.text));
	dvs_wire_key(type, msg->tail, msg->tail_length, object, &err);
}

static void decode(size_t size)
{
	struct dvs_wire_msg msg;

	if (dvs_wire_decode(packet, size, false, &msg) < 0)
		return;
	MUST(msg.error == NULL && msg.body != NULL);
	MUST(msg.tail + msg.tail_length == packet + size);
	if (msg.header.type == DVS_WIRE_OBJECT_PUT || msg.header.type == DVS_WIRE_OBJECT_DELETE)
		take_object(&msg);
	else
		MUST(msg.tail_length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dvs_wire_header header;

	if (size > sizeof(packet))
		return 0;
	memcpy(packet, data, size);
	decode(size);
	if (size < sizeof(header))
		return 0;
	memcpy(&header, packet, sizeof(header));
	header.length = (uint32_t)size;
	header.type %= DVS_WIRE_N_TYPES;
	header.flags = 0;
	header.status = 0;
	memcpy(packet, &header, sizeof(header));
	decode(size);
	return 0;
}
