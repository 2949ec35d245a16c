/* Finds a command in the tree of words. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "kmsctl/words.h"

#define COMMAND_MAX 128 /* bytes of a whole command's words */

static void
list(const struct word *table, const char *begin, char *text, size_t size)
{
	const struct word *w;
	const char *comma = "";

	for (w = table; w->word != NULL; w++) {
		if (w->word[0] == '\0' ||
		    strncmp(w->word, begin, strlen(begin)) != 0)
			continue;
		(void)strlcat(text, comma, size);
		(void)strlcat(text, w->word, size);
		comma = ", ";
	}
}

/* The word, or the only one that begins so. */
static const struct word *
match(const struct word *table, const char *text, char *error)
{
	const struct word *w, *found = NULL;
	size_t n = 0;

	for (w = table; w->word != NULL; w++) {
		if (strcmp(w->word, text) == 0)
			return (w);
		if (text[0] != '\0' &&
		    strncmp(w->word, text, strlen(text)) == 0) {
			found = w;
			n++;
		}
	}
	if (n == 1)
		return (found);
	(void)snprintf(error, WORDS_ERROR_MAX, "%s: %s; it may be ", text,
	    n == 0 ? "no such word" : "not the only word that begins so");
	list(table, n == 0 ? "" : text, error, WORDS_ERROR_MAX);
	return (NULL);
}

const struct word *
words_find(const struct word *table, int argc, char **argv, int *used,
    char error[WORDS_ERROR_MAX])
{
	const struct word *w = NULL;
	int i;

	for (i = 0; i < argc; i++) {
		if (table[0].word[0] == '\0' && argv[i][0] == '-')
			break;
		error[0] = '\0';
		if ((w = match(table, argv[i], error)) == NULL)
			return (NULL);
		*used = i;
		if (w->next == NULL)
			return (w);
		table = w->next;
	}
	if (w != NULL && table[0].word[0] == '\0')
		return (&table[0]);
	(void)snprintf(error, WORDS_ERROR_MAX,
	    w == NULL ? "a command is missing; it may be "
		      : "a word is missing; it may be ");
	list(table, "", error, WORDS_ERROR_MAX);
	return (NULL);
}

void
words_each(const struct word *table, const char *before,
    void (*tell)(void *, const char *, const char *), void *arg)
{
	char command[COMMAND_MAX];
	const struct word *w;

	for (w = table; w->word != NULL; w++) {
		(void)snprintf(command, sizeof(command), "%s%s%s", before,
		    before[0] != '\0' && w->word[0] != '\0' ? " " : "",
		    w->word);
		if (w->run != NULL)
			tell(arg, command, w->usage);
		if (w->next != NULL)
			words_each(w->next, command, tell, arg);
	}
}
