/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include "array.h"
#include "text.h"

#define ERRNO_MAX 4095

_Static_assert(sizeof(struct dvs_wire_header) == 16, "wire layout");
_Static_assert(sizeof(struct dvs_wire_hello) == 40, "wire layout");
_Static_assert(sizeof(struct dvs_wire_hello_reply) == 56, "wire layout");
_Static_assert(sizeof(struct dvs_wire_object) == 8, "wire layout");
_Static_assert(sizeof(struct dvs_wire_commit_reply) == 8, "wire layout");
_Static_assert(sizeof(struct dvs_wire_dump) == 16, "wire layout");
_Static_assert(sizeof(struct dvs_wire_dump_reply) == 16, "wire layout");
_Static_assert(sizeof(struct dvs_wire_mac_flush) == 64, "wire layout");
_Static_assert(sizeof(struct dvs_wire_mac_flush_reply) == 8, "wire layout");
_Static_assert(sizeof(struct dvs_wire_event) == 224, "wire layout");
_Static_assert(sizeof(struct dvs_wire_empty) == 0, "wire layout");
_Static_assert(sizeof(struct dvs_error) == 372, "wire layout");

/* One direction of a message. */
struct shape {
	uint16_t body; /* bytes */
	bool has_tail;
};

struct message {
	const char *name;
	struct shape request, reply;
};

