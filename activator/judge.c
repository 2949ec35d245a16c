/*
 * What may come into use: verifies a document under the keys that are here,
 * and holds it against the revisions, dates and certificates in use.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/disbelief.h"
#include "common/codes.h"
#include "common/memory.h"
#include "common/reason.h"

#define ANOTHER "ask for another with kmsctl activate --offline"

static const struct message_type *const types[DOCUMENT_KINDS] = {
	[DOCUMENT_PRODUCT] = &doc_product_type,
	[DOCUMENT_REVOCATION] = &doc_revocation_type,
	[DOCUMENT_HOST] = &doc_host_type,
};

/* The message behind the two lines of the signature, or NULL. */
static const char *
message_of(const char *bytes, size_t len, size_t *mlen)
{
	const char *p = bytes, *end = bytes + len, *nl;
	int i;

	for (i = 0; i < 2; i++) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return (NULL);
		p = nl + 1;
	}
	*mlen = (size_t)(end - p);
	return (p);
}

int
document_kind(const char *bytes, size_t len)
{
	const char *p;
	size_t mlen;
	int i;

	if ((p = message_of(bytes, len, &mlen)) == NULL)
		return (-1);
	for (i = 0; i < DOCUMENT_KINDS; i++)
		if (message_is(types[i], p, mlen))
			return (i);
	return (-1);
}

static struct document *
new_document(enum document_kind kind, const char *bytes, size_t len)
{
	struct document *d = memory_take(sizeof(*d));

	d->kind = kind;
	d->revoked = -1;
	d->bytes = memory_copy(bytes, len);
	d->len = len;
	if (kind == DOCUMENT_PRODUCT)
		d->product = memory_take(sizeof(*d->product));
	else if (kind == DOCUMENT_REVOCATION)
		d->revocation = memory_take(sizeof(*d->revocation));
	else
		d->host = memory_take(sizeof(*d->host));
	return (d);
}

/* A kms-product or kms-revocation: signed by a publisher that we know. */
static int
verify_publisher(const struct registry *r, struct document *d, char *error)
{
	char why[MESSAGE_ERROR_MAX];
	const struct pubkey *key;
	size_t offset, mlen, which;

	if (r->npublishers == 0) {
		(void)reason(error,
		    "kmsd found no publisher's key when it started: put it "
		    "into publisher/NAME.pub and start kmsd again");
		return (DISBELIEF_HERE);
	}
	if (signify_verify(d->bytes, d->len, r->publisher, r->npublishers,
		&offset, &mlen, &which, why) == -1)
		return (disbelief_publisher(r, d, why, error));
	key = &r->publisher[which];
	pubkey_to_blob(key, d->publisher);
	if (d->kind == DOCUMENT_PRODUCT) {
		if (trust_product(key, d->bytes, d->len, d->product, error) ==
		    -1)
			return (-1);
		memcpy(d->object, d->product->product, UUID_LEN);
		d->revision = d->product->revision;
		return (0);
	}
	if (trust_revocation(key, d->bytes, d->len, d->revocation, error) == -1)
		return (-1);
	d->revision = d->revocation->revision;
	return (0);
}

/* A kms-host: signed by an issuer that a kms-product here names. */
static int
verify_host(
    const struct registry *r, struct document *d, bool stored, char *error)
{
	const struct document *p;
	const char *text;
	char why[MESSAGE_ERROR_MAX];
	size_t i, mlen;

	for (i = 0; i < r->ndocuments; i++) {
		p = r->document[i];
		if (p->kind == DOCUMENT_PRODUCT &&
		    trust_host(p->product, d->bytes, d->len, d->host, why) == 0)
			break;
	}
	if (i == r->ndocuments && !stored)
		return (disbelief_host(r, d, error));
	if (i == r->ndocuments &&
	    ((text = message_of(d->bytes, d->len, &mlen)) == NULL ||
		message_parse(&doc_host_type, text, mlen, d->host, error) ==
		    -1))
		return (-1);
	memcpy(d->publisher, d->host->publisher, PUBKEY_LEN);
	memcpy(d->object, d->host->serial, UUID_LEN);
	return (0);
}

struct document *
registry_verify(const struct registry *r, const char *bytes, size_t len,
    bool stored, uint32_t *code, char *error)
{
	struct document *d;
	int kind, ret;

	*code = CODE_OFFLINE_DATA;
	if (len > PRODUCT_MAX + SIGNIFY_OVERHEAD_MAX) {
		(void)reason(error, "longer than any document: %zu bytes", len);
		return (NULL);
	}
	if ((kind = document_kind(bytes, len)) == -1) {
		(void)disbelief_form(bytes, len, error);
		return (NULL);
	}
	d = new_document((enum document_kind)kind, bytes, len);
	if (d->kind == DOCUMENT_HOST)
		ret = verify_host(r, d, stored, error);
	else
		ret = verify_publisher(r, d, error);
	if (ret == 0) {
		*code = CODE_OK;
		return (d);
	}
	if (ret == DISBELIEF_HERE)
		*code = CODE_DENIED;
	document_free(d);
	return (NULL);
}

