/* kmspub(1): the publisher's tool.  The table of its commands. */
#include "config.h"

#include <sys/resource.h>

#include <err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/help.h"
#include "publisher/kmspub.h"
#include "publisher/secret.h"

#define DOCUMENT_FILE_MAX (PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX)
#define KEY_FILE_MAX 1024 /* bytes */

struct command {
	const char *first, *second; /* words; second may be NULL */
	int (*run)(int, char *[]);
	const char *arguments;
	const char *what;
};

static const struct command commands[] = {
	{ "keygen", NULL, keys_main, "[-n] -p public -s secret",
	    "make the publisher's key pair" },
	{ "issuer", NULL, keys_main, "[-n] -p public -s secret",
	    "make an issuer's key pair, which certifies hosts" },
	{ "product", "new", product_new_main,
	    "-p publisher -i issuer ... -n name -f family [-g group] "
	    "[-t threshold] [-V validity] [-r revision] [-u uuid] -o file",
	    "write a kms-product to look at and to sign" },
	{ "product", "sign", product_sign_main, "-s secret -m file -x signed",
	    "sign a kms-product" },
	{ "product", "check", product_check_main, "-p publisher file",
	    "verify a signed kms-product and print it" },
	{ "host", "certify", host_certify_main,
	    "-s issuer-secret -p publisher -c product ... [-d validity] "
	    "-x signed request",
	    "certify a host that asks with its kms-host-request" },
	{ "revoke", NULL, revoke_main,
	    "-s secret -r revision [-c old] -x signed "
	    "[serial=superseded|void ...]",
	    "sign the list of revoked host certificates" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Set once by main(); for usage() and command_name() only. */
static const struct command *current;

const char *
command_name(void)
{
	return (current->first);
}

void
usage(const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	(void)fprintf(stderr, "usage: kmspub %s%s%s %s\n", current->first,
	    current->second == NULL ? "" : " ",
	    current->second == NULL ? "" : current->second, current->arguments);
	exit(2);
}

static int
help(FILE *f)
{
	size_t i;

	(void)fprintf(f, "usage: kmspub command [argument ...]\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		(void)fprintf(f, "  %s%s%s %s\n\t%s\n", commands[i].first,
		    commands[i].second == NULL ? "" : " ",
		    commands[i].second == NULL ? "" : commands[i].second,
		    commands[i].arguments, commands[i].what);
	(void)fprintf(f, "\nSee kmspub(1).\n");
	return (f == stderr ? 2 : 0);
}

void
load_public(const char *path, struct pubkey *pub)
{
	char error[FILE_ERROR_MAX];
	char *text;
	size_t len;

	if ((text = file_read(path, KEY_FILE_MAX, &len, error)) == NULL)
		errx(1, "%s", error);
	if (signify_parse_pubkey(text, len, pub, error) == -1)
		errx(1, "%s: not a public key: %s", path, error);
	free(text);
}

void
load_secret(const char *path, struct seckey *sec)
{
	char error[SECRET_ERROR_MAX];

	if (secret_load(path, sec, error) == -1)
		errx(1, "%s", error);
}

void
sign_to_file(const struct seckey *sec, const struct message_type *type,
    const void *message, const char *path)
{
	char text[PRODUCT_MAX + 1], name[64], error[FILE_ERROR_MAX];
	char *out;
	int len;

	if ((len = message_print(type, message, text, sizeof(text), error)) ==
	    -1)
		errx(1, "%s: %s", type->name, error);
	if ((out = malloc(DOCUMENT_FILE_MAX)) == NULL)
		err(1, NULL);
	(void)snprintf(name, sizeof(name), "%s %u", type->name, type->version);
	len =
	    signify_sign(sec, name, text, (size_t)len, out, DOCUMENT_FILE_MAX);
	if (len == -1)
		errx(1, "%s is too long to be signed", type->name);
	if (file_create(path, 0644, out, (size_t)len, error) == -1)
		errx(1, "%s", error);
	free(out);
}

int64_t
duration_argument(char option, const char *text)
{
	int64_t seconds;

	if (kduration_parse(text, strlen(text), &seconds) == -1)
		errx(2,
		    "-%c %s: not a duration such as 180d, 12h, 15m; it is "
		    "written in its largest unit, 1d and not 24h",
		    option, text);
	return (seconds);
}

long long
number_argument(char option, const char *text, long long min, long long max)
{
	const char *why;
	long long n;

	n = strtonum(text, min, max, &why);
	if (why != NULL)
		errx(2, "-%c %s: %s (%lld to %lld)", option, text, why, min,
		    max);
	return (n);
}

int
main(int argc, char *argv[])
{
	static char name[] = "kmspub";
	const struct rlimit none = { 0, 0 };
	const struct command *c;
	size_t i;
	int words;

	setprogname(name);
	/* Secret keys must not reach a core file. */
	(void)setrlimit(RLIMIT_CORE, &none);
	if (sodium_init() == -1)
		errx(1, "libsodium does not start");
	if (argc < 2)
		return (help(stderr));
	if (help_wanted(argc, argv))
		return (help(stdout));
	for (i = 0; i < NCOMMANDS; i++) {
		c = &commands[i];
		if (strcmp(argv[1], c->first) != 0)
			continue;
		if (c->second != NULL &&
		    (argc < 3 || strcmp(argv[2], c->second) != 0))
			continue;
		current = c;
		words = c->second == NULL ? 1 : 2;
		/* What getopt(3) says begins with it. */
		argv[words] = name;
		return (c->run(argc - words, argv + words));
	}
	warnx("%s%s%s: no such command", argv[1], argc > 2 ? " " : "",
	    argc > 2 ? argv[2] : "");
	return (help(stderr));
}
