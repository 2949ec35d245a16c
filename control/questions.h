/*
 * The questions under way: which client asked, which process answers, and
 * which records its answer may still consist of.  Ids are indices of this
 * table, whatever a client calls its question.  Each process has slots of its
 * own: one that does not answer keeps nobody from asking another.
 */
#ifndef CONTROL_QUESTIONS_H
#define CONTROL_QUESTIONS_H

#include "common/ipc_admin.h"

#define QUESTIONS_ROUTES 3 /* processes that answer */
#define QUESTIONS_MAX (QUESTIONS_ROUTES * CONTROL_CREDITS)
/* Of a process's credits, those that the socket of everybody cannot take. */
#define QUESTIONS_RESERVED 4

#define QUESTION_NONE UINT32_MAX
#define QUESTION_ANY 0xff /* whatever is read */

/* A kind of question: who answers it, and who may ask. */
struct question_kind {
	uint16_t record; /* enum admin_record */
	uint8_t what; /* enum admin_what, or QUESTION_ANY */
	enum role route;
	bool reads; /* allowed on status.sock */
	uint16_t answer; /* enum admin_record of its rows; 0: none */
	uint16_t rows; /* most of them; 0: as many as were asked for */
};

/* The kind of a record, or NULL. */
const struct question_kind *question_kind(uint16_t, uint8_t);

/* In place of a question to a process that is not there: the parent says why. */
extern const struct question_kind question_of_nobody;

struct question {
	const struct question_kind *kind; /* NULL: the slot is free */
	void *client; /* NULL: it left */
	uint32_t id; /* the client's */
	uint16_t rows; /* that may still come */
	bool ended; /* the page has ended */
	int64_t asked; /* ktime_boot_ms() */
};

struct questions {
	struct question slot[QUESTIONS_MAX];
	unsigned int used[ROLE_COUNT]; /* by who answers */
};

/*
 * Takes a slot for a client's question of which so many rows may come; NULL
 * if its process has none left.  privileged may use the reserved ones.
 */
struct question *question_take(struct questions *, const struct question_kind *,
    void *, uint32_t, uint16_t, bool privileged, int64_t);
void question_release(struct questions *, struct question *);
uint32_t question_slot(const struct questions *, const struct question *);

/*
 * The question that a record of a process answers.  NULL with the broken rule
 * in *why: no such question, another's, a record that does not answer it, more
 * rows than were asked for, rows after the end.
 */
struct question *question_answered(
    struct questions *, enum role, uint32_t, uint16_t, const char **);

/* The client left: its answers are for nobody. */
void question_forget(struct questions *, const void *);

#endif
