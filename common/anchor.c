/* The anchor and the manifest as messages. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/anchor.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The anchor as its message has it: the edge is a list of hashes. */
struct anchor_message {
	uint8_t host[16];
	uint8_t log[UUID_LEN];
	uint8_t store[UUID_LEN];
	uint64_t size;
	struct tree_hash hash[TREE_EDGE_MAX];
	size_t nhashes;
};

#define ANCHOR_FIELD(name, part_kind, part_limit)                         \
	{                                                                 \
#name, MESSAGE_REQUIRED,                                  \
		    offsetof(struct anchor_message, name), 0, 0, 0, 0, 1, \
		{                                                         \
			{                                                 \
				part_kind, 0, part_limit, NULL            \
			}                                                 \
		}                                                         \
	}

static const struct message_field anchor_fields[] = {
	ANCHOR_FIELD(host, MESSAGE_BASE64, 16),
	ANCHOR_FIELD(log, MESSAGE_UUID, 0),
	ANCHOR_FIELD(store, MESSAGE_UUID, 0),
	ANCHOR_FIELD(size, MESSAGE_COUNT, TREE_SIZE_LIMIT - 1),
	{ "hash", MESSAGE_REPEATED, offsetof(struct anchor_message, hash),
	    offsetof(struct anchor_message, nhashes), sizeof(struct tree_hash),
	    0, TREE_EDGE_MAX, 1, { { MESSAGE_BASE64, 0, HASH_LEN, NULL } } },
};

static const struct message_type anchor_type = { "kms-anchor", 1,
	sizeof(struct anchor_message), ANCHOR_MAX - 1, anchor_fields,
	LEN(anchor_fields) };

#define DOCUMENT_OFFSET(name) offsetof(struct manifest_document, name)

static const struct message_field manifest_fields[] = {
	{ "document", MESSAGE_REPEATED, offsetof(struct manifest, document),
	    offsetof(struct manifest, ndocuments),
	    sizeof(struct manifest_document), 0, MANIFEST_DOCUMENTS_MAX, 4,
	    { { MESSAGE_TOKEN, DOCUMENT_OFFSET(type), ACTION_MAX, NULL },
		{ MESSAGE_BASE64, DOCUMENT_OFFSET(publisher), PUBKEY_LEN,
		    NULL },
		{ MESSAGE_UUID, DOCUMENT_OFFSET(object), 0, NULL },
		{ MESSAGE_COUNT, DOCUMENT_OFFSET(revision), UINT32_MAX,
		    NULL } } },
};

static const struct message_type manifest_type = { "kms-manifest", 1,
	sizeof(struct manifest), MANIFEST_MAX - 1, manifest_fields,
	LEN(manifest_fields) };

int
anchor_print(const struct anchor *a, char buf[ANCHOR_MAX])
{
	struct anchor_message m;

	memset(&m, 0, sizeof(m));
	memcpy(m.host, a->origin.host, sizeof(m.host));
	memcpy(m.log, a->origin.log, sizeof(m.log));
	memcpy(m.store, a->store, sizeof(m.store));
	m.size = a->edge.size;
	m.nhashes = tree_edge_count(a->edge.size);
	memcpy(m.hash, a->edge.hash, m.nhashes * sizeof(m.hash[0]));
	return (message_print(&anchor_type, &m, buf, ANCHOR_MAX, NULL));
}

int
anchor_parse(const char *text, size_t len, struct anchor *a, char *error)
{
	struct anchor_message m;

	memset(a, 0, sizeof(*a));
	if (message_parse(&anchor_type, text, len, &m, error) == -1)
		return (-1);
	if (m.nhashes != tree_edge_count(m.size)) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "a log of size %llu has %zu hashes in its edge, not %zu",
		    (unsigned long long)m.size, tree_edge_count(m.size),
		    m.nhashes);
		return (-1);
	}
	memcpy(a->origin.host, m.host, sizeof(m.host));
	memcpy(a->origin.log, m.log, sizeof(m.log));
	memcpy(a->store, m.store, sizeof(m.store));
	a->edge.size = m.size;
	memcpy(a->edge.hash, m.hash, m.nhashes * sizeof(m.hash[0]));
	return (0);
}

int
manifest_print(const struct manifest *m, char buf[MANIFEST_MAX])
{
	return (message_print(&manifest_type, m, buf, MANIFEST_MAX, NULL));
}

int
manifest_parse(const char *text, size_t len, struct manifest *m, char *error)
{
	return (message_parse(&manifest_type, text, len, m, error));
}
