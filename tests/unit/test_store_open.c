/*
 * Opening: databases that are missing, not ours, too new or cut short, the
 * way from version to version, and a process killed after the commit.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/schema.h"
#include "tests/unit/store_fixture.h"

static void
path_of(struct fixture *f, const char *name, char path[600])
{
	(void)snprintf(path, 600, "%s/%s", f->directory, name);
}

static void
write_file(struct fixture *f, const char *name, const char *text)
{
	char path[600];
	FILE *file;

	path_of(f, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Runs SQL in the database by another connection, before it is opened. */
static void
run_sql(struct fixture *f, const char *text)
{
	char path[600];
	sqlite3 *db;

	path_of(f, "kmsd.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
must_fail(struct fixture *f, const char *words, const char *cure)
{
	assert_int_equal(
	    store_open(f->store, f->directory, NULL), STORE_FAILED);
	if (strstr(store_error(f->store), words) == NULL ||
	    strstr(store_error(f->store), cure) == NULL ||
	    strstr(store_error(f->store), f->directory) == NULL)
		fail_msg("%s", store_error(f->store));
	assert_true(store_error_permanent(f->store));
}

static void
missing(void **state)
{
	struct fixture *f = *state;
	struct as_batch head = batch_head(1, NOON);
	struct as_state st;
	char path[600];
	struct stat sb;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	store_state(f->store, &st);
	assert_false(st.exists);
	path_of(f, "kmsd.db", path);
	assert_int_equal(stat(path, &sb), -1); /* only when asked */
	assert_int_equal(store_begin_batch(f->store, &head), STORE_VIOLATION);
}

static void
empty_file(void **state)
{
	struct fixture *f = *state;
	struct as_state st;

	write_file(f, "kmsd.db", "");
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	store_state(f->store, &st);
	assert_false(st.exists);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_OK);
	store_state(f->store, &st);
	assert_true(st.exists);
	assert_memory_equal(st.store, store_uuid, UUID_LEN);
	assert_memory_equal(st.log, log_uuid, UUID_LEN);
	assert_int_equal(st.size, 0);
}

static void
not_a_database(void **state)
{
	struct fixture *f = *state;
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	write_file(f, "kmsd.db", text);
	must_fail(f, "not a database", "put the right file back");
}

static void
another_program(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "CREATE TABLE t (a)");
	must_fail(f, "another program", "put kmsd's back");
}

static void
newer_schema(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_OK);
	assert_int_equal(db_exec(&f->store->db, "PRAGMA user_version = 2"), 0);
	(void)store_free(f->store);
	f->store = store_new();
	must_fail(f, "version 2", "install the newer kmsd");
}

static void
a_folder(void **state)
{
	struct fixture *f = *state;
	char path[600];

	path_of(f, "kmsd.db", path);
	assert_int_equal(mkdir(path, 0700), 0);
	must_fail(f, "can't be opened", "owner and mode");
	assert_int_equal(rmdir(path), 0);
}

static void
never_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_OK);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_VIOLATION);
	(void)store_free(f->store);
	f->store = store_new();
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
}

/* A second process on the database of a running store. */
static void
in_use(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	int status;
	pid_t pid;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	(void)store_free(f->store);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		s = store_new();
		if (store_open(s, f->directory, NULL) != STORE_OK ||
		    store_create(s, store_uuid, log_uuid) != STORE_OK)
			_exit(1);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	f->store = store_new();
	assert_int_equal(
	    store_open(f->store, f->directory, NULL), STORE_FAILED);
	assert_non_null(strstr(store_error(f->store), "another process"));
	assert_false(store_error_permanent(f->store));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* The settings that durability hangs on are in force. */
static void
settings(void **state)
{
	struct fixture *f = *state;
	char path[600];
	struct stat sb;
	int64_t n;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_OK);
	assert_int_equal(db_number(&f->store->db, "PRAGMA synchronous", &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(db_number(&f->store->db,
			     "SELECT journal_mode = "
			     "'wal' FROM pragma_journal_mode",
			     &n),
	    0);
	assert_int_equal(n, 1);
	assert_int_equal(db_number(&f->store->db,
			     "SELECT locking_mode = "
			     "'exclusive' FROM pragma_locking_mode",
			     &n),
	    0);
	assert_int_equal(n, 1);
	path_of(f, "kmsd.db-shm", path);
	assert_int_equal(stat(path, &sb), -1);
	assert_int_equal(db_exec(&f->store->db, "ATTACH 'x' AS x"), -1);
}

/* The child commits and dies before it could answer. */
static void
killed_after_commit(void **state)
{
	struct fixture *f = *state;
	struct as_decide in = request(1, NOON);
	struct as_state st;
	char text[ENTRY_MAX + 1];
	int status;
	pid_t pid;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (store_open(f->store, f->directory, NULL) != STORE_OK ||
		    store_create(f->store, store_uuid, log_uuid) != STORE_OK)
			_exit(1);
		(void)decide_one(f->store, &in, NOON);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	store_state(f->store, &st);
	assert_int_equal(st.size, 1);
	assert_int_equal(st.newest.sec, NOON);
	entry_text(f->store, 0, text);
	assert_non_null(strstr(text, "kms-grant 1\n"));
	in = request(1, NOON + 1);
	in.last = 1;
	assert_int_equal(decide_one(f->store, &in, NOON + 1).serial, 2);
}

static void
migration(void **state)
{
	static const struct schema_step steps[] = {
		[0] = { NULL },
		[1] = { "ALTER TABLE log ADD COLUMN note TEXT" },
		[2] = { "UPDATE log SET note = 'x'; no statement" },
		[3] = { "UPDATE log SET note = 'y'" },
	};
	struct fixture *f = *state;
	struct db *db = &f->store->db;
	int64_t n;

	assert_int_equal(store_open(f->store, f->directory, NULL), STORE_OK);
	assert_int_equal(
	    store_create(f->store, store_uuid, log_uuid), STORE_OK);
	/* A step that fails leaves all as it was. */
	assert_int_equal(schema_migrate(db, steps, 1, 3), -1);
	assert_int_equal(db_number(db, "PRAGMA user_version", &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(schema_migrate(db, steps, 0, 1), -1);
	assert_non_null(strstr(db->error, "no way leads"));
	assert_int_equal(schema_migrate(db, steps, 1, 2), 0);
	assert_int_equal(schema_migrate(db, steps, 3, 4), 0);
	assert_int_equal(db_number(db, "PRAGMA user_version", &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(db_number(db, "SELECT note = 'y' FROM log", &n), 0);
	assert_int_equal(n, 1);
}

#define TEST(f)                          \
	cmocka_unit_test_setup_teardown( \
	    f, fixture_setup_empty, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing),
		TEST(empty_file),
		TEST(not_a_database),
		TEST(another_program),
		TEST(newer_schema),
		TEST(a_folder),
		TEST(never_twice),
		TEST(in_use),
		TEST(settings),
		TEST(killed_after_commit),
		TEST(migration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
