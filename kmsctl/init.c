/*
 * kmsctl init: the folders of a host, its key, and the anchor of an empty log.
 * It touches nothing that is there, and leaves all of it behind or nothing.
 */
#include "config.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "kmsctl/init.h"

bool
init_exists(const char *path)
{
	struct stat sb;

	return (lstat(path, &sb) == 0 || errno != ENOENT);
}

/* Looked at before anything is made. */
static bool
was_made(const struct init *in)
{
	const struct paths *p = in->paths;
	const char *const files[] = { p->host_key, p->host_public, p->anchor,
		p->manifest, in->database };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (init_exists(files[i]))
			return (true);
	}
	return (false);
}

static void
find_store_user(struct init *in)
{
	const struct passwd *pw;

	in->store_uid = geteuid();
	in->store_gid = getegid();
	if (geteuid() != 0)
		return;
	if ((pw = getpwnam(in->store)) == NULL)
		errx(STATUS_FAILED,
		    "user %s of the store does not exist; make it with "
		    "systemd-sysusers kmsd.conf, or with useradd",
		    in->store);
	in->store_uid = pw->pw_uid;
	in->store_gid = pw->pw_gid;
}

static int
create(struct init *in, const char *path, mode_t mode, const void *text,
    int len, const char *what)
{
	if (len < 0) {
		warnx("%s: does not print", path);
		return (-1);
	}
	return (made_file(&in->made, path, mode, text, (size_t)len, what));
}

static int
make_public(struct init *in)
{
	char comment[HOST_MAX + 32], text[1024];

	(void)snprintf(
	    comment, sizeof(comment), "kmsd host %s public key", in->name);
	return (create(in, in->paths->host_public, 0644, text,
	    signify_print_pubkey(&in->pub, comment, text, sizeof(text)),
	    "the host's public key, for auditors"));
}

static int
make_key(struct init *in, const struct seckey *sec)
{
	char comment[HOST_MAX + 32], text[1024];
	int result;

	(void)snprintf(
	    comment, sizeof(comment), "kmsd host %s secret key", in->name);
	result = create(in, in->paths->host_key, 0600, text,
	    signify_print_seckey(sec, comment, text, sizeof(text)),
	    "the host's secret key");
	explicit_bzero(text, sizeof(text));
	return (result);
}

static int
make_anchor(struct init *in)
{
	uint8_t log[UUID_LEN];
	char text[ANCHOR_MAX];

	if (uuid_make(log) == -1 || uuid_make(in->anchor.store) == -1) {
		warn("random bytes");
		return (-1);
	}
	origin_make(&in->anchor.origin, in->pub.key, log);
	return (create(in, in->paths->anchor, 0600, text,
	    anchor_print(&in->anchor, text), "the anchor of an empty log"));
}

/* The secret key is the last: where one is, the rest was there too. */
static int
make_host(struct init *in)
{
	struct seckey sec;
	int result;

	signify_keypair(&in->pub, &sec);
	if (folders_make(in) == -1 || make_anchor(in) == -1 ||
	    make_public(in) == -1)
		result = -1;
	else
		result = make_key(in, &sec);
	explicit_bzero(&sec, sizeof(sec));
	return (result);
}

/* Without this statement kmsd would look for its files elsewhere. */
static void
tell_directory(const char *s)
{
	(void)printf("; it must have the line\n   directory \"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)putchar('\\');
		(void)putchar(*s);
	}
	(void)putchar('"');
}

static void
tell_next(const struct init *in)
{
	char origin[ORIGIN_MAX], store[UUID_STRLEN];
	const char *conf = in->conf, *typed = options_typed();

	origin_print(&in->anchor.origin, origin);
	uuid_print(in->anchor.store, store);
	(void)printf("\nlog\t%s\nstore\t%s\n\n", origin, store);
	(void)printf("What to do next:\n"
		     "1. put the publisher's public key into %s/NAME.pub\n"
		     "2. %s %s, see kmsd.conf(5)",
	    in->paths->publisher,
	    access(conf, F_OK) == 0 ? "look through" : "write", conf);
	if (options_directory() != NULL)
		tell_directory(in->paths->state);
	(void)printf("\n3. start kmsd%s\n"
		     "4. kmsctl%s install FILE, for each product's document\n"
		     "5. kmsctl%s activate --offline FILE, and send the file "
		     "to the publisher\n"
		     "6. kmsctl%s install FILE, for the certificate that comes "
		     "back\n",
	    options_of_kmsd(conf), typed, typed, typed);
}

static void
take_name(int argc, char **argv, char name[HOST_MAX + 1])
{
	int c;

	if (gethostname(name, HOST_MAX + 1) == -1)
		err(STATUS_FAILED, "gethostname");
	name[HOST_MAX] = '\0';
	while ((c = getopt(argc, argv, "+:n:")) != -1) {
		if (c != 'n')
			kmsctl_wrong_option(argv, c);
		if (strlcpy(name, optarg, HOST_MAX + 1) > HOST_MAX)
			kmsctl_usage(
			    "the name is longer than %d characters", HOST_MAX);
	}
	if (optind != argc)
		kmsctl_usage("nothing may follow the options");
	if (name[0] == '\0' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] !=
		'\0')
		kmsctl_usage("a name has letters, digits, dots and hyphens");
}

int
init_main(struct kmsctl *k, int argc, char **argv)
{
	struct init in;
	char name[HOST_MAX + 1];
	bool made;

	take_name(argc, argv, name);
	if (sodium_init() == -1)
		errx(STATUS_FAILED, "libsodium does not start");
	memset(&in, 0, sizeof(in));
	in.paths = &k->conf.paths;
	in.conf = k->file != NULL ? k->file : in.paths->conf;
	in.name = name;
	in.store = k->conf.user[ROLE_STORE];
	in.folder_of_keys = k->conf.npublishers == 0;
	(void)snprintf(in.database, sizeof(in.database), "%s/" INIT_DATABASE,
	    in.paths->db);
	made = was_made(&in);
	if (made && !init_can_mend(&in))
		return (STATUS_REFUSED);
	find_store_user(&in);
	folders_check(&in);
	/* The modes are these, and what lies above is as usual. */
	(void)umask(022);
	/* A limit of the size of files is an error like others. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (made)
		return (init_mend(&in));
	if (make_host(&in) == -1) {
		made_take_back(&in.made);
		return (STATUS_FAILED);
	}
	made_keep(&in.made);
	tell_next(&in);
	return (STATUS_OK);
}
