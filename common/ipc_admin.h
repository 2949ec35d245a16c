/*
 * What administrators ask: the records on control.sock and status.sock
 * between kmsctl and control, and on control's channels to store (reads) and
 * activator (changes), which carry the same records on.  Their encoders and
 * decoders; the rules stand in each process's dispatch.c.
 */
#ifndef COMMON_IPC_ADMIN_H
#define COMMON_IPC_ADMIN_H

#include "common/ipc_activator_store.h"
#include "common/ipc_parent.h"

#define CONTROL_CREDITS 16 /* questions under way at most */
#define ADMIN_TEXT_MAX 900 /* bytes of an answer's text */
#define ADMIN_PAGE_MAX 64 /* rows in a page */
#define ADMIN_ID_NONE 0 /* of a REC_DONE: the connection is refused */

enum admin_record {
	/* kmsctl to control, and control onwards. */
	REC_READ = 1, /* struct admin_read: store */
	REC_INSTALL, /* struct admin_install: activator */
	REC_HOST_REQUEST, /* struct admin_host_request: activator */
	REC_GET_CHECKPOINT, /* u32 id: activator signs the log as it is */
	REC_ACCEPT_ROLLBACK, /* struct admin_rollback: activator */
	REC_CLOCK_ACCEPT, /* struct admin_who: activator */
	REC_SHOW_HOST, /* u32 id: parent */
	REC_SHOW_SANDBOX, /* u32 id: parent */
	REC_SHOW_COUNTERS, /* u32 id: parent */
	REC_STOP_HOST, /* u32 id: parent */

	/* Answers. */
	REC_ROW_FAMILY, /* u32 id, struct row_family */
	REC_ROW_DOCUMENT,
	REC_ROW_MACHINE,
	REC_ROW_ENTRY,
	REC_ROW_LOG,
	REC_ROW_HOST, /* u32 id, struct host_status */
	REC_ROW_SANDBOX, /* u32 id, u8 role, struct confinement */
	REC_ROW_COUNTERS, /* u32 id, u8 role, struct child_counters */
	REC_PAGE_END, /* struct admin_page_end */
	REC_TEXT, /* struct admin_text: a document, a checkpoint */
	REC_DONE /* struct admin_done: ends every question */
};

enum admin_what {
	READ_FAMILIES, /* counts per family */
	READ_DOCUMENTS,
	READ_MACHINES,
	READ_ENTRIES, /* of the newest log, or of one named */
	READ_LOGS
};

/* One page; the cursor is what the last page's end carried, 0 at first. */
struct admin_read {
	uint32_t id;
	uint8_t what; /* enum admin_what */
	uint64_t cursor; /* opaque; for entries the index */
	uint16_t rows; /* at most, 1 to ADMIN_PAGE_MAX */
	uint8_t log[UUID_LEN]; /* READ_ENTRIES: zero is the newest */
};

struct admin_install {
	uint32_t id;
	uint32_t uid; /* control sets it, from the socket */
	const char *bytes; /* signed document */
	size_t len;
};

struct admin_who {
	uint32_t id;
	uint32_t uid;
};

struct admin_host_request {
	uint32_t id;
	char name[HOST_MAX + 1]; /* of this host */
};

struct admin_rollback {
	uint32_t id;
	uint32_t uid;
	char reason[REASON_MAX + 1];
};

struct row_family {
	uint8_t publisher[PUBKEY_LEN];
	char family[FAMILY_MAX + 1];
	uint64_t physical, virtual; /* seen in the last 30 days */
};

struct row_document {
	char type[ACTION_MAX + 1];
	uint8_t publisher[PUBKEY_LEN];
	uint8_t object[UUID_LEN];
	uint64_t revision;
	const char *bytes;
	size_t len;
};

struct row_machine {
	uint8_t machine[MACHINE_ID_LEN];
	uint8_t publisher[PUBKEY_LEN];
	uint8_t product[UUID_LEN];
	char host_name[HOST_MAX + 1];
	int64_t seen; /* struct ktime: the newest decision */
	int64_t expires; /* of the newest grant, 0: none */
	uint64_t serial;
	bool virtual;
	uint32_t code; /* of the newest decision */
};

struct row_entry {
	uint64_t index;
	const char *text;
	size_t len;
};

