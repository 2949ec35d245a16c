/*
 * Tests of keys and signed documents: both ways, what is refused, and
 * signify-openbsd as the other end.
 */
#include "config.h"

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

#include "common/base64.h"
#include "common/message.h"
#include "common/signify.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define MESSAGE "kms-test 1\nkey value\n"
#define MESSAGE_LEN (sizeof(MESSAGE) - 1)
#define ROOM 2048

static struct pubkey pub, other;
static struct seckey sec;
static char error[MESSAGE_ERROR_MAX];
static char doc[ROOM]; /* the message, signed */
static size_t doc_len;

static int
setup(void **state)
{
	struct seckey unused;
	int n;

	(void)state;
	signify_keypair(&pub, &sec);
	signify_keypair(&other, &unused);
	n = signify_sign(
	    &sec, "kms-test 1", MESSAGE, MESSAGE_LEN, doc, sizeof(doc));
	doc_len = (size_t)n;
	return (n > 0 ? 0 : -1);
}

/* Verifies an exact copy under one key. */
static int
verify(const char *text, size_t len, const struct pubkey *key)
{
	size_t off, n, signer;
	char *copy = malloc(len == 0 ? 1 : len);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len);
	error[0] = '\0';
	ret = signify_verify(copy, len, key, 1, &off, &n, &signer, error);
	free(copy);
	if (ret == -1)
		assert_string_not_equal(error, "");
	return (ret);
}

static void
blobs(void **state)
{
	uint8_t blob[PUBKEY_LEN];
	struct pubkey back;

	(void)state;
	pubkey_to_blob(&pub, blob);
	assert_memory_equal(blob, "Ed", 2);
	assert_memory_equal(blob + 2, pub.keynum, 8);
	assert_memory_equal(blob + 10, pub.key, 32);
	assert_int_equal(pubkey_from_blob(blob, &back), 0);
	assert_memory_equal(&back, &pub, sizeof(pub));
	blob[0] ^= 1;
	assert_int_equal(pubkey_from_blob(blob, &back), -1);
	blob[0] ^= 1;
	blob[1] ^= 1;
	assert_int_equal(pubkey_from_blob(blob, &back), -1);
	signify_public(&sec, &back);
	assert_memory_equal(&back, &pub, sizeof(pub));
}

static void
signs(void **state)
{
	static const char start[] = "untrusted comment: kms-test 1\n";
	uint8_t blob[74];
	size_t off, len, signer, i;
	struct pubkey keys[2];

	(void)state;
	assert_int_equal(doc_len, strlen(start) + 101 + MESSAGE_LEN);
	assert_memory_equal(doc, start, strlen(start));
	assert_int_equal(
	    base64_decode(blob, sizeof(blob), doc + strlen(start), 100), 74);
	assert_memory_equal(blob, "Ed", 2);
	assert_memory_equal(blob + 2, pub.keynum, 8);
	assert_int_equal(crypto_sign_verify_detached(blob + 10,
			     (const uint8_t *)MESSAGE, MESSAGE_LEN, pub.key),
	    0);
	assert_string_equal(doc + strlen(start) + 101, MESSAGE);
	for (i = 0; i < 2; i++) {
		keys[i] = pub;
		keys[1 - i] = other;
		assert_int_equal(signify_verify(doc, doc_len, keys, 2, &off,
				     &len, &signer, error),
		    0);
		assert_int_equal(off, strlen(start) + 101);
		assert_int_equal(len, MESSAGE_LEN);
		assert_int_equal(signer, i);
	}
}

/* A key number tells keys apart but proves nothing: two may share one. */
static void
same_number(void **state)
{
	struct pubkey keys[2] = { other, pub };
	size_t off, len, signer;

	(void)state;
	memcpy(keys[0].keynum, pub.keynum, sizeof(pub.keynum));
	assert_int_equal(
	    signify_verify(doc, doc_len, keys, 2, &off, &len, &signer, error),
	    0);
	assert_int_equal(signer, 1);
	assert_int_equal(verify(doc, doc_len, &keys[0]), -1);
	assert_non_null(strstr(error, "bad"));
}

