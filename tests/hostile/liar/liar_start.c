/*
 * At the start: entries in other places, made up or left out; a state, logs
 * and documents that are not what the store has.
 */
#include "config.h"

#include <string.h>

#include "common/log.h"
#include "tests/hostile/liar/liar.h"

#define OTHER_PLACE "is returned in the place of"
#define NOT_INSTALLED \
	"which neither the manifest nor an entry behind the anchor says"

static bool
is_grant(const struct record *r)
{
	const char *text;
	size_t len;

	if (r->type != REC_STORED_ENTRY)
		return (false);
	(void)liar_entry(r, &text, &len);
	return (message_is(&entry_grant_type, text, len));
}

/* --- Entries */

static void
put_index(struct record *r, uint64_t index)
{
	struct ipc_writer w = { r->bytes, r->bytes + r->len, false };

	ipc_put_u64(&w, index);
}

static uint64_t
index_of(const struct record *r)
{
	const char *text;
	size_t len;

	return (liar_entry(r, &text, &len));
}

/* The first grant goes behind the record that follows. */
static void
exchange(struct liar *l, struct record *r)
{
	if (!l->told && is_grant(r)) {
		l->held = *r;
		l->told = true;
		return;
	}
	liar_emit(r);
	if (l->held.len != 0) {
		liar_emit(&l->held);
		l->held.len = 0;
	}
}

static void
repeat(struct liar *l, struct record *r)
{
	liar_emit(r);
	if (!l->told && is_grant(r)) {
		l->told = true;
		liar_emit(r);
	}
}

static void
leave_out(struct liar *l, struct record *r)
{
	if (!l->told && is_grant(r))
		l->told = true;
	else
		liar_emit(r);
}

static void
return_earlier(struct liar *l, struct record *r)
{
	if (!l->told && r->type == REC_STORED_ENTRY) {
		l->told = true;
		put_index(r, index_of(r) - 1);
	}
	liar_emit(r);
}

/* The last grant is told as one of an index far behind. */
static void
return_later(struct liar *l, struct record *r)
{
	if (!l->told && is_grant(r)) {
		l->told = true;
		put_index(r, index_of(r) + 1000000);
	}
	liar_emit(r);
}

/* Of another log, as the harness found it in the store. */
static void
of_another_log(struct liar *l, struct record *r)
{
	char text[ENTRY_MAX];
	size_t len;

	if (!l->told && is_grant(r)) {
		liar_tells(l, index_of(r));
		len = liar_file(text, sizeof(text));
		liar_put_entry(r, index_of(r), text, len);
	}
	liar_emit(r);
}

static void
of_another_type(struct liar *l, struct record *r)
{
	char text[ENTRY_MAX];
	const char *old;
	size_t len;

	if (!l->told && is_grant(r)) {
		liar_tells(l, index_of(r));
		(void)liar_entry(r, &old, &len);
		memcpy(text, old, len);
		memcpy(text, "kms-thing", 9);
		liar_put_entry(r, index_of(r), text, len);
	}
	liar_emit(r);
}

/* A refusal told as a grant; count and needed stay. */
static void
refusal_as_grant(struct liar *l, struct record *r)
{
	char altered[ENTRY_MAX + 1], why[MESSAGE_ERROR_MAX];
	struct entry_decision e;
	const char *text;
	size_t len;

	if (!l->told && r->type == REC_STORED_ENTRY &&
	    liar_entry(r, &text, &len) != 0 &&
	    message_is(&entry_refusal_type, text, len)) {
		liar_tells(l, index_of(r));
		if (message_parse(&entry_refusal_type, text, len, &e, why) ==
		    -1)
			fatalx("a refusal of our own: %s", why);
		e.expires.sec = e.time.sec + 86400;
		len = liar_print(&entry_grant_type, &e, altered);
		liar_put_entry(r, index_of(r), altered, len);
	}
	liar_emit(r);
}

/* A grant that nobody asked for, behind the last entry. */
static void
made_up(struct liar *l, struct record *r)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	char altered[ENTRY_MAX + 1], why[MESSAGE_ERROR_MAX];
	struct entry_decision e;
	struct as_state s;
	struct ipc_writer w;
	const char *text;
	size_t len;

	if (r->type == REC_STORE_STATE) {
		as_get_state(&p, &s);
		s.size++;
		w = (struct ipc_writer){ r->bytes, r->bytes + r->len, false };
		as_put_state(&w, &s);
	} else if (is_grant(r))
		l->held = *r;
	else if (r->type == REC_ENTRIES_END && l->held.len != 0) {
		(void)liar_entry(&l->held, &text, &len);
		if (message_parse(&entry_grant_type, text, len, &e, why) == -1)
			fatalx("a grant of our own: %s", why);
		memset(e.machine, 7, sizeof(e.machine));
		len = liar_print(&entry_grant_type, &e, altered);
		liar_put_entry(&l->held, l->store->size, altered, len);
		liar_emit(&l->held);
		liar_tells(l, l->store->size);
		put_index(r, l->store->size + 1);
	}
	liar_emit(r);
}

