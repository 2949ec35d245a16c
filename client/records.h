/*
 * The records of the state directory, in the grammar of common/message.h:
 * what is kept per product, and the two halves of a machine's key.
 */
#ifndef CLIENT_RECORDS_H
#define CLIENT_RECORDS_H

#include <stdbool.h>

#include "common/documents.h"

#define RECORD_MAX 4096 /* bytes of text */
#define RECORD_STORES 8
#define RECORD_VERBS 3
#define RECORD_FROM_MAX 280 /* bytes: a host as it was named */

/* What is known of a host's store. */
struct record_store {
	uint8_t store[UUID_LEN];
	uint64_t serial; /* of its newest answer, 0: none */
	struct ktime time; /* of the newest request, 0: forgotten */
};

/* kms-state 1 */
struct record_state {
	uint8_t publisher[PUBKEY_LEN];
	uint8_t product[UUID_LEN];
	uint8_t machine[MACHINE_ID_LEN];
	struct ktime begun; /* when grace began */
	struct ktime clock; /* latest known time */
	struct ktime asked; /* of the newest request */
	bool has_asked;
	struct {
		struct ktime time; /* the host's */
		uint64_t count, needed;
		bool there;
	} answer; /* the newest with a serial */
	struct {
		uint32_t code;
		char name[FAMILY_MAX + 1];
		bool there;
	} refusal; /* what it refused with */
	struct {
		int64_t renew, retry; /* seconds */
		bool there;
	} pause; /* what it said about asking again */
	char from[RECORD_FROM_MAX + 1]; /* who gave it */
	bool has_from;
	struct record_store store[RECORD_STORES]; /* newest first */
	size_t nstores;
	struct {
		int verb;
		uint8_t nonce[REQUEST_NONCE_LEN];
	} pending[RECORD_VERBS]; /* requests without an answer yet */
	size_t npending;
	char extensions[EXTENSIONS_MAX];
};

/* kms-machine-key 1, the file with mode 0600 */
struct record_secret {
	uint8_t publisher[PUBKEY_LEN];
	uint8_t secret[MACHINE_KEY_LEN]; /* X25519 */
	char extensions[EXTENSIONS_MAX];
};

/* kms-machine 1 */
struct record_machine {
	uint8_t publisher[PUBKEY_LEN];
	uint8_t key[MACHINE_KEY_LEN];
	char extensions[EXTENSIONS_MAX];
};

extern const struct message_type record_state_type;
extern const struct message_type record_secret_type;
extern const struct message_type record_machine_type;

/*
 * Parses a file of this type.  Returns 0, or -1 with the reason in error
 * (MESSAGE_ERROR_MAX bytes), which tells a newer version from corruption.
 */
int record_parse(
    const struct message_type *, const char *, size_t, void *, char *);

#endif
