/* The tables of the records that the state directory holds. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/records.h"
#include "common/fields.h"
#include "common/reason.h"

static const struct message_field state_fields[] = {
	REQUIRED("publisher", BYTES(record_state, publisher)),
	REQUIRED("product", UUID(record_state, product)),
	REQUIRED("machine", BYTES(record_state, machine)),
	REQUIRED("begun", TIME(record_state, begun)),
	REQUIRED("clock", TIME(record_state, clock)),
	OPTIONAL("asked", record_state, has_asked, TIME(record_state, asked)),
	OPTIONAL("answer", record_state, answer.there,
	    TIME(record_state, answer.time), COUNT(record_state, answer.count),
	    COUNT(record_state, answer.needed)),
	OPTIONAL("refusal", record_state, refusal.there,
	    CODE(record_state, refusal.code),
	    TOKEN(record_state, refusal.name)),
	OPTIONAL("pause", record_state, pause.there,
	    DURATION(record_state, pause.renew),
	    DURATION(record_state, pause.retry)),
	OPTIONAL("from", record_state, has_from, TEXT(record_state, from)),
	REPEATED("store", record_state, store, nstores, 0,
	    UUID(record_state, store[0].store),
	    COUNT(record_state, store[0].serial),
	    TIME(record_state, store[0].time)),
	REPEATED("pending", record_state, pending, npending, 0,
	    WORD(record_state, pending[0].verb, verb_words),
	    BYTES(record_state, pending[0].nonce)),
	EXTENSIONS(record_state, extensions),
};

static const struct message_field secret_fields[] = {
	REQUIRED("publisher", BYTES(record_secret, publisher)),
	REQUIRED("secret", BYTES(record_secret, secret)),
	EXTENSIONS(record_secret, extensions),
};

static const struct message_field machine_fields[] = {
	REQUIRED("publisher", BYTES(record_machine, publisher)),
	REQUIRED("key", BYTES(record_machine, key)),
	EXTENSIONS(record_machine, extensions),
};

const struct message_type record_state_type =
    FIELDS_TYPE("kms-state", 1, record_state, RECORD_MAX, state_fields);
const struct message_type record_secret_type =
    FIELDS_TYPE("kms-machine-key", 1, record_secret, RECORD_MAX, secret_fields);
const struct message_type record_machine_type =
    FIELDS_TYPE("kms-machine", 1, record_machine, RECORD_MAX, machine_fields);

/* True for "TYPE N" with N more digits or a larger one than ours. */
static bool
is_newer(const struct message_type *type, const char *text, size_t len)
{
	size_t n = strlen(type->name), digits = 0;
	unsigned int version = 0;

	if (len <= n + 1 || memcmp(text, type->name, n) != 0 || text[n] != ' ')
		return (false);
	for (n++; n < len && text[n] >= '0' && text[n] <= '9'; n++) {
		if (++digits > 6)
			return (false);
		version = version * 10 + (unsigned int)(text[n] - '0');
	}
	return (n < len && text[n] == '\n' && version > type->version);
}

int
record_parse(const struct message_type *type, const char *text, size_t len,
    void *record, char *error)
{
	char why[MESSAGE_ERROR_MAX];

	if (message_parse(type, text, len, record, why) == 0)
		return (0);
	if (is_newer(type, text, len))
		return (reason(error,
		    "written by a newer version of kms, which has to be used "
		    "from then on"));
	return (reason(
	    error, "corrupted (%.160s); restore it or move it away", why));
}
