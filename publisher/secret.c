/* Secret keys in files, plain or under a passphrase. */
#include "config.h"

#include <readpassphrase.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fields.h"
#include "common/file.h"
#include "publisher/secret.h"

#define PASSPHRASE_MAX 1024 /* bytes, with the NUL */
#define KDF_OPS_MAX 64 /* what a file may ask of us */
#define KDF_MEMORY_MAX (UINT64_C(4) << 30) /* bytes */
#define SECRET_TEXT_LEN (KEYNUM_LEN + 64)

struct secret_message {
	uint64_t ops, memory; /* Argon2id: passes, bytes */
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[crypto_secretbox_MACBYTES + SECRET_TEXT_LEN];
};

static const struct message_field secret_fields[] = {
	REQUIRED("argon2id", COUNT(secret_message, ops),
	    COUNT(secret_message, memory)),
	REQUIRED("salt", BYTES(secret_message, salt)),
	REQUIRED("nonce", BYTES(secret_message, nonce)),
	REQUIRED("box", BYTES(secret_message, box)),
};

static const struct message_type secret_type = { "kms-secret", 1,
	sizeof(struct secret_message), SECRET_FILE_MAX - 1, secret_fields,
	sizeof(secret_fields) / sizeof(secret_fields[0]) };

/* The box's key from the passphrase, as the message says. */
static int
derive(const struct secret_message *m, const char *passphrase,
    uint8_t key[crypto_secretbox_KEYBYTES])
{
	if (m->ops < 1 || m->ops > KDF_OPS_MAX || m->memory > KDF_MEMORY_MAX)
		return (-1);
	return (crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase,
	    strlen(passphrase), m->salt, m->ops, (size_t)m->memory,
	    crypto_pwhash_ALG_ARGON2ID13));
}

static int
print_encrypted(const struct seckey *sec, const char *passphrase, char *buf,
    size_t size, char *error)
{
	uint8_t key[crypto_secretbox_KEYBYTES], text[SECRET_TEXT_LEN];
	struct secret_message m;

	memset(&m, 0, sizeof(m));
	m.ops = crypto_pwhash_OPSLIMIT_MODERATE;
	m.memory = crypto_pwhash_MEMLIMIT_MODERATE;
	randombytes_buf(m.salt, sizeof(m.salt));
	randombytes_buf(m.nonce, sizeof(m.nonce));
	if (derive(&m, passphrase, key) == -1) {
		(void)snprintf(error, SECRET_ERROR_MAX,
		    "cannot derive a key from the passphrase: %llu MiB of "
		    "memory are needed",
		    (unsigned long long)(m.memory >> 20));
		return (-1);
	}
	memcpy(text, sec->keynum, KEYNUM_LEN);
	memcpy(text + KEYNUM_LEN, sec->key, sizeof(sec->key));
	(void)crypto_secretbox_easy(m.box, text, sizeof(text), m.nonce, key);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(key, sizeof(key));
	return (message_print(&secret_type, &m, buf, size, error));
}

int
secret_create(const char *path, const struct seckey *sec,
    const char *passphrase, const char *comment, char error[SECRET_ERROR_MAX])
{
	char buf[SECRET_FILE_MAX];
	int len, result;

	if (passphrase == NULL)
		len = signify_print_seckey(sec, comment, buf, sizeof(buf));
	else
		len = print_encrypted(sec, passphrase, buf, sizeof(buf), error);
	if (len == -1) {
		if (passphrase == NULL)
			(void)snprintf(error, SECRET_ERROR_MAX,
			    "%s: the comment is too long", path);
		return (-1);
	}
	result = file_create(path, 0600, buf, (size_t)len, error);
	explicit_bzero(buf, sizeof(buf));
	return (result);
}

static int
open_box(const struct secret_message *m, const char *path, struct seckey *sec,
    char *error)
{
	uint8_t key[crypto_secretbox_KEYBYTES], text[SECRET_TEXT_LEN];
	char passphrase[PASSPHRASE_MAX], prompt[300];
	int opened = -1;

	(void)snprintf(prompt, sizeof(prompt), "passphrase for %.200s: ", path);
	/* None that is empty can have been set: it is the end of the input. */
	if (readpassphrase(
		prompt, passphrase, sizeof(passphrase), RPP_ECHO_OFF) == NULL ||
	    passphrase[0] == '\0') {
		(void)snprintf(error, SECRET_ERROR_MAX,
		    "%s: no passphrase was given", path);
		return (-1);
	}
	if (derive(m, passphrase, key) == 0) {
		opened = crypto_secretbox_open_easy(
		    text, m->box, sizeof(m->box), m->nonce, key);
		if (opened == -1)
			(void)snprintf(error, SECRET_ERROR_MAX,
			    "%s: wrong passphrase, or the file was altered",
			    path);
	} else
		(void)snprintf(error, SECRET_ERROR_MAX,
		    "%s: cannot derive the key: %llu passes over %llu MiB "
		    "are more than this machine or program allows",
		    path, (unsigned long long)m->ops,
		    (unsigned long long)(m->memory >> 20));
	explicit_bzero(passphrase, sizeof(passphrase));
	explicit_bzero(key, sizeof(key));
	if (opened == 0) {
		memcpy(sec->keynum, text, KEYNUM_LEN);
		memcpy(sec->key, text + KEYNUM_LEN, sizeof(sec->key));
	}
	explicit_bzero(text, sizeof(text));
	return (opened);
}

int
secret_load(const char *path, struct seckey *sec, char error[SECRET_ERROR_MAX])
{
	char why[MESSAGE_ERROR_MAX];
	struct secret_message m;
	char *text;
	size_t len;
	int result;

	if ((text = file_read(path, SECRET_FILE_MAX, &len, error)) == NULL)
		return (-1);
	if (message_is(&secret_type, text, len)) {
		result = message_parse(&secret_type, text, len, &m, why);
		if (result == 0)
			result = open_box(&m, path, sec, error);
		else
			(void)snprintf(
			    error, SECRET_ERROR_MAX, "%s: %s", path, why);
	} else {
		result = signify_parse_seckey(text, len, sec, why);
		if (result == -1)
			(void)snprintf(
			    error, SECRET_ERROR_MAX, "%s: %s", path, why);
	}
	freezero(text, len);
	return (result);
}

int
secret_ask_new(char *passphrase, size_t size, char error[SECRET_ERROR_MAX])
{
	char again[PASSPHRASE_MAX];
	int same;

	if (readpassphrase(
		"new passphrase: ", passphrase, size, RPP_ECHO_OFF) == NULL ||
	    passphrase[0] == '\0') {
		(void)snprintf(error, SECRET_ERROR_MAX,
		    "no passphrase was given; -n makes a key without one");
		return (-1);
	}
	if (readpassphrase(
		"the same again: ", again, sizeof(again), RPP_ECHO_OFF) == NULL)
		again[0] = '\0';
	same = strcmp(passphrase, again) == 0;
	explicit_bzero(again, sizeof(again));
	if (!same) {
		explicit_bzero(passphrase, size);
		(void)snprintf(
		    error, SECRET_ERROR_MAX, "the passphrases differ");
		return (-1);
	}
	return (0);
}
