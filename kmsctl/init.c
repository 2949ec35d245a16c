/*
 * kmsctl init: the folders of a host, its key, and the anchor of an empty log.
 * It touches nothing that is there.
 */
#include "config.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/anchor.h"
#include "common/base64.h"
#include "common/file.h"
#include "kmsctl/kmsctl.h"

#define DATABASE "kmsd.db"

struct init {
	const struct paths *paths;
	const char *conf; /* the configuration that kmsd will read */
	const char *name;
	uid_t store_uid;
	gid_t store_gid;
	char database[PATHS_MAX + sizeof(DATABASE)];
	struct anchor anchor;
	struct pubkey pub;
};

/* Looks before anything is made, so that a refusal leaves nothing behind. */
static void
refuse_existing(const struct init *in)
{
	const struct paths *p = in->paths;
	const char *const files[] = { p->host_key, p->host_public, p->anchor,
		p->manifest, in->database };
	struct stat sb;
	size_t i;
	int found = 0;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (lstat(files[i], &sb) == -1 && errno == ENOENT)
			continue;
		warnx("%s: exists", files[i]);
		found = 1;
	}
	if (found)
		errx(STATUS_REFUSED,
		    "this host was made before, and a host's key and log are "
		    "never overwritten; nothing was done");
}

static void
find_store_user(struct init *in, const char *user)
{
	const struct passwd *pw;

	in->store_uid = geteuid();
	in->store_gid = getegid();
	if (geteuid() != 0)
		return;
	if ((pw = getpwnam(user)) == NULL)
		errx(STATUS_FAILED,
		    "user %s of the store does not exist; make it with "
		    "systemd-sysusers kmsd.conf, or with useradd",
		    user);
	in->store_uid = pw->pw_uid;
	in->store_gid = pw->pw_gid;
}

/* The folders of a host: mode, and whether it is the store's. */
static const struct folder {
	size_t offset; /* of its path */
	mode_t mode;
	bool store;
} folders[] = {
	{ offsetof(struct paths, publisher), 0755, false },
	{ offsetof(struct paths, empty), 0555, false },
	{ offsetof(struct paths, db), 0700, true },
};

#define NFOLDERS (sizeof(folders) / sizeof(folders[0]))

static const char *
folder_path(const struct init *in, const struct folder *f)
{
	return ((const char *)in->paths + f->offset);
}

/* A folder that is there must be as it would have been made. */
static void
check_folder(const struct init *in, const struct folder *f)
{
	const char *path = folder_path(in, f);
	const uid_t uid = f->store ? in->store_uid : geteuid();
	struct stat sb;

	if (lstat(path, &sb) == -1) {
		if (errno == ENOENT)
			return;
		err(STATUS_FAILED, "%s", path);
	}
	if (!S_ISDIR(sb.st_mode))
		errx(STATUS_FAILED, "%s: not a folder", path);
	if (sb.st_uid != uid)
		errx(STATUS_FAILED, "%s: belongs to uid %u; chown it to uid %u",
		    path, sb.st_uid, uid);
	if ((sb.st_mode & 07777 & ~f->mode) != 0)
		errx(STATUS_FAILED, "%s: has mode %04o; chmod it to %04o", path,
		    sb.st_mode & 07777, f->mode);
}

static void
make_folder(const struct init *in, const struct folder *f)
{
	const char *path = folder_path(in, f);

	if (mkdir(path, f->mode) == -1) {
		if (errno != EEXIST)
			err(STATUS_FAILED, "%s", path);
		return;
	}
	if (f->store && geteuid() == 0 &&
	    chown(path, in->store_uid, in->store_gid) == -1)
		err(STATUS_FAILED, "%s: chown", path);
	(void)printf("%s\ta folder\n", path);
}

