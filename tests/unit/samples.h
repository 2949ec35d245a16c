/* One text of each message type, for the tests. */
#ifndef TESTS_UNIT_SAMPLES_H
#define TESTS_UNIT_SAMPLES_H

#include "common/entries.h"

struct sample {
	const struct message_type *type;
	const char *text;
};

extern const struct sample samples[];
extern const size_t nsamples;

/* Large enough for the struct of any type. */
union any_message {
	struct doc_product product;
	struct doc_revocation revocation;
	struct doc_host host;
	struct doc_host_request host_request;
	struct doc_seal seal;
	struct doc_request request;
	struct doc_reply reply;
	union entry entry;
};

#endif
