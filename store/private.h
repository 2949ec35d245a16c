/*
 * What the files of the store's library share: the state of an open store
 * and of the batch under way.
 */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "store/db.h"
#include "store/store.h"

#define DAYS_COUNTED 30 /* a machine counts so long, see 2.5 */

struct sources;

/* A family and, once used, its sums from one oldest day on. */
struct family {
	int64_t id;
	uint8_t publisher[PUBKEY_LEN];
	char name[FAMILY_MAX + 1];
	bool summed;
	int32_t oldest_day;
	int64_t physical, virtual;
};

struct product {
	int64_t id;
	uint8_t publisher[PUBKEY_LEN];
	uint8_t uuid[UUID_LEN];
};

/* Names that have a number, as found in the database. */
struct names {
	struct family *families;
	size_t nfamilies, families_room;
	struct product *products;
	size_t nproducts, products_room;
};

/* What the batch under way changes in one bucket. */
struct move {
	int64_t family;
	int32_t day;
	int64_t physical, virtual;
};

struct batch {
	bool open;
	size_t taken;
	struct as_batch head; /* without the checkpoint's text */
	struct move move[2 * BATCH_MAX];
	size_t nmoves;
};

struct store {
	struct db db;
	char directory[DB_PATH_MAX];
	char vfs[64]; /* empty: the default */
	bool exists;
	bool failed; /* nothing is taken any more */
	uint8_t uuid[UUID_LEN], log_uuid[UUID_LEN];
	int64_t log, epoch;
	uint64_t size, checkpoint_size;
	struct ktime newest;
	int32_t oldest_day; /* for reads */
	int32_t kept_day; /* the oldest day that the database has */
	struct names names;
	struct sources *sources;
	struct batch batch;
	uint64_t counters[STORE_COUNTERS];
};

/* db failed: nothing is taken any more.  Returns STORE_FAILED. */
int store_failed(struct store *);
/* Returns STORE_VIOLATION. */
int store_violation(struct store *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
/* One more record of the batch: STORE_OK or STORE_VIOLATION. */
int store_take_record(struct store *);
/* Reads store, log, size and newest times.  0 or -1. */
int store_load(struct store *);

/* Inserts the text as the next entry.  0 or -1; index and hash are set. */
int store_append(
    struct store *, const char *, size_t, uint64_t *, uint8_t[ENTRY_HASH_LEN]);

/* names.c: NULL is not found (found 0) or an error (found -1). */
struct family *names_family(
    struct store *, const uint8_t[PUBKEY_LEN], const char *, bool, int *);
int names_product(struct store *, const uint8_t[PUBKEY_LEN],
    const uint8_t[UUID_LEN], int64_t *);
void names_free(struct names *);

/* count.c: 0 or -1. */
int count_family(struct store *, struct family *);
uint64_t count_of(const struct family *, bool);
int count_move(struct store *, struct family *, int32_t, bool, int);
int count_flush(struct store *);

#endif
