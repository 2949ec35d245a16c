/*
 * The log lines of a hostile child: packets, each with its length (u16) before
 * it.  What the parent writes is a level and text that is safe to read.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "kmsd/logs.h"
#include "kmsd/supervise.h"
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
sink(int level, const char *process, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	if (level < 0 || level > LOG_LEVEL_DEBUG || process == NULL)
		abort();
	for (; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
			abort();
}

void
supervise_settle(struct kmsd *k)
{
	if (k->child[ROLE_STORE].log != -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	static struct kmsd k;
	struct child *c = &k.child[ROLE_STORE];
	size_t len;
	int fd[2];

	if (base == NULL && (base = event_base_new()) == NULL)
		err(1, "event base");
	log_init("kmsd", LOG_DAEMON, LOG_LEVEL_DEBUG);
	log_set_sink(sink);
	memset(&k, 0, sizeof(k));
	k.base = base;
	packet_pair(fd);
	c->kmsd = &k;
	c->role = ROLE_STORE;
	c->log = fd[0];
	if (logs_start(c) == -1)
		err(1, "logs");
	while (size >= 2) {
		len = (size_t)data[0] << 8 | data[1];
		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		(void)send(fd[1], data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		data += len;
		size -= len;
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	}
	(void)close(fd[1]);
	while (c->log != -1)
		(void)event_base_loop(base, EVLOOP_ONCE);
	return (0);
}
