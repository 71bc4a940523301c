/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * log.h - the daemons' log: one line a message, on standard error, with syslog priorities.
 *
 * Under systemd (JOURNAL_STREAM is set) lines start with "<N>", which journald reads as the
 * priority; otherwise with time and level. Library code does not log: the boundary that handles an
 * error logs it once, with the object's name and the way out.
 *
 * Threads: any thread except workers, which never log.
 */
#ifndef DVS_LOG_H
#define DVS_LOG_H

enum dvs_log_level {
	DVS_LOG_ERROR = 3,
	DVS_LOG_WARNING = 4,
	DVS_LOG_NOTICE = 5,
	DVS_LOG_INFO = 6,
	DVS_LOG_DEBUG = 7,
};

/* Messages above this level are not printed; the default is DVS_LOG_INFO. */
void dvs_log_set_level(enum dvs_log_level level);

/* "error", "warning", "notice", "info", "debug" -> level; -EINVAL for anything else. */
int dvs_log_parse_level(const char *text, enum dvs_log_level *ret_level);

void dvs_log(enum dvs_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define dvs_log_error(...)   dvs_log(DVS_LOG_ERROR, __VA_ARGS__)
#define dvs_log_warning(...) dvs_log(DVS_LOG_WARNING, __VA_ARGS__)
#define dvs_log_notice(...)  dvs_log(DVS_LOG_NOTICE, __VA_ARGS__)
#define dvs_log_info(...)    dvs_log(DVS_LOG_INFO, __VA_ARGS__)
#define dvs_log_debug(...)   dvs_log(DVS_LOG_DEBUG, __VA_ARGS__)

#endif