static void
unknown_key(void **state)
{
	size_t off, len, signer;

	(void)state;
	assert_int_equal(verify(doc, doc_len, &other), -1);
	assert_non_null(strstr(error, "not one of those expected"));
	assert_int_equal(
	    signify_verify(doc, doc_len, NULL, 0, &off, &len, &signer, error),
	    -1);
	assert_int_equal(
	    signify_verify(doc, doc_len, NULL, 0, &off, &len, &signer, NULL),
	    -1);
}

/* Each bit of comment, signature and message; each shorter length. */
static void
altered(void **state)
{
	char copy[ROOM];
	size_t i;

	(void)state;
	for (i = 0; i < doc_len * 8; i++) {
		memcpy(copy, doc, doc_len);
		copy[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(verify(copy, doc_len, &pub), -1);
	}
	for (i = 0; i < doc_len; i++)
		assert_int_equal(verify(doc, i, &pub), -1);
	memcpy(copy, doc, doc_len);
	copy[doc_len] = '\n';
	assert_int_equal(verify(copy, doc_len + 1, &pub), -1);
}

/* The right signature under a comment that is not the message's type. */
static void
comments(void **state)
{
	static const char *const wrong[] = { "kms-test 2", "kms-test",
		"kms-test 1 ", "kms-test 1\r", "kms-other 1", "", "kms-test 10",
		"verify with key.pub" };
	char text[ROOM];
	const char *rest = strchr(doc, '\n');
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < NITEMS(wrong); i++) {
		n = snprintf(text, sizeof(text), "untrusted comment: %s%s",
		    wrong[i], rest);
		assert_int_equal(verify(text, (size_t)n, &pub), -1);
		assert_non_null(strstr(error, "first line"));
	}
	n = snprintf(
	    text, sizeof(text), "untrusted comment: kms-test 1%s", rest);
	assert_int_equal(verify(text, (size_t)n, &pub), 0);
	n = snprintf(
	    text, sizeof(text), "untrusted  comment: kms-test 1%s", rest);
	assert_int_equal(verify(text, (size_t)n, &pub), -1);
}

/* Signature lines that decode to the same bytes elsewhere, or nearly. */
static void
signature_lines(void **state)
{
	static const char comment[] = "untrusted comment: kms-test 1\n";
	static const struct {
		const char *before;
		int n; /* characters of the signature */
		const char *after;
	} cases[] = { { "", 100, "\r\n" }, { " ", 100, "\n" }, { "", 99, "\n" },
		{ "", 100, "=\n" }, { "", 100, "\n\n" }, { "", 100, "" } };
	const char *b64 = strchr(doc, '\n') + 1;
	char text[ROOM], bits[101];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < NITEMS(cases); i++) {
		n = snprintf(text, sizeof(text), "%s%s%.*s%s%s", comment,
		    cases[i].before, cases[i].n, b64, cases[i].after, MESSAGE);
		assert_int_equal(verify(text, (size_t)n, &pub), -1);
	}
	/* 74 bytes leave four bits of the last but one character unused. */
	memcpy(bits, b64, 100);
	bits[100] = '\0';
	assert_int_equal(bits[99], '=');
	bits[98]++;
	n = snprintf(text, sizeof(text), "%s%s\n%s", comment, bits, MESSAGE);
	assert_int_equal(verify(text, (size_t)n, &pub), -1);
}

static void
sign_refuses(void **state)
{
	char buf[ROOM];
	size_t size;

	(void)state;
	assert_int_equal(signify_sign(&sec, "kms-other 1", MESSAGE, MESSAGE_LEN,
			     buf, sizeof(buf)),
	    -1);
	assert_int_equal(signify_sign(&sec, "kms-test", MESSAGE, MESSAGE_LEN,
			     buf, sizeof(buf)),
	    -1);
	assert_int_equal(
	    signify_sign(&sec, "kms-test 1", MESSAGE, 10, buf, sizeof(buf)),
	    -1);
	for (size = 0; size <= doc_len; size++)
		assert_int_equal(signify_sign(&sec, "kms-test 1", MESSAGE,
				     MESSAGE_LEN, buf, size),
		    -1);
	assert_int_equal(signify_sign(&sec, "kms-test 1", MESSAGE, MESSAGE_LEN,
			     buf, doc_len + 1),
	    doc_len);
}

