/* Tests of the sockets that the parent binds. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kmsd/sockets.h"

#define PASSRIGHTS 83 /* SO_PASSRIGHTS of Linux 6.16 */

static struct kmsd k;
static char error[256];

static int
setup(void **state)
{
	struct paths *p = &k.conf.paths;
	char dir[] = "/tmp/test_sockets.XXXXXX";

	(void)state;
	memset(&k, 0, sizeof(k));
	k.control = k.status = -1;
	k.control_group = (gid_t)-1;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)strlcpy(p->state, dir, sizeof(p->state));
	(void)snprintf(p->run, sizeof(p->run), "%s/run", dir);
	(void)snprintf(p->control, sizeof(p->control), "%s/run/control", dir);
	(void)snprintf(p->status, sizeof(p->status), "%s/run/status", dir);
	error[0] = '\0';
	return (0);
}

static int
teardown(void **state)
{
	const struct paths *p = &k.conf.paths;

	(void)state;
	sockets_close_admin(&k);
	sockets_close_listen(&k);
	(void)unlink(p->control);
	(void)unlink(p->status);
	(void)rmdir(p->run);
	return (rmdir(p->state));
}

static mode_t
mode_of(const char *path)
{
	struct stat sb;

	assert_int_equal(lstat(path, &sb), 0);
	return (sb.st_mode & 07777);
}

/* Whatever the umask: everybody must reach status.sock. */
static void
test_modes(void **state)
{
	const struct paths *p = &k.conf.paths;
	const mode_t old = umask(077);

	(void)state;
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), 0);
	assert_int_equal(umask(old), 077);
	assert_int_equal(mode_of(p->run), 0755);
	assert_int_equal(mode_of(p->control), 0600);
	assert_int_equal(mode_of(p->status), 0666);
	sockets_close_admin(&k);
	assert_int_equal(access(p->control, F_OK), -1);
	k.as_root = true;
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), 0);
	assert_int_equal(mode_of(p->control), 0660);
}

static void
test_stale(void **state)
{
	const struct paths *p = &k.conf.paths;
	int fd;

	(void)state;
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), 0);
	/* As after a SIGKILL. */
	(void)close(k.control);
	(void)close(k.status);
	k.control = k.status = -1;
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), 0);
	sockets_close_admin(&k);
	assert_int_not_equal(fd = open(p->control, O_CREAT | O_RDWR, 0600), -1);
	(void)close(fd);
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "not a socket"));
	assert_int_equal(access(p->control, F_OK), 0);
}

static bool
kernel_can_refuse(void)
{
	const int off = 0, fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	const int r = setsockopt(fd, SOL_SOCKET, PASSRIGHTS, &off, sizeof(off));

	(void)close(fd);
	return (r == 0);
}

/* The error with which a descriptor is sent to the socket of this path, or 0. */
static int
send_descriptor(const char *path)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int error_was;

	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	error_was = sendmsg(fd, &m, MSG_NOSIGNAL) == -1 ? errno : 0;
	(void)close(fd);
	return (error_was);
}

/* Who closes the last one may wait for as long as its sender likes. */
static void
test_no_descriptors(void **state)
{
	const struct paths *p = &k.conf.paths;

	(void)state;
	if (!kernel_can_refuse())
		skip();
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), 0);
	assert_int_equal(send_descriptor(p->control), EPERM);
	assert_int_equal(send_descriptor(p->status), EPERM);
}

/* Where others can write, a path may lead anywhere. */
static void
test_folder_of_others(void **state)
{
	const struct paths *p = &k.conf.paths;

	(void)state;
	assert_int_equal(mkdir(p->run, 0755), 0);
	assert_int_equal(chmod(p->run, 0777), 0);
	assert_int_equal(sockets_admin(&k, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "others can write it"));
	assert_int_equal(access(p->control, F_OK), -1);
}

static void
loopback(struct conf_listen *l, int family)
{
	struct sockaddr_in *in = (void *)&l->address;
	struct sockaddr_in6 *in6 = (void *)&l->address;

	memset(l, 0, sizeof(*l));
	l->address.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		l->len = sizeof(*in);
	} else
		l->len = sizeof(*in6);
}

static in_port_t
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return (sin.sin_port);
}

static void
test_listen(void **state)
{
	struct sockaddr_in6 *in6 = (void *)&k.conf.listen[1].address;
	struct sockaddr_in *in = (void *)&k.conf.listen[0].address;
	int on = 0;
	socklen_t len = sizeof(on);

	(void)state;
	loopback(&k.conf.listen[0], AF_INET);
	in->sin_addr.s_addr = htonl(INADDR_ANY);
	k.conf.nlisten = 1;
	assert_int_equal(sockets_listen(&k, 0, error, sizeof(error)), 0);
	in->sin_port = port_of(k.listen[0]);
	/* The same port of both families, each for itself. */
	sockets_close_listen(&k);
	loopback(&k.conf.listen[1], AF_INET6);
	in6->sin6_port = in->sin_port;
	k.conf.nlisten = 2;
	assert_int_equal(sockets_listen(&k, 0, error, sizeof(error)), 0);
	if (k.nlisten < 2)
		return;
	assert_int_equal(
	    getsockopt(k.listen[1], IPPROTO_IPV6, IPV6_V6ONLY, &on, &len), 0);
	assert_int_equal(on, 1);
}

static void
test_in_use(void **state)
{
	struct sockaddr_in *in = (void *)&k.conf.listen[1].address;

	(void)state;
	loopback(&k.conf.listen[0], AF_INET);
	k.conf.nlisten = 1;
	assert_int_equal(sockets_listen(&k, 0, error, sizeof(error)), 0);
	loopback(&k.conf.listen[1], AF_INET);
	in->sin_port = port_of(k.listen[0]);
	k.conf.listen[0] = k.conf.listen[1];
	assert_int_equal(sockets_listen(&k, 0, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "another program"));
	assert_int_equal(k.nlisten, 0);
}

/* A host that listens nowhere must not say that it serves. */
static void
test_no_protocol(void **state)
{
	(void)state;
	loopback(&k.conf.listen[0], AF_INET);
	k.conf.listen[0].address.ss_family = AF_UNSPEC;
	k.conf.listen[1] = k.conf.listen[0];
	for (k.conf.nlisten = 1; k.conf.nlisten <= 2; k.conf.nlisten++) {
		assert_int_equal(
		    sockets_listen(&k, 0, error, sizeof(error)), -1);
		assert_non_null(strstr(error, "any address"));
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_modes),
		CASE(test_stale),
		CASE(test_no_descriptors),
		CASE(test_folder_of_others),
		CASE(test_listen),
		CASE(test_in_use),
		CASE(test_no_protocol),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
