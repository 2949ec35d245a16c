/*
 * While it serves: too few records, too many, those of others; pages that
 * nobody asked for.
 */
#include "config.h"

#include <string.h>

#include "tests/hostile/liar/liar.h"

static void
put_size(struct record *r, int more)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct ipc_writer w = { r->bytes, r->bytes + r->len, false };

	ipc_put_u64(&w, ipc_get_u64(&p) + (uint64_t)(int64_t)more);
}

/* The outcome, or the answer to an install, of the batch under way. */
static bool
is_answer(const struct liar *l, const struct record *r)
{
	return (
	    r->type == REC_OUTCOME || (r->type == REC_ENTERED && l->document));
}

static bool
ends_batch(const struct liar *l, const struct record *r)
{
	return (r->type == REC_COMMITTED && (l->ndecides > 0 || l->document));
}

static void
too_few(struct liar *l, struct record *r)
{
	if (!is_answer(l, r))
		liar_emit(r);
}

static void
too_many(struct liar *l, struct record *r)
{
	liar_emit(r);
	if (is_answer(l, r))
		liar_emit(r);
}

static void
late(struct liar *l, struct record *r)
{
	liar_emit(r);
	if (is_answer(l, r))
		l->held = *r;
	else if (ends_batch(l, r))
		liar_emit(&l->held);
}

static void
commit_twice(struct liar *l, struct record *r)
{
	liar_emit(r);
	if (ends_batch(l, r)) {
		ipc_flush(r->channel); /* one record is a packet's most */
		liar_emit(r);
	}
}

static void
commit_more(struct liar *l, struct record *r)
{
	if (ends_batch(l, r))
		put_size(r, 1);
	liar_emit(r);
}

static void
commit_less(struct liar *l, struct record *r)
{
	if (ends_batch(l, r))
		put_size(r, -1);
	liar_emit(r);
}

/* An outcome as the answer to an entry of the activator's own, with the same
 * index and hash, and the other way round. */
static void
outcome_for_entry(struct liar *l, struct record *r)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct as_outcome o;
	struct as_entered e;

	if (r->type == REC_ENTERED && l->document) {
		as_get_entered(&p, &e);
		memset(&o, 0, sizeof(o));
		o.id = e.id;
		o.serial = 1;
		o.has_index = true;
		o.index = e.index;
		memcpy(o.hash, e.hash, sizeof(o.hash));
		r->type = REC_OUTCOME;
		liar_put_outcome(r, &o);
	}
	liar_emit(r);
}

static void
entry_for_outcome(struct liar *l, struct record *r)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	struct as_outcome o;
	struct as_entered e;

	(void)l;
	if (r->type == REC_OUTCOME) {
		liar_get_outcome(r, &o);
		e.id = o.id;
		e.index = o.index;
		memcpy(e.hash, o.hash, sizeof(e.hash));
		r->type = REC_ENTERED;
		as_put_entered(&w, &e);
		r->len = (size_t)(w.p - r->bytes);
	}
	liar_emit(r);
}

/* --- A batch of two machines */

/* Holds the first outcome; with the second, says both as change has them. */
static void
two(struct liar *l, struct record *r,
    void (*change)(struct as_outcome *, struct as_outcome *))
{
	struct as_outcome first, second;

	if (r->type != REC_OUTCOME || l->ndecides != 2) {
		liar_emit(r);
		return;
	}
	if (l->nanswered == 0) {
		l->held = *r;
		return;
	}
	liar_get_outcome(&l->held, &first);
	liar_get_outcome(r, &second);
	change(&first, &second);
	liar_put_outcome(&l->held, &first);
	liar_put_outcome(r, &second);
	liar_emit(&l->held);
	liar_emit(r);
}