static void
splits(void **state)
{
	size_t off, len;

	(void)state;
	assert_int_equal(signify_split(doc, doc_len, &off, &len, error), 0);
	assert_int_equal(off + len, doc_len);
	assert_memory_equal(doc + off, MESSAGE, MESSAGE_LEN);
	assert_int_equal(signify_split(doc, 100, &off, &len, error), -1);
}

static void
public_files(void **state)
{
	char text[ROOM], copy[ROOM];
	struct pubkey back;
	size_t len, i;
	int n;

	(void)state;
	n = signify_print_pubkey(&pub, "a comment", text, sizeof(text));
	assert_int_equal(n, 19 + 9 + 1 + 56 + 1);
	len = (size_t)n;
	assert_int_equal(strlen(text), len);
	assert_int_equal(signify_parse_pubkey(text, len, &back, error), 0);
	assert_memory_equal(&back, &pub, sizeof(pub));
	for (i = 0; i < len; i++)
		assert_int_equal(
		    signify_parse_pubkey(text, i, &back, error), -1);
	memcpy(copy, text, len);
	copy[len] = '\n';
	assert_int_equal(signify_parse_pubkey(copy, len + 1, &back, error), -1);
	copy[len - 1] = '\r';
	assert_int_equal(signify_parse_pubkey(copy, len + 1, &back, error), -1);
	memcpy(copy, text, len);
	copy[29] = 'F'; /* "Ed" is "RW" and a part of "Q" */
	assert_int_equal(signify_parse_pubkey(copy, len, &back, error), -1);
	for (i = 0; i <= len; i++)
		assert_int_equal(
		    signify_print_pubkey(&pub, "a comment", copy, i), -1);
	assert_int_equal(
	    signify_print_pubkey(&pub, "a\nb", copy, sizeof(copy)), -1);
}

/* A secret key's file with some bytes of its blob changed. */
static int
parse_changed(const uint8_t *blob, char *why)
{
	struct seckey back;
	char text[ROOM], b64[141];
	int n;

	assert_int_equal(
	    base64_encode(b64, sizeof(b64), blob, SECKEY_LEN), 140);
	n = snprintf(text, sizeof(text), "untrusted comment: x\n%s\n", b64);
	return (signify_parse_seckey(text, (size_t)n, &back, why));
}

static void
secret_files(void **state)
{
	uint8_t blob[SECKEY_LEN], changed[SECKEY_LEN], sum[64];
	char text[ROOM];
	struct seckey back;
	size_t i;
	int n;

	(void)state;
	n = signify_print_seckey(&sec, "x", text, sizeof(text));
	assert_int_equal(n, 19 + 1 + 1 + 140 + 1);
	assert_int_equal(
	    signify_parse_seckey(text, (size_t)n, &back, error), 0);
	assert_memory_equal(&back, &sec, sizeof(sec));
	for (i = 0; i < (size_t)n; i++)
		assert_int_equal(
		    signify_parse_seckey(text, i, &back, error), -1);
	assert_int_equal(signify_print_seckey(&sec, "x", text, (size_t)n), -1);
	n = signify_print_seckey(&sec, "x", text, sizeof(text));
	assert_int_equal(
	    base64_decode(blob, sizeof(blob), text + 21, 140), SECKEY_LEN);
	assert_int_equal(parse_changed(blob, error), 0);
	/* Every bit but those of the salt and the key number. */
	for (i = 0; i < SECKEY_LEN * 8; i++) {
		memcpy(changed, blob, sizeof(changed));
		changed[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(parse_changed(changed, error),
		    (i >= 8 * 8 && i < 24 * 8) || (i >= 32 * 8 && i < 40 * 8)
			? 0
			: -1);
	}
	memcpy(changed, blob, sizeof(changed));
	changed[7] = 42;
	assert_int_equal(parse_changed(changed, error), -1);
	assert_non_null(strstr(error, "encrypted"));
	/* A public half of another key, with the checksum made right. */
	memcpy(changed, blob, sizeof(changed));
	memcpy(changed + 40 + 32, other.key, 32);
	(void)crypto_hash_sha512(sum, changed + 40, 64);
	memcpy(changed + 24, sum, 8);
	assert_int_equal(parse_changed(changed, error), -1);
	assert_non_null(strstr(error, "public half"));
}

static void
write_file(const char *dir, const char *name, const char *text, size_t len)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static size_t
read_file(const char *dir, const char *name, char *text)
{
	char path[256];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, ROOM - 1, f);
	assert_int_equal(fclose(f), 0);
	text[len] = '\0';
	return (len);
}

