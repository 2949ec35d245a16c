/* kmspub revoke: the signed list of revoked host certificates. */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/trust.h"
#include "publisher/kmspub.h"

#define SIGNED_MAX (PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX)

/* Starts from the list before, which the new one replaces. */
static void
take_old(const struct pubkey *pub, const char *path, struct doc_revocation *r)
{
	char error[FILE_ERROR_MAX];
	uint64_t revision = r->revision;
	char *text;
	size_t len;

	if ((text = file_read(path, SIGNED_MAX, &len, error)) == NULL)
		errx(1, "%s", error);
	if (trust_revocation(pub, text, len, r, error) == -1)
		errx(1, "%s: %s", path, error);
	free(text);
	if (revision <= r->revision)
		errx(1, "-r: %s has revision %llu; the new one must be higher",
		    path, (unsigned long long)r->revision);
	r->revision = revision;
}

/* Adds serial=superseded or serial=void; void is never taken back. */
static void
add(struct doc_revocation *r, const char *argument)
{
	uint8_t serial[UUID_LEN];
	const char *how;
	size_t i;
	int void_it;

	how = strchr(argument, '=');
	if (how == NULL ||
	    uuid_parse(argument, (size_t)(how - argument), serial) == -1)
		errx(2, "%s: not a serial, = and superseded or void", argument);
	void_it = strcmp(how + 1, revoked_words[REVOKED_VOID]) == 0;
	if (!void_it && strcmp(how + 1, revoked_words[REVOKED_SUPERSEDED]) != 0)
		errx(2, "%s: superseded or void, not %s", argument, how + 1);
	for (i = 0; i < r->nhosts; i++)
		if (memcmp(r->host[i].serial, serial, UUID_LEN) == 0)
			break;
	if (i == REVOCATIONS_MAX)
		errx(1, "the list is full: at most %d certificates",
		    REVOCATIONS_MAX);
	if (i == r->nhosts) {
		memcpy(r->host[i].serial, serial, UUID_LEN);
		r->nhosts++;
	} else if (r->host[i].how == REVOKED_VOID)
		return;
	r->host[i].how = void_it ? REVOKED_VOID : REVOKED_SUPERSEDED;
}

int
revoke_main(int argc, char *argv[])
{
	const char *secpath = NULL, *old = NULL, *signedpath = NULL;
	struct doc_revocation r;
	struct seckey sec;
	struct pubkey pub;
	int c;

	memset(&r, 0, sizeof(r));
	while ((c = getopt(argc, argv, "s:r:c:x:")) != -1) {
		if (c == 's')
			secpath = optarg;
		else if (c == 'r')
			r.revision = (uint64_t)number_argument(
			    'r', optarg, 1, UINT32_MAX);
		else if (c == 'c')
			old = optarg;
		else if (c == 'x')
			signedpath = optarg;
		else
			usage(NULL);
	}
	if (secpath == NULL || r.revision == 0 || signedpath == NULL ||
	    (optind == argc && old == NULL))
		usage("-s, -r, -x, and -c or a serial are needed");
	load_secret(secpath, &sec);
	signify_public(&sec, &pub);
	if (old != NULL)
		take_old(&pub, old, &r);
	pubkey_to_blob(&pub, r.publisher);
	r.time = ktime_now();
	for (; optind < argc; optind++)
		add(&r, argv[optind]);
	sign_to_file(&sec, &doc_revocation_type, &r, signedpath);
	explicit_bzero(&sec, sizeof(sec));
	return (0);
}
