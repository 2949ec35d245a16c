/* kmspub product: write, sign and check a kms-product. */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/trust.h"
#include "publisher/kmspub.h"

#define PRODUCT_FILE_MAX (PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX)
#define PRODUCT_YEARS (10 * 365) /* days that a new one holds */

/* What a new product has where its publisher says nothing. */
static void
set_defaults(struct doc_product *p)
{
	memset(p, 0, sizeof(*p));
	p->group = 1;
	p->revision = 1;
	p->threshold = 25;
	p->count_virtual = 1;
	p->validity = 180 * KTIME_DAY;
	p->renew.value = 7 * KTIME_DAY;
	p->retry.value = 2 * KTIME_HOUR;
	p->renew.min = p->retry.min = 15 * KTIME_MINUTE;
	p->renew.max = p->retry.max = 30 * KTIME_DAY;
	p->grace = 30 * KTIME_DAY;
	p->not_before = ktime_now();
	p->not_before.sec -= p->not_before.sec % KTIME_DAY;
	p->not_after =
	    ktime_add(p->not_before, (int64_t)PRODUCT_YEARS * KTIME_DAY);
}

static void
add_issuer(struct doc_product *p, const char *path)
{
	struct pubkey key;

	if (p->nissuers == ISSUERS_MAX)
		errx(2, "-i %s: at most %d issuers", path, ISSUERS_MAX);
	load_public(path, &key);
	pubkey_to_blob(&key, p->issuer[p->nissuers++].key);
}

static void
set_text(char option, char *to, size_t size, const char *text)
{
	if (strlcpy(to, text, size) >= size)
		errx(
		    2, "-%c %s: longer than %zu bytes", option, text, size - 1);
}

/* Takes an option; 0 if it is not one of those that set a value. */
static int
new_option(struct doc_product *p, int c, const char *arg)
{
	struct pubkey key;

	if (c == 'p') {
		load_public(arg, &key);
		pubkey_to_blob(&key, p->publisher);
	} else if (c == 'i')
		add_issuer(p, arg);
	else if (c == 'n')
		set_text('n', p->name, sizeof(p->name), arg);
	else if (c == 'f')
		set_text('f', p->family, sizeof(p->family), arg);
	else if (c == 'g')
		p->group = (uint64_t)number_argument('g', arg, 0, 1000000);
	else if (c == 't')
		p->threshold =
		    (uint64_t)number_argument('t', arg, 1, 1000000000);
	else if (c == 'r')
		p->revision =
		    (uint64_t)number_argument('r', arg, 1, UINT32_MAX);
	else if (c == 'V')
		p->validity = duration_argument('V', arg);
	else if (c == 'u') {
		if (uuid_parse(arg, strlen(arg), p->product) == -1)
			errx(2, "-u %s: not a lower-case uuid", arg);
	} else
		return (0);
	return (1);
}

int
product_new_main(int argc, char *argv[])
{
	static const uint8_t none[PUBKEY_LEN];
	char text[PRODUCT_MAX + 1], error[FILE_ERROR_MAX];
	const char *path = NULL;
	struct doc_product p;
	int c, len;

	set_defaults(&p);
	if (uuid_make(p.product) == -1)
		err(1, "no random numbers");
	while ((c = getopt(argc, argv, "p:i:n:f:g:t:r:V:u:o:")) != -1) {
		if (c == 'o')
			path = optarg;
		else if (!new_option(&p, c, optarg))
			usage(NULL);
	}
	if (memcmp(p.publisher, none, sizeof(none)) == 0 || p.nissuers == 0 ||
	    p.name[0] == '\0' || p.family[0] == '\0' || path == NULL ||
	    optind != argc)
		usage("-p, -i, -n, -f and -o are needed");
	if ((len = message_print(
		 &doc_product_type, &p, text, sizeof(text), error)) == -1)
		errx(1, "%s", error);
	if (file_create(path, 0644, text, (size_t)len, error) == -1)
		errx(1, "%s", error);
	return (0);
}

