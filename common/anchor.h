/*
 * The anchor: what the parent keeps, out of the store's reach, of the newest
 * log; and the manifest: which documents, in which revision, the store must
 * have.  Both are messages (kms-anchor 1, kms-manifest 1) that the parent
 * stores as opaque bytes; activator and kmsctl read and write them.
 */
#ifndef COMMON_ANCHOR_H
#define COMMON_ANCHOR_H

#include "common/checkpoint.h"
#include "common/entries.h"

#define ANCHOR_MAX 4096 /* bytes */
#define MANIFEST_MAX 16384 /* bytes */
#define MANIFEST_DOCUMENTS_MAX 96

/*
 * kms-anchor: host (BASE64 16), log (UUID), store (UUID), size (COUNT),
 * hash (BASE64 32, repeated: the edge, largest subtree first).
 */
struct anchor {
	struct origin origin;
	uint8_t store[UUID_LEN];
	struct tree_edge edge;
};

int anchor_print(const struct anchor *, char[ANCHOR_MAX]);
int anchor_parse(const char *, size_t, struct anchor *, char *);

/*
 * kms-manifest: document (TOKEN type, BASE64 42 publisher, UUID object,
 * COUNT revision; repeated).  The object is the product's uuid, the serial of
 * a kms-host, or zero for a kms-revocation.
 */
struct manifest_document {
	char type[ACTION_MAX + 1];
	uint8_t publisher[PUBKEY_LEN];
	uint8_t object[UUID_LEN];
	uint64_t revision;
};

struct manifest {
	struct manifest_document document[MANIFEST_DOCUMENTS_MAX];
	size_t ndocuments;
};

int manifest_print(const struct manifest *, char[MANIFEST_MAX]);
int manifest_parse(const char *, size_t, struct manifest *, char *);

#endif
