/*
 * The words of a command line: a tree of constant tables.  A word may be
 * shortened as long as it stays the only one that begins so.
 */
#ifndef KMSCTL_WORDS_H
#define KMSCTL_WORDS_H

#include <stddef.h>

#define WORDS_ERROR_MAX 512 /* bytes, with the NUL */

struct kmsctl;

struct word {
	const char *word; /* "": what is run when no word follows */
	const struct word *next; /* the words that may follow, or NULL */
	/* argv[0] is the word; returns the exit status. */
	int (*run)(struct kmsctl *, int, char **);
	const char *usage; /* what stands behind the word */
};

/*
 * Finds the command that argv begins with.  Sets *used to the number of words
 * before the last one.  Returns NULL with the reason in error.
 */
const struct word *words_find(
    const struct word *, int, char **, int *, char[WORDS_ERROR_MAX]);

/* Calls back with each command, "show host", and its usage. */
void words_each(const struct word *, const char *,
    void (*)(void *, const char *, const char *), void *);

#endif
