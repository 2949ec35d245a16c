/* Listening sockets that a service manager made. */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/given.h"
#include "kmsd/sockets.h"

/* One that takes both families has both wildcard addresses. */
struct given {
	struct conf_listen address[2];
	size_t n;
};

int
given_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *bad = NULL;
	int n;

	if (pid == NULL || fds == NULL)
		return (0);
	/* Another's, whose environment this process has. */
	if (strtonum(pid, 1, INT_MAX, &bad) != getpid())
		return (bad == NULL ? 0 : -1);
	n = (int)strtonum(fds, 0, START_LISTEN_MAX, &bad);
	return (bad == NULL ? n : -1);
}

static int
int_option(int fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return (getsockopt(fd, level, option, &value, &len) == -1 ? -1 : value);
}

/* All of IPv6, which a kernel may lack. */
static bool
is_any6(const struct conf_listen *l)
{
	const struct sockaddr_in6 *in6 = (const void *)&l->address;

	return (l->address.ss_family == AF_INET6 &&
		IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr));
}

static bool
takes_both(int fd, const struct conf_listen *l)
{
	return (is_any6(l) && int_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0);
}

/* Returns -1 if it is no socket that accepts TCP connections. */
static int
given_read(int fd, struct given *g)
{
	struct conf_listen *l = &g->address[0];
	struct sockaddr_in *in = (void *)&g->address[1].address;

	memset(g, 0, sizeof(*g));
	l->len = sizeof(l->address);
	if (int_option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 1 ||
	    int_option(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP ||
	    getsockname(fd, (struct sockaddr *)&l->address, &l->len) == -1 ||
	    (l->address.ss_family != AF_INET &&
		l->address.ss_family != AF_INET6))
		return (-1);
	g->n = 1;
	if (takes_both(fd, l)) {
		in->sin_family = AF_INET;
		in->sin_port =
		    ((const struct sockaddr_in6 *)&l->address)->sin6_port;
		g->n = 2;
	}
	return (0);
}

static bool
same(const struct conf_listen *a, const struct conf_listen *b)
{
	const struct sockaddr_in *a4 = (const void *)&a->address;
	const struct sockaddr_in *b4 = (const void *)&b->address;
	const struct sockaddr_in6 *a6 = (const void *)&a->address;
	const struct sockaddr_in6 *b6 = (const void *)&b->address;

	if (a->address.ss_family != b->address.ss_family)
		return (false);
	if (a->address.ss_family == AF_INET)
		return (a4->sin_port == b4->sin_port &&
			a4->sin_addr.s_addr == b4->sin_addr.s_addr);
	return (a6->sin6_port == b6->sin6_port &&
		IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr) &&
		a6->sin6_scope_id == b6->sin6_scope_id);
}

/* Notes which of kmsd.conf's addresses it is; -1: none. */
static int
look_up(struct kmsd *k, const struct conf_listen *l)
{
	size_t i;

	for (i = 0; i < k->conf.nlisten; i++) {
		if (!same(&k->conf.listen[i], l))
			continue;
		k->listens[i] = true;
		return (0);
	}
	return (-1);
}

static int
take(struct kmsd *k, int fd, char *error, size_t size)
{
	char name[CONF_ADDRESS_MAX];
	struct given g;
	size_t i;

	if (given_read(fd, &g) == -1) {
		(void)snprintf(error, size,
		    "descriptor %d of the service manager is no listening "
		    "TCP socket",
		    fd);
		return (-1);
	}
	for (i = 0; i < g.n; i++) {
		if (look_up(k, &g.address[i]) == 0)
			continue;
		conf_print_listen(&g.address[i], name);
		(void)snprintf(error, size,
		    "the service manager listens on %s, and kmsd.conf does "
		    "not; make them agree",
		    name);
		return (-1);
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1) {
		(void)snprintf(
		    error, size, "descriptor %d: %s", fd, strerror(errno));
		return (-1);
	}
	k->listen[k->nlisten++] = fd;
	return (0);
}

/* That all of kmsd.conf's addresses are there. */
static int
complete(const struct kmsd *k, char *error, size_t size)
{
	char name[CONF_ADDRESS_MAX];
	size_t i;

	for (i = 0; i < k->conf.nlisten; i++) {
		if (k->listens[i])
			continue;
		conf_print_listen(&k->conf.listen[i], name);
		if (!is_any6(&k->conf.listen[i])) {
			(void)snprintf(error, size,
			    "kmsd.conf listens on %s, and the service manager "
			    "does not; make them agree",
			    name);
			return (-1);
		}
		log_warnx(
		    "not listening on %s: the service manager does not", name);
	}
	return (0);
}

int
given_listen(struct kmsd *k, int first, int n, char *error, size_t size)
{
	int i;

	for (i = 0; i < n; i++) {
		if (take(k, first + i, error, size) == -1)
			return (-1);
	}
	return (complete(k, error, size));
}
