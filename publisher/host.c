/* kmspub host certify: a kms-host for a site's kms-host-request. */
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
#define HOST_VALIDITY (365 * KTIME_DAY)

struct certify {
	struct pubkey publisher;
	struct doc_host host;
	struct ktime product_end; /* the earliest not-after */
	uint8_t issuer[PUBKEY_LEN];
};

static bool
names_issuer(const struct doc_product *p, const uint8_t issuer[PUBKEY_LEN])
{
	size_t i;

	for (i = 0; i < p->nissuers; i++)
		if (memcmp(p->issuer[i].key, issuer, PUBKEY_LEN) == 0)
			return (true);
	return (false);
}

/* The certificate covers the product's family up to the product's group. */
static void
cover(struct doc_host *h, const struct doc_product *p)
{
	size_t i;

	for (i = 0; i < h->nfamilies; i++)
		if (strcmp(h->family[i].name, p->family) == 0)
			break;
	if (i == FAMILIES_MAX)
		errx(1, "a certificate covers at most %d families",
		    FAMILIES_MAX);
	if (i == h->nfamilies) {
		(void)strlcpy(
		    h->family[i].name, p->family, sizeof(h->family[i].name));
		h->family[i].group = 0;
		h->nfamilies++;
	}
	if (h->family[i].group < p->group)
		h->family[i].group = p->group;
}

static void
add_product(struct certify *c, const char *path)
{
	char error[FILE_ERROR_MAX];
	struct doc_product p;
	char *text;
	size_t len;

	if ((text = file_read(path, SIGNED_MAX, &len, error)) == NULL)
		errx(1, "%s", error);
	if (trust_product(&c->publisher, text, len, &p, error) == -1)
		errx(1, "%s: %s", path, error);
	free(text);
	if (!trust_in_dates(ktime_now(), p.not_before, p.not_after))
		errx(1, "%s: today is outside its dates", path);
	if (!names_issuer(&p, c->issuer))
		errx(1,
		    "%s: does not name the issuer's key; hosts and clients "
		    "would refuse the certificate",
		    path);
	cover(&c->host, &p);
	if (c->product_end.sec == 0 ||
	    ktime_cmp(p.not_after, c->product_end) < 0)
		c->product_end = p.not_after;
}

static void
take_request(struct certify *c, const char *path)
{
	char error[FILE_ERROR_MAX];
	struct doc_host_request r;
	char *text;
	size_t len;

	text = file_read(path, HOSTDOC_MAX + SIGNIFY_OVERHEAD_MAX, &len, error);
	if (text == NULL)
		errx(1, "%s", error);
	if (trust_host_request(text, len, &r, error) == -1)
		errx(1, "%s: %s", path, error);
	free(text);
	memcpy(c->host.host, r.host, sizeof(r.host));
	(void)printf("host %s\n", r.name);
}

static void
set_dates(struct certify *c, int64_t validity)
{
	struct doc_host *h = &c->host;

	h->not_before = ktime_now();
	h->not_after = ktime_add(h->not_before, validity);
	if (ktime_cmp(c->product_end, h->not_after) < 0)
		h->not_after = c->product_end;
}

static void
certify(struct certify *c, struct seckey *sec, const char *signedpath)
{
	char serial[UUID_STRLEN], until[KTIME_STRLEN];

	if (uuid_make(c->host.serial) == -1)
		err(1, "no random numbers");
	pubkey_to_blob(&c->publisher, c->host.publisher);
	sign_to_file(sec, &doc_host_type, &c->host, signedpath);
	explicit_bzero(sec, sizeof(*sec));
	uuid_print(c->host.serial, serial);
	(void)ktime_print(c->host.not_after, until);
	(void)printf("serial %s\nnot-after %s\n", serial, until);
}

int
host_certify_main(int argc, char *argv[])
{
	const char *secpath = NULL, *pubpath = NULL, *signedpath = NULL;
	const char *product[FAMILIES_MAX];
	size_t i, nproducts = 0;
	int64_t validity = HOST_VALIDITY;
	struct certify c;
	struct pubkey issuer;
	struct seckey sec;
	int o;

	memset(&c, 0, sizeof(c));
	while ((o = getopt(argc, argv, "s:p:c:d:x:")) != -1) {
		if (o == 's')
			secpath = optarg;
		else if (o == 'p')
			pubpath = optarg;
		else if (o == 'c' && nproducts < FAMILIES_MAX)
			product[nproducts++] = optarg;
		else if (o == 'd')
			validity = duration_argument('d', optarg);
		else if (o == 'x')
			signedpath = optarg;
		else
			usage(o == 'c' ? "too many -c" : NULL);
	}
	if (secpath == NULL || pubpath == NULL || nproducts == 0 ||
	    signedpath == NULL || optind != argc - 1)
		usage("-s, -p, -c, -x and the request are needed");
	if (validity < KTIME_DAY || validity > HOST_LIFE_MAX)
		errx(2, "-d: a certificate holds 1d to %lldd",
		    (long long)(HOST_LIFE_MAX / KTIME_DAY));
	load_public(pubpath, &c.publisher);
	load_secret(secpath, &sec);
	signify_public(&sec, &issuer);
	pubkey_to_blob(&issuer, c.issuer);
	for (i = 0; i < nproducts; i++)
		add_product(&c, product[i]);
	take_request(&c, argv[optind]);
	set_dates(&c, validity);
	certify(&c, &sec, signedpath);
	return (0);
}
