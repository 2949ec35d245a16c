/* kmsctl: the administrator's tool.  Options, and the tree of commands. */
#include "config.h"

#include <err.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/help.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/words.h"

static int help_main(struct kmsctl *, int, char **);

static const struct word show_words[] = {
	{ "", NULL, show_main, "" },
	{ "host", NULL, show_host, "" },
	{ "sandbox", NULL, show_sandbox, "" },
	{ "counters", NULL, show_counters, "" },
	{ "count", NULL, show_count, "" },
	{ "products", NULL, show_products, "" },
	{ "documents", NULL, show_documents, "" },
	{ "machines", NULL, show_machines, "" },
	{ "logs", NULL, show_logs, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word audit_words[] = {
	{ "show", NULL, audit_show, "[-i index] [-l log] [-n count]" },
	{ "checkpoint", NULL, audit_checkpoint, "" },
	{ "verify", NULL, audit_verify,
	    "[-k] [-a anchor] [-D database] [--host-key file | "
	    "--host-pub file] [--grant file "
	    "[--publisher file --product file]]" },
	{ "accept-rollback", NULL, audit_accept_rollback, "reason" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word clock_words[] = {
	{ "accept", NULL, clock_accept, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word words[] = {
	{ "init", NULL, init_main, "[-n name]" },
	{ "install", NULL, install_main, "file" },
	{ "activate", NULL, activate_main, "--offline file [-n hostname]" },
	{ "show", show_words, NULL, NULL },
	{ "audit", audit_words, NULL, NULL },
	{ "clock", clock_words, NULL, NULL },
	{ "stop", NULL, stop_main, "" },
	{ "help", NULL, help_main, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word *command;

static void
tell_usage(void *arg, const char *name, const char *usage)
{
	(void)fprintf(arg, "       kmsctl [option ...] %s%s%s\n", name,
	    usage[0] != '\0' ? " " : "", usage);
}

static void
print_usage(FILE *f)
{
	(void)fprintf(f, "usage: kmsctl [-d directory | -f file] "
			 "[-s socket] command\n");
	words_each(words, "", tell_usage, f);
}

static void
usage(void)
{
	print_usage(stderr);
	exit(STATUS_FAILED);
}

static int
help_main(struct kmsctl *k, int argc, char **argv)
{
	(void)k;
	(void)argc;
	(void)argv;
	print_usage(stdout);
	(void)printf("\nSee kmsctl(8).\n");
	return (STATUS_OK);
}

/* The usage of the command in hand, with all of its words. */
static void
tell_command(void *arg, const char *name, const char *text)
{
	const char *last = strrchr(name, ' ');
	const struct word *w = command;

	(void)arg;
	if (text == w->usage &&
	    strcmp(last == NULL ? name : last + 1, w->word) == 0)
		(void)fprintf(stderr, "usage: kmsctl %s%s%s\n", name,
		    text[0] != '\0' ? " " : "", text);
}

void
kmsctl_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	words_each(words, "", tell_command, NULL);
	exit(STATUS_FAILED);
}

void
kmsctl_wrong_option(char *const argv[], int c)
{
	if (c == ':')
		kmsctl_usage("%s: its value is missing", argv[optind - 1]);
	if (optopt != 0)
		kmsctl_usage("-%c: no such option", optopt);
	kmsctl_usage("%s: no such option", argv[optind - 1]);
}

int
kmsctl_change(const struct kmsctl *k, struct ask *a)
{
	return (ask_open(
	    a, k->socket != NULL ? k->socket : k->conf.paths.control, NULL));
}

/* What everybody may use, others can crowd. */
int
kmsctl_question(const struct kmsctl *k, struct ask *a)
{
	if (k->socket != NULL)
		return (ask_open(a, k->socket, NULL));
	return (ask_open(a, k->conf.paths.control, k->conf.paths.status));
}

static void
report(void *arg, const char *text)
{
	(void)arg;
	warnx("%s", text);
}

/*
 * The configuration that was named must be good.  Without one, users who may
 * not read the default one take the paths of the build.
 */
static void
configure(struct kmsctl *k, const char *directory, const char *file)
{
	struct paths paths;

	if (conf_parse(&k->conf, "", "", 0, report, NULL) != 0)
		exit(STATUS_FAILED);
	if (directory != NULL && paths_below(&paths, directory) == -1)
		errx(STATUS_FAILED,
		    "%s: not an absolute path, or too long for a socket below "
		    "it",
		    directory);
	if (directory == NULL)
		paths = k->conf.paths;
	if (file == NULL && access(paths.conf, R_OK) == 0)
		file = paths.conf;
	if (file != NULL && conf_load(&k->conf, file, report, NULL) != 0)
		exit(STATUS_FAILED);
	if (directory != NULL)
		k->conf.paths = paths;
	k->file = file;
}

int
main(int argc, char **argv)
{
	static struct kmsctl k;
	const char *directory = NULL, *file = NULL;
	char error[WORDS_ERROR_MAX];
	int c, used = 0;

	(void)setlocale(LC_CTYPE, "");
	if (help_wanted(argc, argv))
		return (help_main(&k, 0, NULL));
	while ((c = getopt(argc, argv, "+d:f:s:")) != -1) {
		if (c == 'd')
			directory = optarg;
		else if (c == 'f')
			file = optarg;
		else if (c == 's')
			k.socket = optarg;
		else
			usage();
	}
	argc -= optind;
	argv += optind;
	if (argc == 0 || (directory != NULL && file != NULL))
		usage();
	if ((command = words_find(words, argc, argv, &used, error)) == NULL)
		errx(STATUS_FAILED, "%s", error);
	options_note(directory, file, k.socket);
	if (command->run != help_main)
		configure(&k, directory, file);
	optind = 0;
	return (command->run(&k, argc - used, argv + used));
}
