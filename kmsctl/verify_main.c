/*
 * kmsd-audit: verifies the logs of a database for kmsctl(8), which starts it.
 * What root alone can read is read first; then it becomes the store's user,
 * confined to the database's folder, and only then opens the database.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/file.h"
#include "common/ktime.h"
#include "common/lock.h"
#include "common/paths.h"
#include "common/sandbox.h"
#include "common/seccomp.h"
#include "common/trust.h"
#include "kmsctl/verify_db.h"

#define LOCK_MS 5000 /* a host that stops lets go in this time */
#define KEY_FILE_MAX 1024 /* bytes */
#define NOFILE_MAX 32
#define FSIZE_MAX (16U << 20)
#define DATABASE "kmsd.db"

enum {
	EXIT_GOOD,
	EXIT_BAD,
	EXIT_UNABLE
};

struct options {
	const char *lock, *database, *anchor, *host_key, *host_public, *user;
	const char *grant, *publisher, *product;
	bool files_optional, syscalls_optional;
};

/* What was read before confinement, and where the database is. */
struct audit {
	char *grant;
	size_t grant_len, entry_len, proof_at;
	bool certified; /* the key is the one that the publisher certified */
	struct doc_product product;
	char folder[PATHS_MAX], name[PATHS_MAX];
	struct db db;
	struct salts salts;
	struct verify verify;
};

static const struct {
	char letter;
	size_t offset;
} letters[] = {
	{ 'L', offsetof(struct options, lock) },
	{ 'D', offsetof(struct options, database) },
	{ 'a', offsetof(struct options, anchor) },
	{ 's', offsetof(struct options, host_key) },
	{ 'p', offsetof(struct options, host_public) },
	{ 'u', offsetof(struct options, user) },
	{ 'g', offsetof(struct options, grant) },
	{ 'b', offsetof(struct options, publisher) },
	{ 'd', offsetof(struct options, product) },
};

static void
parse_options(struct options *o, int argc, char **argv)
{
	size_t i;
	int c;

	memset(o, 0, sizeof(*o));
	while ((c = getopt(argc, argv, "D:L:a:b:cd:g:op:s:u:")) != -1) {
		if (c == '?')
			errx(EXIT_UNABLE, "run kmsctl audit verify");
		if (c == 'o')
			o->files_optional = true;
		if (c == 'c')
			o->syscalls_optional = true;
		for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
			if (letters[i].letter == c)
				memcpy((char *)o + letters[i].offset, &optarg,
				    sizeof(optarg));
		}
	}
	if (o->database == NULL || optind != argc)
		errx(EXIT_UNABLE, "run kmsctl audit verify");
	if (o->host_key != NULL && o->host_public != NULL)
		errx(EXIT_UNABLE, "one key of the host is enough");
	if ((o->publisher == NULL) != (o->product == NULL) ||
	    (o->publisher != NULL && o->grant == NULL))
		errx(EXIT_UNABLE,
		    "--publisher and --product go together, with --grant");
}

static char *
must_read(const char *path, size_t max, size_t *len)
{
	char error[FILE_ERROR_MAX], *text;

	if ((text = file_read(path, max, len, error)) == NULL)
		errx(EXIT_UNABLE, "%s", error);
	return (text);
}

static void
read_anchor(struct verify *v, const char *path)
{
	char error[MESSAGE_ERROR_MAX], *text;
	size_t len;

	text = must_read(path, ANCHOR_MAX, &len);
	if (anchor_parse(text, len, &v->anchor, error) == -1)
		errx(EXIT_UNABLE, "%s: %s", path, error);
	v->has_anchor = true;
	free(text);
}

/* Of the secret key, what verifies stays: not what signs. */
static void
read_host_key(struct audit *a, const char *path)
{
	char error[MESSAGE_ERROR_MAX], *text;
	struct seckey sec;
	struct pubkey pub;
	size_t len;

	text = must_read(path, KEY_FILE_MAX, &len);
	if (signify_parse_seckey(text, len, &sec, error) == -1) {
		freezero(text, len);
		errx(EXIT_UNABLE, "%s: %s", path, error);
	}
	freezero(text, len);
	signify_public(&sec, &pub);
	memcpy(a->verify.public, pub.key, sizeof(a->verify.public));
	a->verify.has_public = true;
	salt_key(&sec, a->salts.key);
	explicit_bzero(&sec, sizeof(sec));
	a->verify.salts = &a->salts;
}

static void
read_public(const char *path, struct pubkey *pub)
{
	char error[MESSAGE_ERROR_MAX], *text;
	size_t len;

	text = must_read(path, KEY_FILE_MAX, &len);
	if (signify_parse_pubkey(text, len, pub, error) == -1)
		errx(EXIT_UNABLE, "%s: %s", path, error);
	free(text);
}

