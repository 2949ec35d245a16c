/* kmspub keygen and issuer: key pairs in files. */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "publisher/kmspub.h"
#include "publisher/secret.h"

static void
create_pair(const char *pubpath, const char *secpath, const char *passphrase)
{
	char error[FILE_ERROR_MAX], comment[64], text[256];
	struct pubkey pub;
	struct seckey sec;
	int len;

	signify_keypair(&pub, &sec);
	(void)snprintf(
	    comment, sizeof(comment), "kmspub %s secret key", command_name());
	if (secret_create(secpath, &sec, passphrase, comment, error) == -1) {
		explicit_bzero(&sec, sizeof(sec));
		errx(1, "%s", error);
	}
	explicit_bzero(&sec, sizeof(sec));
	(void)snprintf(
	    comment, sizeof(comment), "kmspub %s public key", command_name());
	len = signify_print_pubkey(&pub, comment, text, sizeof(text));
	if (len == -1 ||
	    file_create(pubpath, 0644, text, (size_t)len, error) == -1) {
		/* A secret key whose public half is lost is of no use. */
		(void)unlink(secpath);
		errx(1, "%s", error);
	}
}

int
keys_main(int argc, char *argv[])
{
	const char *pubpath = NULL, *secpath = NULL;
	char passphrase[1024], error[SECRET_ERROR_MAX];
	int c, plain = 0;

	while ((c = getopt(argc, argv, "np:s:")) != -1) {
		if (c == 'n')
			plain = 1;
		else if (c == 'p')
			pubpath = optarg;
		else if (c == 's')
			secpath = optarg;
		else
			usage(NULL);
	}
	if (pubpath == NULL || secpath == NULL || optind != argc)
		usage("-p and -s are needed, and nothing behind them");
	if (access(pubpath, F_OK) == 0)
		errx(1, "%s: exists; it is not overwritten", pubpath);
	if (!plain &&
	    secret_ask_new(passphrase, sizeof(passphrase), error) == -1)
		errx(1, "%s", error);
	create_pair(pubpath, secpath, plain ? NULL : passphrase);
	explicit_bzero(passphrase, sizeof(passphrase));
	return (0);
}
