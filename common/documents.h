/*
 * The messages that are signed or sealed, one struct and one table a type
 * (doc/protocol.md, "Documents").  What stands in the log is in entries.h.
 */
#ifndef COMMON_DOCUMENTS_H
#define COMMON_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ktime.h"
#include "common/message.h"
#include "common/uuid.h"

#define KEYNUM_LEN 8 /* signify's key number */
#define PUBKEY_LEN 42 /* signify: "Ed", key number, Ed25519 key */
#define MACHINE_KEY_LEN 32 /* X25519 */
#define MACHINE_ID_LEN 16
#define HARDWARE_LEN 16
#define CHALLENGE_LEN 16
#define REQUEST_NONCE_LEN 16
#define SEAL_ID_LEN 8
#define SEAL_KEY_LEN 32 /* X25519 */
#define TOKEN_LEN 16 /* enrolment token */
#define HASH_LEN 32 /* SHA-256 */
#define SIGNATURE_LEN 64 /* Ed25519 */
#define SALT_LEN 16

#define FAMILY_MAX 64 /* characters */
#define NAME_MAX_LEN 128 /* bytes: a product's name */
#define HOST_MAX 253 /* characters */
#define CONTACT_MAX 160 /* bytes */
#define COUNTRY_MAX 16 /* characters */
#define TEXT_MAX 200 /* bytes: the text of a reply */
#define EXTENSIONS_MAX 512 /* bytes: all x- lines, with a NUL */

#define ISSUERS_MAX 8
#define CONTACTS_MAX 32
#define FAMILIES_MAX 16 /* in a kms-host */
#define REVOCATIONS_MAX 300 /* lines of a kms-revocation */
/* Longest life of a kms-host, 13 months, whatever its issuer says. */
#define HOST_LIFE_MAX (396 * (int64_t)KTIME_DAY) /* seconds */

#define LOGS_MAX 8 /* in a kms-host-request */
#define SUITES_MAX 2

#define REQUEST_MAX 1023 /* bytes of each type's text */
#define REPLY_MAX 1024
#define SEAL_MAX 1024
#define ENTRY_MAX 1024
#define HOSTDOC_MAX 2048
#define GRANT_MAX 4096 /* entry and proof */
#define PRODUCT_MAX 16384

enum verb {
	VERB_ACTIVATE,
	VERB_RELEASE,
	VERB_STATUS
};
enum result {
	RESULT_GRANTED,
	RESULT_REFUSED,
	RESULT_DONE
};
enum client_state {
	STATE_UNLICENSED,
	STATE_LICENSED,
	STATE_OOB_GRACE,
	STATE_OOT_GRACE,
	STATE_NON_GENUINE_GRACE,
	STATE_NOTIFICATION
};
enum revoked {
	REVOKED_SUPERSEDED,
	REVOKED_VOID
};

/* The words of these enums, NULL-terminated, in their order. */
extern const char *const verb_words[];
extern const char *const result_words[];
extern const char *const client_state_words[];
extern const char *const revoked_words[];
extern const char *const yes_no_words[]; /* no, yes: 0, 1 */

struct setting { /* seconds */
	int64_t value, min, max;
};

struct doc_product {
	uint8_t publisher[PUBKEY_LEN];
	uint8_t product[UUID_LEN];
	char name[NAME_MAX_LEN + 1];
	char family[FAMILY_MAX + 1];
	uint64_t group;
	uint64_t revision; /* up to 2^32 - 1 */
	struct {
		uint8_t key[PUBKEY_LEN];
	} issuer[ISSUERS_MAX];
	size_t nissuers;
	uint64_t threshold; /* at least 1 */
	int count_virtual;
	int64_t validity; /* longest, seconds */
	struct setting renew, retry;
	int64_t grace; /* seconds */
	struct {
		char country[COUNTRY_MAX + 1];
		char how[CONTACT_MAX + 1];
	} contact[CONTACTS_MAX];
	size_t ncontacts;
	struct ktime not_before, not_after;
	char extensions[EXTENSIONS_MAX];
};

