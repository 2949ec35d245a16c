/* The parts of an activation, each measured alone. */
#include "config.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/cpu.h"
#include "tests/bench/parts.h"

#define ECHO_FRAME_MAX 8192
#define ECHO_CONNECTIONS_MAX 1024
#define STORE_ROWS 100000
#define ENTRY_BYTES 700

double
part_floor(uint64_t duration, size_t in, size_t out)
{
	static uint8_t text[ECHO_FRAME_MAX], box[ECHO_FRAME_MAX + 64];
	uint8_t pk[32], sk[32], mpk[32], msk[32], shared[32], nonce[24] = { 0 };
	uint8_t spk[32], ssk[64], signature[64], root[200] = { 0 };
	uint64_t begin, n = 0;

	(void)crypto_box_keypair(pk, sk);
	(void)crypto_box_keypair(mpk, msk);
	(void)crypto_sign_keypair(spk, ssk);
	if (crypto_box_beforenm(shared, pk, msk) != 0)
		return (-1);
	(void)crypto_box_easy_afternm(box, text, in, nonce, shared);
	begin = cpu_own_ns();
	while (cpu_own_ns() - begin < duration) {
		(void)crypto_box_easy_afternm(box, text, in, nonce, shared);
		if (crypto_box_beforenm(shared, mpk, sk) != 0 ||
		    crypto_box_open_easy_afternm(text, box,
			in + crypto_box_MACBYTES, nonce, shared) != 0)
			return (-1);
		(void)crypto_sign_detached(
		    signature, NULL, root, sizeof(root), ssk);
		(void)crypto_box_easy_afternm(box, text, out, nonce, shared);
		n++;
	}
	return ((double)(cpu_own_ns() - begin) / (double)n);
}

/* The echo's server: answers each frame of in bytes with one of out bytes. */
static void
echo_serve(int listener, size_t connections, size_t in, size_t out)
{
	static uint8_t buf[ECHO_FRAME_MAX];
	struct epoll_event ev, events[256];
	int ep, fd, i, n, on = 1;
	size_t j;

	ep = epoll_create1(0);
	for (j = 0; j < connections; j++) {
		if ((fd = accept(listener, NULL, NULL)) == -1)
			_exit(1);
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		ev.events = EPOLLIN;
		ev.data.fd = fd;
		(void)epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	}
	for (;;) {
		if ((n = epoll_wait(ep, events, 256, -1)) == -1)
			continue;
		for (i = 0; i < n; i++) {
			if (recv(events[i].data.fd, buf, in, 0) <= 0 ||
			    send(events[i].data.fd, buf, out, MSG_NOSIGNAL) <=
				0)
				_exit(0);
		}
	}
}

