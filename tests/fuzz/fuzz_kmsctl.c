/*
 * Packets of a hostile control to kmsctl: the first byte chooses the command
 * that asks, and what it prints goes nowhere.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsctl/kmsctl.h"
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int ask_open_path(struct ask *, const char *, const char *);

static void quiet(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Formats what kmsctl would say. */
static void
quiet(const char *fmt, ...)
{
	char text[8192];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
}

static void answer_next(struct ipc_channel *);

/* Its own code, on a connection that is already there. */
#define warnx quiet
#define ipc_flush answer_next
#define ask_open ask_open_path
#include "kmsctl/ask.c"
#undef ask_open
#undef ipc_flush
#undef warnx

static int (*const commands[])(struct kmsctl *, int, char **) = { show_main,
	show_host, show_sandbox, show_counters, show_count, show_products,
	show_documents, show_machines, show_logs, audit_show,
	audit_checkpoint };

static const uint8_t *rest; /* of the input */
static size_t nrest;
static int far; /* -1: closed */

static void
close_far(void)
{
	if (far != -1)
		(void)close(far);
	far = -1;
}

/* A question leaves: what comes for it, up to the end of its answer. */
static void
answer_next(struct ipc_channel *ch)
{
	struct packet p;

	ipc_flush(ch);
	while (far != -1 && packet_take(&rest, &nrest, 1, &p)) {
		packet_send(far, &p);
		if (p.type == REC_DONE)
			return;
	}
	close_far();
}

int
ask_open(struct ask *a, const char *path, const char *otherwise)
{
	int fd[2];

	(void)path;
	(void)otherwise;
	close_far();
	memset(a, 0, sizeof(*a));
	packet_pair(fd);
	a->channel = ipc_new(fd[0], "kmsd", ask_rules, QUEUE_BYTES, a, ended);
	if (a->channel == NULL)
		err(1, "channel");
	far = fd[1];
	return (STATUS_OK);
}

int
kmsctl_question(const struct kmsctl *k, struct ask *a)
{
	(void)k;
	return (ask_open(a, "", NULL));
}

int
kmsctl_change(const struct kmsctl *k, struct ask *a)
{
	(void)k;
	return (ask_open(a, "", NULL));
}

void
kmsctl_usage(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

void
kmsctl_wrong_option(char *const argv[], int c)
{
	(void)argv;
	(void)c;
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "show", *argv[] = { name, NULL };
	static struct kmsctl k;
	static FILE *nowhere;
	FILE *out = stdout;
	int before, status;

	/* More would not fit into the socket at once. */
	if (size == 0 || size > IPC_PACKET_MAX)
		return (0);
	far = -1;
	if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
		err(1, "/dev/null");
	before = packet_lowest_free();
	rest = data + 1;
	nrest = size - 1;
	optind = 0;
	stdout = nowhere;
	status = commands[data[0] % (sizeof(commands) / sizeof(commands[0]))](
	    &k, 1, argv);
	stdout = out;
	close_far();
	if (status < STATUS_OK || status > STATUS_FAILED ||
	    packet_lowest_free() != before)
		abort();
	return (0);
}
