/*
 * The chain of trust, step by step: signature, then message, then whether the
 * message names those that the step before allows.
 */
#include "config.h"

#include <string.h>

#include "common/reason.h"
#include "common/trust.h"

/* Zeroes what was filled in, so that nobody uses what was not believed. */
static int
refuse(const struct message_type *type, void *message, char *error,
    const char *why)
{
	memset(message, 0, type->size);
	return (reason(error, "%s: %s", type->name, why));
}

/* Verifies under one of n keys, then parses. */
static int
verify(const struct message_type *type, const struct pubkey *keys, size_t n,
    const char *text, size_t len, void *message, char *error)
{
	char why[MESSAGE_ERROR_MAX];
	size_t off, message_len, signer;

	if (signify_verify(
		text, len, keys, n, &off, &message_len, &signer, why) == -1)
		return (refuse(type, message, error, why));
	return (message_parse(type, text + off, message_len, message, error));
}

/* True if the 42 bytes in a message are this key. */
static bool
names_key(const uint8_t blob[PUBKEY_LEN], const struct pubkey *key)
{
	uint8_t expected[PUBKEY_LEN];

	pubkey_to_blob(key, expected);
	return (memcmp(blob, expected, sizeof(expected)) == 0);
}

int
trust_product(const struct pubkey *publisher, const char *text, size_t len,
    struct doc_product *p, char *error)
{
	struct pubkey key;
	size_t i;

	if (verify(&doc_product_type, publisher, 1, text, len, p, error) == -1)
		return (-1);
	if (!names_key(p->publisher, publisher))
		return (refuse(&doc_product_type, p, error,
		    "names another publisher than its signer"));
	for (i = 0; i < p->nissuers; i++) {
		if (pubkey_from_blob(p->issuer[i].key, &key) == -1)
			return (refuse(&doc_product_type, p, error,
			    "an issuer's key is not Ed25519"));
	}
	return (0);
}

int
trust_revocation(const struct pubkey *publisher, const char *text, size_t len,
    struct doc_revocation *r, char *error)
{
	if (verify(&doc_revocation_type, publisher, 1, text, len, r, error) ==
	    -1)
		return (-1);
	if (!names_key(r->publisher, publisher))
		return (refuse(&doc_revocation_type, r, error,
		    "names another publisher than its signer"));
	return (0);
}

int
trust_host(const struct doc_product *product, const char *text, size_t len,
    struct doc_host *h, char *error)
{
	struct pubkey keys[ISSUERS_MAX], key;
	size_t n = 0, i;

	for (i = 0; i < product->nissuers && i < ISSUERS_MAX; i++) {
		if (pubkey_from_blob(product->issuer[i].key, &keys[n]) == 0)
			n++;
	}
	if (verify(&doc_host_type, keys, n, text, len, h, error) == -1)
		return (-1);
	if (memcmp(h->publisher, product->publisher, PUBKEY_LEN) != 0)
		return (refuse(&doc_host_type, h, error,
		    "names another publisher than the product's"));
	if (pubkey_from_blob(h->host, &key) == -1)
		return (refuse(
		    &doc_host_type, h, error, "the host's key is not Ed25519"));
	if (ktime_diff(h->not_after, h->not_before) > HOST_LIFE_MAX)
		return (refuse(&doc_host_type, h, error,
		    "holds longer than 396 days: ask the publisher for one "
		    "within its limit"));
	return (0);
}

int
trust_seal(const struct doc_host *host, const char *text, size_t len,
    struct doc_seal *s, char *error)
{
	struct pubkey key;

	if (pubkey_from_blob(host->host, &key) == -1)
		return (refuse(
		    &doc_seal_type, s, error, "the host's key is not Ed25519"));
	if (verify(&doc_seal_type, &key, 1, text, len, s, error) == -1)
		return (-1);
	if (memcmp(s->serial, host->serial, UUID_LEN) != 0)
		return (refuse(&doc_seal_type, s, error,
		    "names the serial of another kms-host"));
	return (0);
}

int
trust_host_request(
    const char *text, size_t len, struct doc_host_request *r, char *error)
{
	const struct message_type *type = &doc_host_request_type;
	char why[MESSAGE_ERROR_MAX];
	struct pubkey key;
	size_t off, message_len;

	/* Its key stands in the message: the one case of parsing first. */
	if (signify_split(text, len, &off, &message_len, why) == -1)
		return (refuse(type, r, error, why));
	if (message_parse(type, text + off, message_len, r, error) == -1)
		return (-1);
	if (pubkey_from_blob(r->host, &key) == -1)
		return (
		    refuse(type, r, error, "the host's key is not Ed25519"));
	return (verify(type, &key, 1, text, len, r, error));
}

bool
trust_covers(const struct doc_host *h, const struct doc_product *p)
{
	size_t i;

	if (memcmp(h->publisher, p->publisher, PUBKEY_LEN) != 0)
		return (false);
	for (i = 0; i < h->nfamilies && i < FAMILIES_MAX; i++) {
		if (strcmp(h->family[i].name, p->family) == 0 &&
		    h->family[i].group >= p->group)
			return (true);
	}
	return (false);
}

bool
trust_in_dates(
    struct ktime now, struct ktime not_before, struct ktime not_after)
{
	return (
	    ktime_cmp(not_before, now) <= 0 && ktime_cmp(now, not_after) < 0);
}

int
trust_revoked(const struct doc_revocation *r, const uint8_t serial[UUID_LEN])
{
	size_t i;

	for (i = 0; i < r->nhosts && i < REVOCATIONS_MAX; i++) {
		if (memcmp(r->host[i].serial, serial, UUID_LEN) == 0)
			return (r->host[i].how);
	}
	return (-1);
}