/* Runs a command in the folder; returns its status. */
static int
run(const char *dir, const char *command)
{
	char line[512];
	int status;

	(void)snprintf(
	    line, sizeof(line), "cd %s && %s >out 2>&1", dir, command);
	status = system(line);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Ours verified there, with the key files that we print. */
static void
theirs_verify_ours(const char *dir)
{
	char text[ROOM];
	int n;

	n = signify_print_pubkey(&pub, "ours", text, sizeof(text));
	write_file(dir, "ours.pub", text, (size_t)n);
	n = signify_print_seckey(&sec, "ours", text, sizeof(text));
	write_file(dir, "ours.sec", text, (size_t)n);
	write_file(dir, "doc", doc, doc_len);
	assert_int_equal(
	    run(dir, "signify-openbsd -V -e -p ours.pub -x doc -m -"), 0);
	(void)read_file(dir, "out", text);
	assert_non_null(strstr(text, MESSAGE));
	doc[doc_len - 2] ^= 1;
	write_file(dir, "bad", doc, doc_len);
	doc[doc_len - 2] ^= 1;
	assert_int_not_equal(
	    run(dir, "signify-openbsd -V -e -p ours.pub -x bad -m -"), 0);
}

/* Theirs parsed here; their signature is good, their comment is not. */
static void
ours_verify_theirs(const char *dir)
{
	char text[ROOM];
	struct pubkey key;
	struct seckey secret;
	size_t len, off, n;

	write_file(dir, "msg", MESSAGE, MESSAGE_LEN);
	assert_int_equal(
	    run(dir, "signify-openbsd -G -n -p their.pub -s their.sec"), 0);
	len = read_file(dir, "their.pub", text);
	assert_int_equal(signify_parse_pubkey(text, len, &key, error), 0);
	len = read_file(dir, "their.sec", text);
	assert_int_equal(signify_parse_seckey(text, len, &secret, error), 0);
	assert_memory_equal(secret.key + 32, key.key, 32);
	assert_int_equal(
	    run(dir, "signify-openbsd -S -e -s their.sec -m msg -x their"), 0);
	len = read_file(dir, "their", text);
	assert_int_equal(verify(text, len, &key), -1);
	assert_non_null(strstr(error, "first line"));
	assert_int_equal(signify_split(text, len, &off, &n, error), 0);
	assert_memory_equal(text + off, MESSAGE, MESSAGE_LEN);
	/* And they sign with the secret key that we print. */
	assert_int_equal(
	    run(dir, "signify-openbsd -S -e -s ours.sec -m msg -x their"), 0);
	assert_int_equal(
	    run(dir, "signify-openbsd -V -e -p ours.pub -x their -m -"), 0);
	len = read_file(dir, "their", text);
	assert_int_equal(signify_split(text, len, &off, &n, error), 0);
	assert_memory_equal(text + off - 101, strchr(doc, '\n') + 1, 100);
}

static void
signify_openbsd(void **state)
{
	char dir[] = "/tmp/test_signify.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	if (run(dir, "command -v signify-openbsd") != 0) {
		(void)run(dir, "rm -r -- \"$PWD\"");
		skip();
	}
	theirs_verify_ours(dir);
	ours_verify_theirs(dir);
	assert_int_equal(run(dir, "rm -r -- \"$PWD\""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blobs),
		cmocka_unit_test(signs),
		cmocka_unit_test(same_number),
		cmocka_unit_test(unknown_key),
		cmocka_unit_test(altered),
		cmocka_unit_test(comments),
		cmocka_unit_test(signature_lines),
		cmocka_unit_test(sign_refuses),
		cmocka_unit_test(splits),
		cmocka_unit_test(public_files),
		cmocka_unit_test(secret_files),
		cmocka_unit_test(signify_openbsd),
	};

	if (sodium_init() == -1)
		return (1);
	return (cmocka_run_group_tests(tests, setup, NULL));
}
