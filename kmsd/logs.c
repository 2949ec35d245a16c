/*
 * Reads the children's log packets (a level, then text) and writes them under
 * the child's name.  A child that floods loses lines, never the parent.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/ipc.h"
#include "common/log.h"
#include "kmsd/logs.h"
#include "kmsd/supervise.h"

#define LINES_A_SECOND 100
#define PACKETS_A_TURN 32

static void
say_dropped(struct child *c)
{
	if (c->log_dropped == 0)
		return;
	log_warnx("%s: %ju log lines beyond %d in a second were dropped",
	    role_names[c->role], (uintmax_t)c->log_dropped, LINES_A_SECOND);
	c->log_dropped = 0;
}

static void
keep_last_words(struct child *c, const char *text, size_t len)
{
	char *p;

	if (c->last_words[0] != '\0')
		return;
	c->spoke_ms = ktime_boot_ms();
	(void)snprintf(c->last_words, sizeof(c->last_words), "%s: %.*s",
	    role_names[c->role], (int)len, text);
	for (p = c->last_words; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
}

static void
logs_line(struct child *c, const char *packet, size_t len)
{
	const int64_t second = ktime_boot_ms() / 1000;
	enum log_level level = LOG_LEVEL_WARN;

	if (second != c->log_second) {
		say_dropped(c);
		c->log_second = second;
		c->log_lines = 0;
	}
	if ((unsigned char)packet[0] <= LOG_LEVEL_DEBUG)
		level = (enum log_level)packet[0];
	/* Why it ends a child says once: siblings may have made it flood. */
	if (++c->log_lines > LINES_A_SECOND &&
	    (level != LOG_LEVEL_FATAL || c->log_fatal)) {
		c->log_dropped++;
		return;
	}
	/* What a library writes to fd 2 is text from its first byte on. */
	if ((unsigned char)packet[0] <= LOG_LEVEL_DEBUG) {
		packet++;
		len--;
	}
	if (level == LOG_LEVEL_FATAL) {
		c->log_fatal = true;
		keep_last_words(c, packet, len);
	}
	log_relay(role_names[c->role], level, packet, len);
}

static void
logs_read(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	char packet[LOG_LINE_MAX];
	ssize_t n = 0;
	bool ended = false;
	int i;

	(void)what;
	for (i = 0; i < PACKETS_A_TURN; i++) {
		n = recv((int)fd, packet, sizeof(packet), MSG_DONTWAIT);
		/* A packet may be empty; that is not yet the end. */
		ended = n == -1 || (n == 0 && ipc_hung_up((int)fd));
		if (ended)
			break;
		if (n > 0)
			logs_line(c, packet, (size_t)n);
	}
	if (!ended || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	logs_end(c);
	supervise_settle(c->kmsd);
}

int
logs_start(struct child *c)
{
	c->log_lines = 0;
	c->log_dropped = 0;
	c->log_fatal = false;
	c->log_event = event_new(
	    c->kmsd->base, c->log, EV_READ | EV_PERSIST, logs_read, c);
	if (c->log_event == NULL || event_add(c->log_event, NULL) == -1)
		return (-1);
	return (0);
}

void
logs_end(struct child *c)
{
	if (c->log == -1)
		return;
	say_dropped(c);
	if (c->log_event != NULL)
		event_free(c->log_event);
	c->log_event = NULL;
	(void)close(c->log);
	c->log = -1;
}
