/*
 * Holds the documents that the store has against the manifest that the parent
 * keeps, so that a store that went back can't withhold any.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/registry.h"

static bool
is_same(const struct manifest_document *m, const struct document *d)
{
	return (strcmp(m->type, document_type(d->kind)) == 0 &&
		memcmp(m->object, d->object, UUID_LEN) == 0 &&
		memcmp(m->publisher, d->publisher, PUBKEY_LEN) == 0);
}

int
manifest_note(struct manifest *m, const struct document *d)
{
	struct manifest_document *e;
	size_t i;

	for (i = 0; i < m->ndocuments; i++)
		if (is_same(&m->document[i], d)) {
			m->document[i].revision = d->revision;
			return (0);
		}
	if (m->ndocuments == MANIFEST_DOCUMENTS_MAX)
		return (-1);
	e = &m->document[m->ndocuments++];
	memset(e, 0, sizeof(*e));
	(void)snprintf(e->type, sizeof(e->type), "%s", document_type(d->kind));
	memcpy(e->publisher, d->publisher, PUBKEY_LEN);
	memcpy(e->object, d->object, UUID_LEN);
	e->revision = d->revision;
	return (0);
}

/* The document that this line of the manifest means, or NULL. */
static const struct document *
held(const struct registry *r, const struct manifest_document *m)
{
	size_t i;

	for (i = 0; i < r->ndocuments; i++)
		if (is_same(m, r->document[i]))
			return (r->document[i]);
	return (NULL);
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

int
registry_compare(const struct registry *r, struct manifest *m, char *error)
{
	const struct document *d;
	size_t i, j;
	int changed = 0;

	for (i = 0; i < m->ndocuments; i++)
		if (compare_line(r, &m->document[i], error) == -1)
			return (-1);
	for (i = 0; i < r->ndocuments; i++) {
		d = r->document[i];
		for (j = 0; j < m->ndocuments; j++)
			if (is_same(&m->document[j], d) &&
			    m->document[j].revision == d->revision)
				break;
		if (j < m->ndocuments)
			continue;
		if (manifest_note(m, d) == 0)
			changed = 1;
	}
	return (changed);
}