#define TWO(name, what)                                                       \
	static void name##_change(struct as_outcome *a, struct as_outcome *b) \
	{                                                                     \
		what;                                                         \
	}                                                                     \
	static void name(struct liar *l, struct record *r)                    \
	{                                                                     \
		two(l, r, name##_change);                                     \
	}

TWO(order, const struct as_outcome kept = *a; *a = *b; *b = kept)
TWO(contents, const struct as_outcome kept = *a; *a = *b; a->id = kept.id;
    const uint32_t own = b->id; *b = kept; b->id = own)
TWO(hashes, uint8_t kept[ENTRY_HASH_LEN]; memcpy(kept, a->hash, sizeof(kept));
    memcpy(a->hash, b->hash, sizeof(kept)); memcpy(b->hash, kept, sizeof(kept)))
TWO(same_index, b->index = a->index)
TWO(twice_the_first, *b = *a)

/* --- What administrators read */

static void
page_of_another(struct liar *l, struct record *r)
{
	(void)l;
	if (r->type == REC_ROW_MACHINE)
		r->bytes[3] ^= 1; /* the question's id */
	liar_emit(r);
}

static void
other_rows(struct liar *l, struct record *r)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	struct row_log row;
	uint32_t id;

	if (r->type == REC_ROW_MACHINE) {
		id = ipc_get_u32(&p);
		memset(&row, 1, sizeof(row));
		row.current = true;
		r->type = REC_ROW_LOG;
		admin_put_log(&w, id, &row);
		r->len = (size_t)(w.p - r->bytes);
	}
	(void)l;
	liar_emit(r);
}

static void
page_ends_twice(struct liar *l, struct record *r)
{
	(void)l;
	liar_emit(r);
	if (r->type == REC_PAGE_END)
		liar_emit(r);
}

static void
row_behind_the_page(struct liar *l, struct record *r)
{
	if (r->type == REC_ROW_MACHINE)
		l->held = *r;
	liar_emit(r);
	if (r->type == REC_PAGE_END)
		liar_emit(&l->held);
}

static void
done_twice(struct liar *l, struct record *r)
{
	(void)l;
	liar_emit(r);
	if (r->type == REC_DONE)
		liar_emit(r);
}

static void
too_many_rows(struct liar *l, struct record *r)
{
	int i;

	(void)l;
	liar_emit(r);
	for (i = 0; i < ADMIN_PAGE_MAX && r->type == REC_ROW_MACHINE; i++) {
		ipc_flush(r->channel); /* so many are no packet's */
		liar_emit(r);
	}
}

#define LIE(what, asks, function, text)                                 \
	{                                                               \
		.name = what, .end = "rule", .ask = asks, .said = text, \
		.record = function                                      \
	}

const struct lie lies_records[] = {
	LIE("no outcome", "activate", too_few, "a commit with 0 of 1 outcomes"),
	LIE("two outcomes for one record", "activate", too_many,
	    "more outcomes than the batch has records"),
	LIE("an outcome for no batch", "activate", late,
	    "an outcome while no batch is under way"),
	LIE("a commit of no batch", "activate", commit_twice,
	    "a commit while no batch is under way"),
	LIE("a commit with an entry more", "activate", commit_more,
	    "the log has size"),
	LIE("a commit with an entry less", "activate", commit_less,
	    "the log has size"),
	LIE("an entry for an outcome", "activate", entry_for_outcome,
	    "no decision on a request"),
	LIE("outcomes of two machines in another order", "two", order,
	    "an outcome for id"),
	LIE("outcomes of two machines exchanged", "two", contents,
	    "an entry with index"),
	LIE("entries of two machines exchanged", "two", hashes,
	    "has another text than ours"),
	LIE("one index for two machines", "two", same_index,
	    "an entry with index"),
	LIE("one machine's outcome twice", "two", twice_the_first,
	    "an outcome for id"),
	LIE("an install that is not entered", "install", too_few,
	    "a commit with 0 of 1 outcomes"),
	LIE("an install that is entered twice", "install", too_many,
	    "more outcomes than the batch has records"),
	LIE("an install without an entry in the log", "install", commit_less,
	    "the log has size"),
	LIE("an install that is granted", "install", outcome_for_entry,
	    "a decision on an entry of our own"),
	LIE("rows for another question", "read", page_of_another,
	    "an answer to no question"),
	LIE("rows of another kind", "read", other_rows,
	    "a record that does not answer the question"),
	LIE("a page that ends twice", "read", page_ends_twice,
	    "a record that does not answer the question"),
	LIE("a row behind the page", "read", row_behind_the_page,
	    "more rows than were asked for"),
	LIE("a question answered twice", "read", done_twice,
	    "an answer to no question"),
	LIE("more rows than were asked for", "read", too_many_rows,
	    "more rows than were asked for"),
};
const size_t lies_nrecords = sizeof(lies_records) / sizeof(lies_records[0]);
