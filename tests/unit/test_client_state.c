/*
 * The state directory: what is corrupted, foreign or too new is reported and
 * stays as it is; two processes do not interleave; modes.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/handle.h"
#include "client/state.h"
#include "client/stores.h"
#include "common/codes.h"
#include "tests/unit/fake_host.h"

#define PATH_LEN 512

struct fixture {
	struct fake_host host;
	struct kmsclient *client;
	char publisher[PATH_LEN], product[PATH_LEN]; /* folders */
};

/* The only folder in a folder. */
static void
find_folder(const char *dir, char out[PATH_LEN])
{
	struct dirent *e;
	struct stat st;
	DIR *d;

	assert_non_null(d = opendir(dir));
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(out, PATH_LEN, "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && stat(out, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			break;
	}
	assert_non_null(e);
	(void)closedir(d);
}

/* A state with everything in it: key, grant, documents from the host. */
static int
setup(void **state)
{
	struct fixture *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (-1);
	fake_start(&x->host);
	x->host.offered_product.revision++;
	x->host.revocation.revision = 1;
	x->client = fake_client(&x->host);
	if (kmsclient_activate(x->client) == -1) {
		print_error("%s\n", kmsclient_error(x->client));
		return (-1);
	}
	find_folder(x->host.dir, x->publisher);
	find_folder(x->publisher, x->product);
	*state = x;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *x = *state;

	kmsclient_close(x->client);
	fake_stop(&x->host);
	free(x);
	return (0);
}

static size_t
read_all(const char *path, char *buf, size_t size)
{
	FILE *f;
	size_t n;

	if ((f = fopen(path, "rb")) == NULL)
		fail_msg("%s", path);
	n = fread(buf, 1, size, f);
	(void)fclose(f);
	return (n);
}

