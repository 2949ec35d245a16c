/*
 * kms(1): activates products on this machine and says how it stands with
 * them.  All of the work is libkmsclient's.
 */
#include "config.h"

#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/kms_output.h"
#include "common/codes.h"
#include "common/help.h"

#define FILE_MAX (64 * 1024) /* bytes of any file that is read */

/* What the command line says. */
struct options {
	struct kmsclient *client;
	bool verbose, force;
	bool has_host, has_publisher, has_product;
};

struct command {
	const char *name;
	int (*run)(struct options *);
};

static int run_activate(struct options *);
static int run_renew(struct options *);
static int run_status(struct options *);

static const struct command commands[] = {
	{ "activate", run_activate },
	{ "renew", run_renew },
	{ "status", run_status },
};

/* Options without a short form. */
enum {
	OPT_STATE = 256,
	OPT_PRODUCT,
	OPT_PUBLISHER,
	OPT_IDENTITY,
	OPT_TIMEOUT,
	OPT_VIRTUAL,
	OPT_FORCE
};

static const struct option long_options[] = {
	{ "host", required_argument, NULL, 'H' },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "product", required_argument, NULL, OPT_PRODUCT },
	{ "publisher", required_argument, NULL, OPT_PUBLISHER },
	{ "identity", required_argument, NULL, OPT_IDENTITY },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "virtual", required_argument, NULL, OPT_VIRTUAL },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: kms activate | renew [--force] | status\n"
	    "\t[-v] [-H host[:port]] [--identity text|file] [--state dir]\n"
	    "\t[--timeout seconds] [--virtual yes|no]\n"
	    "\t--product file --publisher file\n"
	    "See kms(1).\n");
}

static void __attribute__((noreturn)) usage(const char *why)
{
	if (why != NULL)
		(void)fprintf(stderr, "kms: %s\n", why);
	print_usage(stderr);
	exit(EXIT_FAILED);
}

/* Ends the program with the library's reason. */
static void __attribute__((noreturn))
fail(const struct options *o, const char *what)
{
	(void)fprintf(
	    stderr, "kms: %s: %s\n", what, kmsclient_error(o->client));
	exit(EXIT_FAILED);
}

/* Reads a whole file; the caller frees it. */
static char *
read_file(const char *path, size_t *len)
{
	ssize_t n;
	char *buf;
	int fd;

	if ((buf = malloc(FILE_MAX)) == NULL ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		(void)fprintf(stderr, "kms: %s: %s\n", path, strerror(errno));
		exit(EXIT_FAILED);
	}
	for (*len = 0; *len < FILE_MAX; *len += (size_t)n) {
		if ((n = read(fd, buf + *len, FILE_MAX - *len)) <= 0)
			break;
	}
	if (*len == FILE_MAX || n == -1) {
		(void)fprintf(stderr, "kms: %s: %s\n", path,
		    n == -1 ? strerror(errno) : "too long");
		exit(EXIT_FAILED);
	}
	(void)close(fd);
	return (buf);
}

static void
set_file(struct options *o, const char *path,
    int (*set)(struct kmsclient *, const char *, size_t))
{
	size_t len;
	char *text;

	text = read_file(path, &len);
	if (set(o->client, text, len) == -1)
		fail(o, path);
	free(text);
}

/* A value with a slash is a file, whose last newline does not count. */
static void
set_identity(struct options *o, const char *value)
{
	size_t len = strlen(value);
	char *text = NULL;

	if (strchr(value, '/') != NULL) {
		value = text = read_file(value, &len);
		if (len > 0 && text[len - 1] == '\n')
			len--;
	}
	if (kmsclient_set_identity(o->client, value, len) == -1)
		fail(o, "--identity");
	free(text);
}

static void
set_timeout(struct options *o, const char *value)
{
	const char *error;
	int seconds;

	seconds = (int)strtonum(value, 1, 60, &error);
	if (error != NULL) {
		(void)fprintf(
		    stderr, "kms: --timeout: %s is %s\n", value, error);
		exit(EXIT_FAILED);
	}
	(void)kmsclient_set_timeout(o->client, seconds);
}

