/* Why a document is not believed, and what to do, for the administrator. */
#ifndef ACTIVATOR_DISBELIEF_H
#define ACTIVATOR_DISBELIEF_H

#include "activator/registry.h"

/* What is wrong: the document, or that something is missing here for it. */
enum {
	DISBELIEF_DOCUMENT = -1,
	DISBELIEF_HERE = -2
};

/*
 * Each writes the reason to error (MESSAGE_ERROR_MAX bytes) and returns one of
 * these; with DISBELIEF_HERE the reason says what to do.  form: bytes that are
 * no signed document of a type that is installed; publisher: a document that
 * no configured publisher signed, with the verifier's own reason; host: a
 * kms-host that no kms-product here makes believed.
 */
int disbelief_form(const char *, size_t, char *);
int disbelief_publisher(
    const struct registry *, const struct document *, const char *, char *);
int disbelief_host(const struct registry *, struct document *, char *);

/* A kms-host that covers no product of those here. */
int disbelief_families(const struct doc_host *, char *);

#endif
