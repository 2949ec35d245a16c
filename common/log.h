/*
 * Log lines: lower case, no full stop, the object's id in the line, never a
 * secret.  A tool writes them to standard error; a child sends each as one
 * packet on fd 2, never blocks, and counts what it had to drop; the parent
 * writes what its children send.
 *
 * Only processes decide to die: library code returns an error instead of
 * calling fatal() or fatalx().
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 1024 /* bytes of a packet: one level byte, text */

enum log_level {
	LOG_LEVEL_FATAL,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Where lines go. */
enum log_mode {
	LOG_TOOL, /* "name: text" on standard error */
	LOG_DAEMON, /* the parent: time, process, encoded text, or a sink */
	LOG_CHILD /* packets on fd 2 */
};

void log_init(const char *, enum log_mode, enum log_level);
void log_set_level(enum log_level);
enum log_level log_get_level(void);

/*
 * Where a daemon's lines go instead of standard error: level (enum log_level),
 * process, text.  NULL: standard error again.
 */
void log_set_sink(void (*)(int, const char *, const char *));

/* Lines that a child could not send since the last call. */
uint64_t log_dropped(void);

void fatal(const char *, ...) /* with strerror(errno), exits 1 */
    __attribute__((noreturn, format(printf, 1, 2)));
void fatalx(const char *, ...) __attribute__((noreturn, format(printf, 1, 2)));
void log_warn(const char *, ...) /* with strerror(errno) */
    __attribute__((format(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * The parent's: writes a line that a child sent, under the child's name and
 * encoded with vis(3).
 */
void log_relay(const char *, enum log_level, const char *, size_t);

#endif