/* The folders above, with the modes that are usual there. */
static void
make_above(const char *path)
{
	char above[PATHS_MAX], *slash;

	(void)strlcpy(above, path, sizeof(above));
	for (slash = above; (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		if (mkdir(above, 0755) == -1 && errno != EEXIST)
			err(STATUS_FAILED, "%s", above);
		*slash = '/';
	}
}

static void
make_folders(const struct init *in)
{
	size_t i;

	make_above(in->paths->host_key);
	make_above(in->paths->anchor);
	for (i = 0; i < NFOLDERS; i++)
		make_folder(in, &folders[i]);
}

static void
create(
    const char *path, mode_t mode, const void *text, int len, const char *what)
{
	char error[FILE_ERROR_MAX];

	if (len < 0)
		errx(STATUS_FAILED, "%s: does not print", path);
	if (file_create(path, mode, text, (size_t)len, error) == -1)
		errx(STATUS_FAILED, "%s", error);
	(void)printf("%s\t%s\n", path, what);
}

static void
make_key(struct init *in)
{
	char comment[HOST_MAX + 32], text[1024];
	struct seckey sec;

	signify_keypair(&in->pub, &sec);
	(void)snprintf(
	    comment, sizeof(comment), "kmsd host %s secret key", in->name);
	create(in->paths->host_key, 0600, text,
	    signify_print_seckey(&sec, comment, text, sizeof(text)),
	    "the host's secret key");
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&sec, sizeof(sec));
	(void)snprintf(
	    comment, sizeof(comment), "kmsd host %s public key", in->name);
	create(in->paths->host_public, 0644, text,
	    signify_print_pubkey(&in->pub, comment, text, sizeof(text)),
	    "the host's public key, for auditors");
}

static void
make_anchor(struct init *in)
{
	uint8_t log[UUID_LEN];
	char text[ANCHOR_MAX];

	if (uuid_make(log) == -1 || uuid_make(in->anchor.store) == -1)
		err(STATUS_FAILED, "random bytes");
	origin_make(&in->anchor.origin, in->pub.key, log);
	create(in->paths->anchor, 0600, text, anchor_print(&in->anchor, text),
	    "the anchor of an empty log");
}

static void
tell_next(const struct init *in)
{
	char origin[ORIGIN_MAX], store[UUID_STRLEN];
	const char *conf = in->conf;

	origin_print(&in->anchor.origin, origin);
	uuid_print(in->anchor.store, store);
	(void)printf("\nlog\t%s\nstore\t%s\n\n", origin, store);
	(void)printf("What to do next:\n"
		     "1. put the publisher's public key into %s/NAME.pub\n"
		     "2. %s %s, see kmsd.conf(5), and start kmsd(8)\n"
		     "3. kmsctl install FILE, for each product's document\n"
		     "4. kmsctl activate --offline FILE, and send the file to "
		     "the publisher\n"
		     "5. kmsctl install FILE, for the certificate that comes "
		     "back\n",
	    in->paths->publisher,
	    access(conf, F_OK) == 0 ? "look through" : "write", conf);
}

static void
take_name(int argc, char **argv, char name[HOST_MAX + 1])
{
	int c;

	if (gethostname(name, HOST_MAX + 1) == -1)
		err(STATUS_FAILED, "gethostname");
	name[HOST_MAX] = '\0';
	while ((c = getopt(argc, argv, "+n:")) != -1) {
		if (c != 'n')
			kmsctl_usage("no such option");
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
	size_t i;

	take_name(argc, argv, name);
	if (sodium_init() == -1)
		errx(STATUS_FAILED, "libsodium does not start");
	memset(&in, 0, sizeof(in));
	in.paths = &k->conf.paths;
	in.conf = k->file != NULL ? k->file : in.paths->conf;
	in.name = name;
	(void)snprintf(
	    in.database, sizeof(in.database), "%s/" DATABASE, in.paths->db);
	refuse_existing(&in);
	find_store_user(&in, k->conf.user[ROLE_STORE]);
	for (i = 0; i < NFOLDERS; i++)
		check_folder(&in, &folders[i]);
	/* The modes are these, and what lies above is as usual. */
	(void)umask(022);
	make_folders(&in);
	make_key(&in);
	make_anchor(&in);
	tell_next(&in);
	return (STATUS_OK);
}
