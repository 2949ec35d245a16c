/*
 * What administrators ask through control: one question at a time, answered
 * when what it changes is on the disk.
 */
#ifndef ACTIVATOR_ADMIN_H
#define ACTIVATOR_ADMIN_H

#include "activator/registry.h"
#include "common/ipc_admin.h"

struct activator;

struct question {
	uint16_t record; /* enum admin_record */
	uint32_t id, uid;
	char text[HOST_MAX + REASON_MAX + 1]; /* name or reason */
	char *bytes; /* REC_INSTALL */
	size_t len;
};

struct admin {
	struct question queue[CONTROL_CREDITS];
	size_t n;
	bool busy; /* the first is being worked on */
	struct document *document; /* REC_INSTALL, until it is used */
	bool clock; /* REC_CLOCK_ACCEPT, until its entry is committed */
	bool awaits_manifest;
	bool saved, anchored; /* REC_INSTALL: manifest synced, anchor left */
	bool awaits_anchor; /* rollback: nothing but the anchor */
	int64_t restart_ms; /* boot time when to end, 0: not */
};

/* Questions.  -1 with the broken rule in error: more than credits. */
int admin_install(struct activator *, const struct admin_install *, char *);
int admin_host_request(
    struct activator *, const struct admin_host_request *, char *);
int admin_get_checkpoint(struct activator *, uint32_t, char *);
int admin_accept_rollback(
    struct activator *, const struct admin_rollback *, char *);
int admin_clock_accept(struct activator *, const struct admin_who *, char *);

/* A document was committed; before the anchor that covers its entry. */
int admin_kept(struct activator *, char *);

/* The batch with the change was committed, its anchor has left. */
int admin_committed(struct activator *, char *);

/* The parent has synced the manifest with this number. */
int admin_manifest_saved(struct activator *, uint32_t, char *);

/* Takes up the next question if none is being worked on. */
int admin_next(struct activator *, char *);
int admin_tick(struct activator *, char *);

/* Ends the question that is being worked on. */
void admin_done(struct activator *, uint32_t, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the manifest for the parent. */
int admin_send_manifest(struct activator *, char *);

/* accept-rollback: begins, and goes on when the found log was read. */
int rollback_begin(struct activator *, const struct question *, char *);
int rollback_entry(struct activator *, uint64_t, const char *, size_t, char *);
int rollback_found(struct activator *, char *);
int rollback_committed(struct activator *, char *);
int rollback_saved(struct activator *, char *);

void admin_free(struct admin *);

#endif
