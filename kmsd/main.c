/*
 * kmsd, the activation host: reads its configuration, takes lock and sockets,
 * and looks after the processes that do the work.  It parses nothing that
 * comes from the network.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/event_loop.h"
#include "common/help.h"
#include "common/lock.h"
#include "common/log.h"
#include "kmsd/confine.h"
#include "kmsd/drop.h"
#include "kmsd/given.h"
#include "kmsd/kmsd.h"
#include "kmsd/notify.h"
#include "kmsd/privileges.h"
#include "kmsd/setup.h"
#include "kmsd/sockets.h"
#include "kmsd/state.h"
#include "kmsd/supervise.h"
#include "kmsd/watch.h"

#define ERROR_BYTES 1024

static void
print_usage(FILE *f)
{
	(void)fprintf(f, "usage: kmsd [-dnv] [-f file]\nSee kmsd(8).\n");
}

static __attribute__((noreturn)) void
usage(void)
{
	print_usage(stderr);
	exit(1);
}

static void
report(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "%s\n", line);
}

/* -n: whether the configuration is right, and with -v what it says. */
static int
check_only(const struct conf *c, int verbose)
{
	if (verbose && conf_print(c, stdout) == -1)
		fatal("standard output");
	(void)fprintf(stderr, "configuration OK\n");
	return (0);
}

/* The descriptors 0 to 2 are there, and above them what was given, no more. */
static void
clean_descriptors(int given)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			fatal("/dev/null");
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
	closefrom(GIVEN_FIRST + given);
}

/*
 * Goes to the background.  The caller waits until the host is ready, or ends
 * with the status with which it ended.
 */
static void
background(struct kmsd *k)
{
	int fd[2], null, status;
	pid_t pid;
	char byte;

	if (pipe2(fd, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		fatal("cannot go to the background");
	if (pid != 0) {
		(void)close(fd[1]);
		if (read(fd[0], &byte, 1) == 1)
			_exit(0);
		if (waitpid(pid, &status, 0) == -1 || !WIFEXITED(status))
			_exit(1);
		_exit(WEXITSTATUS(status));
	}
	(void)close(fd[0]);
	k->ready_fd = fd[1];
	(void)setsid();
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		fatal("/dev/null");
	(void)close(null);
}

static void
init(struct kmsd *k)
{
	int a, b;

	k->ready_fd = k->notify = k->lock = k->control = k->status = -1;
	for (a = 0; a < ROLE_COUNT; a++) {
		k->child[a].kmsd = k;
		k->child[a].role = (enum role)a;
		k->child[a].log = -1;
		for (b = 0; b < ROLE_COUNT; b++)
			k->pair[a][b] = -1;
	}
}

static int
listen_all(struct kmsd *k, int64_t until, char *error, size_t size)
{
	if (k->given == -1) {
		(void)snprintf(error, size,
		    "LISTEN_PID or LISTEN_FDS: not a number, or more than %d "
		    "sockets",
		    START_LISTEN_MAX);
		return (-1);
	}
	if (k->given > 0)
		return (given_listen(k, GIVEN_FIRST, k->given, error, size));
	return (sockets_listen(k, until, error, size));
}

/* Everything that can be said to be wrong before a child exists. */
static int
prepare(struct kmsd *k, char *error, size_t size)
{
	const int64_t until = ktime_boot_ms() + KMSD_TRY_MS;

	if (setup_credentials(k, error, size) == -1 ||
	    privileges_find(k, error, size) == -1 ||
	    privileges_folders(k, error, size) == -1)
		return (-1);
	privileges_reach(k);
	k->notify = notify_open();
	if ((k->lock = lock_take(k->conf.paths.lock, until, error, size)) ==
		-1 ||
	    state_open(k, error, size) == -1 ||
	    setup_check(k, error, size) == -1 ||
	    listen_all(k, until, error, size) == -1 ||
	    sockets_admin(k, error, size) == -1 ||
	    drop_privileges(k, error, size) == -1 ||
	    confine_parent(k, error, size) == -1)
		return (-1);
	return (0);
}

static int
run(struct kmsd *k)
{
	char error[ERROR_BYTES];

	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	if (!k->foreground)
		background(k);
	if (chdir("/") == -1)
		fatal("/");
	k->started = ktime_now();
	if (prepare(k, error, sizeof(error)) == -1) {
		sockets_close_admin(k);
		fatalx("%s", error);
	}
	log_info("kmsd " PACKAGE_VERSION " starts, pid %d", (int)getpid());
	if ((k->base = event_loop_new()) == NULL || state_start(k) == -1 ||
	    supervise_start(k) == -1 || watch_start(k) == -1)
		fatal("cannot make events");
	if (event_base_dispatch(k->base) == -1)
		fatalx("the event loop failed");
	if (state_flush(k) == -1 && k->exit_status == 0)
		k->exit_status = 1;
	sockets_close_admin(k);
	log_info("stopped");
	return (k->exit_status);
}

int
main(int argc, char *argv[])
{
	static struct kmsd k;
	struct paths paths;
	const char *file;
	bool check = false, verbose = false;
	int ch;

	if (help_wanted(argc, argv)) {
		print_usage(stdout);
		return (0);
	}
	k.given = given_count();
	clean_descriptors(k.given == -1 ? 0 : k.given);
	log_init("kmsd", LOG_DAEMON, LOG_LEVEL_INFO);
	init(&k);
	paths_default(&paths);
	file = paths.conf;
	while ((ch = getopt(argc, argv, "df:nv")) != -1) {
		switch (ch) {
		case 'd':
			k.foreground = true;
			break;
		case 'f':
			file = optarg;
			break;
		case 'n':
			check = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	if (conf_load(&k.conf, file, report, NULL) != 0)
		return (1);
	if (check)
		return (check_only(&k.conf, verbose));
	log_set_level(verbose ? LOG_LEVEL_DEBUG : k.conf.level);
	return (run(&k));
}