static void
end_early(struct liar *l, struct record *r)
{
	const bool last =
	    r->type == REC_STORED_ENTRY && index_of(r) == l->store->size - 1;

	if (!last)
		liar_emit(r);
}

static void
page_too_far(struct liar *l, struct record *r)
{
	if (r->type == REC_ENTRIES_END && !l->told) {
		l->told = true;
		put_index(r, l->store->size + 5);
		r->bytes[8] = 1;
	}
	liar_emit(r);
}

/* --- The state */

static void
put_state(struct record *r,
    void (*change)(const struct liar *, struct as_state *),
    const struct liar *l)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct ipc_writer w = { r->bytes, r->bytes + r->len, false };
	struct as_state s;

	if (r->type == REC_STORE_STATE) {
		as_get_state(&p, &s);
		change(l, &s);
		as_put_state(&w, &s);
	}
	liar_emit(r);
}

#define STATE(name, what)                                                   \
	static void name##_change(const struct liar *l, struct as_state *s) \
	{                                                                   \
		(void)l;                                                    \
		what;                                                       \
	}                                                                   \
	static void name(struct liar *l, struct record *r)                  \
	{                                                                   \
		put_state(r, name##_change, l);                             \
	}

STATE(shorter_than_anchor, s->size = 1; s->checkpoint_size = 0)
STATE(longer_than_it_is, s->size++)
STATE(another_store, s->store[0] ^= 1)
STATE(another_log, s->log[0] ^= 1)
STATE(no_database, memset(s, 0, sizeof(*s)))

/* --- Documents and older logs */

static bool
is_document(const struct record *r, const char *type)
{
	return (r->type == REC_STORED_DOCUMENT &&
		memmem(r->bytes, r->len, type, strlen(type)) != NULL);
}

static void
put_document(struct record *r, const char *bytes, size_t len)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };

	r->type = REC_STORED_DOCUMENT;
	ipc_put_blob(&w, bytes, len);
	r->len = (size_t)(w.p - r->bytes);
}

/* The harness's document, in the place of the first kms-product. */
static void
another_document(struct liar *l, struct record *r)
{
	static char bytes[DOCUMENT_BYTES_MAX];

	if (!l->told && is_document(r, "\nkms-product 1\n")) {
		l->told = true;
		put_document(r, bytes, liar_file(bytes, sizeof(bytes)));
	}
	liar_emit(r);
}

static void
count_of_documents(struct record *r, int more)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct ipc_writer w = { r->bytes, r->bytes + r->len, false };

	ipc_put_u32(&w, ipc_get_u32(&p) + (uint32_t)more);
}

static void
further_document(struct liar *l, struct record *r)
{
	static char bytes[DOCUMENT_BYTES_MAX];
	static struct record further;

	if (!l->told && r->type == REC_STORED_DOCUMENT) {
		l->told = true;
		further = *r;
		put_document(&further, bytes, liar_file(bytes, sizeof(bytes)));
		liar_emit(&further);
	}
	if (r->type == REC_DOCUMENTS_END)
		count_of_documents(r, 1);
	liar_emit(r);
}

static void
lacks(struct liar *l, struct record *r, const char *type)
{
	if (!l->told && is_document(r, type)) {
		l->told = true;
		return;
	}
	if (r->type == REC_DOCUMENTS_END)
		count_of_documents(r, -1);
	liar_emit(r);
}

static void
lacks_product(struct liar *l, struct record *r)
{
	lacks(l, r, "\nkms-product 1\n");
}

static void
lacks_host(struct liar *l, struct record *r)
{
	lacks(l, r, "\nkms-host 1\n");
}

static void
altered_document(struct liar *l, struct record *r)
{
	uint8_t *p;

	if (!l->told && is_document(r, "\nkms-host 1\n")) {
		l->told = true;
		p = memmem(r->bytes, r->len, "\nserial ", 8);
		if (p != NULL)
			p[8] = p[8] == '1' ? '2' : '1';
	}
	liar_emit(r);
}

static void
miscounted_documents(struct liar *l, struct record *r)
{
	(void)l;
	if (r->type == REC_DOCUMENTS_END)
		count_of_documents(r, 1);
	liar_emit(r);
}

