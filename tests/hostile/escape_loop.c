/*
 * The loop of the build that tries to escape.  A child hears which technique
 * and which process by an order, the parent by its environment.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "tests/hostile/escape.h"
#include "tests/hostile/order.h"

#define STATE "/state/"

int __real_event_base_dispatch(struct event_base *);
int __wrap_event_base_dispatch(struct event_base *);

static pid_t self, parent;

static void
keep(int fd, int as)
{
	if (fd == -1 || fd == as)
		return;
	(void)dup2(fd, as);
	(void)close(fd);
}

/* Unix datagrams, connected to the address that the kernel gave it. */
static int
own_peer(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sun);
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1)
		return (-1);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun.sun_family)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sun, &len) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, len) == -1) {
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

/* escape_list is neither: it prints, where the socket would be. */
static bool
is_child_or_parent(void)
{
	int type;
	socklen_t len = sizeof(type);

	return (
	    getenv("KMSD_ESCAPE") != NULL ||
	    getsockopt(START_FD_PARENT, SOL_SOCKET, SO_TYPE, &type, &len) == 0);
}

/* Before confinement: what later nobody tells or gives. */
static __attribute__((constructor)) void
remember(void)
{
	self = getpid();
	parent = getppid();
	keep(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), ESCAPE_ROOT_FD);
	if (is_child_or_parent())
		keep(own_peer(), ESCAPE_SELF_FD);
}

static const struct {
	const struct escape *list;
	const size_t *n;
} lists[] = {
	{ escape_files, &escape_nfiles },
	{ escape_sockets, &escape_nsockets },
	{ escape_processes, &escape_nprocesses },
	{ escape_kernel, &escape_nkernel },
};

const struct escape *
escape_find(size_t i)
{
	size_t list;

	for (list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
		if (i < *lists[list].n)
			return (&lists[list].list[i]);
		i -= *lists[list].n;
	}
	return (NULL);
}

/* Addresses are results too, and not all of them fit an int. */
int
escape_result(long result)
{
	return (result == -1 ? -errno : 0);
}

const char *
escape_path(const struct escape_scene *s, const char *name)
{
	static char path[2][1024];
	static size_t next;
	char *p = path[next++ % 2];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", s->outside, name);
	return (p);
}

static void
set_scene(struct escape_scene *s, const char *folder)
{
	const char *end = strstr(folder, STATE);
	const int len =
	    (int)(end == NULL ? strlen(folder) : (size_t)(end - folder));

	s->self = self;
	s->parent = parent;
	(void)snprintf(s->abstract, sizeof(s->abstract), "%.*s", len, folder);
	(void)snprintf(
	    s->outside, sizeof(s->outside), "%.*s/outside", len, folder);
}

static __attribute__((noreturn)) void
escape(struct escape_scene *s, size_t i)
{
	const struct escape *e = escape_find(i);
	int r;

	if (e == NULL)
		fatalx("escape %zu: there is no such technique", i);
	log_warnx("escape %zu: begins", i);
	r = e->function(s);
	if (r == 0)
		log_warnx("escape %zu: succeeds", i);
	else
		log_warnx("escape %zu: errno %d", i, -r);
	_exit(0);
}

void
process_loop(struct start *start)
{
	const size_t order = order_of(start);
	struct escape_scene s = { .role = start->role, .start = start };

	if (order != SIZE_MAX) {
		set_scene(&s, start->setup.root);
		escape(&s, order);
	}
	(void)event_base_dispatch(start->base);
}

/* The parent's, in whose program the linker puts it. */
int
__wrap_event_base_dispatch(struct event_base *base)
{
	const char *order = getenv("KMSD_ESCAPE");
	const char *folder = getenv("KMSD_ESCAPE_FOLDER");
	struct escape_scene s = { .role = ROLE_PARENT, .base = base };

	if (order != NULL && folder != NULL) {
		set_scene(&s, folder);
		escape(&s, (size_t)strtoul(order, NULL, 10));
	}
	return (__real_event_base_dispatch(base));
}
