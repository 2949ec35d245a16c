/*
 * What the activator sends, one function a record: the process fills them
 * with its channels, a test with what it likes.
 */
#ifndef ACTIVATOR_OUTLETS_H
#define ACTIVATOR_OUTLETS_H

#include "common/ipc_admin.h"

struct outlets {
	void *ctx;

	/* To the store. */
	void (*create)(
	    void *, const uint8_t[UUID_LEN], const uint8_t[UUID_LEN]);
	void (*read_documents)(void *);
	void (*read_entries)(void *, const uint8_t[UUID_LEN], uint64_t);
	void (*batch)(void *, const struct as_batch *);
	void (*decide)(void *, const struct as_decide *);
	void (*enter)(void *, const struct as_enter *);
	void (*document)(void *, const struct as_document *);
	void (*begin_log)(void *, const struct as_begin_log *);
	void (*batch_end)(void *); /* the batch is complete: send it */

	/* To the parent.  anchor_left: is none of it left to send? */
	void (*anchor)(void *, const char *, size_t);
	bool (*anchor_left)(void *);
	void (*manifest)(void *, uint32_t, const char *, size_t);
	void (*serving)(void *);
	void (*rollback)(void *, const char *);

	/* To the listener. */
	void (*offer_begin)(void *);
	void (*offer_certificate)(void *, const struct la_certificate *);
	void (*offer_product)(void *, const struct la_product *);
	void (*offer_document)(void *, const struct la_document *);
	void (*offer_end)(void *, bool);
	void (*reply)(void *, const struct la_reply *);
	void (*reply_error)(void *, const struct la_error *);
	void (*replies_end)(void *); /* of a batch, or of a turn */

	/* To control. */
	void (*text)(void *, const struct admin_text *);
	void (*done)(void *, const struct admin_done *);

	/* To the log. */
	void (*say)(void *, const char *);

	/* Ends the process in order, so that a new generation starts. */
	void (*restart)(void *);
	/* Everything that was handed on is answered. */
	void (*drained)(void *);
};

#endif
