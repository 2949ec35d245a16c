/*
 * What a hostile host answers a client: the first byte chooses the question,
 * the rest is the stream that comes back, over a real socket.
 */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/exchange.h"

#define PATIENCE_MS 1000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What was received lies in the buffer. */
static void
must_be_within(const struct connection *c, const void *p, size_t len)
{
	const uint8_t *at = p;

	must(at >= c->buf && len <= sizeof(c->buf) &&
	     at + len <= c->buf + c->have);
}

static int
ask_hello(struct connection *c, struct failure *f)
{
	static const struct pubkey publisher;
	static const uint8_t product[UUID_LEN];
	struct wire_hello_reply h;

	if (exchange_hello(c, &publisher, product, PATIENCE_MS, &h, f) == -1)
		return (-1);
	must_be_within(c, h.host, h.host_len);
	must_be_within(c, h.seal, h.seal_len);
	return (0);
}

static int
ask_fetch(struct connection *c, struct failure *f)
{
	struct received r;

	if (exchange_fetch(c, FETCH_PRODUCT, PATIENCE_MS, &r, f) == -1)
		return (-1);
	must_be_within(c, r.payload, r.len);
	return (0);
}

static int
ask_sealed(struct connection *c, struct failure *f)
{
	static const uint8_t box[64];
	const struct wire_sealed sealed = { .box = box,
		.box_len = sizeof(box) };
	struct wire_sealed_reply reply;
	struct received r;
	int64_t age;

	if (exchange_sealed(c, &sealed, PATIENCE_MS, &r, &age, f) == -1)
		return (-1);
	must_be_within(c, r.payload, r.len);
	if (wire_get_sealed_reply(r.payload, r.len, &reply) == 0)
		must_be_within(c, reply.box, reply.box_len);
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const questions[])(struct connection *,
	    struct failure *) = { ask_hello, ask_fetch, ask_sealed };
	static struct connection c;
	struct failure failure;
	size_t i, n;
	int fd[2];

	if (size == 0)
		return (0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == -1)
		err(1, "socketpair");
	memset(&c, 0, sizeof(c));
	memset(&failure, 0, sizeof(failure));
	c.fd = fd[0];
	(void)send(fd[1], data + 1, size - 1, MSG_NOSIGNAL);
	(void)shutdown(fd[1], SHUT_WR);
	n = sizeof(questions) / sizeof(questions[0]);
	for (i = data[0] % n; i < 2 * n; i++)
		if (questions[i % n](&c, &failure) == -1)
			break;
	connection_close(&c);
	(void)close(fd[1]);
	return (0);
}
