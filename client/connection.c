/* A TCP connection to a host: whole frames, each with a deadline. */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "client/connection.h"
#include "common/codes.h"
#include "common/ktime.h"

/*
 * Waits until the socket is ready or the deadline (ktime_boot_ms()) has come.
 * Returns 0, or -1 with errno.
 */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	for (;;) {
		left = deadline - ktime_boot_ms();
		if (left <= 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		if (left > 1000) /* poll(2) does not count suspended time */
			left = 1000;
		if ((n = poll(&p, 1, (int)left)) > 0)
			return (0);
		if (n == -1 && errno != EINTR)
			return (-1);
	}
}

/* Connects to one address.  Returns a descriptor, or -1 with errno. */
static int
connect_address(const struct addrinfo *ai, int64_t deadline)
{
	socklen_t len = sizeof(int);
	int fd, error = 0;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1)
		return (-1);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return (fd);
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline) == 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
		    error == 0)
			return (fd);
		if (error != 0)
			errno = error;
	}
	error = errno;
	(void)close(fd);
	errno = error;
	return (-1);
}

int
connection_open(struct connection *c, const char *host, const char *port,
    int64_t ms, struct failure *f)
{
	struct addrinfo hints, *list, *ai;
	int64_t deadline;
	int error;

	c->fd = -1;
	c->have = c->used = 0;
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV;
	if ((error = getaddrinfo(host, port, &hints, &list)) != 0)
		return (failure_set(f, CODE_NO_HOST,
		    "the name is not resolved: %s", gai_strerror(error)));
	deadline = ktime_boot_ms() + ms;
	errno = EADDRNOTAVAIL;
	for (ai = list; ai != NULL && c->fd == -1; ai = ai->ai_next)
		c->fd = connect_address(ai, deadline);
	error = errno;
	freeaddrinfo(list);
	if (c->fd != -1)
		return (0);
	return (
	    failure_set(f, CODE_NO_HOST, "no connection: %s", strerror(error)));
}

void
connection_close(struct connection *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

int
connection_send(struct connection *c, const uint8_t *frame, size_t len,
    int64_t ms, struct failure *f)
{
	int64_t deadline = ktime_boot_ms() + ms;
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, frame, len, MSG_NOSIGNAL);
		if (n >= 0) {
			frame += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR)
			break;
		else if (wait_for(c->fd, POLLOUT, deadline) == -1)
			break;
	}
	if (len == 0)
		return (0);
	return (failure_set(
	    f, CODE_NO_HOST, "the request is not sent: %s", strerror(errno)));
}

/* Reads more bytes.  Returns 0, or -1 with a failure. */
static int
fill(struct connection *c, int64_t deadline, struct failure *f)
{
	ssize_t n;

	do {
		if (wait_for(c->fd, POLLIN, deadline) == -1) {
			if (errno == ETIMEDOUT)
				return (failure_set(f, CODE_NO_HOST,
				    "no answer within the time allowed"));
			break;
		}
		n = recv(c->fd, c->buf + c->have, sizeof(c->buf) - c->have, 0);
		if (n == 0)
			return (failure_set(
			    f, CODE_NO_HOST, "the host closed the connection"));
		if (n > 0) {
			c->have += (size_t)n;
			return (0);
		}
	} while (errno == EAGAIN || errno == EINTR);
	return (failure_set(f, CODE_NO_HOST, "no answer: %s", strerror(errno)));
}

int
connection_receive(
    struct connection *c, struct received *r, int64_t ms, struct failure *f)
{
	int64_t deadline = ktime_boot_ms() + ms;
	int n;

	c->have -= c->used;
	memmove(c->buf, c->buf + c->used, c->have);
	c->used = 0;
	while ((n = wire_frame(c->buf, c->have, WIRE_HOST_MAX)) == 0) {
		if (fill(c, deadline, f) == -1)
			return (-1);
	}
	if (n < 3)
		return (failure_set(f, CODE_PROTOCOL,
		    "what answers there is no kmsd: a frame of a length that "
		    "none has"));
	c->used = (size_t)n;
	r->type = c->buf[2];
	r->payload = c->buf + 3;
	r->len = (size_t)n - 3;
	return (0);
}