static void
set_virtual(struct options *o, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		usage("--virtual is yes or no");
	(void)kmsclient_set_virtual(o->client, yes);
}

static void
take_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'H':
		if (kmsclient_add_host(o->client, value) == -1)
			fail(o, value);
		o->has_host = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'V':
		(void)printf("kms %s\n", PACKAGE_VERSION);
		exit(EXIT_LICENSED);
	case OPT_STATE:
		if (kmsclient_set_state(o->client, value) == -1)
			fail(o, value);
		break;
	case OPT_PRODUCT:
		set_file(o, value, kmsclient_set_product);
		o->has_product = true;
		break;
	case OPT_PUBLISHER:
		set_file(o, value, kmsclient_set_publisher);
		o->has_publisher = true;
		break;
	case OPT_IDENTITY:
		set_identity(o, value);
		break;
	case OPT_TIMEOUT:
		set_timeout(o, value);
		break;
	case OPT_VIRTUAL:
		set_virtual(o, value);
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	default:
		usage(NULL);
	}
}

/* What libkmsclient is doing, with --verbose. */
static void
tell(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "kms: %s\n", line);
}

/* Why no grant came, and the exit status for it. */
static int
report_failure(const struct options *o)
{
	uint32_t code = kmsclient_code(o->client);

	if (code == CODE_NO_HOST && !o->has_host)
		usage("no host is named: name one with -H HOST");
	output_failure(
	    kmsclient_error(o->client), code, kmsclient_unverified(o->client));
	if (kmsclient_refused(o->client) != 0)
		return (EXIT_REFUSED);
	if (code == CODE_NO_HOST || code == CODE_TIME_SKEW)
		return (EXIT_NO_HOST);
	return (EXIT_FAILED);
}

static int
run_status(struct options *o)
{
	struct kmsclient_status st;

	if (kmsclient_status(o->client, &st, sizeof(st)) == -1)
		return (report_failure(o));
	output_status(&st, o->verbose);
	return (output_exit(&st));
}

static int
run_activate(struct options *o)
{
	if (kmsclient_activate(o->client) == -1)
		return (report_failure(o));
	return (run_status(o));
}

static int
run_renew(struct options *o)
{
	struct kmsclient_status st;

	if (kmsclient_status(o->client, &st, sizeof(st)) == -1)
		return (report_failure(o));
	if (st.has_grant == 0) {
		output_failure("there is no grant to renew; run kms activate",
		    CODE_OK, CODE_OK);
		return (EXIT_UNLICENSED);
	}
	if (kmsclient_renew(o->client, o->force) == -1)
		return (report_failure(o));
	return (run_status(o));
}

/* The machine's key shall stand in no core file. */
static void
forbid_core(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return (&commands[i]);
	}
	usage("the command is activate, renew or status");
}

int
main(int argc, char *argv[])
{
	const struct command *command;
	struct options o = { NULL, false, false, false, false, false };
	int option, status;

	if (help_wanted(argc, argv)) {
		print_usage(stdout);
		return (EXIT_LICENSED);
	}
	forbid_core();
	if ((o.client = kmsclient_open()) == NULL) {
		(void)fprintf(stderr, "kms: out of memory\n");
		return (EXIT_FAILED);
	}
	while ((option = getopt_long(argc, argv, "H:vV", long_options, NULL)) !=
	       -1)
		take_option(&o, option, optarg);
	if (optind + 1 != argc)
		usage("one command is needed");
	command = find_command(argv[optind]);
	if (!o.has_product || !o.has_publisher)
		usage("--product and --publisher are needed");
	if (o.verbose)
		kmsclient_set_log(o.client, tell, NULL);
	status = command->run(&o);
	kmsclient_close(o.client);
	if (fflush(stdout) != 0 && status == EXIT_LICENSED)
		status = EXIT_FAILED;
	return (status);
}
