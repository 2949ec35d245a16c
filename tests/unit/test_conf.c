/* Tests of kmsd.conf: each statement right and wrong, and printing. */
#include "config.h"

#include <sys/stat.h>

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

#include "kmsd/conf.h"

static struct conf conf;
static char errors[8192];

static void
report(void *arg, const char *line)
{
	(void)arg;
	(void)strlcat(errors, line, sizeof(errors));
	(void)strlcat(errors, "\n", sizeof(errors));
}

static unsigned int
parse(const char *text)
{
	errors[0] = '\0';
	return (conf_parse(&conf, "f", text, strlen(text), report, NULL));
}

static void
assert_right(const char *text)
{
	if (parse(text) != 0)
		fail_msg("%s: %s", text, errors);
}

/* Exactly one error, on this line, with these words. */
static void
assert_wrong(const char *text, unsigned int line, const char *words)
{
	char where[32];

	(void)snprintf(where, sizeof(where), "f:%u: ", line);
	if (parse(text) != 1)
		fail_msg("not one error in \"%s\": %s", text, errors);
	if (strncmp(errors, where, strlen(where)) != 0 ||
	    strstr(errors, words) == NULL)
		fail_msg("\"%s\" gave %s", text, errors);
}

static void
test_defaults(void **state)
{
	char listen[CONF_ADDRESS_MAX];
	struct paths p;

	(void)state;
	assert_right("");
	paths_default(&p);
	assert_memory_equal(&p, &conf.paths, sizeof(p));
	assert_string_equal(conf.directory, "");
	assert_int_equal(conf.nlisten, 2);
	conf_print_listen(&conf.listen[0], listen);
	assert_string_equal(listen, "0.0.0.0 port 1688");
	conf_print_listen(&conf.listen[1], listen);
	assert_string_equal(listen, ":: port 1688");
	assert_int_equal(conf.npublishers, 0);
	assert_string_equal(conf.user[ROLE_LISTENER], "_kmsdnet");
	assert_string_equal(conf.user[ROLE_ACTIVATOR], "_kmsdkey");
	assert_string_equal(conf.user[ROLE_STORE], "_kmsddb");
	assert_string_equal(conf.user[ROLE_CONTROL], "_kmsdctl");
	assert_true(conf.require[LAYER_FILES]);
	assert_false(conf.require[LAYER_TCP]);
	assert_false(conf.require[LAYER_SIGNALS]);
	assert_int_equal(conf.limits.connections, 1000);
	assert_int_equal(conf.limits.per_source, 100);
	assert_int_equal(conf.limits.rate, 100);
	assert_int_equal(conf.limits.new_machines, 1000);
	assert_int_equal(conf.limits.decisions_per_day, 200);
	assert_int_equal(conf.limits.skew, 14400);
	assert_int_equal(conf.limits.deadline_hello, 10);
	assert_int_equal(conf.limits.deadline_request, 10);
	assert_int_equal(conf.limits.deadline_idle, 60);
	assert_int_equal(conf.level, LOG_LEVEL_INFO);
}

static void
test_lexer(void **state)
{
	(void)state;
	assert_right("\n\n# comment\n   \t\nlog debug # another");
	assert_int_equal(conf.level, LOG_LEVEL_DEBUG);
	assert_right("log \\\n  \"warn\"\n");
	assert_int_equal(conf.level, LOG_LEVEL_WARN);
	assert_right("directory \"/a b\\\\c\\\"d#\"");
	assert_string_equal(conf.directory, "/a b\\c\"d#");
	assert_right("publisher /x\\y");
	assert_string_equal(conf.publisher[0], "/x\\y");
	assert_wrong("log \"debug", 1, "closing quote");
	assert_wrong("log \"de\nlog info", 1, "closing quote");
	assert_wrong("\"log", 1, "closing quote");
	assert_wrong("\n\nlog debug\r\n", 3, "control character");
	assert_wrong("log \"a\001\"", 1, "control character");
	assert_wrong("log \\\n\\\nfoo\n", 1, "unknown level \"foo\"");
	assert_wrong("\n\"log\" debug x y\n", 2, "unexpected x");
	assert_int_equal(
	    conf_parse(&conf, "f", "log\0info\n", 9, report, NULL), 1);
}

static void
test_syntax(void **state)
{
	(void)state;
	assert_wrong("frobnicate 1\n", 1,
	    "unknown statement \"frobnicate\"; "
	    "expected one of directory, listen");
	assert_wrong("listen 127.0.0.1\n", 1,
	    "unexpected 127.0.0.1; expected: "
	    "listen on ADDRESS");
	assert_wrong("log\n", 1, "the end of the line; expected: log LEVEL");
	assert_wrong("log info debug\n", 1, "unexpected debug");
	assert_wrong("log info log debug", 1, "unexpected log");
	assert_wrong("user listener", 1, "expected: user ROLE NAME");
	assert_wrong("\nlisten on ::1 port", 2, "port NUMBER");
	assert_right("user store on");
}

