/*
 * The documents that this host has: which publishers it knows, which products
 * and revocations they signed, which certificates it holds, and which of them
 * serves a product now.
 */
#ifndef ACTIVATOR_REGISTRY_H
#define ACTIVATOR_REGISTRY_H

#include "common/anchor.h"
#include "common/lack.h"
#include "common/start.h"

#define REGISTRY_MAX MANIFEST_DOCUMENTS_MAX

enum document_kind {
	DOCUMENT_PRODUCT,
	DOCUMENT_REVOCATION,
	DOCUMENT_HOST,
	DOCUMENT_KINDS
};

struct document {
	enum document_kind kind;
	uint8_t publisher[PUBKEY_LEN];
	uint8_t object[UUID_LEN]; /* product, serial, or zero */
	uint64_t revision; /* 0 for a kms-host */
	char *bytes; /* as signed */
	size_t len;
	/* One of these, by kind. */
	struct doc_product *product;
	struct doc_revocation *revocation;
	struct doc_host *host;
	/* Of a kms-host, brought up to date by registry_use(). */
	bool ours; /* names this host's key */
	int revoked; /* enum revoked, or -1 */
	bool trusted[REGISTRY_MAX]; /* by the issuers of that product */
};

struct registry {
	struct pubkey publisher[START_PUBLISHERS_MAX];
	size_t npublishers;
	struct pubkey host;
	struct document *document[REGISTRY_MAX]; /* no gaps */
	size_t ndocuments;
};

enum verdict {
	VERDICT_NEW,
	VERDICT_SAME,
	VERDICT_REFUSED
};

void registry_init(struct registry *, const struct pubkey *);
void registry_free(struct registry *);

/* Adds a publisher from the text of a key file.  -1 with the reason. */
int registry_publisher(struct registry *, const char *, size_t, char *);

/* True if documents of this publisher are believed. */
bool registry_knows(const struct registry *, const uint8_t[PUBKEY_LEN]);

/* The kind by the message's first line, or -1: not a document of a host's. */
int document_kind(const char *, size_t);
const char *document_type(enum document_kind);
void document_free(struct document *);
/* As a kms-change has it: SHA-256 of the signed document. */
void document_digest(const struct document *, uint8_t[HASH_LEN]);

/*
 * Verifies a signed document under the keys and documents that are here, and
 * parses it.  Returns a new document that is not yet in use, or NULL with the
 * reason in error, and in code offline-data, or denied where something is
 * missing here and the reason says what to do.  With stored set, a kms-host
 * that no issuer of today signed is returned too, trusted by none: its issuer
 * was replaced since.
 */
struct document *registry_verify(
    const struct registry *, const char *, size_t, bool, uint32_t *, char *);

/* May it come into use now?  The reason in error when refused. */
enum verdict registry_judge(
    const struct registry *, const struct document *, struct ktime, char *);

/*
 * Takes the document into use, in place of its lower revision; it is the
 * registry's from now on.  Returns -1 if the registry is full.
 */
int registry_use(struct registry *, struct document *);

const struct document *registry_find(const struct registry *,
    enum document_kind, const uint8_t[PUBKEY_LEN], const uint8_t[UUID_LEN]);

/* The certificate with this serial, or NULL. */
const struct document *registry_certificate(
    const struct registry *, const uint8_t[UUID_LEN]);

/* May this certificate of ours answer now, whatever the product? */
bool registry_holds(const struct document *, struct ktime);

/* And for this product, which is in the registry? */
bool registry_covers(const struct registry *, const struct document *,
    const struct document *, struct ktime);

/*
 * The certificate that serves the product now: of those that cover it the one
 * that ends last.  NULL if there is none.
 */
const struct document *registry_serving(
    const struct registry *, const struct document *, struct ktime);

/*
 * What the product lacks to be served now.  The certificate that serves it, or
 * the one that would longest, is put into the last argument; NULL: none.
 */
enum lack registry_lack(const struct registry *, const struct document *,
    struct ktime, const struct document **);

/*
 * An entry behind the anchor, of this host's salt: what it says was installed
 * is written into the manifest if that is older.  Returns 1 if it was, 0 if
 * not, or -1 with the reason if the document of that revision is another.
 */
int registry_installed(const struct registry *, struct manifest *,
    const struct entry_change *, char *);

/*
 * Compares with the manifest, after the entries: a document of a known
 * publisher that is missing or older went back, and one that it does not list
 * was installed by nobody.  Returns 0, or -1 with the reason.
 */
int registry_compare(const struct registry *, const struct manifest *, char *);

/* The revision that the manifest lists of this document, or NULL. */
const uint64_t *manifest_listed(
    const struct manifest *, const struct manifest_document *);

/* Writes a document into the manifest.  Returns -1 if that is full, else 0. */
int manifest_note(struct manifest *, const struct document *);

#endif