static int
echo_listen(struct sockaddr_in *sin)
{
	socklen_t len = sizeof(*sin);
	int fd;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (bind(fd, (struct sockaddr *)sin, sizeof(*sin)) == -1 ||
	    listen(fd, ECHO_CONNECTIONS_MAX) == -1 ||
	    getsockname(fd, (struct sockaddr *)sin, &len) == -1) {
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

/* The echo's clients; returns the number of exchanges. */
static uint64_t
echo_drive(const struct sockaddr_in *sin, uint64_t duration, size_t connections,
    size_t in, size_t out)
{
	static struct pollfd p[ECHO_CONNECTIONS_MAX];
	static size_t got[ECHO_CONNECTIONS_MAX];
	static uint8_t buf[ECHO_FRAME_MAX];
	uint64_t end, n = 0;
	ssize_t r;
	size_t i;

	for (i = 0; i < connections; i++) {
		p[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		p[i].events = POLLIN;
		got[i] = 0;
		if (connect(p[i].fd, (const struct sockaddr *)sin,
			sizeof(*sin)) == -1 ||
		    send(p[i].fd, buf, in, MSG_NOSIGNAL) == -1)
			return (0);
	}
	end = cpu_wall_ns() + duration;
	while (cpu_wall_ns() < end && poll(p, connections, 1000) > 0) {
		for (i = 0; i < connections; i++) {
			if (p[i].revents == 0)
				continue;
			if ((r = recv(p[i].fd, buf, out - got[i], 0)) <= 0)
				return (0);
			if ((got[i] += (size_t)r) < out)
				continue;
			got[i] = 0;
			n++;
			if (send(p[i].fd, buf, in, MSG_NOSIGNAL) == -1)
				return (0);
		}
	}
	for (i = 0; i < connections; i++)
		(void)close(p[i].fd);
	return (n);
}

double
part_echo(uint64_t duration, size_t connections, size_t in, size_t out)
{
	struct sockaddr_in sin;
	uint64_t used, n;
	pid_t pid;
	int fd;

	if (connections > ECHO_CONNECTIONS_MAX || in > ECHO_FRAME_MAX ||
	    out > ECHO_FRAME_MAX || (fd = echo_listen(&sin)) == -1)
		return (-1);
	if ((pid = fork()) == 0) {
		echo_serve(fd, connections, in, out);
		_exit(0);
	}
	if (pid == -1) {
		(void)close(fd);
		return (-1);
	}
	n = echo_drive(&sin, duration, connections, in, out);
	used = cpu_of_ns(pid);
	(void)close(fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return (n == 0 ? -1 : (double)used / (double)n);
}

static const char store_schema[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
    "CREATE TABLE machine(id BLOB PRIMARY KEY, day INTEGER, serial INTEGER)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE entry(i INTEGER PRIMARY KEY, text TEXT) STRICT;";

/* One transaction of so many upserts and entries. */
static int
store_batch(sqlite3 *db, sqlite3_stmt *upsert, sqlite3_stmt *entry,
    const char *text, size_t batch)
{
	uint8_t id[16] = { 0 };
	uint32_t r;
	size_t i;

	if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return (-1);
	for (i = 0; i < batch; i++) {
		r = randombytes_uniform(STORE_ROWS);
		(void)crypto_generichash(
		    id, sizeof(id), (uint8_t *)&r, sizeof(r), NULL, 0);
		(void)sqlite3_bind_blob(
		    upsert, 1, id, sizeof(id), SQLITE_STATIC);
		(void)sqlite3_bind_text(
		    entry, 1, text, ENTRY_BYTES, SQLITE_STATIC);
		if (sqlite3_step(upsert) != SQLITE_DONE ||
		    sqlite3_step(entry) != SQLITE_DONE)
			return (-1);
		(void)sqlite3_reset(upsert);
		(void)sqlite3_reset(entry);
	}
	return (
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1);
}

static double
store_measure(sqlite3 *db, uint64_t duration, size_t batch)
{
	static const char sql[] =
	    "INSERT INTO machine VALUES(?, 1, 1) ON CONFLICT(id) DO UPDATE"
	    " SET day = day + 1, serial = serial + 1";
	static char text[ENTRY_BYTES];
	sqlite3_stmt *upsert = NULL, *entry = NULL;
	uint64_t begin, end, n = 0;

	memset(text, 'x', sizeof(text));
	if (sqlite3_exec(db, store_schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql, -1, &upsert, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "INSERT INTO entry(text) VALUES(?)", -1,
		&entry, NULL) != SQLITE_OK ||
	    store_batch(db, upsert, entry, text, STORE_ROWS) == -1)
		return (-1);
	begin = cpu_own_ns();
	end = cpu_wall_ns() + duration;
	while (cpu_wall_ns() < end) {
		if (store_batch(db, upsert, entry, text, batch) == -1)
			return (-1);
		n += batch;
	}
	begin = cpu_own_ns() - begin;
	(void)sqlite3_finalize(upsert);
	(void)sqlite3_finalize(entry);
	return ((double)begin / (double)n);
}

double
part_store(uint64_t duration, const char *dir, size_t batch)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char path[PATH_MAX - 8], file[PATH_MAX];
	double result = -1;
	sqlite3 *db = NULL;
	size_t i;

	(void)snprintf(
	    path, sizeof(path), "%s/bench-%d.db", dir, (int)getpid());
	if (sqlite3_open(path, &db) == SQLITE_OK)
		result = store_measure(db, duration, batch == 0 ? 1 : batch);
	(void)sqlite3_close_v2(db);
	for (i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, suffix[i]);
		(void)unlink(file);
	}
	return (result);
}

double
part_fdatasync(uint64_t duration, const char *dir)
{
	static const uint8_t page[4096];
	char path[PATH_MAX];
	uint64_t begin, n = 0;
	int fd;

	(void)snprintf(
	    path, sizeof(path), "%s/bench-%d.sync", dir, (int)getpid());
	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) ==
	    -1)
		return (-1);
	(void)unlink(path);
	begin = cpu_wall_ns();
	while (cpu_wall_ns() - begin < duration) {
		if (pwrite(fd, page, sizeof(page),
			(off_t)(n % 256) * (off_t)sizeof(page)) == -1 ||
		    fdatasync(fd) == -1) {
			(void)close(fd);
			return (-1);
		}
		n++;
	}
	begin = cpu_wall_ns() - begin;
	(void)close(fd);
	return ((double)begin / (double)n);
}