static void
write_all(const char *path, const char *buf, size_t len)
{
	FILE *f;

	assert_non_null(f = fopen(path, "wb"));
	assert_int_equal(fwrite(buf, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Reading and asking fail, naming the file, and change nothing. */
static void
assert_reported(struct fixture *x, const char *path, const char *word)
{
	uint8_t before[FAKE_DIGEST_LEN], after[FAKE_DIGEST_LEN];
	struct kmsclient_status st;
	size_t asked = x->host.nrequests;

	fake_digest(x->host.dir, before);
	assert_int_equal(kmsclient_activate(x->client), -1);
	if (strstr(kmsclient_error(x->client), path) == NULL ||
	    strstr(kmsclient_error(x->client), word) == NULL)
		fail_msg("%s: %s", path, kmsclient_error(x->client));
	assert_int_equal(x->host.nrequests, asked);
	if (strstr(path, "machine.key") == NULL)
		assert_int_equal(
		    kmsclient_status(x->client, &st, sizeof(st)), -1);
	fake_digest(x->host.dir, after);
	assert_memory_equal(before, after, sizeof(before));
}

/* Corrupts a file in each way; type is the name on its first line. */
static void
corrupt(struct fixture *x, const char *dir, const char *name, const char *type)
{
	static char whole[1 << 16], bad[1 << 16];
	char path[2 * PATH_LEN];
	size_t len, n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	len = read_all(path, whole, sizeof(whole));
	assert_in_range(len, 20, 30000);
	write_all(path, whole, len / 2);
	assert_reported(x, path, "corrupted");
	write_all(path, whole, 0);
	assert_reported(x, path, "corrupted");
	memcpy(bad, whole, len);
	bad[len] = '\n';
	write_all(path, bad, len + 1);
	assert_reported(x, path, "corrupted");
	memset(bad, 'x', sizeof(bad));
	write_all(path, bad, sizeof(bad));
	assert_reported(x, path, "corrupted");
	if (type != NULL) {
		n = (size_t)snprintf(bad, sizeof(bad), "%s 2\nall new\n", type);
		write_all(path, bad, n);
		assert_reported(x, path, "newer version");
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_reported(x, path, "not a regular file");
	assert_int_equal(rmdir(path), 0);
	write_all(path, whole, len);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(kmsclient_activate(x->client), 0);
}

static void
test_corrupted(void **state)
{
	struct fixture *x = *state;

	corrupt(x, x->product, "state", "kms-state");
	corrupt(x, x->product, "product", NULL);
	corrupt(x, x->publisher, "machine", "kms-machine");
	corrupt(x, x->publisher, "revocation", NULL);
}

static void
test_corrupted_key(void **state)
{
	struct fixture *x = *state;
	char path[2 * PATH_LEN], text[RECORD_MAX + 1], why[MESSAGE_ERROR_MAX];
	struct record_secret k;
	size_t len;
	int n;

	corrupt(x, x->publisher, "machine.key", "kms-machine-key");
	(void)snprintf(path, sizeof(path), "%s/machine.key", x->publisher);
	assert_int_equal(chmod(path, 0640), 0);
	assert_reported(x, path, "0600");
	assert_int_equal(chmod(path, 0600), 0);
	len = read_all(path, text, sizeof(text));
	assert_int_equal(
	    record_parse(&record_secret_type, text, len, &k, why), 0);
	k.publisher[20] ^= 1;
	n = message_print(&record_secret_type, &k, text, sizeof(text), why);
	assert_int_equal(n, (int)len);
	write_all(path, text, len);
	assert_reported(x, path, "belongs to another");
}

/* A key that is gone is not made anew beside what belongs to it. */
static void
test_missing_key(void **state)
{
	struct fixture *x = *state;
	char path[2 * PATH_LEN];

	(void)snprintf(path, sizeof(path), "%s/machine.key", x->publisher);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kmsclient_activate(x->client), -1);
	assert_non_null(
	    strstr(kmsclient_error(x->client), "machine.key is not"));
	assert_int_equal(x->host.nrequests, 1);
	assert_int_equal(access(path, F_OK), -1);
}

/* The state of one product in the folder of another, of another machine. */
static void
test_foreign(void **state)
{
	struct fixture *x = *state;
	struct record_state r;
	char text[RECORD_MAX + 1], path[2 * PATH_LEN], why[MESSAGE_ERROR_MAX];
	size_t len;
	int i, n;

	(void)snprintf(path, sizeof(path), "%s/state", x->product);
	for (i = 0; i < 3; i++) {
		len = read_all(path, text, sizeof(text));
		assert_int_equal(
		    record_parse(&record_state_type, text, len, &r, why), 0);
		(i == 0 ? r.product : i == 1 ? r.machine : r.publisher)[9] ^= 1;
		n = message_print(
		    &record_state_type, &r, text, sizeof(text), why);
		assert_true(n > 0);
		write_all(path, text, (size_t)n);
		assert_reported(x, path, "belongs to another");
		(i == 0 ? r.product : i == 1 ? r.machine : r.publisher)[9] ^= 1;
		n = message_print(
		    &record_state_type, &r, text, sizeof(text), why);
		write_all(path, text, (size_t)n);
	}
	assert_int_equal(kmsclient_activate(x->client), 0);
}

/* A grant that does not hold is none, and a new one takes its place. */
static void
test_altered_grant(void **state)
{
	struct fixture *x = *state;
	struct kmsclient_status st;
	char path[2 * PATH_LEN], grant[GRANT_MAX];
	size_t len, i;

	(void)snprintf(path, sizeof(path), "%s/grant", x->product);
	len = read_all(path, grant, sizeof(grant));
	for (i = 0; i < len; i += 17) {
		grant[i] ^= 1;
		write_all(path, grant, len);
		assert_int_equal(
		    kmsclient_status(x->client, &st, sizeof(st)), 0);
		assert_int_equal(st.state, KMSCLIENT_OOB_GRACE);
		assert_int_equal(st.has_grant, 0);
		assert_int_equal(st.expires, 0);
		assert_true(st.text[0] != '\0');
		grant[i] ^= 1;
	}
	assert_int_equal(kmsclient_activate(x->client), 0);
	assert_int_equal(kmsclient_status(x->client, &st, sizeof(st)), 0);
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
}

static void
test_missing_certificate(void **state)
{
	struct fixture *x = *state;
	struct kmsclient_status st;
	char path[2 * PATH_LEN], uuid[UUID_STRLEN];

	uuid_print(x->host.certificate.serial, uuid);
	(void)snprintf(path, sizeof(path), "%s/host-%s", x->product, uuid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kmsclient_status(x->client, &st, sizeof(st)), 0);
	assert_int_equal(st.state, KMSCLIENT_OOB_GRACE);
}

/* A new certificate replaces the old one beside the grant. */
static void
test_new_certificate(void **state)
{
	struct fixture *x = *state;
	struct kmsclient_status st;
	struct dirent *e;
	int n = 0;
	DIR *d;

	(void)uuid_make(x->host.certificate.serial);
	memcpy(x->host.seal.serial, x->host.certificate.serial, UUID_LEN);
	assert_int_equal(kmsclient_activate(x->client), 0);
	assert_int_equal(kmsclient_status(x->client, &st, sizeof(st)), 0);
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
	assert_memory_equal(
	    st.certificate, x->host.certificate.serial, UUID_LEN);
	assert_non_null(d = opendir(x->product));
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, "host-", 5) == 0;
	(void)closedir(d);
	assert_int_equal(n, 1);
}

static void
test_lock(void **state)
{
	struct fixture *x = *state;
	uint8_t before[FAKE_DIGEST_LEN], after[FAKE_DIGEST_LEN];
	struct kmsclient_status st;
	struct folder folder;
	struct failure f;
	int lock;

	assert_int_equal(folder_open(&folder, x->publisher, false, &f), 0);
	assert_true((lock = folder_lock(&folder, &f)) != -1);
	fake_digest(x->host.dir, before);
	assert_int_equal(kmsclient_activate(x->client), -1);
	assert_int_equal(kmsclient_code(x->client), CODE_BUSY);
	assert_int_equal(x->host.nrequests, 1);
	fake_digest(x->host.dir, after);
	assert_memory_equal(before, after, sizeof(before));
	/* Looking needs no lock. */
	assert_int_equal(kmsclient_status(x->client, &st, sizeof(st)), 0);
	assert_int_equal(st.state, KMSCLIENT_LICENSED);
	(void)close(lock);
	assert_int_equal(kmsclient_activate(x->client), 0);
	folder_close(&folder);
}

static mode_t
mode_of(const char *dir, const char *name)
{
	char path[2 * PATH_LEN];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	return (st.st_mode & 07777);
}

/* Whatever the umask says: products of any user may look, but for the key. */
static void
test_modes(void **state)
{
	struct fixture *x = *state;
	mode_t old = umask(077);

	fake_remove(x->publisher);
	assert_int_equal(kmsclient_activate(x->client), 0);
	(void)umask(old);
	assert_int_equal(mode_of(x->publisher, "."), 0755);
	assert_int_equal(mode_of(x->product, "."), 0755);
	assert_int_equal(mode_of(x->publisher, "machine.key"), 0600);
	assert_int_equal(mode_of(x->publisher, "machine"), 0644);
	assert_int_equal(mode_of(x->product, "state"), 0644);
	assert_int_equal(mode_of(x->product, "grant"), 0644);
}

/* The secret stands in no file but its own. */
static void
test_secret_apart(void **state)
{
	struct fixture *x = *state;
	char path[2 * PATH_LEN], text[RECORD_MAX], other[RECORD_MAX + 1];
	const char *secret;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/machine.key", x->publisher);
	len = read_all(path, text, sizeof(text) - 1);
	text[len] = '\0';
	assert_non_null(secret = strstr(text, "\nsecret "));
	secret += strlen("\nsecret ");
	text[secret - text + 20] = '\0';
	(void)snprintf(path, sizeof(path), "%s/machine", x->publisher);
	len = read_all(path, other, sizeof(other) - 1);
	other[len] = '\0';
	assert_null(strstr(other, secret));
	(void)snprintf(path, sizeof(path), "%s/state", x->product);
	len = read_all(path, other, sizeof(other) - 1);
	other[len] = '\0';
	assert_null(strstr(other, secret));
}

/* time: the clock's, or a second past the one before; per store. */
static void
test_store_times(void **state)
{
	static const uint8_t one[UUID_LEN] = { 1 }, two[UUID_LEN] = { 2 };
	struct ktime now = { 1000 }, back = { 900 };
	struct record_state r;

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_int_equal(stores_ask(&r, one, now).sec, 1000);
	assert_int_equal(stores_ask(&r, one, now).sec, 1001);
	assert_int_equal(stores_ask(&r, one, back).sec, 1002);
	assert_int_equal(stores_ask(&r, two, back).sec, 900);
	stores_forget_time(&r, one);
	assert_int_equal(stores_ask(&r, one, back).sec, 900);
	assert_int_equal(stores_ask(&r, two, back).sec, 901);
	stores_answer(&r, one, 77);
	assert_int_equal(stores_last(&r, one), 77);
	assert_int_equal(stores_last(&r, two), 0);
	stores_forget_time(&r, one);
	assert_int_equal(stores_last(&r, one), 77);
	assert_int_equal(r.nstores, 2);
}

int
main(void)
{
#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_corrupted),
		CASE(test_corrupted_key),
		CASE(test_missing_key),
		CASE(test_foreign),
		CASE(test_altered_grant),
		CASE(test_missing_certificate),
		CASE(test_new_certificate),
		CASE(test_lock),
		CASE(test_modes),
		CASE(test_secret_apart),
		cmocka_unit_test(test_store_times),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
