/* The table of questions under way, and the table of what answers them. */
#include "config.h"

#include <string.h>

#include "control/questions.h"

/* What is not here cannot be asked. */
static const struct question_kind kinds[] = {
	{ REC_READ, READ_FAMILIES, ROLE_STORE, true, REC_ROW_FAMILY, 0 },
	{ REC_READ, READ_DOCUMENTS, ROLE_STORE, true, REC_ROW_DOCUMENT, 0 },
	{ REC_READ, READ_MACHINES, ROLE_STORE, true, REC_ROW_MACHINE, 0 },
	{ REC_READ, READ_ENTRIES, ROLE_STORE, true, REC_ROW_ENTRY, 0 },
	{ REC_READ, READ_LOGS, ROLE_STORE, true, REC_ROW_LOG, 0 },
	{ REC_INSTALL, QUESTION_ANY, ROLE_ACTIVATOR, false, 0, 0 },
	{ REC_HOST_REQUEST, QUESTION_ANY, ROLE_ACTIVATOR, false, REC_TEXT, 1 },
	{ REC_GET_CHECKPOINT, QUESTION_ANY, ROLE_ACTIVATOR, true, REC_TEXT, 1 },
	{ REC_ACCEPT_ROLLBACK, QUESTION_ANY, ROLE_ACTIVATOR, false, 0, 0 },
	{ REC_CLOCK_ACCEPT, QUESTION_ANY, ROLE_ACTIVATOR, false, 0, 0 },
	{ REC_SHOW_HOST, QUESTION_ANY, ROLE_PARENT, true, REC_ROW_HOST, 1 },
	{ REC_SHOW_SANDBOX, QUESTION_ANY, ROLE_PARENT, true, REC_ROW_SANDBOX,
	    ROLE_COUNT },
	{ REC_SHOW_COUNTERS, QUESTION_ANY, ROLE_PARENT, true, REC_ROW_COUNTERS,
	    ROLE_COUNT },
	{ REC_STOP_HOST, QUESTION_ANY, ROLE_PARENT, false, 0, 0 },
};

const struct question_kind question_of_nobody = { REC_SHOW_HOST, QUESTION_ANY,
	ROLE_PARENT, true, REC_ROW_HOST, 1 };

const struct question_kind *
question_kind(uint16_t record, uint8_t what)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].record == record &&
		    (kinds[i].what == QUESTION_ANY || kinds[i].what == what))
			return (&kinds[i]);
	}
	return (NULL);
}

struct question *
question_take(struct questions *t, const struct question_kind *kind,
    void *client, uint32_t id, uint16_t rows, bool privileged, int64_t now)
{
	const unsigned int most =
	    privileged ? CONTROL_CREDITS : CONTROL_CREDITS - QUESTIONS_RESERVED;
	struct question *q;
	size_t i;

	if (t->used[kind->route] >= most)
		return (NULL);
	for (i = 0; t->slot[i].kind != NULL; i++)
		;
	q = &t->slot[i];
	q->kind = kind;
	q->client = client;
	q->id = id;
	q->rows = kind->rows != 0 ? kind->rows : rows;
	q->ended = false;
	q->asked = now;
	t->used[kind->route]++;
	return (q);
}

void
question_release(struct questions *t, struct question *q)
{
	t->used[q->kind->route]--;
	memset(q, 0, sizeof(*q));
}

uint32_t
question_slot(const struct questions *t, const struct question *q)
{
	return ((uint32_t)(q - t->slot));
}

struct question *
question_answered(struct questions *t, enum role from, uint32_t id,
    uint16_t record, const char **why)
{
	struct question *q;

	*why = "an answer to no question";
	if (id >= QUESTIONS_MAX || t->slot[id].kind == NULL)
		return (NULL);
	q = &t->slot[id];
	*why = "an answer to another's question";
	if (q->kind->route != from)
		return (NULL);
	if (record == REC_DONE)
		return (q);
	*why = "a record that does not answer the question";
	if (record == REC_PAGE_END) {
		if (q->kind->record != REC_READ || q->ended)
			return (NULL);
		q->ended = true;
		return (q);
	}
	if (record != q->kind->answer)
		return (NULL);
	*why = "more rows than were asked for";
	if (q->rows == 0 || q->ended)
		return (NULL);
	q->rows--;
	return (q);
}

void
question_forget(struct questions *t, const void *client)
{
	size_t i;

	for (i = 0; i < QUESTIONS_MAX; i++) {
		if (t->slot[i].client == client)
			t->slot[i].client = NULL;
	}
}
