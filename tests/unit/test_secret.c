/* Tests of secret keys in files, plain and under a passphrase. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/file.h"
#include "publisher/secret.h"

#define PASSPHRASE "correct horse"

static char dir[64], path[96], error[SECRET_ERROR_MAX];
static struct seckey key;

static int
setup(void **state)
{
	struct pubkey pub;

	(void)state;
	(void)strlcpy(dir, "/tmp/test_secret.XXXXXX", sizeof(dir));
	if (sodium_init() == -1 || mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	signify_keypair(&pub, &key);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return (rmdir(dir));
}

/* In a process without a terminal: it is asked on standard input. */
static int
without_terminal(const char *input, int (*run)(void))
{
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(
	    write(fd[1], input, strlen(input)), (ssize_t)strlen(input));
	(void)close(fd[1]);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		if (setsid() == -1 || dup2(fd[0], STDIN_FILENO) == -1 ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(99);
		_exit(run());
	}
	(void)close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

enum outcome {
	SAME = 10,
	OTHER,
	WRONG_PASSPHRASE,
	NO_PASSPHRASE,
	DIFFER,
	TOO_MUCH,
	FAILED
};

static int
outcome_of_error(void)
{
	if (strstr(error, "wrong passphrase") != NULL)
		return (WRONG_PASSPHRASE);
	if (strstr(error, "no passphrase") != NULL)
		return (NO_PASSPHRASE);
	if (strstr(error, "differ") != NULL)
		return (DIFFER);
	if (strstr(error, "than this machine") != NULL)
		return (TOO_MUCH);
	return (FAILED);
}

static int
load(void)
{
	struct seckey got;

	memset(&got, 0, sizeof(got));
	if (secret_load(path, &got, error) == -1)
		return (outcome_of_error());
	return (memcmp(&got, &key, sizeof(key)) == 0 ? SAME : OTHER);
}

static int
ask_new(void)
{
	char passphrase[64];

	if (secret_ask_new(passphrase, sizeof(passphrase), error) == -1)
		return (outcome_of_error());
	return (strcmp(passphrase, PASSPHRASE) == 0 ? SAME : OTHER);
}

static void
test_plain(void **state)
{
	struct stat sb;

	(void)state;
	assert_int_equal(secret_create(path, &key, NULL, "a key", error), 0);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(load(), SAME);
	assert_int_equal(secret_create(path, &key, NULL, "a key", error), -1);
	assert_non_null(strstr(error, "not overwritten"));
	assert_int_equal(load(), SAME);
}

/* One byte of the file is another. */
static void
alter(const char *before, const char *after)
{
	char *text, *at;
	size_t len;

	assert_non_null(text = file_read(path, 1024, &len, error));
	assert_non_null(at = strstr(text, before));
	memcpy(at, after, strlen(after));
	assert_int_equal(file_replace(path, 0600, text, len, error), 0);
	free(text);
}

static void
test_encrypted(void **state)
{
	char *text, box[8], flipped[8];
	size_t len;

	(void)state;
	assert_int_equal(secret_create(path, &key, PASSPHRASE, "", error), 0);
	assert_non_null(text = file_read(path, 1024, &len, error));
	assert_memory_equal(text, "kms-secret 1\n", 13);
	(void)strlcpy(box, strstr(text, "\nbox "), sizeof(box));
	free(text);
	assert_int_equal(without_terminal(PASSPHRASE "\n", load), SAME);
	assert_int_equal(
	    without_terminal("correct hors\n", load), WRONG_PASSPHRASE);
	assert_int_equal(without_terminal("", load), NO_PASSPHRASE);
	(void)strlcpy(flipped, box, sizeof(flipped));
	flipped[5] = (char)(box[5] == 'A' ? 'B' : 'A');
	alter(box, flipped);
	assert_int_equal(
	    without_terminal(PASSPHRASE "\n", load), WRONG_PASSPHRASE);
}

/* A file that asks for a year of work is refused at once. */
static void
test_too_much(void **state)
{
	(void)state;
	assert_int_equal(secret_create(path, &key, PASSPHRASE, "", error), 0);
	alter("argon2id 3 268435456\n", "argon2id 3 968435456\n");
	assert_int_not_equal(without_terminal(PASSPHRASE "\n", load), SAME);
	alter("argon2id 3 968435456\n", "argon2id 99 26843545\n");
	assert_int_equal(without_terminal(PASSPHRASE "\n", load), TOO_MUCH);
}

static void
test_malformed(void **state)
{
	static const char *const bad[] = { "", "\n", "kms-secret 1\n",
		"kms-secret 2\n", "untrusted comment: x\n",
		"untrusted comment: x\nRWQ=\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    file_replace(path, 0600, bad[i], strlen(bad[i]), error), 0);
		error[0] = '\0';
		assert_int_equal(load(), FAILED);
		assert_non_null(strstr(error, path));
	}
}

static void
test_new_passphrase(void **state)
{
	(void)state;
	assert_int_equal(
	    without_terminal(PASSPHRASE "\n" PASSPHRASE "\n", ask_new), SAME);
	assert_int_equal(
	    without_terminal(PASSPHRASE "\nanother\n", ask_new), DIFFER);
	assert_int_equal(without_terminal(PASSPHRASE "\n", ask_new), DIFFER);
	assert_int_equal(without_terminal("\n\n", ask_new), NO_PASSPHRASE);
	assert_int_equal(without_terminal("", ask_new), NO_PASSPHRASE);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_plain),
		CASE(test_encrypted),
		CASE(test_too_much),
		CASE(test_malformed),
		CASE(test_new_passphrase),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
