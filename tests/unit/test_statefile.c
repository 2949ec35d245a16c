/* Tests of the parent's state files. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kmsd/statefile.h"

#define MAX 64

static char dir[] = "/tmp/test_statefile.XXXXXX";
static char path[64], temporary[80], error[256];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/anchor", dir);
	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)rmdir(temporary);
	return (rmdir(dir));
}

static void
open_file(struct statefile *s)
{
	error[0] = '\0';
	assert_int_equal(statefile_open(s, path, MAX, error, sizeof(error)), 0);
}

static void
assert_refused(const char *words)
{
	struct statefile s;

	assert_int_equal(
	    statefile_open(&s, path, MAX, error, sizeof(error)), -1);
	assert_non_null(strstr(error, words));
	assert_non_null(strstr(error, path));
}

static void
test_write_and_read(void **state)
{
	struct statefile s;
	struct stat sb;

	(void)state;
	open_file(&s);
	assert_false(s.present);
	assert_int_equal(statefile_write(&s), 0);
	assert_int_equal(stat(path, &sb), -1);
	assert_int_equal(statefile_set(&s, "one", 3), 0);
	assert_true(s.dirty);
	assert_int_equal(stat(path, &sb), -1);
	assert_int_equal(statefile_write(&s), 0);
	assert_false(s.dirty);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(stat(temporary, &sb), -1);
	statefile_free(&s);

	open_file(&s);
	assert_true(s.present);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.data, "one", 3);
	assert_int_equal(statefile_set(&s, "2", 1), 0);
	assert_int_equal(statefile_write(&s), 0);
	statefile_free(&s);
	open_file(&s);
	assert_int_equal(s.len, 1);
	assert_memory_equal(s.data, "2", 1);
	statefile_free(&s);
}

static void
test_bounds(void **state)
{
	struct statefile s;
	char big[MAX + 1] = "";

	(void)state;
	open_file(&s);
	assert_int_equal(statefile_set(&s, big, 0), -1);
	assert_int_equal(statefile_set(&s, big, MAX + 1), -1);
	assert_int_equal(statefile_set(&s, big, MAX), 0);
	assert_int_equal(statefile_write(&s), 0);
	statefile_free(&s);
	assert_int_equal(truncate(path, MAX + 1), 0);
	assert_refused("expected 1 to 64");
	assert_int_equal(truncate(path, 0), 0);
	assert_refused("has 0 bytes");
	assert_int_equal(truncate(path, 5), 0);
}

static void
test_rights(void **state)
{
	(void)state;
	assert_int_equal(chmod(path, 0620), 0);
	assert_refused("others can write it");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(rename(path, temporary), 0);
	assert_int_equal(symlink(temporary, path), 0);
	assert_refused("Too many levels");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(temporary, path), 0);
}

/* A write that fails leaves the old file, and the new contents dirty. */
static void
test_failure(void **state)
{
	struct statefile s, again;

	(void)state;
	open_file(&s);
	assert_int_equal(statefile_set(&s, "new", 3), 0);
	assert_int_equal(mkdir(temporary, 0700), 0);
	assert_int_equal(statefile_write(&s), -1);
	assert_int_equal(errno, EISDIR);
	assert_true(s.dirty);
	open_file(&again);
	assert_int_equal(again.len, 5);
	statefile_free(&again);
	assert_int_equal(rmdir(temporary), 0);
	assert_int_equal(statefile_write(&s), 0);
	statefile_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_failure),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
