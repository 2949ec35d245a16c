/* Tests of the listening sockets that a service manager made. */
#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>

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

#include "kmsd/given.h"
#include "kmsd/sockets.h"

#define FIRST 100 /* where the tests put them */
#define MANY 3

static struct kmsd k;
static char error[256];

static int
setup(void **state)
{
	(void)state;
	memset(&k, 0, sizeof(k));
	error[0] = '\0';
	return (0);
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < MANY; i++)
		(void)close(FIRST + i);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	return (0);
}

/* An address of kmsd.conf. */
static void
conf_listens(int family, uint32_t ipv4, in_port_t port)
{
	struct conf_listen *l = &k.conf.listen[k.conf.nlisten++];
	struct sockaddr_in *in = (void *)&l->address;
	struct sockaddr_in6 *in6 = (void *)&l->address;

	l->address.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(ipv4);
		in->sin_port = port;
		l->len = sizeof(*in);
	} else {
		in6->sin6_port = port;
		l->len = sizeof(*in6);
	}
}

static void
put(int fd, int number)
{
	assert_int_not_equal(fd, -1);
	assert_int_equal(dup2(fd, number), number);
	(void)close(fd);
}

/* As the manager leaves one: without any flag.  Returns its port. */
static in_port_t
manager_listens(int number, uint32_t ipv4)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(ipv4);
	put(socket(AF_INET, SOCK_STREAM, 0), number);
	assert_int_equal(bind(number, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(number, 1), 0);
	assert_int_equal(getsockname(number, (struct sockaddr *)&in, &len), 0);
	return (in.sin_port);
}

/* The wildcard of IPv6, of both families or not; 0 if there is no IPv6. */
static in_port_t
manager_listens6(int number, int only)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(in6);
	const int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd == -1)
		return (0);
	put(fd, number);
	assert_int_equal(
	    setsockopt(number, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)),
	    0);
	assert_int_equal(bind(number, (struct sockaddr *)&in6, len), 0);
	assert_int_equal(listen(number, 1), 0);
	assert_int_equal(getsockname(number, (struct sockaddr *)&in6, &len), 0);
	return (in6.sin6_port);
}

static void
refused(int n, const char *why)
{
	assert_int_equal(given_listen(&k, FIRST, n, error, sizeof(error)), -1);
	if (strstr(error, why) == NULL)
		fail_msg("\"%s\" does not say: %s", error, why);
}

static void
count_is(const char *pid, const char *fds, int want)
{
	char own[16];

	(void)snprintf(own, sizeof(own), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid == NULL ? own : pid, 1);
	(void)setenv("LISTEN_FDS", fds, 1);
	assert_int_equal(given_count(), want);
}

static void
test_count(void **state)
{
	(void)state;
	assert_int_equal(given_count(), 0);
	(void)setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(given_count(), 0);
	count_is(NULL, "0", 0);
	count_is(NULL, "1", 1);
	count_is(NULL, "16", 16);
	count_is(NULL, "17", -1);
	count_is(NULL, "-1", -1);
	count_is(NULL, "", -1);
	count_is(NULL, "2x", -1);
	count_is("x", "1", -1);
	count_is("0", "1", -1);
	/* Another's: it is not for this process. */
	count_is("1", "1", 0);
}

static void
test_taken(void **state)
{
	in_port_t a, b;

	(void)state;
	a = manager_listens(FIRST, INADDR_LOOPBACK);
	b = manager_listens(FIRST + 1, INADDR_ANY);
	conf_listens(AF_INET, INADDR_ANY, b);
	conf_listens(AF_INET, INADDR_LOOPBACK, a);
	assert_int_equal(given_listen(&k, FIRST, 2, error, sizeof(error)), 0);
	assert_int_equal(k.nlisten, 2);
	assert_int_equal(k.listen[0], FIRST);
	assert_int_equal(k.listen[1], FIRST + 1);
	assert_int_equal(fcntl(FIRST, F_GETFD), FD_CLOEXEC);
	assert_int_not_equal(fcntl(FIRST, F_GETFL) & O_NONBLOCK, 0);
}

static void
test_disagree(void **state)
{
	in_port_t a;

	(void)state;
	a = manager_listens(FIRST, INADDR_LOOPBACK);
	conf_listens(AF_INET, INADDR_ANY, a);
	refused(1, "the service manager listens on 127.0.0.1 port");
	k.conf.nlisten = 0;
	conf_listens(AF_INET, INADDR_LOOPBACK, (in_port_t)~a);
	refused(1, "the service manager listens on 127.0.0.1 port");
	k.conf.nlisten = k.nlisten = 0;
	conf_listens(AF_INET, INADDR_LOOPBACK, a);
	conf_listens(AF_INET, INADDR_ANY, htons(1));
	refused(1, "kmsd.conf listens on 0.0.0.0 port 1");
	k.conf.nlisten = 1;
	k.nlisten = 0;
	assert_int_equal(given_listen(&k, FIRST, 1, error, sizeof(error)), 0);
}

/* A kernel without IPv6 has no such socket to give. */
static void
test_no_ipv6(void **state)
{
	in_port_t a;

	(void)state;
	a = manager_listens(FIRST, INADDR_ANY);
	conf_listens(AF_INET, INADDR_ANY, a);
	conf_listens(AF_INET6, 0, a);
	assert_int_equal(given_listen(&k, FIRST, 1, error, sizeof(error)), 0);
	assert_int_equal(k.nlisten, 1);
	assert_true(k.listens[0]);
	assert_false(k.listens[1]);
}

static void
test_both_families(void **state)
{
	in_port_t a;

	(void)state;
	if ((a = manager_listens6(FIRST, 0)) == 0)
		skip();
	conf_listens(AF_INET6, 0, a);
	refused(1, "the service manager listens on 0.0.0.0 port");
	conf_listens(AF_INET, INADDR_ANY, a);
	assert_int_equal(given_listen(&k, FIRST, 1, error, sizeof(error)), 0);
	assert_int_equal(k.nlisten, 1);
}

static void
test_ipv6_only(void **state)
{
	in_port_t a;

	(void)state;
	if ((a = manager_listens6(FIRST, 1)) == 0)
		skip();
	conf_listens(AF_INET6, 0, a);
	assert_int_equal(given_listen(&k, FIRST, 1, error, sizeof(error)), 0);
	k.nlisten = 0;
	conf_listens(AF_INET, INADDR_ANY, a);
	refused(1, "kmsd.conf listens on 0.0.0.0 port");
}

static void
test_no_listener(void **state)
{
	static const char why[] = "no listening TCP socket";
	int pair[2];

	(void)state;
	conf_listens(AF_INET, INADDR_LOOPBACK, htons(1));
	refused(1, why); /* nothing is open there */
	put(open("/dev/null", O_RDWR), FIRST);
	refused(1, why);
	put(socket(AF_INET, SOCK_STREAM, 0), FIRST);
	refused(1, why);
	put(socket(AF_INET, SOCK_DGRAM, 0), FIRST);
	refused(1, why);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	put(pair[0], FIRST);
	put(pair[1], FIRST + 1);
	refused(1, why);
	assert_int_equal(k.nlisten, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disagree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_ipv6, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_both_families, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_ipv6_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_listener, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
