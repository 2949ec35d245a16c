/* The tables of the log's entries, line by line. */
#include "config.h"

#include "common/entries.h"
#include "common/fields.h"

/* What a salt covers stands first: all that the request and the host say. */
#define DECISION_FIELDS                                                       \
	REQUIRED("time", TIME(entry_decision, time)),                         \
	    REQUIRED("publisher", BYTES(entry_decision, publisher)),          \
	    REQUIRED("product", UUID(entry_decision, product)),               \
	    REQUIRED("host", UUID(entry_decision, host)),                     \
	    REQUIRED("machine", BYTES(entry_decision, machine)),              \
	    REQUIRED("hardware", BYTES(entry_decision, hardware)),            \
	    REQUIRED("host-name", HOST(entry_decision, host_name)),           \
	    REQUIRED("client-time", TIME(entry_decision, client_time)),       \
	    REQUIRED(                                                         \
		"state", WORD(entry_decision, state, client_state_words)),    \
	    REQUIRED("left", DURATION(entry_decision, left)),                 \
	    REQUIRED("virtual", WORD(entry_decision, virtual, yes_no_words)), \
	    REQUIRED("count", COUNT(entry_decision, count)),                  \
	    REQUIRED("needed", COUNT(entry_decision, needed))

static const struct message_field grant_fields[] = {
	DECISION_FIELDS,
	REQUIRED("expires", TIME(entry_decision, expires)),
	REQUIRED("salt", BYTES(entry_decision, salt)),
};

static const struct message_field refusal_fields[] = {
	DECISION_FIELDS,
	REQUIRED("code", CODE(entry_decision, code),
	    TOKEN(entry_decision, code_name)),
	REQUIRED("salt", BYTES(entry_decision, salt)),
};

static const struct message_field start_fields[] = {
	REQUIRED("time", TIME(entry_start, time)),
	REQUIRED("version", TOKEN(entry_start, version)),
	REQUIRED("store", UUID(entry_start, store)),
	REQUIRED("size", COUNT(entry_start, size)),
	REQUIRED("salt", BYTES(entry_start, salt)),
};

static const struct message_field change_fields[] = {
	REQUIRED("time", TIME(entry_change, time)),
	REQUIRED("uid", COUNT(entry_change, uid)),
	REQUIRED("action", TOKEN(entry_change, action)),
	REQUIRED("type", TOKEN(entry_change, type)),
	REQUIRED("publisher", BYTES(entry_change, publisher)),
	REQUIRED("object", UUID(entry_change, object)),
	REQUIRED("revision", COUNT32(entry_change, revision)),
	REQUIRED("digest", BYTES(entry_change, digest)),
	REQUIRED("salt", BYTES(entry_change, salt)),
};

static const struct message_field rollback_fields[] = {
	REQUIRED("time", TIME(entry_rollback, time)),
	REQUIRED("uid", COUNT(entry_rollback, uid)),
	REQUIRED("reason", TEXT(entry_rollback, reason)),
	REQUIRED("old-log", UUID(entry_rollback, old_log)),
	REQUIRED("old-store", UUID(entry_rollback, old_store)),
	REQUIRED("store", UUID(entry_rollback, store)),
	REQUIRED("found", COUNT(entry_rollback, found_size),
	    BYTES(entry_rollback, found_root)),
	REQUIRED("anchor", COUNT(entry_rollback, anchor_size),
	    BYTES(entry_rollback, anchor_root)),
	REQUIRED("salt", BYTES(entry_rollback, salt)),
};

static const struct message_field summary_fields[] = {
	REQUIRED("time", TIME(entry_summary, time)),
	REQUIRED("from", TIME(entry_summary, from)),
	REQUIRED("kind", TOKEN(entry_summary, kind)),
	REQUIRED("count", COUNT(entry_summary, count)),
	REQUIRED("salt", BYTES(entry_summary, salt)),
};

const struct message_type entry_grant_type =
    FIELDS_TYPE("kms-grant", 1, entry_decision, ENTRY_MAX, grant_fields);
const struct message_type entry_refusal_type =
    FIELDS_TYPE("kms-refusal", 1, entry_decision, ENTRY_MAX, refusal_fields);
const struct message_type entry_start_type =
    FIELDS_TYPE("kms-start", 1, entry_start, ENTRY_MAX, start_fields);
const struct message_type entry_change_type =
    FIELDS_TYPE("kms-change", 1, entry_change, ENTRY_MAX, change_fields);
const struct message_type entry_rollback_type =
    FIELDS_TYPE("kms-rollback", 1, entry_rollback, ENTRY_MAX, rollback_fields);
const struct message_type entry_summary_type =
    FIELDS_TYPE("kms-summary", 1, entry_summary, ENTRY_MAX, summary_fields);

const struct message_type *const entry_types[] = { &entry_grant_type,
	&entry_refusal_type, &entry_start_type, &entry_change_type,
	&entry_rollback_type, &entry_summary_type, NULL };

const struct message_type *
entry_type_of(const char *text, size_t len)
{
	size_t i;

	for (i = 0; entry_types[i] != NULL; i++) {
		if (message_is(entry_types[i], text, len))
			return (entry_types[i]);
	}
	return (NULL);
}
