/*
 * Why an operation of the client failed: a code of common/codes.h and a text
 * for people.  Functions that fill one return -1.
 */
#ifndef CLIENT_FAILURE_H
#define CLIENT_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/checks.h"

#define FAILURE_TEXT_MAX 2048 /* bytes, with the NUL */

struct failure {
	uint32_t code;
	enum check check; /* that failed, or CHECK_NONE */
	bool refused; /* by a host, in a reply that was believed */
	uint32_t unverified; /* the code that a host gave in an error, or 0 */
	char text[FAILURE_TEXT_MAX];
};

/* Fills it and returns -1. */
int failure_set(struct failure *, uint32_t, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* With the code access-denied or no code, by errno; ends with its text. */
int failure_errno(struct failure *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* A check that failed, with details that may be NULL; returns -1. */
int failure_check(struct failure *, enum check, const char *);

/*
 * Writes bytes that nobody vouches for as printable ASCII: what is not, and
 * the backslash, as \xNN.  Cuts what does not fit.
 */
void failure_escape(char *, size_t, const char *, size_t);

#endif