static void
test_all_errors(void **state)
{
	(void)state;
	assert_int_equal(parse("log x\nlimit rate 0\nfoo\nlog info\n"), 3);
	assert_non_null(strstr(errors, "f:1: "));
	assert_non_null(strstr(errors, "f:2: "));
	assert_non_null(strstr(errors, "f:3: "));
	assert_null(strstr(errors, "f:4: "));
}

static void
test_directory(void **state)
{
	char text[600];

	(void)state;
	assert_right("directory /srv/kms");
	assert_string_equal(conf.paths.host_key, "/srv/kms/host.key");
	assert_string_equal(conf.paths.status, "/srv/kms/status.sock");
	assert_wrong("directory run", 1, "not an absolute path");
	assert_wrong("directory /a\ndirectory /b", 2, "already set on line 1");
	(void)snprintf(text, sizeof(text), "directory /%0120d", 0);
	assert_wrong(text, 1, "control.sock");
	(void)snprintf(text, sizeof(text), "directory /%0500d", 0);
	assert_wrong(text, 1, "longer than");
}

static void
test_listen(void **state)
{
	char listen[CONF_ADDRESS_MAX], text[1024] = "";
	char line[64];
	int i;

	(void)state;
	assert_right("listen on 127.0.0.1 port 21000\nlisten on ::1\n");
	assert_int_equal(conf.nlisten, 2);
	conf_print_listen(&conf.listen[0], listen);
	assert_string_equal(listen, "127.0.0.1 port 21000");
	conf_print_listen(&conf.listen[1], listen);
	assert_string_equal(listen, "::1 port 1688");
	assert_right("listen on ::1 port 1\nlisten on ::1 port 65535\n");
	assert_wrong("listen on localhost", 1, "not an IPv4 or IPv6 address");
	assert_wrong("listen on 1.2.3", 1, "not an IPv4 or IPv6 address");
	assert_wrong("listen on ::1 port 0", 1, "1 to 65535");
	assert_wrong("listen on ::1 port 65536", 1, "1 to 65535");
	assert_wrong("listen on ::1 port 1x", 1, "1 to 65535");
	assert_wrong("listen on ::1 port +1", 1, "1 to 65535");
	assert_wrong("listen on ::1\nlisten on 0::1", 2, "twice");
	for (i = 1; i <= START_LISTEN_MAX + 1; i++) {
		(void)snprintf(
		    line, sizeof(line), "listen on ::1 port %d\n", i);
		(void)strlcat(text, line, sizeof(text));
		if (i == START_LISTEN_MAX)
			assert_right(text);
	}
	assert_wrong(text, START_LISTEN_MAX + 1, "more than 16");
}

static void
test_publisher(void **state)
{
	char line[64], text[1024] = "";
	int i;

	(void)state;
	assert_right("publisher /a.pub\npublisher /b.pub");
	assert_int_equal(conf.npublishers, 2);
	assert_string_equal(conf.publisher[1], "/b.pub");
	assert_wrong("publisher a.pub", 1, "not an absolute path");
	assert_wrong("publisher /a\npublisher /a", 2, "twice");
	for (i = 1; i <= START_PUBLISHERS_MAX + 1; i++) {
		(void)snprintf(line, sizeof(line), "publisher /%d\n", i);
		(void)strlcat(text, line, sizeof(text));
		if (i == START_PUBLISHERS_MAX)
			assert_right(text);
	}
	assert_wrong(text, START_PUBLISHERS_MAX + 1, "more than 16");
}

static void
test_user(void **state)
{
	(void)state;
	assert_right("user listener www-data\nuser control _x.1");
	assert_string_equal(conf.user[ROLE_LISTENER], "www-data");
	assert_string_equal(conf.user[ROLE_CONTROL], "_x.1");
	assert_wrong("user parent x", 1, "unknown role \"parent\"");
	assert_wrong("user foo x", 1, "expected one of listener, activator");
	assert_wrong("user store 1000", 1, "not the name of a user");
	assert_wrong("user store \"\"", 1, "not the name of a user");
	assert_wrong("user store a:b", 1, "not the name of a user");
	assert_wrong("user store abcdefghijklmnopqrstuvwxyz012345", 1,
	    "not the name of a user");
	assert_right("user store abcdefghijklmnopqrstuvwxyz01234");
	assert_wrong("user store a\nuser store b", 2, "already set on line 1");
	assert_wrong("\nuser store _kmsdnet", 2, "same user");
}

