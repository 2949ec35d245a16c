/* What kms(1) prints, and its exit statuses. */
#ifndef CLIENT_KMS_OUTPUT_H
#define CLIENT_KMS_OUTPUT_H

#include <stdbool.h>

#include "client/kmsclient.h"

enum exit_status {
	EXIT_LICENSED = 0,
	EXIT_FAILED = 1, /* the command could not do its work */
	EXIT_NO_HOST = 2, /* no host answered, or none that is believed */
	EXIT_REFUSED = 3, /* a host refused */
	EXIT_GRACE = 4, /* one of the three */
	EXIT_UNLICENSED = 5 /* or notification */
};

/* The status on standard output, and with the second argument more of it. */
void output_status(const struct kmsclient_status *, bool);

/* Which exit status stands for it. */
int output_exit(const struct kmsclient_status *);

/*
 * A failure on standard error: text, code and advice.  With the code that a
 * host gave unverified, its advice takes the place of that for no host.
 */
void output_failure(const char *, uint32_t, uint32_t);

#endif
