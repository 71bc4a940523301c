/* SPDX-License-Identifier: BSD-3-Clause */
/* Values: one row of kinds[] for each enum dvs_field_type, and the kinds of words and numbers. */
#include "field_kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array.h"
#include "text.h"

#define MODE_MAX 0777u

bool dvs_value_may_be_empty(const struct dvs_field *field)
{
	return (field->flags & (DVS_FIELD_KEY | DVS_FIELD_REQUIRED)) == 0;
}

uint64_t dvs_value_load(const struct dvs_field *field, const void *from)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (field->size) {
	case 1:
		return *(const uint8_t *)from;
	case 2:
		memcpy(&u16, from, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, from, sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, from, sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

void dvs_value_store(const struct dvs_field *field, uint64_t value, void *to)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	switch (field->size) {
	case 1:
		memcpy(to, &u8, sizeof(u8));
		break;
	case 2:
		memcpy(to, &u16, sizeof(u16));
		break;
	case 4:
		memcpy(to, &u32, sizeof(u32));
		break;
	case 8:
		memcpy(to, &value, sizeof(value));
		break;
	}
}

static uint64_t largest_uint(const struct dvs_field *field)
{
	if (field->max != 0)
		return field->max;
	return field->size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * field->size)) - 1;
}

/* Digits only: no sign, no space, no empty text. -EINVAL, -ERANGE. */
static int parse_digits(const char *text, int base, uint64_t *ret_value)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";

	if (base == 8)
		digits = "01234567";
	if (text[0] == '\0' || text[strspn(text, digits)] != '\0')
		return -EINVAL;
	errno = 0;
	*ret_value = strtoull(text, NULL, base);
	return errno != 0 ? -ERANGE : 0;
}

static unsigned int names_count(const struct dvs_field *field)
{
	unsigned int n = 0;

	while (field->names[n])
		n++;
	return n;
}

/* Index of the name with that length, -EINVAL. */
static int names_lookup(const struct dvs_field *field, const char *name, size_t length)
{
	for (int i = 0; field->names[i]; i++)
		if (strlen(field->names[i]) == length && memcmp(field->names[i], name, length) == 0)
			return i;
	return -EINVAL;
}

/* Appends to text in buf[DVS_FIELD_TEXT_MAX]; what does not fit is cut. */
static void append(char *buf, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, DVS_FIELD_TEXT_MAX - used, "%s", text);
}

static void append_names(const struct dvs_field *field, char *buf)
{
	for (unsigned int i = 0; field->names[i]; i++) {
		if (i > 0)
			append(buf, ", ");
		append(buf, field->names[i]);
	}
}

/* BOOL */

/* In any case, as YAML writes them: true, True, TRUE. */
static int bool_parse(const struct dvs_field *field, const char *text, void *to)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	for (unsigned int i = 0; i < COUNT_OF(words); i++) {
		for (unsigned int value = 0; value < 2; value++) {
			if (strcasecmp(text, words[i][value]) == 0) {
				dvs_value_store(field, value, to);
				return 0;
			}
		}
	}
	return -EINVAL;
}

static int bool_check(const struct dvs_field *field, const void *from)
{
	return dvs_value_load(field, from) <= 1 ? 0 : -EINVAL;
}

static void bool_print(const struct dvs_field *field, const void *from, char *buf)
{
	append(buf, dvs_value_load(field, from) ? "true" : "false");
}

static void bool_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "true or false");
}

/* UINT */

static int uint_parse(const struct dvs_field *field, const char *text, void *to)
{
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value;
	int ret = parse_digits(is_hex ? text + 2 : text, is_hex ? 16 : 10, &value);

	if (ret < 0)
		return ret;
	if (value < field->min || value > largest_uint(field))
		return -ERANGE;
	dvs_value_store(field, value, to);
	return 0;
}

static int uint_check(const struct dvs_field *field, const void *from)
{
	uint64_t value = dvs_value_load(field, from);

	return value >= field->min && value <= largest_uint(field) ? 0 : -ERANGE;
}

static void uint_print(const struct dvs_field *field, const void *from, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%llu", (unsigned long long)dvs_value_load(field, from));
}

static void uint_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%llu to %llu%s%s", (unsigned long long)field->min,
		 (unsigned long long)largest_uint(field), field->unit ? " " : "",
		 field->unit ? field->unit : "");
}

/* NAME, STRING, PATH: char[size], of which all after the text is zero when we write it */

static size_t string_max(const struct dvs_field *field)
{
	size_t most = (size_t)field->size - 1;

	return field->type == DVS_FIELD_NAME && most > DVS_NAME_LEN - 1 ? DVS_NAME_LEN - 1 : most;
}

static bool is_name(const char *text)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (!strchr(alnum, text[i]) && (i == 0 || !strchr("._-", text[i])))
			return false;
	return length > 0;
}