static const struct message messages[DVS_WIRE_N_TYPES] = {
#define MESSAGE(symbol, request_body, reply_body, request_tail, reply_tail)                        \
	[DVS_WIRE_##symbol] = {                                                                    \
		#symbol, {sizeof(request_body), request_tail}, {sizeof(reply_body), reply_tail}},
	DVS_WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
};

/* Every string in a body. */
static const struct {
	uint16_t type;
	bool is_reply;
	uint16_t offset, size;
} strings[] = {
#define STRING(symbol, is_reply, body, member)                                                     \
	{                                                                                          \
		DVS_WIRE_##symbol, is_reply, offsetof(struct body, member),                        \
			sizeof(((struct body *)NULL)->member)                                      \
	}
	STRING(HELLO, false, dvs_wire_hello, client),
	STRING(HELLO, true, dvs_wire_hello_reply, software),
	STRING(MAC_FLUSH, false, dvs_wire_mac_flush, segment),
	STRING(MAC_FLUSH, false, dvs_wire_mac_flush, port),
	STRING(EVENT, true, dvs_wire_event, port),
	STRING(EVENT, true, dvs_wire_event, segment),
	STRING(EVENT, true, dvs_wire_event, text),
#undef STRING
};

static int check_header(const struct dvs_wire_header *header, size_t length, bool is_reply)
{
	if (header->length != length || header->flags != (is_reply ? DVS_WIRE_REPLY : 0))
		return -EBADMSG;
	if (header->status > 0 || header->status < (is_reply ? -ERRNO_MAX : 0))
		return -EBADMSG;
	if (header->type >= DVS_WIRE_N_TYPES)
		return -EOPNOTSUPP;
	if (header->type == DVS_WIRE_NONE && !(is_reply && header->status < 0))
		return -EOPNOTSUPP;
	if (header->type == DVS_WIRE_EVENT) {
		if (!is_reply)
			return -EOPNOTSUPP; /* only the switch sends events */
		if (header->status < 0 || header->request_id != 0)
			return -EBADMSG;
	}
	return 0;
}

static int decode_error(struct dvs_wire_msg *msg, const uint8_t *rest, size_t length)
{
	const struct dvs_error *err = (const void *)rest;

	if (length != sizeof(*err) || err->code != msg->header.status ||
	    !dvs_text_is_member(err->object, sizeof(err->object)) ||
	    !dvs_text_is_member(err->field, sizeof(err->field)) ||
	    !dvs_text_is_member(err->text, sizeof(err->text)))
		return -EBADMSG;
	msg->error = err;
	return 0;
}

static int check_strings(const struct dvs_wire_msg *msg, bool is_reply)
{
	for (unsigned int i = 0; i < COUNT_OF(strings); i++)
		if (strings[i].type == msg->header.type && strings[i].is_reply == is_reply &&
		    !dvs_text_is_member((const char *)msg->body + strings[i].offset,
					strings[i].size))
			return -EBADMSG;
	return 0;
}

/* What the body says about the tail is true. */
static int check_tail(const struct dvs_wire_msg *msg, bool is_reply)
{
	const struct dvs_wire_dump_reply *dump = msg->body;
	const struct dvs_wire_object *object = msg->body;

	if (is_reply) {
		if (dump->count > 0 && (dump->size == 0 || dump->size > DVS_RECORD_MAX))
			return -EBADMSG;
		return (uint64_t)dump->count * dump->size == msg->tail_length ? 0 : -EBADMSG;
	}
	if (object->size == 0 || object->size > DVS_RECORD_MAX)
		return -EBADMSG;
	return object->size == msg->tail_length ? 0 : -EBADMSG;
}

int dvs_wire_decode(const void *packet, size_t length, bool is_reply, struct dvs_wire_msg *ret_msg)
{
	const uint8_t *rest = (const uint8_t *)packet + sizeof(struct dvs_wire_header);
	struct dvs_wire_msg msg = {0};
	const struct shape *shape;
	int ret;

	if (length < sizeof(msg.header) || length > DVS_WIRE_MSG_MAX)
		return -EBADMSG;
	memcpy(&msg.header, packet, sizeof(msg.header));
	length -= sizeof(msg.header);
	ret = check_header(&msg.header, length + sizeof(msg.header), is_reply);
	if (ret < 0)
		return ret;

	if (msg.header.status < 0) {
		ret = decode_error(&msg, rest, length);
		if (ret < 0)
			return ret;
		*ret_msg = msg;
		return 0;
	}
	shape = is_reply ? &messages[msg.header.type].reply : &messages[msg.header.type].request;
	if (shape->has_tail ? length < shape->body : length != shape->body)
		return -EBADMSG;
	msg.body = rest;
	msg.tail = rest + shape->body;
	msg.tail_length = (uint32_t)(length - shape->body);
	ret = check_strings(&msg, is_reply);
	if (ret == 0 && shape->has_tail)
		ret = check_tail(&msg, is_reply);
	if (ret < 0)
		return ret;
	*ret_msg = msg;
	return 0;
}

/* A struct of another age in our size. */
static int resize(const struct dvs_type *type, const uint8_t *data, size_t size, uint8_t *object,
		  struct dvs_error *err)
{
	for (size_t i = type->size; i < size; i++)
		if (data[i] != 0)
			return dvs_error_set(
				err, -E2BIG, type->name, NULL,
				"has attributes that this version does not know; upgrade it first");
	memset(object, 0, type->size);
	memcpy(object, data, size < type->size ? size : type->size);
	return 0;
}

int dvs_wire_object(const struct dvs_type *type, const void *data, size_t size, void *ret_object,
		    struct dvs_error *err)
{
	_Alignas(8) uint8_t object[DVS_RECORD_MAX];
	int ret = resize(type, data, size, object, err);

	if (ret < 0)
		return ret;
	ret = dvs_type_check(type, object, err);
	if (ret < 0) {
		dvs_error_object(err, type->name, NULL);
		return ret;
	}
	memcpy(ret_object, object, type->size);
	return 0;
}

int dvs_wire_key(const struct dvs_type *type, const void *data, size_t size, void *ret_object,
		 struct dvs_error *err)
{
	_Alignas(8) uint8_t given[DVS_RECORD_MAX], object[DVS_RECORD_MAX];
	int ret = resize(type, data, size, given, err);

	if (ret < 0)
		return ret;
	dvs_type_defaults(type, object);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if ((field->flags & DVS_FIELD_KEY) == 0)
			continue;
		ret = dvs_field_check(field, given, err);
		if (ret < 0) {
			dvs_error_object(err, type->name, NULL);
			return ret;
		}
		memcpy(object + field->offset, given + field->offset, field->size);
	}
	memcpy(ret_object, object, type->size);
	return 0;
}

int dvs_wire_encode(uint8_t packet[DVS_WIRE_MSG_MAX], const struct dvs_wire_header *header,
		    const void *body, size_t body_length, const void *tail, size_t tail_length)
{
	struct dvs_wire_header head = *header;
	size_t room = DVS_WIRE_MSG_MAX - sizeof(head);

	if (body_length > room || tail_length > room - body_length)
		return -EMSGSIZE;
	head.length = (uint32_t)(sizeof(head) + body_length + tail_length);
	memcpy(packet, &head, sizeof(head));
	if (body_length > 0)
		memcpy(packet + sizeof(head), body, body_length);
	if (tail_length > 0)
		memcpy(packet + sizeof(head) + body_length, tail, tail_length);
	return (int)head.length;
}

const char *dvs_wire_type_name(unsigned int type)
{
	return type > DVS_WIRE_NONE && type < DVS_WIRE_N_TYPES ? messages[type].name : "unknown";
}
