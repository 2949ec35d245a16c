/*
 * The store: the host's one database of machines, counts, documents and the
 * audit log.  A batch of records is one transaction; nothing in here knows
 * sockets or globals.
 *
 * Functions return STORE_OK, STORE_FAILED (the database failed: the caller
 * must acknowledge nothing and end) or STORE_VIOLATION (the record breaks a
 * rule: the batch must not be committed); store_error() then says why.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "common/ipc_activator_store.h"
#include "common/ipc_admin.h"

#define STORE_OK 0
#define STORE_FAILED (-1)
#define STORE_VIOLATION (-2)

struct store;

/* Since the process started, but for the last five. */
enum store_counter {
	STORE_BATCHES, /* begun */
	STORE_COMMITS,
	STORE_RECORDS,
	STORE_GRANTS,
	STORE_REFUSALS, /* with an entry */
	STORE_REPEATED, /* refusals counted without one */
	STORE_REPLAYS, /* protocol */
	STORE_BUSY, /* over a limit */
	STORE_RETRIES, /* decided by rule 2 */
	STORE_ADVANCES, /* by rule 3 */
	STORE_OTHERS, /* by rule 5 */
	STORE_AHEAD, /* last above cur: the store was put back? */
	STORE_NEW_MACHINES,
	STORE_ENTRIES,
	STORE_DOCUMENTS,
	STORE_READS, /* pages for administrators */
	STORE_CHECKPOINTS, /* of the write-ahead log */
	STORE_LAST_BATCH, /* struct ktime */
	STORE_LOG_SIZE, /* entries of the newest log */
	STORE_BYTES, /* of the database */
	STORE_WAL_FRAMES,
	STORE_MEMORY, /* bytes that SQLite holds */
	STORE_COUNTERS
};

/* NULL with errno set. */
struct store *store_new(void);
/* Closes and frees; -1 if the final checkpoint failed. */
int store_free(struct store *);

/*
 * Opens the database in this directory, makes its write-ahead log safe and
 * brings its schema up to date.  vfs is for tests, else NULL.  That there is
 * no database is no error: see store_state().
 */
int store_open(struct store *, const char *directory, const char *vfs);

/* Makes the database, with this store uuid and log uuid. */
int store_create(
    struct store *, const uint8_t[UUID_LEN], const uint8_t[UUID_LEN]);

void store_state(const struct store *, struct as_state *);

/* Why the last call failed, and whether time may cure it. */
const char *store_error(const struct store *);
bool store_error_permanent(const struct store *);

/*
 * A batch: begin, then each record in order, then commit, which sets the size
 * of the newest log.  What a record gives back is true only after the commit.
 * commit fails if fewer or more records came than begin said.
 */
int store_begin_batch(struct store *, const struct as_batch *);
int store_decide(struct store *, const struct as_decide *, struct as_outcome *);
int store_enter(struct store *, const struct as_enter *, struct as_entered *);
int store_keep_document(
    struct store *, const struct as_document *, struct as_entered *);
int store_begin_log(
    struct store *, const struct as_begin_log *, struct as_entered *);
int store_commit_batch(struct store *, uint64_t *);
bool store_in_batch(const struct store *);

/* Records that the batch under way still lacks. */
size_t store_batch_missing(const struct store *);

/* After the answers are out: moves the write-ahead log when it is long. */
int store_tidy(struct store *);

/*
 * One page: calls row for each of at most max rows from the cursor on, sets
 * the cursor behind the last row taken, and more if there are further ones.
 * row gets a struct row_family, row_document ... whose pointers are valid
 * during the call, and returns 0, or -1 to leave this row to the next page.
 */
typedef int store_row(void *, const void *);

int store_read_families(
    struct store *, uint64_t *, size_t, bool *, store_row *, void *);
int store_read_documents(
    struct store *, uint64_t *, size_t, bool *, store_row *, void *);
int store_read_machines(
    struct store *, uint64_t *, size_t, bool *, store_row *, void *);
int store_read_logs(
    struct store *, uint64_t *, size_t, bool *, store_row *, void *);
/*
 * Calls row with a struct as_stored_log for each log before the newest that has
 * a kept checkpoint, the newest first, max of them at most; row returns 0.
 */
int store_read_older_logs(struct store *, size_t, store_row *, void *);
/* Of the log with this uuid; all zero is the newest.  The cursor is an index. */
int store_read_entries(struct store *, const uint8_t[UUID_LEN], uint64_t *,
    size_t, bool *, store_row *, void *);

/* Families are counted from this day on; as the newest batch said, or this. */
void store_set_oldest_day(struct store *, int32_t);

void store_counters(struct store *, uint64_t[STORE_COUNTERS]);

#endif
