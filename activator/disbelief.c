/*
 * Why a document is not believed, and what to do.  What stands in it is named
 * although nobody vouches for it: it says which document is missing.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/disbelief.h"
#include "common/reason.h"

#define TYPE_SHOWN_MAX 40 /* characters of a first line in errors */

static void
print_keynum(const uint8_t keynum[KEYNUM_LEN], char text[2 * KEYNUM_LEN + 1])
{
	size_t i;

	for (i = 0; i < KEYNUM_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", keynum[i]);
}

int
disbelief_form(const char *bytes, size_t len, char *error)
{
	char why[MESSAGE_ERROR_MAX];
	const char *line, *newline;
	size_t off, n;

	if (memchr(bytes, '\r', len) != NULL)
		return (reason(error,
		    "carriage returns stand in the file, and no document has "
		    "any: it was changed on its way"));
	if (signify_split(bytes, len, &off, &n, why) == -1)
		return (reason(error,
		    "not a signed kms-product, kms-revocation or kms-host: %s",
		    why));
	line = bytes + off;
	newline = memchr(line, '\n', n);
	n = newline == NULL ? n : (size_t)(newline - line);
	if (n == 0 || n > TYPE_SHOWN_MAX || !message_text_valid(line, n))
		return (reason(error,
		    "not a signed kms-product, kms-revocation or kms-host: "
		    "the signature's message has no type"));
	return (reason(error,
	    "not a signed kms-product, kms-revocation or kms-host of version "
	    "1, but \"%.*s\"",
	    (int)n, line));
}

int
disbelief_publisher(const struct registry *r, const struct document *d,
    const char *why, char *error)
{
	uint8_t keynum[KEYNUM_LEN];
	size_t i;

	if (signify_keynum(d->bytes, d->len, keynum) == 0) {
		for (i = 0; i < r->npublishers; i++)
			if (memcmp(r->publisher[i].keynum, keynum,
				KEYNUM_LEN) == 0)
				break;
		if (i == r->npublishers) {
			(void)reason(error,
			    "%s: if you trust that publisher, put its public "
			    "key into publisher/NAME.pub and start kmsd again",
			    why);
			return (DISBELIEF_HERE);
		}
	}
	return (reason(error, "%s", why));
}

/* The installed kms-product that names this issuer, or NULL. */
static const struct document *
product_of_issuer(const struct registry *r, const uint8_t keynum[KEYNUM_LEN])
{
	const struct document *d;
	struct pubkey key;
	size_t i, j;

	for (i = 0; i < r->ndocuments; i++) {
		d = r->document[i];
		if (d->kind != DOCUMENT_PRODUCT)
			continue;
		for (j = 0; j < d->product->nissuers; j++)
			if (pubkey_from_blob(d->product->issuer[j].key, &key) ==
				0 &&
			    memcmp(key.keynum, keynum, KEYNUM_LEN) == 0)
				return (d);
	}
	return (NULL);
}

int
disbelief_host(const struct registry *r, struct document *d, char *error)
{
	char issuer[2 * KEYNUM_LEN + 1], publisher[2 * KEYNUM_LEN + 1];
	uint8_t keynum[KEYNUM_LEN];
	const struct document *p;
	size_t off, n;

	if (signify_keynum(d->bytes, d->len, keynum) == -1 ||
	    signify_split(d->bytes, d->len, &off, &n, error) == -1)
		return (reason(error, "kms-host: not an Ed25519 signature"));
	if ((p = product_of_issuer(r, keynum)) != NULL &&
	    trust_host(p->product, d->bytes, d->len, d->host, error) == -1)
		return (-1);
	if (message_parse(&doc_host_type, d->bytes + off, n, d->host, error) ==
	    -1)
		return (-1);
	print_keynum(keynum, issuer);
	print_keynum(d->host->publisher + 2, publisher);
	(void)reason(error,
	    "signed by key %s, and no kms-product is installed that names it "
	    "as issuer: install the newest kms-product of family %s of "
	    "publisher %s first",
	    issuer, d->host->family[0].name, publisher);
	return (DISBELIEF_HERE);
}

int
disbelief_families(const struct doc_host *h, char *error)
{
	char more[32] = "";

	if (h->nfamilies > 1)
		(void)snprintf(
		    more, sizeof(more), " and %zu more", h->nfamilies - 1);
	return (reason(error,
	    "the kms-host covers family %s up to group %llu%s, and no "
	    "kms-product of that is installed: install it first",
	    h->family[0].name, (unsigned long long)h->family[0].group, more));
}
