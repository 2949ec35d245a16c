/* What the tests of the store share: a database of their own, and requests. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/private.h"

#define NOON INT64_C(1790510400) /* 2026-09-27T12:00:00Z */

struct fixture {
	char directory[256]; /* of its own, removed at the end */
	struct store *store;
};

extern const uint8_t store_uuid[UUID_LEN], log_uuid[UUID_LEN];
extern const uint8_t other_uuid[UUID_LEN];

/* cmocka's set-up and tear-down: a store that was just made. */
int fixture_setup(void **);
int fixture_teardown(void **);

/* The same without the database. */
int fixture_setup_empty(void **);

/* Closes and opens again. */
void fixture_reopen(struct fixture *);
void remove_tree(const char *);

/* A request of machine n at the host's time and with that of the client. */
struct as_decide request(uint32_t, int64_t);

/* Batch heads count 30 days back. */
struct as_batch batch_head(uint16_t, int64_t);

/* One batch of one request, or of n; all asserted to succeed. */
struct as_outcome decide_one(struct store *, const struct as_decide *, int64_t);
void decide_many(struct store *, const struct as_decide *, struct as_outcome *,
    uint16_t, int64_t);

/* The text of an entry of the newest log. */
void entry_text(struct store *, uint64_t, char[ENTRY_MAX + 1]);

/* The seed of random tests: printed, or taken from SEED. */
uint64_t test_seed(void);
uint32_t test_random(uint64_t *, uint32_t);

#endif
