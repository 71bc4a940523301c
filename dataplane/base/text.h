/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text.h - text that is safe to log, to show on a terminal and to put into a fixed-size member.
 *
 * Printable text is UTF-8 (RFC 3629: no overlong forms, no surrogates) without control characters
 * (C0, DEL, C1), line and paragraph separators and bidirectional overrides: what is left cannot
 * forge a log line or make a terminal show something else than what is there.
 *
 * Threads: pure functions, any thread.
 */
#ifndef DVS_TEXT_H
#define DVS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* length bytes are printable text; a NUL among them is not. */
bool dvs_text_is_printable(const char *text, size_t length);

/* A member char[size] holds NUL-terminated printable text. */
bool dvs_text_is_member(const char *member, size_t size);

/*
 * Copies src into dst as printable text: what is not printable becomes '?', and what does not fit
 * is cut at a character's boundary. Always terminates; size must not be 0. Returns dst.
 */
char *dvs_text_copy(char *dst, size_t size, const char *src);

#endif
