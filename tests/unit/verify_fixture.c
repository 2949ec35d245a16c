/*
 * A host whose log has 600 entries, two kept checkpoints and an anchor; what
 * the verification says of its database.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "tests/unit/verify_fixture.h"

#define BATCH 100

static struct seckey host_sec;
struct pubkey host_pub;

int
host_key_setup(void)
{
	if (sodium_init() == -1)
		return (-1);
	signify_keypair(&host_pub, &host_sec);
	return (0);
}

void
host_database(const struct host *h, char path[512])
{
	(void)snprintf(path, 512, "%s/kmsd.db", h->f->directory);
}

static int
make_entry(struct host *h, uint64_t i, int64_t now, char text[ENTRY_MAX + 1])
{
	struct entry_summary e;
	int len;

	memset(&e, 0, sizeof(e));
	e.time.sec = now;
	e.from.sec = now - 60;
	(void)strlcpy(e.kind, "time-skew", sizeof(e.kind));
	e.count = 1000 + i;
	assert_int_equal(salt_make(h->salt, &h->anchor.origin,
			     &entry_summary_type, &e, e.salt),
	    0);
	len = message_print(&entry_summary_type, &e, text, ENTRY_MAX + 1, NULL);
	assert_true(len > 0);
	return (len);
}

static void
fill_batch(struct host *h, uint64_t first, const char *checkpoint, size_t len)
{
	const int64_t now = NOON + (int64_t)first;
	struct as_batch head = batch_head(BATCH, now);
	struct as_entered entered;
	struct as_enter enter;
	struct tree_hash leaf;
	uint64_t i, size;

	head.checkpoint = checkpoint;
	head.checkpoint_len = len;
	head.checkpoint_size = len != 0 ? first : 0;
	assert_int_equal(store_begin_batch(h->f->store, &head), STORE_OK);
	for (i = first; i < first + BATCH; i++) {
		h->entry_len = make_entry(h, i, now, h->entry);
		enter.id = 0;
		enter.text = h->entry;
		enter.len = (size_t)h->entry_len;
		assert_int_equal(
		    store_enter(h->f->store, &enter, &entered), STORE_OK);
		tree_leaf(h->entry, (size_t)h->entry_len, &leaf);
		assert_int_equal(tree_append(&h->anchor.edge, &leaf), 0);
	}
	assert_int_equal(store_commit_batch(h->f->store, &size), STORE_OK);
}

int
host_setup(void **state)
{
	char note[CHECKPOINT_MAX];
	struct checkpoint c;
	struct host *h;
	uint64_t i;
	int len;

	assert_non_null(h = calloc(1, sizeof(*h)));
	(void)fixture_setup((void **)&h->f);
	salt_key(&host_sec, h->salt);
	origin_make(&h->anchor.origin, host_pub.key, log_uuid);
	memcpy(h->anchor.store, store_uuid, UUID_LEN);
	for (i = 0; i < ENTRIES; i += BATCH) {
		len = 0;
		if (i != 0 && i % KEEP == 0) {
			c.origin = h->anchor.origin;
			c.size = i;
			tree_root(&h->anchor.edge, &c.root);
			len = checkpoint_sign(&c, &host_sec, note);
		}
		fill_batch(h, i, note, (size_t)len);
	}
	assert_int_equal(store_free(h->f->store), 0);
	h->f->store = store_new();
	*state = h;
	return (0);
}

int
host_teardown(void **state)
{
	struct host *h = *state;
	void *f = h->f;

	(void)fixture_teardown(&f);
	free(h);
	return (0);
}

void
host_tamper(struct host *h, const char *sql)
{
	char path[512], *error = NULL;
	sqlite3 *db;

	host_database(h, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

char *
host_verify(
    struct host *h, int with, const struct verify_grant *grant, bool *bad)
{
	static struct salts salts;
	static struct verify v;
	static struct db db;
	char *text = NULL;
	size_t len;

	memset(&v, 0, sizeof(v));
	assert_non_null(v.out = open_memstream(&text, &len));
	salts.fd = -1;
	memcpy(salts.key, h->salt, sizeof(salts.key));
	v.salts = (with & WITH_SALT) != 0 ? &salts : NULL;
	v.has_public = (with & WITH_PUBLIC) != 0;
	v.has_anchor = (with & WITH_ANCHOR) != 0;
	memcpy(v.public, host_pub.key, sizeof(v.public));
	v.anchor = h->anchor;
	if (grant != NULL)
		v.grant = *grant;
	if (verify_db_open(&db, h->f->directory, "kmsd.db") == -1 ||
	    verify_db_logs(&db, &v) == -1)
		fail_msg("%s", db.error);
	verify_finish(&v);
	verify_db_close(&db);
	assert_int_equal(fclose(v.out), 0);
	*bad = v.bad;
	return (text);
}