static void
read_product(struct audit *a, const struct options *o)
{
	char error[MESSAGE_ERROR_MAX], *text;
	struct pubkey publisher;
	size_t len;

	read_public(o->publisher, &publisher);
	text = must_read(o->product, PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX, &len);
	if (trust_product(&publisher, text, len, &a->product, error) == -1)
		errx(EXIT_UNABLE, "%s: %s", o->product, error);
	a->certified = true;
	free(text);
}

static void
read_grant(struct audit *a, const char *path)
{
	a->grant = must_read(path, GRANT_MAX, &a->grant_len);
	if (grant_split(a->grant, a->grant_len, &a->entry_len, &a->proof_at) ==
	    -1)
		errx(EXIT_UNABLE, "%s: not a grant with its proof", path);
	a->verify.grant.wanted = true;
	a->verify.grant.entry = a->grant;
	a->verify.grant.len = a->entry_len;
}

static void
read_files(struct audit *a, const struct options *o)
{
	struct pubkey pub;

	if (o->anchor != NULL)
		read_anchor(&a->verify, o->anchor);
	if (o->host_key != NULL)
		read_host_key(a, o->host_key);
	if (o->host_public != NULL) {
		read_public(o->host_public, &pub);
		memcpy(a->verify.public, pub.key, sizeof(a->verify.public));
		a->verify.has_public = true;
	}
	if (o->publisher != NULL)
		read_product(a, o);
	if (o->grant != NULL)
		read_grant(a, o->grant);
	if (o->grant != NULL && !a->verify.has_public && !a->certified)
		errx(EXIT_UNABLE,
		    "--grant needs a key of the host, or --publisher and "
		    "--product");
}

/* The folder and the name of the file in it. */
static void
find_database(struct audit *a, const char *path)
{
	char copy[PATHS_MAX];
	struct stat sb;

	if (strlen(path) >= sizeof(copy))
		errx(EXIT_UNABLE, "%s: the path is too long", path);
	if (stat(path, &sb) == -1)
		err(EXIT_UNABLE, "%s", path);
	if (S_ISDIR(sb.st_mode)) {
		(void)strlcpy(a->folder, path, sizeof(a->folder));
		(void)strlcpy(a->name, DATABASE, sizeof(a->name));
		return;
	}
	(void)strlcpy(copy, path, sizeof(copy));
	(void)strlcpy(a->folder, dirname(copy), sizeof(a->folder));
	(void)strlcpy(copy, path, sizeof(copy));
	(void)strlcpy(a->name, basename(copy), sizeof(a->name));
}

/* Soft and hard limits that this work never comes near. */
static void
limit(void)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit nofile = { NOFILE_MAX, NOFILE_MAX };
	const struct rlimit fsize = { FSIZE_MAX, FSIZE_MAX };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    setrlimit(RLIMIT_NPROC, &none) == -1 ||
	    setrlimit(RLIMIT_NOFILE, &nofile) == -1 ||
	    setrlimit(RLIMIT_FSIZE, &fsize) == -1)
		err(EXIT_UNABLE, "setrlimit");
}

static void
drop_root(const char *folder, const char *user)
{
	const struct passwd *pw;

	if (user == NULL || (pw = getpwnam(user)) == NULL || pw->pw_uid == 0)
		errx(EXIT_UNABLE,
		    "user %s of the store does not exist, or is root; see "
		    "kmsd.conf(5)",
		    user == NULL ? "(none)" : user);
	if (chroot(folder) == -1 || chdir("/") == -1)
		err(EXIT_UNABLE, "%s", folder);
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1 ||
	    setuid(0) != -1)
		err(EXIT_UNABLE, "cannot become user %s", user);
}

/* Output goes on as it began: to ask what it is takes further calls. */
static void
filter_calls(const struct options *o, enum role role)
{
	static char buffer[BUFSIZ];
	int missing;

	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if ((missing = seccomp_confine(role)) == -1)
		err(EXIT_UNABLE, "system call filter");
	if (missing == 1 && !o->syscalls_optional)
		errx(EXIT_UNABLE,
		    "this kernel has no seccomp filters; \"sandbox optional "
		    "syscalls\" in kmsd.conf does without");
}

/*
 * Afterwards nothing can be reached but, with the store's role, the database's
 * folder, and no call made but those of a child of that role.
 */