/* newer: how another is to be had. */
static int
judge_dates(const char *type, struct ktime now, struct ktime from,
    struct ktime to, const char *newer, char *error)
{
	char text[KTIME_STRLEN], today[KTIME_STRLEN];

	(void)ktime_print(now, today);
	if (ktime_cmp(now, from) < 0) {
		(void)ktime_print(from, text);
		return (reason(error,
		    "the %s is not valid before %s, and this host's clock "
		    "says %s: install it then, or set the clock",
		    type, text, today));
	}
	if (ktime_cmp(now, to) >= 0) {
		(void)ktime_print(to, text);
		return (reason(error,
		    "the %s expired at %s, and this host's clock says %s: %s, "
		    "or set the clock",
		    type, text, today, newer));
	}
	return (0);
}

/* Is there a product that the certificate covers, and whose issuer signed? */
static bool
serves_any(const struct registry *r, const struct document *d)
{
	const struct document *p;
	struct doc_host host;
	size_t i;

	for (i = 0; i < r->ndocuments; i++) {
		p = r->document[i];
		if (p->kind == DOCUMENT_PRODUCT &&
		    trust_covers(d->host, p->product) &&
		    trust_host(p->product, d->bytes, d->len, &host, NULL) == 0)
			return (true);
	}
	return (false);
}

/* Revocation and dates, which may change while it is installed. */
static int
judge_standing(const struct registry *r, const struct document *d,
    struct ktime now, char *error)
{
	static const uint8_t zero[UUID_LEN];
	const struct document *list;
	int how;

	if (d->kind == DOCUMENT_PRODUCT)
		return (judge_dates("kms-product", now, d->product->not_before,
		    d->product->not_after, "get a newer one", error));
	if (d->kind != DOCUMENT_HOST)
		return (0);
	list = registry_find(r, DOCUMENT_REVOCATION, d->publisher, zero);
	if (list != NULL &&
	    (how = trust_revoked(list->revocation, d->object)) != -1)
		return (reason(error,
		    "the kms-host is %s by the publisher's "
		    "kms-revocation, revision %llu: " ANOTHER,
		    revoked_words[how], (unsigned long long)list->revision));
	return (judge_dates("kms-host", now, d->host->not_before,
	    d->host->not_after, ANOTHER, error));
}

static int
judge_host(const struct registry *r, const struct document *d, struct ktime now,
    char *error)
{
	struct pubkey key;

	/* Seals name their certificate by its serial alone. */
	if (registry_certificate(r, d->object) != NULL)
		return (reason(error,
		    "a kms-host of another publisher with the same serial is "
		    "installed"));
	if (pubkey_from_blob(d->host->host, &key) == -1 ||
	    memcmp(key.key, r->host.key, sizeof(key.key)) != 0)
		return (reason(error,
		    "the kms-host certifies another host's "
		    "key, not this one's: make a request with kmsctl activate "
		    "--offline on this host"));
	if (judge_standing(r, d, now, error) == -1)
		return (-1);
	return (serves_any(r, d) ? 0 : disbelief_families(d->host, error));
}

/* Against the revision in use.  -1 refused, 0 newer, 1 the very same. */
static int
judge_revision(
    const struct document *d, const struct document *old, char *error)
{
	const char *type = document_type(d->kind);

	if (old == NULL)
		return (0);
	if (old->len == d->len && memcmp(old->bytes, d->bytes, d->len) == 0)
		return (1);
	if (d->kind == DOCUMENT_HOST)
		return (reason(error, "another kms-host with the same serial "
				      "is installed: ask the publisher for one "
				      "with a new serial"));
	if (d->revision == old->revision)
		return (reason(error,
		    "the %s has revision %llu, which is "
		    "installed with other content: ask the publisher which is "
		    "right",
		    type, (unsigned long long)d->revision));
	if (d->revision < old->revision)
		return (reason(error,
		    "the %s has revision %llu, and revision "
		    "%llu is installed: the lower is refused",
		    type, (unsigned long long)d->revision,
		    (unsigned long long)old->revision));
	return (0);
}

enum verdict
registry_judge(const struct registry *r, const struct document *d,
    struct ktime now, char *error)
{
	const struct document *old;
	char why[MESSAGE_ERROR_MAX];
	int ret;

	old = registry_find(r, d->kind, d->publisher, d->object);
	if ((ret = judge_revision(d, old, error)) == -1)
		return (VERDICT_REFUSED);
	if (ret == 1) {
		if (judge_standing(r, d, now, why) == 0)
			return (VERDICT_SAME);
		(void)reason(error, "installed already, but %.220s", why);
		return (VERDICT_REFUSED);
	}
	if (d->kind == DOCUMENT_HOST)
		ret = judge_host(r, d, now, error);
	else
		ret = judge_standing(r, d, now, error);
	if (ret == -1)
		return (VERDICT_REFUSED);
	if (old == NULL && r->ndocuments == REGISTRY_MAX) {
		(void)reason(error,
		    "%d documents are installed, which is the "
		    "most",
		    REGISTRY_MAX);
		return (VERDICT_REFUSED);
	}
	return (VERDICT_NEW);
}