static void
test_sandbox(void **state)
{
	(void)state;
	assert_right("sandbox optional files\nsandbox require tcp\n"
		     "sandbox require signals");
	assert_false(conf.require[LAYER_FILES]);
	assert_true(conf.require[LAYER_TCP]);
	assert_true(conf.require[LAYER_SIGNALS]);
	assert_wrong("sandbox require seccomp", 1,
	    "unknown layer \"seccomp\"; "
	    "expected one of files");
	assert_wrong("sandbox refuse tcp", 1, "optional, require");
	assert_wrong("sandbox require tcp\nsandbox optional tcp", 2,
	    "already set on line 1");
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_right("limit connections 7\nlimit per-source 8\nlimit rate 9\n"
		     "limit new-machines 10\nlimit decisions-per-day 11\n"
		     "limit skew 30m\ndeadline hello 1s\n"
		     "deadline request 1h\ndeadline idle 1d\n");
	assert_int_equal(conf.limits.connections, 7);
	assert_int_equal(conf.limits.per_source, 8);
	assert_int_equal(conf.limits.rate, 9);
	assert_int_equal(conf.limits.new_machines, 10);
	assert_int_equal(conf.limits.decisions_per_day, 11);
	assert_int_equal(conf.limits.skew, 1800);
	assert_int_equal(conf.limits.deadline_hello, 1);
	assert_int_equal(conf.limits.deadline_request, 3600);
	assert_int_equal(conf.limits.deadline_idle, 86400);
	assert_right("limit connections 100000");
	assert_wrong("limit connections 100001", 1, "1 to 100000");
	assert_wrong("limit connections 0", 1, "1 to 100000");
	assert_wrong("limit rate -1", 1, "1 to 1000000");
	assert_wrong("limit rate 0x10", 1, "1 to 1000000");
	assert_wrong("limit rate 99999999999999999999", 1, "1 to 1000000");
	assert_wrong("limit foo 1", 1,
	    "unknown limit \"foo\"; expected one of "
	    "connections, per-source, rate");
	assert_wrong("limit hello 1s", 1, "unknown limit \"hello\"");
	assert_wrong("deadline skew 1s", 1, "expected one of hello, request");
	assert_right("limit skew 240m");
	assert_wrong("limit skew 5h", 1, "not a duration from 60s to 14400s");
	assert_wrong("limit skew 59s", 1, "not a duration");
	assert_wrong("limit skew 60", 1, "not a duration");
	assert_wrong("limit skew h", 1, "not a duration");
	assert_wrong("limit skew 1w", 1, "not a duration");
	assert_wrong("limit skew 213503982334602d", 1, "not a duration");
	assert_wrong("limit rate 1\nlimit rate 1", 2, "already set on line 1");
}

static void
test_log(void **state)
{
	(void)state;
	assert_right("log fatal");
	assert_int_equal(conf.level, LOG_LEVEL_FATAL);
	assert_wrong("log loud", 1,
	    "unknown level \"loud\"; expected one of "
	    "fatal, warn, info, debug");
	assert_wrong("log info\nlog info", 2, "already set on line 1");
}

static char *
print(void)
{
	char *text = NULL;
	size_t len;
	FILE *f;

	f = open_memstream(&text, &len);
	assert_non_null(f);
	assert_int_equal(conf_print(&conf, f), 0);
	(void)fclose(f);
	return (text);
}

static void
assert_fixpoint(const char *text)
{
	struct conf before;
	char *first, *second;

	assert_right(text);
	before = conf;
	first = print();
	assert_right(first);
	assert_memory_equal(&before, &conf, sizeof(conf));
	second = print();
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void
test_print(void **state)
{
	(void)state;
	assert_fixpoint("");
	assert_fixpoint("directory \"/a \\\"b\\\\ #c\"\nlisten on ::1 port 7\n"
			"listen on 10.0.0.1\npublisher \"/p #1\"\n"
			"publisher /p2\nuser listener a\nuser activator b\n"
			"user store c\nuser control d\n"
			"sandbox optional files\nsandbox require tcp\n"
			"sandbox require signals\n"
			"limit connections 1\nlimit per-source 2\n"
			"limit rate 3\nlimit new-machines 4\n"
			"limit decisions-per-day 5\nlimit skew 61s\n"
			"deadline hello 2m\ndeadline request 3s\n"
			"deadline idle 1d\nlog debug\n");
}

/* Who may own and write the file. */
static void
test_load(void **state)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd;

	(void)state;
	fd = mkstemp(path);
	assert_true(fd != -1);
	assert_int_equal(write(fd, "log debug\n", 10), 10);
	errors[0] = '\0';
	assert_int_equal(conf_load(&conf, path, report, NULL), 0);
	assert_int_equal(conf.level, LOG_LEVEL_DEBUG);
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_int_equal(conf_load(&conf, path, report, NULL), 1);
	assert_non_null(strstr(errors, "chmod go-w"));
	assert_int_equal(fchmod(fd, 0602), 0);
	assert_int_equal(conf_load(&conf, path, report, NULL), 1);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(conf_load(&conf, path, report, NULL), 0);
	if (geteuid() == 0) {
		errors[0] = '\0';
		assert_int_equal(fchown(fd, 65534, 65534), 0);
		assert_int_equal(conf_load(&conf, path, report, NULL), 1);
		assert_non_null(strstr(errors, "chown"));
	}
	(void)close(fd);
	assert_int_equal(unlink(path), 0);
	errors[0] = '\0';
	assert_int_equal(conf_load(&conf, path, report, NULL), 1);
	assert_non_null(strstr(errors, "No such file"));
	assert_int_equal(conf_load(&conf, "/", report, NULL), 1);
	assert_non_null(strstr(errors, "not a regular file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_lexer),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_publisher),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_load),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
