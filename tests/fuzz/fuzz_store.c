/*
 * Packets of a hostile activator and a hostile control against the store's
 * tables, with a real database.  The first byte says whether there is one at
 * the start.  A broken rule ends the input; that the database fails, or that
 * an answer has no room, is a crash.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "common/log.h"
#include "store/dispatch.h"
#include "tests/fuzz/packets.h"

#define DATABASE_MAX (1 << 20) /* bytes of an empty one */
#define WAIT_MS 0
#define TODAY 20779 /* days */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum who {
	ACTIVATOR,
	CONTROL,
	SENDERS
};

struct scene {
	struct process process;
	int far[SENDERS];
	bool ended;
};

static char directory[64];
static uint8_t template[DATABASE_MAX];
static size_t template_len;

static void
path_of(const char *name, char path[128])
{
	(void)snprintf(path, 128, "%s/%s", directory, name);
}

static void
clear(void)
{
	static const char *const names[] = { "kmsd.db", "kmsd.db-wal",
		"kmsd.db-shm", "kmsd.db-journal" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		(void)unlink(path);
	}
}

static void
clean_up(void)
{
	clear();
	(void)rmdir(directory);
}

static struct store *
open_store(void)
{
	struct store *s;

	if ((s = store_new()) == NULL)
		err(1, "store");
	store_set_oldest_day(s, TODAY - 30);
	if (store_open(s, directory, NULL) != STORE_OK)
		errx(1, "%s", store_error(s));
	return (s);
}

/* A database without rows, kept in memory. */
static void
make_template(void)
{
	static const uint8_t store[UUID_LEN] = { 1 }, log[UUID_LEN] = { 2 };
	const char *tmp = getenv("TMPDIR");
	char path[128];
	struct store *s;
	ssize_t n;
	int fd;

	if (tmp == NULL && access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	(void)snprintf(directory, sizeof(directory), "%.40s/kmsd-fuzz-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (sodium_init() == -1 || mkdtemp(directory) == NULL ||
	    atexit(clean_up) != 0)
		err(1, "%s", directory);
	s = open_store();
	if (store_create(s, store, log) != STORE_OK || store_free(s) == -1)
		errx(1, "cannot make a database");
	path_of("kmsd.db", path);
	if ((fd = open(path, O_RDONLY)) == -1 ||
	    (n = read(fd, template, sizeof(template))) <= 0)
		err(1, "%s", path);
	(void)close(fd);
	template_len = (size_t)n;
}

static void
put_template(void)
{
	char path[128];
	int fd;

	path_of("kmsd.db", path);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 ||
	    write(fd, template, template_len) != (ssize_t)template_len)
		err(1, "%s", path);
	(void)close(fd);
}

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct process *p = ctx;

	(void)ch;
	(void)why;
	((struct scene *)p)->ended = true;
}

static struct ipc_channel *
channel(struct scene *s, enum who who, const struct ipc_rule *rules)
{
	struct ipc_channel *ch;
	int fd[2];

	packet_pair(fd);
	s->far[who] = fd[1];
	ch = ipc_new(
	    fd[0], "peer", rules, STORE_QUEUE_BYTES, &s->process, ended);
	if (ch == NULL)
		err(1, "channel");
	return (ch);
}

static void
drain(int fd)
{
	static uint8_t buf[IPC_PACKET_MAX];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* A packet is handled, and its answers are read, however many. */
static void
handle(struct scene *s, const struct packet *p)
{
	struct ipc_channel *ch =
	    p->who == ACTIVATOR ? s->process.activator : s->process.control;
	int i;

	packet_send(s->far[p->who], p);
	(void)ipc_wait(ch, WAIT_MS);
	for (i = 0; i < SENDERS; i++)
		drain(s->far[i]);
	if (s->process.nwaiting > CONTROL_CREDITS ||
	    s->process.nanswers > BATCH_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scene s;
	struct packet p;
	bool exists;

	if (size == 0)
		return (0);
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	if (template_len == 0)
		make_template();
	memset(&s, 0, sizeof(s));
	clear();
	exists = (*data++ & 1) != 0;
	size--;
	if (exists)
		put_template();
	s.process.store = open_store();
	s.process.activator = channel(&s, ACTIVATOR, store_dispatch_activator);
	s.process.control = channel(&s, CONTROL, store_dispatch_control);
	while (!s.ended && packet_take(&data, &size, SENDERS, &p))
		handle(&s, &p);
	ipc_free(s.process.activator);
	ipc_free(s.process.control);
	(void)close(s.far[ACTIVATOR]);
	(void)close(s.far[CONTROL]);
	(void)store_free(s.process.store);
	return (0);
}
