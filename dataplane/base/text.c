/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <stdint.h>
#include <string.h>

static bool is_printable_code(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
		return false; /* C0, DEL, C1 */
	if (code >= 0xd800 && code <= 0xdfff)
		return false; /* surrogates */
	if (code >= 0x2028 && code <= 0x202e)
		return false; /* separators, embeddings and overrides */
	if (code >= 0x2066 && code <= 0x2069)
		return false; /* bidirectional isolates */
	return code <= 0x10ffff;
}

/* Bytes of the printable character at text, of which length (> 0) are readable; 0 = there is none.
 */
static size_t char_length(const char *text, size_t length)
{
	static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *byte = (const uint8_t *)text;
	uint32_t code;
	size_t n;

	if (byte[0] < 0x80) {
		n = 1;
		code = byte[0];
	} else if ((byte[0] & 0xe0) == 0xc0) {
		n = 2;
		code = byte[0] & 0x1f;
	} else if ((byte[0] & 0xf0) == 0xe0) {
		n = 3;
		code = byte[0] & 0x0f;
	} else if ((byte[0] & 0xf8) == 0xf0) {
		n = 4;
		code = byte[0] & 0x07;
	} else {
		return 0;
	}
	if (n > length)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3f);
	}
	return code >= smallest[n] && is_printable_code(code) ? n : 0;
}

bool dvs_text_is_printable(const char *text, size_t length)
{
	while (length > 0) {
		size_t n = char_length(text, length);

		if (n == 0)
			return false;
		text += n;
		length -= n;
	}
	return true;
}

bool dvs_text_is_member(const char *member, size_t size)
{
	size_t length = strnlen(member, size);

	return length < size && dvs_text_is_printable(member, length);
}

char *dvs_text_copy(char *dst, size_t size, const char *src)
{
	size_t left = strlen(src), used = 0;

	while (left > 0) {
		size_t n = char_length(src, left);
		size_t step = n > 0 ? n : 1;

		if (used + step >= size)
			break;
		if (n > 0)
			memcpy(dst + used, src, n);
		else
			dst[used] = '?';
		used += step;
		src += step;
		left -= step;
	}
	dst[used] = '\0';
	return dst;
}