static void
altered_checkpoint(struct liar *l, struct record *r)
{
	uint8_t *p;

	if (!l->told && r->type == REC_STORED_LOG) {
		l->told = true;
		p = memchr(r->bytes + 18, '\n', r->len - 18);
		if (p != NULL)
			p[1] = p[1] == '1' ? '2' : '1'; /* the size */
	}
	liar_emit(r);
}

/* Signed by this host, for the newest log: the harness has it. */
static void
checkpoint_of_another(struct liar *l, struct record *r)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	char note[CHECKPOINT_MAX];
	uint8_t log[UUID_LEN];
	size_t len;

	if (!l->told && r->type == REC_STORED_LOG) {
		l->told = true;
		memcpy(log, r->bytes, sizeof(log));
		len = liar_file(note, sizeof(note));
		ipc_put_bytes(&w, log, sizeof(log));
		ipc_put_blob(&w, note, len);
		r->len = (size_t)(w.p - r->bytes);
	}
	liar_emit(r);
}

static void
log_twice(struct liar *l, struct record *r)
{
	(void)l;
	liar_emit(r);
	if (r->type == REC_STORED_LOG)
		liar_emit(r);
}

static void
newest_as_older(struct liar *l, struct record *r)
{
	if (r->type == REC_STORED_LOG)
		memcpy(r->bytes, l->store->log_uuid, UUID_LEN);
	liar_emit(r);
}

#define LIE(what, ends, function, text)                                  \
	{                                                                \
		.name = what, .end = ends, .ask = "start", .said = text, \
		.record = function                                       \
	}

const struct lie lies_start[] = {
	LIE("two entries exchanged", "rollback", exchange, OTHER_PLACE),
	LIE("an entry repeated", "rollback", repeat, OTHER_PLACE),
	LIE("an entry left out", "rollback", leave_out, OTHER_PLACE),
	LIE("an entry that the anchor covers", "rollback", return_earlier,
	    OTHER_PLACE),
	LIE("an entry from far behind", "rollback", return_later, OTHER_PLACE),
	LIE("an entry of another log", "rollback", of_another_log,
	    "its salt is not of this host's key"),
	LIE("an entry of another type", "rollback", of_another_type,
	    "not an entry of a known type"),
	LIE("a refusal as a grant", "rollback", refusal_as_grant,
	    "a grant below the threshold"),
	LIE("a grant made up", "rollback", made_up,
	    "its salt is not of this host's key"),
	LIE("entries end before they do", "rollback", end_early,
	    "the log in the database ends at entry"),
	LIE("a page that ends behind the log", "rule", page_too_far,
	    "a page of entries ends at"),
	LIE("a log shorter than the anchor", "rollback", shorter_than_anchor,
	    "the log in the database has 1 entries, and the anchor knows"),
	LIE("a log longer than it is", "rollback", longer_than_it_is,
	    "the log in the database ends at entry"),
	LIE("another store's uuid", "rollback", another_store,
	    "the database has another store uuid than the anchor"),
	LIE("another log's uuid", "rollback", another_log,
	    "the database has the log"),
	LIE("no database", "rollback", no_database,
	    "there is no database, and the anchor knows a log of"),
	LIE("an old revision of a document", "rollback", another_document,
	    "in revision 1, and the manifest lists"),
	LIE("a newer document that nobody installed", "rollback",
	    another_document, NOT_INSTALLED),
	LIE("a further document that nobody installed", "rollback",
	    further_document, NOT_INSTALLED),
	LIE("another document than was installed", "rollback", another_document,
	    "the database has another kms-product"),
	LIE("a document of another publisher instead", "rollback",
	    another_document, "the database lacks kms-product"),
	LIE("a document of another publisher besides", "without",
	    further_document, "if you trust that publisher"),
	LIE("a product is missing", "rollback", lacks_product,
	    "the database lacks kms-product"),
	LIE("the kms-host is missing", "rollback", lacks_host,
	    "the database lacks kms-host"),
	LIE("a kms-host that was altered", "rollback", altered_document,
	    "the database lacks kms-host"),
	LIE("another number of documents", "rule", miscounted_documents,
	    "the end of documents after"),
	LIE("a kept checkpoint that was altered", "without", altered_checkpoint,
	    "requests leave out the older log"),
	LIE("a kept checkpoint of another log", "without",
	    checkpoint_of_another, "checkpoint: of another log"),
	LIE("an older log told twice", "rule", log_twice, "is told twice"),
	LIE("the newest log as an older one", "rule", newest_as_older,
	    "is told twice"),
};
const size_t lies_nstart = sizeof(lies_start) / sizeof(lies_start[0]);