static bool is_path(const char *text)
{
	const char *part = text;

	if (text[0] != '/')
		return false;
	while (part[0] == '/') {
		size_t length = strcspn(++part, "/");

		if (length == 0 || (length == 1 && part[0] == '.') ||
		    (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += length;
	}
	return true;
}

/* text is terminated. */
static int string_content(const struct dvs_field *field, const char *text)
{
	if (strlen(text) > string_max(field))
		return -E2BIG;
	if (text[0] == '\0')
		return dvs_value_may_be_empty(field) ? 0 : -EINVAL;
	if (!dvs_text_is_printable(text, strlen(text)))
		return -EINVAL;
	if (field->type == DVS_FIELD_NAME && !is_name(text))
		return -EINVAL;
	if (field->type == DVS_FIELD_PATH && !is_path(text))
		return -EINVAL;
	return 0;
}

static int string_parse(const struct dvs_field *field, const char *text, void *to)
{
	int ret = string_content(field, text);

	if (ret < 0)
		return ret;
	memset(to, 0, field->size);
	memcpy(to, text, strlen(text));
	return 0;
}

static int string_check(const struct dvs_field *field, const void *from)
{
	if (strnlen(from, field->size) >= field->size)
		return -E2BIG;
	return string_content(field, from);
}

static void string_print(const struct dvs_field *field, const void *from, char *buf)
{
	size_t length = strnlen(from, field->size);

	if (length > DVS_FIELD_TEXT_MAX - 1)
		length = DVS_FIELD_TEXT_MAX - 1;
	memcpy(buf, from, length);
	buf[length] = '\0';
}

static void string_allowed(const struct dvs_field *field, char *buf)
{
	const char *empty = dvs_value_may_be_empty(field) ? ", or empty" : "";
	size_t most = string_max(field);

	if (field->type == DVS_FIELD_NAME)
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "1 to %zu of A-Z a-z 0-9 . _ -, starting with a letter or digit%s", most,
			 empty);
	else if (field->type == DVS_FIELD_PATH)
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "an absolute path of at most %zu bytes without //, . or .. in it%s", most,
			 empty);
	else
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "%sat most %zu bytes of UTF-8 without control characters",
			 empty[0] ? "" : "not empty, ", most);
}

/* ENUM */

static int enum_parse(const struct dvs_field *field, const char *text, void *to)
{
	int index = names_lookup(field, text, strlen(text));

	if (index < 0)
		return index;
	dvs_value_store(field, (uint64_t)index, to);
	return 0;
}

static int enum_check(const struct dvs_field *field, const void *from)
{
	return dvs_value_load(field, from) < names_count(field) ? 0 : -EINVAL;
}

static void enum_print(const struct dvs_field *field, const void *from, char *buf)
{
	uint64_t index = dvs_value_load(field, from);

	if (index < names_count(field))
		append(buf, field->names[index]);
	else
		uint_print(field, from, buf);
}

static void enum_allowed(const struct dvs_field *field, char *buf)
{
	append(buf, "one of ");
	append_names(field, buf);
}

/* FLAGS */

static int flags_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t value = 0;

	if (strcmp(text, "none") == 0) {
		dvs_value_store(field, 0, to);
		return 0;
	}
	for (;;) {
		size_t length = strcspn(text, ",");
		int index = names_lookup(field, text, length);

		if (index < 0)
			return index;
		value |= UINT64_C(1) << index;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	dvs_value_store(field, value, to);
	return 0;
}

static uint64_t known_flags(const struct dvs_field *field)
{
	unsigned int n = names_count(field);

	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static int flags_check(const struct dvs_field *field, const void *from)
{
	return (dvs_value_load(field, from) & ~known_flags(field)) == 0 ? 0 : -EINVAL;
}

static void flags_print(const struct dvs_field *field, const void *from, char *buf)
{
	uint64_t value = dvs_value_load(field, from) & known_flags(field);

	if (value == 0)
		append(buf, "none");
	for (unsigned int i = 0; value >> i != 0; i++) {
		if (value >> i & 1) {
			if (buf[0] != '\0')
				append(buf, ",");
			append(buf, field->names[i]);
		}
		if (i == 63)
			break;
	}
}

/* Are the names 0, 1, 2 and so on? */
static bool names_are_numbers(const struct dvs_field *field)
{
	char number[16];

	for (unsigned int i = 0; field->names[i]; i++) {
		snprintf(number, sizeof(number), "%u", i);
		if (strcmp(field->names[i], number) != 0)
			return false;
	}
	return true;
}

static void flags_allowed(const struct dvs_field *field, char *buf)
{
	if (names_are_numbers(field)) {
		snprintf(buf, DVS_FIELD_TEXT_MAX, "none, or numbers 0 to %u with commas between",
			 names_count(field) - 1);
		return;
	}
	append(buf, "none, or with commas between: ");
	append_names(field, buf);
}

/* MODE */

static int mode_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t value;
	int ret = parse_digits(text, 8, &value);

	if (ret < 0)
		return ret;
	if (value > MODE_MAX)
		return -ERANGE;
	dvs_value_store(field, value, to);
	return 0;
}

