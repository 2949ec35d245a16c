/* Listening sockets: TCP for the clients, Unix for the administrators. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/privileges.h"
#include "kmsd/sockets.h"

#define LISTEN_BACKLOG 1024
#define ADMIN_BACKLOG 16
#define BIND_RETRY_MS 50
#if defined(__linux__) && !defined(SO_PASSRIGHTS)
#define SO_PASSRIGHTS 83 /* of Linux 6.16, and not yet in all headers */
#endif

/* Returns a listening socket, or -1 with errno. */
static int
listen_once(const struct conf_listen *l)
{
	const int on = 1;
	int fd, saved;

	if ((fd = socket(l->address.ss_family,
		 SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return (-1);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (l->address.ss_family != AF_INET6 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ==
		    0) &&
	    bind(fd, (const struct sockaddr *)&l->address, l->len) == 0 &&
	    listen(fd, LISTEN_BACKLOG) == 0)
		return (fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return (-1);
}

static const char *
listen_error(int error)
{
	if (error == EADDRINUSE)
		return ("another program has this address and port: end it, "
			"or change listen on in kmsd.conf");
	if (error == EADDRNOTAVAIL)
		return ("this machine has not this address: give it that, or "
			"change listen on in kmsd.conf");
	return (strerror(error));
}

static int
listen_until(const struct conf_listen *l, int64_t until)
{
	const struct timespec pause = { 0, BIND_RETRY_MS * 1000000 };
	int fd;

	while ((fd = listen_once(l)) == -1 && errno == EADDRINUSE &&
	       ktime_boot_ms() < until)
		(void)nanosleep(&pause, NULL);
	return (fd);
}

int
sockets_listen(struct kmsd *k, int64_t until, char *error, size_t size)
{
	char name[CONF_ADDRESS_MAX];
	size_t i;
	int fd;

	for (i = 0; i < k->conf.nlisten; i++) {
		conf_print_listen(&k->conf.listen[i], name);
		fd = listen_until(&k->conf.listen[i], until);
		if (fd == -1 && errno == EAFNOSUPPORT) {
			log_warn("not listening on %s", name);
			continue;
		}
		if (fd == -1) {
			(void)snprintf(error, size, "cannot listen on %s: %s",
			    name, listen_error(errno));
			sockets_close_listen(k);
			return (-1);
		}
		k->listen[k->nlisten++] = fd;
		k->listens[i] = true;
	}
	if (k->nlisten == 0) {
		(void)snprintf(error, size,
		    "cannot listen on any address: there is no protocol for "
		    "them here; in a service that has no network, see why "
		    "its socket unit does not listen");
		return (-1);
	}
	return (0);
}

void
sockets_close_listen(struct kmsd *k)
{
	while (k->nlisten > 0)
		(void)close(k->listen[--k->nlisten]);
}

/* A socket of the group from the first moment; chown would need CAP_CHOWN. */
static int
bind_as(int fd, const struct sockaddr_un *sun, gid_t group)
{
	const gid_t own = getegid();
	int bound, saved;

	if (group != (gid_t)-1 && setegid(group) == -1)
		return (-1);
	bound = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
	saved = errno;
	if (group != (gid_t)-1 && setegid(own) == -1)
		return (-1);
	errno = saved;
	return (bound);
}

/*
 * Where the kernel can see to it, nobody hands over descriptors: whoever
 * closes the last one of a connection may wait for as long as its sender likes.
 */
static void
refuse_descriptors(int fd)
{
#ifdef SO_PASSRIGHTS
	const int off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off)) == -1)
		log_debug("this kernel lets anybody send descriptors");
#else
	(void)fd;
#endif
}

static int
admin_socket(
    const char *path, mode_t mode, gid_t group, char *error, size_t size)
{
	struct sockaddr_un sun;
	struct stat sb;
	mode_t old;
	int fd, bound;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (lstat(path, &sb) == 0 && !S_ISSOCK(sb.st_mode)) {
		(void)snprintf(
		    error, size, "%s: not a socket; remove it", path);
		return (-1);
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	refuse_descriptors(fd);
	(void)unlink(path);
	old = umask(0177);
	bound = fd == -1 ? -1 : bind_as(fd, &sun, group);
	(void)umask(old);
	if (bound == -1 || chmod(path, mode) == -1 ||
	    listen(fd, ADMIN_BACKLOG) == -1) {
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return (-1);
	}
	return (fd);
}

/*
 * Everybody comes to status.sock through it, and nobody else may change what
 * stands in it: sockets are removed, and their modes set, by path.
 */
static int
run_folder(const char *path, char *error, size_t size)
{
	const mode_t old = umask(022);
	const int made = mkdir(path, 0755);

	(void)umask(old);
	if (made == -1 && errno != EEXIST) {
		(void)snprintf(error, size, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; make the folder above it" : "");
		return (-1);
	}
	return (privileges_folder(path, geteuid(), error, size));
}

int
sockets_admin(struct kmsd *k, char *error, size_t size)
{
	const struct paths *p = &k->conf.paths;

	if (run_folder(p->run, error, size) == -1)
		return (-1);
	if ((k->control = admin_socket(p->control, k->as_root ? 0660 : 0600,
		 k->control_group, error, size)) == -1)
		return (-1);
	k->status = admin_socket(p->status, 0666, (gid_t)-1, error, size);
	return (k->status == -1 ? -1 : 0);
}

void
sockets_close_admin(struct kmsd *k)
{
	if (k->control != -1) {
		(void)close(k->control);
		(void)unlink(k->conf.paths.control);
	}
	if (k->status != -1) {
		(void)close(k->status);
		(void)unlink(k->conf.paths.status);
	}
	k->control = k->status = -1;
}