struct doc_revocation {
	uint8_t publisher[PUBKEY_LEN];
	uint64_t revision; /* up to 2^32 - 1 */
	struct ktime time; /* when it was made */
	struct {
		uint8_t serial[UUID_LEN];
		int how; /* enum revoked */
	} host[REVOCATIONS_MAX];
	size_t nhosts;
	char extensions[EXTENSIONS_MAX];
};

struct doc_host {
	uint8_t serial[UUID_LEN];
	uint8_t publisher[PUBKEY_LEN];
	struct {
		char name[FAMILY_MAX + 1];
		uint64_t group;
	} family[FAMILIES_MAX];
	size_t nfamilies;
	uint64_t product_key; /* its number */
	bool has_product_key;
	uint64_t seats;
	bool has_seats;
	uint8_t host[PUBKEY_LEN];
	struct ktime not_before, not_after;
	char extensions[EXTENSIONS_MAX];
};

/* One log of a host key, as the host states it: a checkpoint in words. */
struct doc_log {
	uint8_t log[UUID_LEN];
	uint64_t size;
	uint8_t root[HASH_LEN];
	uint8_t signature[SIGNATURE_LEN];
};

struct doc_host_request {
	char product_key[30]; /* five groups of five and their hyphens */
	bool has_product_key;
	uint8_t host[PUBKEY_LEN];
	char name[HOST_MAX + 1];
	uint8_t store[UUID_LEN];
	struct doc_log log[LOGS_MAX];
	size_t nlogs;
	uint8_t nonce[REQUEST_NONCE_LEN];
	struct ktime time;
	char extensions[EXTENSIONS_MAX];
};

struct doc_seal {
	uint8_t serial[UUID_LEN]; /* of the kms-host */
	uint8_t store[UUID_LEN];
	struct {
		int suite; /* 0: x25519-xsalsa20poly1305 */
		uint8_t id[SEAL_ID_LEN];
		uint8_t key[SEAL_KEY_LEN];
	} suite[SUITES_MAX];
	size_t nsuites;
	struct ktime not_before, not_after;
	char extensions[EXTENSIONS_MAX];
};

struct doc_request {
	uint8_t seal[SEAL_ID_LEN];
	uint8_t machine[MACHINE_KEY_LEN];
	uint8_t challenge[CHALLENGE_LEN];
	uint8_t product[UUID_LEN];
	int verb; /* enum verb */
	char host_name[HOST_MAX + 1];
	uint8_t hardware[HARDWARE_LEN];
	struct ktime time;
	int state; /* enum client_state */
	int64_t left; /* seconds of the grant held */
	int virtual;
	uint8_t last_store[UUID_LEN];
	uint64_t last; /* serial, 0: none */
	uint8_t nonce[REQUEST_NONCE_LEN];
	uint8_t token[TOKEN_LEN];
	bool has_token;
	char extensions[EXTENSIONS_MAX];
};

struct doc_reply {
	uint8_t nonce[REQUEST_NONCE_LEN];
	int verb; /* enum verb */
	int result; /* enum result */
	uint32_t code; /* and its name, when refused */
	char code_name[FAMILY_MAX + 1];
	bool has_code;
	uint64_t count, needed;
	uint8_t store[UUID_LEN];
	uint64_t serial;
	bool has_serial;
	int64_t renew, retry; /* seconds */
	struct ktime time; /* the host's */
	uint8_t token[TOKEN_LEN];
	bool has_token;
	char text[TEXT_MAX + 1];
	bool has_text;
	char extensions[EXTENSIONS_MAX];
};

extern const struct message_type doc_product_type;
extern const struct message_type doc_revocation_type;
extern const struct message_type doc_host_type;
extern const struct message_type doc_host_request_type;
extern const struct message_type doc_seal_type;
extern const struct message_type doc_request_type;
extern const struct message_type doc_reply_type;

#endif
