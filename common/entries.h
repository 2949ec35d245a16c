/*
 * The entries of the audit log, one struct and one table a type
 * (doc/protocol.md, "The log").  Time stands first, salt last.
 */
#ifndef COMMON_ENTRIES_H
#define COMMON_ENTRIES_H

#include "common/documents.h"

#define REASON_MAX 200 /* bytes */
#define ACTION_MAX 32 /* characters */

/*
 * A decision on a request.  kms-grant and kms-refusal have the same lines but
 * for expires (grant only) and code with its name (refusal only).
 */
struct entry_decision {
	struct ktime time;
	uint8_t publisher[PUBKEY_LEN];
	uint8_t product[UUID_LEN];
	uint8_t host[UUID_LEN]; /* serial of the kms-host */
	uint8_t machine[MACHINE_ID_LEN];
	uint8_t hardware[HARDWARE_LEN];
	char host_name[HOST_MAX + 1];
	struct ktime client_time;
	int state; /* enum client_state */
	int64_t left; /* seconds */
	int virtual;
	uint64_t count, needed;
	struct ktime expires;
	uint32_t code;
	char code_name[FAMILY_MAX + 1];
	uint8_t salt[SALT_LEN];
};

/* A generation of processes has started. */
struct entry_start {
	struct ktime time;
	char version[64 + 1];
	uint8_t store[UUID_LEN];
	uint64_t size; /* of the log before this entry */
	uint8_t salt[SALT_LEN];
};

/* What an administrator changed. */
struct entry_change {
	struct ktime time;
	uint64_t uid; /* of the administrator */
	char action[ACTION_MAX + 1]; /* "install" */
	char type[ACTION_MAX + 1]; /* of the document: "kms-product" */
	uint8_t publisher[PUBKEY_LEN];
	uint8_t object[UUID_LEN]; /* product, kms-host serial; or zero */
	uint64_t revision; /* 0 where there is none */
	uint8_t digest[HASH_LEN]; /* SHA-256 of the signed document */
	uint8_t salt[SALT_LEN];
};

/* A new log was begun because the old one went back; index 0 of the new. */
struct entry_rollback {
	struct ktime time;
	uint64_t uid;
	char reason[REASON_MAX + 1];
	uint8_t old_log[UUID_LEN];
	uint8_t old_store[UUID_LEN];
	uint8_t store[UUID_LEN]; /* the new one */
	uint64_t found_size; /* what the database held */
	uint8_t found_root[HASH_LEN];
	uint64_t anchor_size; /* what the anchor knew */
	uint8_t anchor_root[HASH_LEN];
	uint8_t salt[SALT_LEN];
};

/* Events that leave no row, a minute and kind. */
struct entry_summary {
	struct ktime time;
	struct ktime from;
	char kind[ACTION_MAX + 1]; /* "time-skew", "frames-malformed" */
	uint64_t count;
	uint8_t salt[SALT_LEN];
};

extern const struct message_type entry_grant_type;
extern const struct message_type entry_refusal_type;
extern const struct message_type entry_start_type;
extern const struct message_type entry_change_type;
extern const struct message_type entry_rollback_type;
extern const struct message_type entry_summary_type;

/* All of these, NULL-terminated. */
extern const struct message_type *const entry_types[];

/* The type of this text by its first line, or NULL. */
const struct message_type *entry_type_of(const char *, size_t);

/* The largest of the structs above, for code that parses any entry. */
union entry {
	struct ktime time; /* the first member of each */
	struct entry_decision decision;
	struct entry_start start;
	struct entry_change change;
	struct entry_rollback rollback;
	struct entry_summary summary;
};

#endif
