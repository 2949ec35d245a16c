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
/* Made when they are asked for; they last as long as the program. */
static char *of_kmsctl, *of_kmsd;

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

static char *
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
	if (of_kmsctl == NULL)
		of_kmsctl = typed(given_directory, given_file, given_socket);
	return (of_kmsctl);
}

const char *
options_of_kmsd(const char *conf)
{
	if (given_directory == NULL && given_file == NULL)
		return ("");
	if (of_kmsd == NULL)
		of_kmsd = typed(NULL, conf, NULL);
	return (of_kmsd);
}

const char *
options_directory(void)
{
	return (given_directory);
}