static void
confine(struct audit *a, const struct options *o, enum role role)
{
	const struct sandbox_path path = { .path = ".", .write = true };
	const struct sandbox_rules rules = { .paths = &path,
		.npaths = role == ROLE_STORE ? 1 : 0,
		.files_optional = o->files_optional };
	char error[PARENT_TEXT_MAX + 1];
	struct confinement c;

	memset(&c, 0, sizeof(c));
	if (geteuid() == 0)
		drop_root(a->folder, o->user);
	else if (chdir(a->folder) == -1)
		err(EXIT_UNABLE, "%s", a->folder);
	if (access(".", R_OK | X_OK) == -1)
		err(EXIT_UNABLE,
		    "%s: the store's user%s%s must be able to "
		    "read it",
		    a->folder, o->user != NULL ? " " : "",
		    o->user != NULL ? o->user : "");
	if (sandbox_not_dumpable() == -1 || sandbox_no_new_privs() == -1 ||
	    sandbox_no_capabilities() == -1)
		err(EXIT_UNABLE, "cannot give up privileges");
	limit();
	if (sandbox_landlock(&rules, &c, error) == -1)
		errx(EXIT_UNABLE, "%s", error);
	filter_calls(o, role);
}

/*
 * The key of the salts goes to a process that reads no database, and leaves
 * this one, which does.
 */
static void
give_away_salts(struct audit *a, const struct options *o)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		err(EXIT_UNABLE, "socketpair");
	switch (fork()) {
	case -1:
		err(EXIT_UNABLE, "fork");
	case 0:
		if (dup2(pair[1], STDIN_FILENO) == -1)
			err(EXIT_UNABLE, "dup2");
		(void)close(STDOUT_FILENO);
		closefrom(STDERR_FILENO + 1);
		confine(a, o, ROLE_ACTIVATOR);
		salts_serve(a->salts.key, STDIN_FILENO);
		_exit(EXIT_GOOD);
	default:
		(void)close(pair[1]);
		a->salts.fd = pair[0];
		explicit_bzero(a->salts.key, sizeof(a->salts.key));
	}
}

/* The key of the certificate that the grant names. */
static void
take_certified_key(struct audit *a)
{
	char error[MESSAGE_ERROR_MAX], *bytes;
	struct doc_host host;
	struct pubkey pub;
	union entry e;
	size_t len;

	if (message_parse(
		&entry_grant_type, a->grant, a->entry_len, &e, error) == -1)
		errx(EXIT_UNABLE, "the grant: %s", error);
	if ((bytes = verify_db_certificate(&a->db, e.decision.host, &len)) ==
	    NULL)
		errx(EXIT_UNABLE, "%s", a->db.error);
	if (trust_host(&a->product, bytes, len, &host, error) == -1)
		errx(EXIT_BAD,
		    "the certificate that the grant names is not the "
		    "publisher's: %s",
		    error);
	if (memcmp(e.decision.product, a->product.product, UUID_LEN) != 0 ||
	    !trust_covers(&host, &a->product))
		errx(EXIT_BAD, "the certificate that the grant names does not "
			       "cover its product");
	if (pubkey_from_blob(host.host, &pub) == -1)
		errx(EXIT_BAD, "the certificate names no key of a host");
	free(bytes);
	if (a->verify.has_public &&
	    memcmp(a->verify.public, pub.key, sizeof(pub.key)) != 0)
		errx(EXIT_BAD, "the certificate that the grant names is that "
			       "of another host key");
	memcpy(a->verify.public, pub.key, sizeof(pub.key));
	a->verify.has_public = true;
}

static void
verify_proof(struct audit *a)
{
	char error[MESSAGE_ERROR_MAX];

	if (proof_verify(a->grant, a->entry_len, a->grant + a->proof_at,
		a->grant_len - a->proof_at, a->verify.public,
		&a->verify.grant.proof, error) == -1)
		errx(EXIT_BAD, "the grant's proof: %s", error);
}

int
main(int argc, char **argv)
{
	static struct audit a;
	struct options o;
	char error[FILE_ERROR_MAX];

	/* What the caller had open is nobody's who reads a hostile file. */
	closefrom(STDERR_FILENO + 1);
	setprogname("kmsctl");
	parse_options(&o, argc, argv);
	if (sodium_init() == -1)
		errx(EXIT_UNABLE, "libsodium does not start");
	find_database(&a, o.database);
	if (o.lock != NULL && lock_take(o.lock, ktime_boot_ms() + LOCK_MS,
				  error, sizeof(error)) == -1)
		errx(EXIT_UNABLE, "%s", error);
	read_files(&a, &o);
	if (a.verify.salts != NULL)
		give_away_salts(&a, &o);
	confine(&a, &o, ROLE_STORE);
	if (verify_db_open(&a.db, ".", a.name) == -1)
		errx(EXIT_UNABLE, "%s (in %s)", a.db.error, a.folder);
	if (a.certified)
		take_certified_key(&a);
	if (a.grant != NULL)
		verify_proof(&a);
	a.verify.out = stdout;
	if (verify_db_logs(&a.db, &a.verify) == -1)
		errx(EXIT_UNABLE, "%s (in %s)", a.db.error, a.folder);
	verify_finish(&a.verify);
	verify_db_close(&a.db);
	if (fflush(stdout) == EOF)
		err(EXIT_UNABLE, "standard output");
	return (a.verify.bad ? EXIT_BAD : EXIT_GOOD);
}
