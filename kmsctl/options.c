/* The options of this run, for the commands that come next. */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "kmsctl/kmsctl.h"
#include "kmsctl/options.h"

#define PLAIN                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"/._-+:,@%"

static const char *given_directory, *given_file, *given_socket;

static void
print_quoted(FILE *f, const char *option, const char *value)
{
	if (value == NULL)
		return;
	(void)fprintf(f, " %s ", option);
	if (value[0] != '\0' && value[strspn(value, PLAIN)] == '\0') {
		(void)fputs(value, f);
		return;
	}
	(void)fputc('\'', f);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			(void)fputs("'\\'", f);
		(void)fputc(*value, f);
	}
	(void)fputc('\'', f);
}

/* The text lasts as long as the program. */
static const char *
typed(const char *directory, const char *file, const char *socket)
{
	char *text;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		err(STATUS_FAILED, NULL);
	print_quoted(f, "-d", directory);
	print_quoted(f, "-f", file);
	print_quoted(f, "-s", socket);
	if (fclose(f) != 0)
		err(STATUS_FAILED, NULL);
	return (text);
}

void
options_note(const char *directory, const char *file, const char *socket)
{
	given_directory = directory;
	given_file = file;
	given_socket = socket;
}

const char *
options_typed(void)
{
	return (typed(given_directory, given_file, given_socket));
}

const char *
options_of_kmsd(const char *conf)
{
	if (given_directory == NULL && given_file == NULL)
		return ("");
	return (typed(NULL, conf, NULL));
}

const char *
options_directory(void)
{
	return (given_directory);
}
