/* SPDX-License-Identifier: BSD-3-Clause */
#include "membership.h"

#include "bytes.h"

#define RECORD_HEADER 4

/* Record types (RFC 3376 section 4.2.12, RFC 3810 section 5.2.12). */
enum {
	MODE_IS_INCLUDE = 1,
	MODE_IS_EXCLUDE = 2,
	CHANGE_TO_INCLUDE = 3,
	CHANGE_TO_EXCLUDE = 4,
	ALLOW_NEW_SOURCES = 5,
	BLOCK_OLD_SOURCES = 6,
};

static uint8_t change_of(uint8_t type, uint16_t n_sources)
{
	switch (type) {
	case MODE_IS_EXCLUDE:
	case CHANGE_TO_EXCLUDE:
		return DVS_MEMBERSHIP_JOIN;
	case MODE_IS_INCLUDE:
	case ALLOW_NEW_SOURCES:
		return n_sources != 0 ? DVS_MEMBERSHIP_JOIN : DVS_MEMBERSHIP_NONE;
	case CHANGE_TO_INCLUDE:
		return n_sources != 0 ? DVS_MEMBERSHIP_JOIN : DVS_MEMBERSHIP_LEAVE;
	case BLOCK_OLD_SOURCES:
		return DVS_MEMBERSHIP_BLOCK;
	default: /* RFC 3376 section 4.2.12: silently ignored */
		return DVS_MEMBERSHIP_NONE;
	}
}

/* A record: type, length of auxiliary data in words, number of sources, group, sources, data. */
static bool read_record(const struct dvs_membership *message, struct dvs_membership_cursor *at,
			struct dvs_membership_record *ret_record)
{
	uint32_t address = message->address_length, left = message->length - at->offset;
	const uint8_t *record = message->records + at->offset;
	uint32_t length;
	uint16_t n_sources;

	if (left < RECORD_HEADER + address)
		return false;
	n_sources = dvs_load16(record + 2);
	length = RECORD_HEADER + address + n_sources * address + record[1] * 4u;
	if (length > left)
		return false;
	ret_record->change = change_of(record[0], n_sources);
	if (address == DVS_IP_LEN)
		memcpy(ret_record->group.bytes, record + RECORD_HEADER, DVS_IP_LEN);
	else
		ret_record->group = dvs_ip_from4(dvs_load32(record + RECORD_HEADER));
	at->offset += length;
	at->n++;
	return true;
}

bool dvs_membership_next(const struct dvs_membership *message, struct dvs_membership_cursor *at,
			 struct dvs_membership_record *ret_record)
{
	if (message->kind != DVS_MEMBERSHIP_REPORT || at->n >= message->n_records)
		return false;
	if (message->records != NULL)
		return read_record(message, at, ret_record);
	ret_record->change = message->change;
	ret_record->group = message->group;
	at->n++;
	return true;
}

bool dvs_membership_is_sound(const struct dvs_membership *message)
{
	struct dvs_membership_cursor at = {0};
	struct dvs_membership_record record;

	while (dvs_membership_next(message, &at, &record))
		if (!dvs_ip_is_multicast(&record.group))
			return false;
	return at.n == message->n_records;
}

/* A code of 8 bits is 1, exponent in 3, mantissa in 4; one of 16 bits has 12 for the mantissa. */
uint32_t dvs_membership_time(uint32_t code, unsigned int bits)
{
	unsigned int mantissa_bits = bits - 4;
	uint32_t mantissa = code & ((1u << mantissa_bits) - 1);

	if (code < 1u << (bits - 1))
		return code;
	return (mantissa | 1u << mantissa_bits) << ((code >> mantissa_bits & 7) + 3);
}

uint32_t dvs_membership_code(uint32_t value, unsigned int bits)
{
	unsigned int mantissa_bits = bits - 4, exponent = 0;

	if (value < 1u << (bits - 1))
		return value;
	while (exponent < 7 && value >> (exponent + 3) >= 2u << mantissa_bits)
		exponent++;
	value >>= exponent + 3;
	if (value >= 2u << mantissa_bits)
		return (1u << bits) - 1;
	return 1u << (bits - 1) | exponent << mantissa_bits | (value & ((1u << mantissa_bits) - 1));
}
