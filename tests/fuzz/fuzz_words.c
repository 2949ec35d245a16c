/*
 * The command lines of kmsctl: words, by NUL or newline, looked for in its
 * tree; and text of others as a terminal may get it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "kmsctl/text.h"
#include "kmsctl/words.h"

#define ARGUMENTS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
run(struct kmsctl *k, int argc, char **argv)
{
	(void)k;
	(void)argc;
	(void)argv;
	return (0);
}

static const struct word show[] = {
	{ "", NULL, run, "" },
	{ "host", NULL, run, "" },
	{ "hosts", NULL, run, "" },
	{ "sandbox", NULL, run, "" },
	{ NULL, NULL, NULL, NULL },
};

static const struct word words[] = {
	{ "show", show, NULL, NULL },
	{ "install", NULL, run, "file" },
	{ "init", NULL, run, "" },
	{ NULL, NULL, NULL, NULL },
};

static void
find(const uint8_t *data, size_t size)
{
	char text[1024], error[WORDS_ERROR_MAX], *argv[ARGUMENTS_MAX + 1];
	int argc = 0, used = 0;
	char *p = text;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	while (argc < ARGUMENTS_MAX && p < text + size) {
		argv[argc++] = p;
		p += strcspn(p, "\n");
		*p++ = '\0';
	}
	argv[argc] = NULL;
	if (words_find(words, argc, argv, &used, error) != NULL) {
		if (used < 0 || used > argc)
			abort();
	} else if (memchr(error, '\0', sizeof(error)) == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char safe[TEXT_SAFE_MAX];
	const char *p;

	find(data, size);
	text_safe((const char *)data, size, safe);
	for (p = safe; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == '\x7f')
			abort();
	return (0);
}
