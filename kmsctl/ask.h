/*
 * One connection to control, one question at a time.  What goes wrong is told
 * on standard error, with what to do; the results are exit statuses.
 */
#ifndef KMSCTL_ASK_H
#define KMSCTL_ASK_H

#include "common/ipc_admin.h"

enum {
	STATUS_OK,
	STATUS_REFUSED,
	STATUS_FAILED
};

#define ASK_REST UINT64_MAX /* rows without a limit */

/* A row of an answer; pointers in it are valid during the call. */
struct answer_row {
	uint16_t record; /* enum admin_record */
	uint8_t role; /* of sandbox and counters */
	union {
		struct row_family family;
		struct row_document document;
		struct row_machine machine;
		struct row_entry entry;
		struct row_log log;
		struct host_status host;
		struct confinement sandbox;
		struct child_counters counters;
		struct admin_text text;
	} u;
};

/* What control may answer. */
extern const struct ipc_rule ask_rules[];

typedef void answer_row(void *, const struct answer_row *);

struct ask {
	struct ipc_channel *channel;
	uint32_t id;
	const char *about; /* stands before a refusal: a file; or NULL */
	answer_row *row;
	void *ctx;
	bool over, done;
	struct admin_done answer;
	struct admin_page_end page;
	uint64_t rows; /* of this page */
	char why[256]; /* the connection ended */
};

/*
 * Connects to the socket at path; where the user may not, or it is not there,
 * to the other one, unless that is NULL.  Returns STATUS_OK or STATUS_FAILED.
 */
int ask_open(struct ask *, const char *, const char *);
void ask_close(struct ask *);

/*
 * A question: begin as ipc_begin(), with the id for its first field; end sends
 * it and calls row for each row until the answer is complete.
 */
struct ipc_writer *ask_begin(struct ask *, uint16_t, size_t);
int ask_end(struct ask *, answer_row *, void *);

/* A question that consists of its id. */
int ask_id(struct ask *, uint16_t, answer_row *, void *);

/*
 * Reads pages of rows from the cursor on, at most n rows, of this log (NULL:
 * the newest).
 */
int ask_read(struct ask *, enum admin_what, const uint8_t *, uint64_t, uint64_t,
    answer_row *, void *);

/* Waits until the host closes the connection, at most milliseconds. */
void ask_wait_closed(struct ask *, int);

/* Tells a refusal: what it is about or NULL, code, name, text and advice. */
void ask_tell(const char *, uint32_t, const char *);

#endif
