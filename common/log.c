/*
 * Log lines of tools, of the parent, and of its children.  The one place with
 * state of its own that belongs to the whole process.
 */
#include "config.h"

#define LIBBSD_OPENBSD_VIS 1 /* or <vis.h> warns of strnvis() */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vis.h>

#include "common/log.h"

#define FATAL_MS 1000 /* for room in the log, for the last line */

static struct {
	const char *name;
	enum log_mode mode;
	enum log_level level;
	uint64_t dropped;
	void (*sink)(int, const char *, const char *);
} state = { "kmsd", LOG_TOOL, LOG_LEVEL_INFO, 0, NULL };

void
log_init(const char *name, enum log_mode mode, enum log_level level)
{
	state.name = name;
	state.mode = mode;
	state.level = level;
	state.dropped = 0;
}

void
log_set_level(enum log_level level)
{
	state.level = level;
}

void
log_set_sink(void (*sink)(int, const char *, const char *))
{
	state.sink = sink;
}

enum log_level
log_get_level(void)
{
	return (state.level);
}

uint64_t
log_dropped(void)
{
	uint64_t n = state.dropped;

	state.dropped = 0;
	return (n);
}

/*
 * One packet: the level and the text, which never holds the caller up; but one
 * who ends with it waits a moment, so that the reason is not what is dropped.
 */
static void
send_packet(enum log_level level, const char *text, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	uint8_t packet[LOG_LINE_MAX];

	if (len > sizeof(packet) - 1)
		len = sizeof(packet) - 1;
	packet[0] = (uint8_t)level;
	memcpy(packet + 1, text, len);
	if (level == LOG_LEVEL_FATAL)
		(void)poll(&p, 1, FATAL_MS);
	if (send(STDERR_FILENO, packet, len + 1, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    -1)
		state.dropped++;
}

static void
write_line(enum log_level level, const char *name, const char *text)
{
	char when[sizeof("2026-11-22T10:00:00Z")];
	struct tm tm;
	time_t now;

	if (state.sink != NULL) {
		state.sink((int)level, name, text);
		return;
	}
	now = time(NULL);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)strlcpy(when, "-", sizeof(when));
	(void)fprintf(stderr, "%s %s: %s\n", when, name, text);
}

static void
write_encoded(
    enum log_level level, const char *name, const char *text, size_t len)
{
	char line[LOG_LINE_MAX * 4 + 1];

	if (len > LOG_LINE_MAX)
		len = LOG_LINE_MAX;
	(void)strvisx(line, text, len, VIS_CSTYLE | VIS_NL | VIS_TAB);
	write_line(level, name, line);
}

static void
put(enum log_level level, const char *text)
{
	switch (state.mode) {
	case LOG_CHILD:
		send_packet(level, text, strlen(text));
		break;
	case LOG_DAEMON:
		/* Its lines quote what children said. */
		write_encoded(level, state.name, text, strlen(text));
		break;
	case LOG_TOOL:
		(void)fprintf(stderr, "%s: %s\n", state.name, text);
		break;
	}
}

/* error: an errno whose meaning is added, or 0. */
static __attribute__((format(printf, 3, 0))) void
vput(enum log_level level, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	size_t len;

	if (level > state.level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		(void)strlcpy(text, fmt, sizeof(text));
	if (error != 0) {
		len = strlen(text);
		(void)snprintf(
		    text + len, sizeof(text) - len, ": %s", strerror(error));
	}
	put(level, text);
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_FATAL, error, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_FATAL, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_WARN, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_relay(const char *name, enum log_level level, const char *text, size_t len)
{
	if (level <= state.level)
		write_encoded(level, name, text, len);
}
