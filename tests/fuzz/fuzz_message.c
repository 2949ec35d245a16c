/*
 * Messages of every type: what parses prints to the same bytes, and only the
 * type that the first line names parses.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/entries.h"

#define TEXT_SIZE (PRODUCT_MAX + 1)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static union {
	struct doc_product product;
	struct doc_revocation revocation;
	struct doc_host host;
	struct doc_host_request host_request;
	struct doc_seal seal;
	struct doc_request request;
	struct doc_reply reply;
	union entry entry;
} message;

static void
try_type(const struct message_type *type, const char *text, size_t len)
{
	char error[MESSAGE_ERROR_MAX], again[TEXT_SIZE];

	if (message_parse(type, text, len, &message, error) == -1) {
		if (memchr(error, '\0', sizeof(error)) == NULL)
			abort();
		return;
	}
	if (!message_is(type, text, len))
		abort();
	if (message_print(type, &message, again, sizeof(again), error) !=
	    (int)len)
		abort();
	if (memcmp(again, text, len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct message_type *const documents[] = {
		&doc_product_type, &doc_revocation_type, &doc_host_type,
		&doc_host_request_type, &doc_seal_type, &doc_request_type,
		&doc_reply_type
	};
	const char *text = (const char *)data;
	size_t i;

	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		try_type(documents[i], text, size);
	for (i = 0; entry_types[i] != NULL; i++)
		try_type(entry_types[i], text, size);
	return (0);
}
