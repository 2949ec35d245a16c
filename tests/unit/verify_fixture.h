/*
 * What the tests of the verification share: a host whose log has 600 entries,
 * two kept checkpoints and an anchor.
 */
#ifndef TESTS_VERIFY_FIXTURE_H
#define TESTS_VERIFY_FIXTURE_H

#include "kmsctl/verify_db.h"
#include "tests/unit/store_fixture.h"

#define ENTRIES 600
#define KEEP 200 /* a checkpoint for so many entries */

struct host {
	struct fixture *f;
	struct anchor anchor;
	uint8_t salt[SALT_KEY_LEN];
	/* Of the last entry, as somebody holds it. */
	char entry[ENTRY_MAX + 1];
	int entry_len;
};

extern struct pubkey host_pub;

/* Before the first host: its key.  Returns 0, or -1. */
int host_key_setup(void);

/* cmocka's set-up and tear-down. */
int host_setup(void **);
int host_teardown(void **);

/* The path of its database. */
void host_database(const struct host *, char[512]);
/* Alters the database with SQL. */
void host_tamper(struct host *, const char *);

enum {
	WITH_SALT = 1,
	WITH_PUBLIC = 2,
	WITH_ANCHOR = 4,
	WITH_ALL = 7
};

/* Verifies with what is at hand; the report, which the caller frees. */
char *host_verify(struct host *, int, const struct verify_grant *, bool *bad);

#endif