static int mode_check(const struct dvs_field *field, const void *from)
{
	return dvs_value_load(field, from) <= MODE_MAX ? 0 : -ERANGE;
}

static void mode_print(const struct dvs_field *field, const void *from, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%04o", (unsigned int)dvs_value_load(field, from));
}

static void mode_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "octal permission bits, 0 to 0777");
}

static const struct dvs_value_kind bool_kind = {bool_parse, bool_check, bool_print, bool_allowed};
static const struct dvs_value_kind uint_kind = {uint_parse, uint_check, uint_print, uint_allowed};
static const struct dvs_value_kind string_kind = {string_parse, string_check, string_print,
						  string_allowed};
static const struct dvs_value_kind enum_kind = {enum_parse, enum_check, enum_print, enum_allowed};
static const struct dvs_value_kind flags_kind = {flags_parse, flags_check, flags_print,
						 flags_allowed};
static const struct dvs_value_kind mode_kind = {mode_parse, mode_check, mode_print, mode_allowed};

static const struct dvs_value_kind *const kinds[] = {
	[DVS_FIELD_BOOL] = &bool_kind,	       [DVS_FIELD_UINT] = &uint_kind,
	[DVS_FIELD_NAME] = &string_kind,       [DVS_FIELD_STRING] = &string_kind,
	[DVS_FIELD_PATH] = &string_kind,       [DVS_FIELD_MAC] = &dvs_kind_mac,
	[DVS_FIELD_ENUM] = &enum_kind,	       [DVS_FIELD_FLAGS] = &flags_kind,
	[DVS_FIELD_MODE] = &mode_kind,	       [DVS_FIELD_IP] = &dvs_kind_ip,
	[DVS_FIELD_PREFIX] = &dvs_kind_prefix, [DVS_FIELD_RATE] = &dvs_kind_rate,
	[DVS_FIELD_RANGE] = &dvs_kind_range,   [DVS_FIELD_MAC_MASK] = &dvs_kind_mac_mask,
	[DVS_FIELD_MAP] = &dvs_kind_map,       [DVS_FIELD_VLANS] = &dvs_kind_vlans,
};

static const char *failure_text(int code)
{
	switch (code) {
	case -ERANGE:
		return "out of range";
	case -E2BIG:
		return "too long";
	default:
		return "not valid";
	}
}

/* "12 is out of range, allowed are 68 to 9216 bytes"; a long value is shown by its start. */
static int refuse(const struct dvs_field *field, int code, const char *value, struct dvs_error *err)
{
	char allowed[DVS_FIELD_TEXT_MAX], shown[64];

	if (!err)
		return code;
	dvs_field_allowed(field, allowed);
	if (value[0] == '\0')
		return dvs_error_set(err, code, NULL, field->name,
				     "an empty value is not valid; allowed: %s", allowed);
	dvs_text_copy(shown, sizeof(shown), value);
	return dvs_error_set(err, code, NULL, field->name, "'%s%s' is %s; allowed: %s", shown,
			     strlen(value) >= sizeof(shown) ? "..." : "", failure_text(code),
			     allowed);
}

int dvs_field_parse(const struct dvs_field *field, const char *text, void *object,
		    struct dvs_error *err)
{
	_Alignas(8) uint8_t value[DVS_RECORD_MAX];
	int ret = kinds[field->type]->parse(field, text, value);

	if (ret < 0)
		return refuse(field, ret, text, err);
	memcpy((uint8_t *)object + field->offset, value, field->size);
	return 0;
}

int dvs_field_check(const struct dvs_field *field, const void *object, struct dvs_error *err)
{
	int ret = kinds[field->type]->check(field, (const uint8_t *)object + field->offset);
	char value[DVS_FIELD_TEXT_MAX];

	return ret < 0 ? refuse(field, ret, dvs_field_print(field, object, value), err) : 0;
}

const char *dvs_field_print(const struct dvs_field *field, const void *object,
			    char buf[DVS_FIELD_TEXT_MAX])
{
	buf[0] = '\0';
	kinds[field->type]->print(field, (const uint8_t *)object + field->offset, buf);
	return buf;
}

uint64_t dvs_field_uint(const struct dvs_field *field, const void *object)
{
	switch (field->type) {
	case DVS_FIELD_BOOL:
	case DVS_FIELD_UINT:
	case DVS_FIELD_ENUM:
	case DVS_FIELD_FLAGS:
	case DVS_FIELD_MODE:
	case DVS_FIELD_RATE:
		return dvs_value_load(field, (const uint8_t *)object + field->offset);
	default:
		return 0;
	}
}

const char *dvs_field_allowed(const struct dvs_field *field, char buf[DVS_FIELD_TEXT_MAX])
{
	buf[0] = '\0';
	kinds[field->type]->allowed(field, buf);
	return buf;
}
