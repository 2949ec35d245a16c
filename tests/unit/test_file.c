/* Tests of whole small files. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"

#define MAX 8

static char dir[] = "/tmp/test_file.XXXXXX";
static char path[64], other[64], error[FILE_ERROR_MAX];

static int
setup(void **state)
{
	(void)state;
	(void)strlcpy(dir, "/tmp/test_file.XXXXXX", sizeof(dir));
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/one", dir);
	(void)snprintf(other, sizeof(other), "%s/two", dir);
	error[0] = '\0';
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	/* It fails if a temporary file was left behind. */
	return (rmdir(dir));
}

static void
assert_content(const char *want)
{
	char *text;
	size_t len;

	text = file_read(path, 64, &len, error);
	assert_non_null(text);
	assert_int_equal(len, strlen(want));
	assert_string_equal(text, want);
	free(text);
}

static void
assert_mode(mode_t mode)
{
	struct stat sb;

	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, mode);
}

static void
assert_unread(const char *name, const char *words)
{
	size_t len = 1;

	assert_null(file_read(name, MAX, &len, error));
	assert_non_null(strstr(error, words));
}

static void
test_read(void **state)
{
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(file_create(path, 0600, "12345678", 8, error), 0);
	assert_non_null(text = file_read(path, MAX, &len, error));
	assert_int_equal(len, 8);
	assert_string_equal(text, "12345678");
	free(text);
	assert_int_equal(file_replace(path, 0600, "a\0b", 3, error), 0);
	assert_non_null(text = file_read(path, MAX, &len, error));
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b\0", 4);
	free(text);
	assert_int_equal(file_replace(path, 0600, "", 0, error), 0);
	assert_content("");
}

static void
test_unread(void **state)
{
	(void)state;
	assert_int_equal(file_create(path, 0600, "123456789", 9, error), 0);
	assert_unread(path, "longer than 8 bytes");
	assert_unread(other, "No such file");
	assert_unread(dir, "not a regular file");
	assert_unread("/dev/null", "not a regular file");
	/* It would be waited for without end. */
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_unread(other, "not a regular file");
}

static void
test_standard_input(void **state)
{
	const int saved = dup(STDIN_FILENO);
	char *text;
	size_t len;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "in", 2), 2);
	(void)close(fd[1]);
	assert_int_equal(dup2(fd[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(fd[0]);
	assert_non_null(text = file_read("-", MAX, &len, error));
	assert_string_equal(text, "in");
	free(text);
	(void)close(STDIN_FILENO);
	assert_unread("-", "standard input: Bad file descriptor");
	if (saved != -1) {
		assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
		(void)close(saved);
	}
}

static void
test_create(void **state)
{
	const mode_t old = umask(077);

	(void)state;
	assert_int_equal(file_create(path, 0644, "new", 3, error), 0);
	assert_mode(0644);
	assert_content("new");
	assert_int_equal(file_create(path, 0600, "newer", 5, error), -1);
	assert_non_null(strstr(error, "not overwritten"));
	assert_content("new");
	assert_mode(0644);
	/* Nor through a link that leads nowhere. */
	assert_int_equal(symlink("nowhere", other), 0);
	assert_int_equal(file_create(other, 0600, "x", 1, error), -1);
	(void)umask(old);
}

/* Nothing is left of a file that could not be written. */
static void
test_no_room(void **state)
{
	(void)state;
	assert_int_equal(file_create("/dev/full", 0600, "x", 1, error), -1);
	assert_int_equal(
	    file_create("/nonexistent/x", 0600, "x", 1, error), -1);
	assert_int_equal(
	    file_replace("/nonexistent/x", 0600, "x", 1, error), -1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_replace(path, 0600, "x", 1, error), -1);
	assert_int_equal(rmdir(path), 0);
}

static void
test_replace(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(file_replace(path, 0644, "first", 5, error), 0);
	assert_mode(0644);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(file_replace(path, 0600, "second", 6, error), 0);
	assert_mode(0600);
	assert_content("second");
	/* The old one was not written to. */
	assert_int_equal(stat(other, &before), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_size, 5);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read),
		CASE(test_unread),
		CASE(test_standard_input),
		CASE(test_create),
		CASE(test_no_room),
		CASE(test_replace),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