/* What a host or a client would stumble over later; NULL if there is none. */
static const char *
product_flaw(const struct doc_product *p)
{
	if (p->threshold < 1)
		return ("threshold must be at least 1");
	if (p->renew.min > p->renew.value || p->renew.value > p->renew.max)
		return ("renew must lie between its bounds");
	if (p->retry.min > p->retry.value || p->retry.value > p->retry.max)
		return ("retry must lie between its bounds");
	if (p->renew.min < KTIME_MINUTE || p->retry.min < KTIME_MINUTE)
		return ("renew and retry are at least a minute");
	if (p->validity <= p->renew.value)
		return ("validity must be longer than renew");
	if (ktime_cmp(p->not_before, p->not_after) >= 0)
		return ("not-after must be later than not-before");
	return (NULL);
}

int
product_sign_main(int argc, char *argv[])
{
	const char *secpath = NULL, *path = NULL, *signedpath = NULL, *flaw;
	char error[FILE_ERROR_MAX];
	uint8_t own[PUBKEY_LEN];
	struct doc_product p;
	struct seckey sec;
	struct pubkey pub;
	char *text;
	size_t len;
	int c;

	while ((c = getopt(argc, argv, "s:m:x:")) != -1) {
		if (c == 's')
			secpath = optarg;
		else if (c == 'm')
			path = optarg;
		else if (c == 'x')
			signedpath = optarg;
		else
			usage(NULL);
	}
	if (secpath == NULL || path == NULL || signedpath == NULL ||
	    optind != argc)
		usage("-s, -m and -x are needed");
	if ((text = file_read(path, PRODUCT_MAX, &len, error)) == NULL)
		errx(1, "%s", error);
	if (message_parse(&doc_product_type, text, len, &p, error) == -1)
		errx(1, "%s: %s", path, error);
	free(text);
	if ((flaw = product_flaw(&p)) != NULL)
		errx(1, "%s: %s", path, flaw);
	load_secret(secpath, &sec);
	signify_public(&sec, &pub);
	pubkey_to_blob(&pub, own);
	if (memcmp(own, p.publisher, sizeof(own)) == 0)
		sign_to_file(&sec, &doc_product_type, &p, signedpath);
	explicit_bzero(&sec, sizeof(sec));
	if (memcmp(own, p.publisher, sizeof(own)) != 0)
		errx(
		    1, "%s: its publisher is not the key in %s", path, secpath);
	return (0);
}

int
product_check_main(int argc, char *argv[])
{
	char error[FILE_ERROR_MAX], text[PRODUCT_MAX + 1];
	const char *pubpath = NULL, *flaw;
	struct doc_product p;
	struct pubkey pub;
	char *file;
	size_t len;
	int c;

	while ((c = getopt(argc, argv, "p:")) != -1) {
		if (c == 'p')
			pubpath = optarg;
		else
			usage(NULL);
	}
	if (pubpath == NULL || optind != argc - 1)
		usage("-p and one file are needed");
	load_public(pubpath, &pub);
	if ((file = file_read(argv[optind], PRODUCT_FILE_MAX, &len, error)) ==
	    NULL)
		errx(1, "%s", error);
	if (trust_product(&pub, file, len, &p, error) == -1)
		errx(1, "%s: %s", argv[optind], error);
	free(file);
	if ((flaw = product_flaw(&p)) != NULL)
		errx(1, "%s: %s", argv[optind], flaw);
	if (message_print(&doc_product_type, &p, text, sizeof(text), error) ==
	    -1)
		errx(1, "%s", error);
	(void)fputs(text, stdout);
	if (!trust_in_dates(ktime_now(), p.not_before, p.not_after))
		errx(1,
		    "%s: the signature is good, but today is outside its "
		    "dates",
		    argv[optind]);
	return (0);
}
