/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define LOG_TEXT_MAX 1024

static atomic_int log_level = DVS_LOG_INFO;

static const char *const level_names[] = {
	[DVS_LOG_ERROR] = "error", [DVS_LOG_WARNING] = "warning", [DVS_LOG_NOTICE] = "notice",
	[DVS_LOG_INFO] = "info",   [DVS_LOG_DEBUG] = "debug",
};

void dvs_log_set_level(enum dvs_log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

int dvs_log_parse_level(const char *text, enum dvs_log_level *ret_level)
{
	for (unsigned int i = DVS_LOG_ERROR; i <= DVS_LOG_DEBUG; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*ret_level = (enum dvs_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* "<6>" for journald, else "2022-12-31 23:59:59.999 info    "; returns the length. */
static size_t print_prefix(enum dvs_log_level level, char *buf, size_t size)
{
	struct timespec now;
	struct tm local;
	char date[32];
	int length;

	if (getenv("JOURNAL_STREAM")) {
		length = snprintf(buf, size, "<%d>", (int)level);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &local);
		strftime(date, sizeof(date), "%F %T", &local);
		length = snprintf(buf, size, "%s.%03ld %-7s ", date, now.tv_nsec / 1000000,
				  level_names[level]);
	}
	return length > 0 ? (size_t)length : 0;
}

void dvs_log(enum dvs_log_level level, const char *format, ...)
{
	char line[64 + LOG_TEXT_MAX + 1], text[LOG_TEXT_MAX];
	size_t length;
	va_list args;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	length = print_prefix(level, line, 64);
	dvs_text_copy(line + length, sizeof(line) - 1 - length, text);
	length = strlen(line);
	line[length++] = '\n';
	/* One write a line: lines of several threads do not mix. There is nobody to tell when it
	 * fails. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}
