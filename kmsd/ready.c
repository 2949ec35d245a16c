/* The host's state in words, and the moment from which it counts as started. */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/notify.h"
#include "kmsd/ready.h"
#include "kmsd/systemlog.h"

void
ready_state(struct kmsd *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(k->reason, sizeof(k->reason), fmt, ap);
	va_end(ap);
	log_info("%s", k->reason);
	notify(k->notify, NULL, k->reason);
}

/* Lets the caller of a daemon go. */
static void
started(struct kmsd *k)
{
	int null;

	if (k->was_ready)
		return;
	k->was_ready = true;
	notify(k->notify, "READY=1", NULL);
	if (k->ready_fd == -1)
		return;
	if (write(k->ready_fd, "", 1) != 1)
		log_warn("cannot tell the caller that kmsd is ready");
	(void)close(k->ready_fd);
	k->ready_fd = -1;
	log_set_sink(systemlog_line);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
		(void)dup2(null, STDERR_FILENO);
		(void)close(null);
	}
}

void
ready_serving(struct kmsd *k)
{
	k->phase = PHASE_SERVING;
	ready_state(k, "serving, generation %u", k->generation);
	started(k);
}

void
ready_rollback(struct kmsd *k, const char *why)
{
	k->phase = PHASE_ROLLBACK;
	ready_state(k, "rollback, no client is served: %s", why);
	started(k);
}
