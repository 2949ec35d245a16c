/* What the store sends: outcomes after a commit, and pages of rows. */
#ifndef STORE_SEND_H
#define STORE_SEND_H

#include "store/dispatch.h"

/* The answers of the batch and the size of its log.  Dies on failure. */
void send_answers(struct process *, uint64_t);

/* All documents, the older logs, and the number of documents. */
void send_documents(struct process *);

/* A page of entries of this log from an index on. */
void send_entries(struct process *, const uint8_t[UUID_LEN], uint64_t);

/* A page for an administrator, its end, and that it is all. */
void send_page(struct process *, const struct admin_read *);

#endif
