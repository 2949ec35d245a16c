/* Where records pass, and what the liar remembers of what it was asked. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/start.h"
#include "tests/hostile/liar/liar.h"

void __real_start(struct start *, const struct start_options *);
void __wrap_start(struct start *, const struct start_options *);
struct ipc_writer *__real_ipc_begin(struct ipc_channel *, uint16_t, size_t);
struct ipc_writer *__wrap_ipc_begin(struct ipc_channel *, uint16_t, size_t);
int __real_ipc_end(struct ipc_channel *);
int __wrap_ipc_end(struct ipc_channel *);
void __real_as_get_batch(struct ipc_reader *, struct as_batch *);
void __wrap_as_get_batch(struct ipc_reader *, struct as_batch *);
void __real_as_get_decide(struct ipc_reader *, struct as_decide *);
void __wrap_as_get_decide(struct ipc_reader *, struct as_decide *);
void __real_as_get_document(struct ipc_reader *, struct as_document *);
void __wrap_as_get_document(struct ipc_reader *, struct as_document *);
int __real_store_open(struct store *, const char *, const char *);
int __wrap_store_open(struct store *, const char *, const char *);

static struct liar liar;
static struct record open_record;
static struct ipc_writer writer;
static struct ipc_channel *parent;

static const struct {
	const struct lie *list;
	const size_t *n;
} lists[] = {
	{ lies_entries, &lies_nentries },
	{ lies_start, &lies_nstart },
	{ lies_outcome, &lies_noutcome },
	{ lies_records, &lies_nrecords },
	{ lies_possible, &lies_npossible },
};

const struct lie *
liar_find(size_t i)
{
	size_t list;

	for (list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
		if (i < *lists[list].n)
			return (&lists[list].list[i]);
		i -= *lists[list].n;
	}
	return (NULL);
}

/* Whoever takes a store over does not have the next generation's. */
void
__wrap_start(struct start *s, const struct start_options *o)
{
	__real_start(s, o);
	parent = s->parent;
	if (s->limits.per_source < LIAR_ORDER || s->setup.generation != 1)
		return;
	liar.lie = liar_find(s->limits.per_source - LIAR_ORDER);
	if (liar.lie != NULL)
		log_warnx("this store lies: %s", liar.lie->name);
}

/* --- What comes in */

static void
keep_checkpoint(const char *text, size_t len)
{
	int fd;

	fd = open(
	    LIAR_CHECKPOINTS, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		fatal("%s", LIAR_CHECKPOINTS);
	(void)close(fd);
}

void
__wrap_as_get_batch(struct ipc_reader *r, struct as_batch *b)
{
	__real_as_get_batch(r, b);
	liar.batch = *b;
	liar.ndecides = liar.nanswered = 0;
	liar.document = false;
	if (!r->bad && b->checkpoint_len != 0)
		keep_checkpoint(b->checkpoint, b->checkpoint_len);
}

void
__wrap_as_get_decide(struct ipc_reader *r, struct as_decide *d)
{
	__real_as_get_decide(r, d);
	if (liar.ndecides < BATCH_MAX)
		liar.decide[liar.ndecides++] = *d;
}

void
__wrap_as_get_document(struct ipc_reader *r, struct as_document *d)
{
	__real_as_get_document(r, d);
	liar.document = true;
}

int
__wrap_store_open(struct store *s, const char *directory, const char *vfs)
{
	char path[DB_PATH_MAX];
	sqlite3 *db;

	liar.store = s;
	if (liar.lie != NULL && liar.lie->database != NULL) {
		(void)snprintf(path, sizeof(path), "%s/kmsd.db", directory);
		if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) !=
		    SQLITE_OK)
			fatalx("%s: %s", path, sqlite3_errmsg(db));
		liar.lie->database(db);
		(void)sqlite3_close(db);
	}
	return (__real_store_open(s, directory, vfs));
}

/* --- What goes out */

struct ipc_writer *
__wrap_ipc_begin(struct ipc_channel *ch, uint16_t type, size_t max)
{
	if (liar.lie == NULL || ch == parent)
		return (__real_ipc_begin(ch, type, max));
	open_record.channel = ch;
	open_record.type = type;
	writer.p = open_record.bytes;
	writer.end =
	    open_record.bytes + (max < IPC_PACKET_MAX ? max : IPC_PACKET_MAX);
	writer.bad = false;
	return (&writer);
}

void
liar_emit(const struct record *r)
{
	struct ipc_writer *w;

	w = __real_ipc_begin(r->channel, r->type, r->len);
	if (w == NULL)
		fatalx("no room for a record of the liar's");
	ipc_put_bytes(w, r->bytes, r->len);
	if (__real_ipc_end(r->channel) == -1)
		fatalx("a record of the liar's does not fit");
}

static void
alter_entry(const struct lie *lie, struct record *r)
{
	char why[MESSAGE_ERROR_MAX], altered[ENTRY_MAX + 1];
	const char *text;
	union entry e;
	uint64_t index;
	size_t len;

	index = liar_entry(r, &text, &len);
	if (!liar.told && message_is(lie->type, text, len)) {
		if (message_parse(lie->type, text, len, &e, why) == -1)
			fatalx("an entry of our own: %s", why);
		lie->alter(&e);
		len = liar_print(lie->type, &e, altered);
		liar_put_entry(r, index, altered, len);
		liar_tells(&liar, index);
	}
	liar_emit(r);
}

static void
alter_outcome(const struct lie *lie, struct record *r)
{
	struct as_outcome o;

	if (!liar.told) {
		liar_get_outcome(r, &o);
		lie->outcome(&liar, &o);
		liar_put_outcome(r, &o);
		liar.told = true;
	}
	liar_emit(r);
}

/* The answer to an install; entries of the start stay as they are. */
static void
alter_entered(const struct lie *lie, struct record *r)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	struct as_entered e;

	if (liar.document && !liar.told) {
		as_get_entered(&p, &e);
		lie->entered(&e);
		as_put_entered(&w, &e);
		liar.told = true;
	}
	liar_emit(r);
}

/* After an outcome whose entry the store lost. */
static void
alter_committed(struct record *r)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct ipc_writer w = { r->bytes, r->bytes + r->len, false };

	ipc_put_u64(&w, ipc_get_u64(&p) - liar.less);
	liar.less = 0;
	liar_emit(r);
}

int
__wrap_ipc_end(struct ipc_channel *ch)
{
	const struct lie *lie = liar.lie;
	struct record *r = &open_record;

	if (lie == NULL || ch == parent)
		return (__real_ipc_end(ch));
	if (writer.bad)
		return (-1);
	r->len = (size_t)(writer.p - r->bytes);
	if (lie->alter != NULL && r->type == REC_STORED_ENTRY)
		alter_entry(lie, r);
	else if (lie->outcome != NULL && r->type == REC_OUTCOME)
		alter_outcome(lie, r);
	else if (lie->entered != NULL && r->type == REC_ENTERED)
		alter_entered(lie, r);
	else if (lie->record != NULL)
		lie->record(&liar, r);
	else if (r->type == REC_COMMITTED && liar.less != 0)
		alter_committed(r);
	else
		liar_emit(r);
	if (r->type == REC_OUTCOME)
		liar.nanswered++;
	return (0);
}
