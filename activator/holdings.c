/*
 * Holds the documents that the store has against the manifest that the parent
 * keeps and the entries behind its anchor, so that a store can neither withhold
 * one nor bring one into use that nobody installed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/registry.h"

static void
line_make(struct manifest_document *line, const char *type,
    const uint8_t publisher[PUBKEY_LEN], const uint8_t object[UUID_LEN],
    uint64_t revision)
{
	memset(line, 0, sizeof(*line));
	(void)snprintf(line->type, sizeof(line->type), "%s", type);
	memcpy(line->publisher, publisher, PUBKEY_LEN);
	memcpy(line->object, object, UUID_LEN);
	line->revision = revision;
}

static void
line_of(struct manifest_document *line, const struct document *d)
{
	line_make(
	    line, document_type(d->kind), d->publisher, d->object, d->revision);
}

/* Do both mean the same document, in whatever revision? */
static bool
is_same(const struct manifest_document *a, const struct manifest_document *b)
{
	return (strcmp(a->type, b->type) == 0 &&
		memcmp(a->object, b->object, UUID_LEN) == 0 &&
		memcmp(a->publisher, b->publisher, PUBKEY_LEN) == 0);
}

const uint64_t *
manifest_listed(const struct manifest *m, const struct manifest_document *line)
{
	size_t i;

	for (i = 0; i < m->ndocuments; i++)
		if (is_same(&m->document[i], line))
			return (&m->document[i].revision);
	return (NULL);
}

static int
note(struct manifest *m, const struct manifest_document *line)
{
	size_t i;

	for (i = 0; i < m->ndocuments; i++)
		if (is_same(&m->document[i], line))
			break;
	if (i == MANIFEST_DOCUMENTS_MAX)
		return (-1);
	if (i == m->ndocuments)
		m->ndocuments++;
	m->document[i] = *line;
	return (0);
}

int
manifest_note(struct manifest *m, const struct document *d)
{
	struct manifest_document line;

	line_of(&line, d);
	return (note(m, &line));
}

/* The document that this line of the manifest means, or NULL. */
static const struct document *
held(const struct registry *r, const struct manifest_document *m)
{
	struct manifest_document line;
	size_t i;

	for (i = 0; i < r->ndocuments; i++) {
		line_of(&line, r->document[i]);
		if (is_same(m, &line))
			return (r->document[i]);
	}
	return (NULL);
}

int
registry_installed(const struct registry *r, struct manifest *m,
    const struct entry_change *e, char *error)
{
	struct manifest_document line;
	const struct document *d;
	const uint64_t *revision;
	uint8_t digest[HASH_LEN];
	char object[UUID_STRLEN];

	if (strcmp(e->action, "install") != 0)
		return (0);
	line_make(&line, e->type, e->publisher, e->object, e->revision);
	d = held(r, &line);
	if (d != NULL && d->revision == e->revision) {
		document_digest(d, digest);
		if (memcmp(digest, e->digest, HASH_LEN) != 0) {
			uuid_print(d->object, object);
			(void)snprintf(error, MESSAGE_ERROR_MAX,
			    "the database has another %s %s, revision %llu, "
			    "than was installed",
			    e->type, object, (unsigned long long)d->revision);
			return (-1);
		}
	}
	if ((revision = manifest_listed(m, &line)) != NULL &&
	    *revision >= e->revision)
		return (0);
	if (note(m, &line) == 0)
		return (1);
	(void)snprintf(error, MESSAGE_ERROR_MAX,
	    "more than %d documents were installed", MANIFEST_DOCUMENTS_MAX);
	return (-1);
}

static int
compare_line(
    const struct registry *r, const struct manifest_document *m, char *error)
{
	const struct document *d;
	char object[UUID_STRLEN];

	if (!registry_knows(r, m->publisher))
		return (0);
	uuid_print(m->object, object);
	if ((d = held(r, m)) == NULL) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "the database lacks %s %s, revision %llu, which the "
		    "manifest lists",
		    m->type, object, (unsigned long long)m->revision);
		return (-1);
	}
	if (d->revision < m->revision) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "the database has %s %s in revision %llu, and the manifest "
		    "lists %llu",
		    m->type, object, (unsigned long long)d->revision,
		    (unsigned long long)m->revision);
		return (-1);
	}
	return (0);
}

/* Nobody installed what neither the manifest nor the log's end knows. */
static int
compare_document(
    const struct registry *r, const struct manifest *m, size_t i, char *error)
{
	struct manifest_document line;
	const uint64_t *revision;
	char object[UUID_STRLEN];

	line_of(&line, r->document[i]);
	revision = manifest_listed(m, &line);
	if (revision != NULL && *revision == line.revision)
		return (0);
	uuid_print(line.object, object);
	(void)snprintf(error, MESSAGE_ERROR_MAX,
	    "the database has %s %s in revision %llu, which neither the "
	    "manifest nor an entry behind the anchor says was installed",
	    line.type, object, (unsigned long long)line.revision);
	return (-1);
}

int
registry_compare(
    const struct registry *r, const struct manifest *m, char *error)
{
	size_t i;

	for (i = 0; i < m->ndocuments; i++)
		if (compare_line(r, &m->document[i], error) == -1)
			return (-1);
	for (i = 0; i < r->ndocuments; i++)
		if (compare_document(r, m, i, error) == -1)
			return (-1);
	return (0);
}
