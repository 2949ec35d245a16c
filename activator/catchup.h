/*
 * The start: what the store has is held against what the parent knows, until
 * the activator serves or has found that the store went back.
 */
#ifndef ACTIVATOR_CATCHUP_H
#define ACTIVATOR_CATCHUP_H

#include "common/anchor.h"
#include "common/ipc_activator_store.h"

struct activator;

enum phase {
	PHASE_STATE, /* the store's first word */
	PHASE_CREATED, /* a database was asked for */
	PHASE_DOCUMENTS,
	PHASE_ENTRIES,
	PHASE_MANIFEST, /* the parent syncs it */
	PHASE_SERVING,
	PHASE_ROLLBACK, /* waits for the administrator */
	PHASE_FOUND, /* reads the found log, for accept-rollback */
	PHASE_ACCEPTED /* a new log is being begun */
};

struct catchup {
	enum phase phase;
	struct as_state state; /* as the store said */
	char why[512]; /* it is a rollback and the cure, or empty */
	char *bytes[MANIFEST_DOCUMENTS_MAX]; /* until all have come */
	size_t len[MANIFEST_DOCUMENTS_MAX];
	size_t ndocuments;
	size_t nlogs; /* older ones that the store told */
	bool installed; /* documents that the manifest lacked */
	/* PHASE_FOUND: every leaf; is it the log of an interrupted accept? */
	struct tree_edge found;
	bool continues;
	bool gap; /* an entry is missing in it: found ends there */
	bool lacks; /* a document of the manifest, or its newest revision */
};

/* What the store says.  -1 with the broken rule in error. */
int catchup_state(struct activator *, const struct as_state *, char *);
int catchup_document(struct activator *, const char *, size_t, char *);
int catchup_log(struct activator *, const struct as_stored_log *, char *);
int catchup_documents_end(struct activator *, uint32_t, char *);
int catchup_entry(struct activator *, uint64_t, const char *, size_t, char *);
int catchup_entries_end(struct activator *, uint64_t, bool, char *);

/* The parent has synced the manifest. */
int catchup_manifest_saved(struct activator *, char *);

#endif