struct row_log {
	uint8_t log[UUID_LEN];
	uint64_t size;
	bool current;
};

struct admin_page_end {
	uint32_t id;
	uint64_t cursor; /* for the next page */
	bool more;
};

struct admin_text {
	uint32_t id;
	const char *text;
	size_t len; /* at most DOCUMENT_BYTES_MAX */
};

struct admin_done {
	uint32_t id;
	uint32_t code; /* CODE_OK, or why not */
	char text[ADMIN_TEXT_MAX + 1]; /* for people: what, where, cure */
};

#define ADMIN_INSTALL_MAX (4 + 4 + 2 + DOCUMENT_BYTES_MAX)
#define ADMIN_ROW_FAMILY_MIN (4 + PUBKEY_LEN + 2 + 8 + 8)
#define ADMIN_ROW_FAMILY_MAX (ADMIN_ROW_FAMILY_MIN + FAMILY_MAX)
#define ADMIN_ROW_DOCUMENT_MIN (4 + 2 + PUBKEY_LEN + UUID_LEN + 8 + 2)
#define ADMIN_ROW_DOCUMENT_MAX \
	(ADMIN_ROW_DOCUMENT_MIN + ACTION_MAX + DOCUMENT_BYTES_MAX)
#define ADMIN_ROW_MACHINE_MIN \
	(4 + MACHINE_ID_LEN + PUBKEY_LEN + UUID_LEN + 2 + 8 + 8 + 8 + 1 + 4)
#define ADMIN_ROW_MACHINE_MAX (ADMIN_ROW_MACHINE_MIN + HOST_MAX)
#define ADMIN_ROW_LOG_BYTES (4 + UUID_LEN + 8 + 1)
#define ADMIN_PAGE_END_BYTES (4 + 8 + 1)
#define ADMIN_ROW_ENTRY_MAX (4 + 8 + 2 + ENTRY_MAX)
#define ADMIN_TEXT_RECORD_MAX (4 + 2 + DOCUMENT_BYTES_MAX)
#define ADMIN_DONE_MAX (4 + 4 + 2 + ADMIN_TEXT_MAX)

/* Rows carry the question's id in front: put and get take it apart. */
void admin_put_read(struct ipc_writer *, const struct admin_read *);
void admin_get_read(struct ipc_reader *, struct admin_read *);
void admin_put_install(struct ipc_writer *, const struct admin_install *);
void admin_get_install(struct ipc_reader *, struct admin_install *);
void admin_put_who(struct ipc_writer *, const struct admin_who *);
void admin_get_who(struct ipc_reader *, struct admin_who *);
void admin_put_host_request(
    struct ipc_writer *, const struct admin_host_request *);
void admin_get_host_request(struct ipc_reader *, struct admin_host_request *);
void admin_put_rollback(struct ipc_writer *, const struct admin_rollback *);
void admin_get_rollback(struct ipc_reader *, struct admin_rollback *);
void admin_put_family(struct ipc_writer *, uint32_t, const struct row_family *);
void admin_get_family(struct ipc_reader *, uint32_t *, struct row_family *);
void admin_put_row_document(
    struct ipc_writer *, uint32_t, const struct row_document *);
void admin_get_row_document(
    struct ipc_reader *, uint32_t *, struct row_document *);
void admin_put_machine(
    struct ipc_writer *, uint32_t, const struct row_machine *);
void admin_get_machine(struct ipc_reader *, uint32_t *, struct row_machine *);
void admin_put_entry(struct ipc_writer *, uint32_t, const struct row_entry *);
void admin_get_entry(struct ipc_reader *, uint32_t *, struct row_entry *);
void admin_put_log(struct ipc_writer *, uint32_t, const struct row_log *);
void admin_get_log(struct ipc_reader *, uint32_t *, struct row_log *);
void admin_put_page_end(struct ipc_writer *, const struct admin_page_end *);
void admin_get_page_end(struct ipc_reader *, struct admin_page_end *);
void admin_put_text(struct ipc_writer *, const struct admin_text *);
void admin_get_text(struct ipc_reader *, struct admin_text *);
void admin_put_done(struct ipc_writer *, const struct admin_done *);
void admin_get_done(struct ipc_reader *, struct admin_done *);

#endif
