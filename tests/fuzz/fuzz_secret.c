/*
 * kmspub's secret keys: the input is the file, read as secret_load() does.
 * The passphrase is typed at once, and the key's derivation costs nothing, so
 * that files of either form are opened.
 */
#include "config.h"

#include <readpassphrase.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint8_t *input;
static size_t input_len;

static char *
input_file(const char *path, size_t max, size_t *len, char *error)
{
	char *text;

	(void)path;
	error[0] = '\0';
	if (input_len > max || (text = calloc(1, input_len + 1)) == NULL)
		return (NULL);
	memcpy(text, input, input_len);
	*len = input_len;
	return (text);
}

static char *
typed(const char *prompt, char *to, size_t size, int flags)
{
	(void)flags;
	if (strlen(prompt) == 0)
		abort();
	(void)strlcpy(to, "passphrase", size);
	return (to);
}

static int
derived(unsigned char *key, unsigned long long len, const char *passphrase,
    unsigned long long passphrase_len, const unsigned char *salt,
    unsigned long long ops, size_t memory, int algorithm)
{
	(void)passphrase;
	(void)passphrase_len;
	(void)salt;
	(void)algorithm;
	if (ops > 64 || memory > (size_t)4 << 30)
		abort();
	memset(key, 0, (size_t)len);
	return (0);
}

#define file_read input_file
#define readpassphrase typed
#define crypto_pwhash derived
#include "publisher/secret.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[SECRET_ERROR_MAX];
	struct seckey key;

	if (sodium_init() == -1)
		abort();
	input = data;
	input_len = size;
	if (secret_load("fuzz", &key, error) == -1 &&
	    memchr(error, '\0', sizeof(error)) == NULL)
		abort();
	return (0);
}
