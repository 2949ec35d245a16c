/*
 * What the store answers, held against what was asked: the one place where an
 * outcome is believed.  From it come result, code, count, needed, serial and
 * index; every other field of an entry is our own.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/activator.h"
#include "common/codes.h"
#include "common/reason.h"

struct outcome_rule {
	const char *name;
	bool index; /* it has an entry */
	bool serial;
	uint32_t code[5]; /* which it may carry */
	size_t ncodes;
};

/* For an activation, by kind. */
static const struct outcome_rule activate_rules[] = {
	[OUTCOME_GRANT] = { "grant", true, true, { CODE_OK }, 1 },
	[OUTCOME_REFUSAL] = { "refusal", true, true,
	    { CODE_COUNT_INSUFFICIENT, CODE_SEATS_EXHAUSTED, CODE_CLONE,
		CODE_TOKEN_NEEDED },
	    4 },
	[OUTCOME_REPEATED] = { "repeated refusal", false, true,
	    { CODE_COUNT_INSUFFICIENT, CODE_SEATS_EXHAUSTED, CODE_CLONE,
		CODE_TOKEN_NEEDED },
	    4 },
	[OUTCOME_NOTHING] = { "refusal without a row", false, false,
	    { CODE_BUSY, CODE_PROTOCOL }, 2 },
};

/* For a status request. */
static const struct outcome_rule status_rule = { "status", false, false,
	{ CODE_OK, CODE_BUSY, CODE_PROTOCOL }, 3 };

/* The record that is to be answered next, or NULL. */
static struct batch_record *
next_record(struct activator *a, uint32_t id, char *error)
{
	struct batch *b = &a->batch[a->current];
	struct batch_record *rec;

	if (!a->store_busy) {
		(void)reason(error, "an outcome while no batch is under way");
		return (NULL);
	}
	if (b->answered == b->n) {
		(void)reason(error, "more outcomes than the batch has records");
		return (NULL);
	}
	rec = &b->record[b->answered];
	if (id != rec->slot) {
		(void)reason(error, "an outcome for id %u where %u is next", id,
		    rec->slot);
		return (NULL);
	}
	return (rec);
}

static int
check_rule(
    const struct outcome_rule *rule, const struct as_outcome *o, char *error)
{
	size_t i;

	if (rule->index && !o->has_index)
		return (reason(error, "a %s without an index", rule->name));
	if (!rule->index && o->has_index)
		return (reason(error, "a %s with an index", rule->name));
	if (rule->serial != (o->serial != 0))
		return (reason(error, "a %s %s a serial", rule->name,
		    rule->serial ? "without" : "with"));
	for (i = 0; i < rule->ncodes; i++)
		if (rule->code[i] == o->code)
			return (0);
	return (
	    reason(error, "a %s with the code 0x%08X", rule->name, o->code));
}

static int
check_outcome(
    const struct slot_request *q, const struct as_outcome *o, char *error)
{
	const struct outcome_rule *rule = &status_rule;

	if (o->kind > OUTCOME_NOTHING)
		return (reason(
		    error, "an outcome of the unknown kind %u", o->kind));
	if (q->verb == VERB_STATUS && o->kind != OUTCOME_NOTHING)
		return (reason(error, "an outcome with a row for a status "
				      "request"));
	if (q->verb == VERB_ACTIVATE)
		rule = &activate_rules[o->kind];
	if (check_rule(rule, o, error) == -1)
		return (-1);
	if (rule->serial && o->needed != q->decide.threshold)
		return (reason(error,
		    "a threshold of %llu where the product has %llu",
		    (unsigned long long)o->needed,
		    (unsigned long long)q->decide.threshold));
	if (o->kind == OUTCOME_GRANT && o->count < o->needed)
		return (reason(error, "a grant below the threshold"));
	return (0);
}

/* Appends the entry in rec->text, which the store says has index and hash. */
static int
append(struct batch *b, struct batch_record *rec, uint64_t index,
    const uint8_t hash[ENTRY_HASH_LEN], char *error)
{
	uint8_t own[ENTRY_HASH_LEN];
	struct tree_hash leaf;
	uint64_t next = b->before + tree_batch_count(b->tree);

	if (index != next)
		return (reason(error,
		    "an entry with index %llu where the "
		    "tree has %llu",
		    (unsigned long long)index, (unsigned long long)next));
	entry_hash(rec->text, rec->len, own);
	if (memcmp(own, hash, ENTRY_HASH_LEN) != 0)
		return (reason(error,
		    "entry %llu has another text than "
		    "ours",
		    (unsigned long long)index));
	rec->has_entry = true;
	rec->index = index;
	rec->leaf = tree_batch_count(b->tree);
	tree_leaf(rec->text, rec->len, &leaf);
	if (tree_batch_add(b->tree, &leaf) == -1)
		return (reason(error, "the log is full"));
	return (0);
}

/* Prints the entry of this outcome from our own fields. */
static int
rebuild(struct slot_request *q, const struct as_outcome *o,
    struct batch_record *rec, char *error)
{
	const struct message_type *type = &entry_grant_type;
	struct entry_decision *e = &q->decide.entry;
	int len;

	e->count = o->count;
	e->needed = o->needed;
	if (o->kind == OUTCOME_REFUSAL) {
		type = &entry_refusal_type;
		e->code = o->code;
		(void)snprintf(e->code_name, sizeof(e->code_name), "%s",
		    code_name(o->code));
	}
	if ((len = message_print(
		 type, e, rec->text, sizeof(rec->text), NULL)) == -1)
		return (reason(error, "an outcome whose numbers can't stand "
				      "in an entry"));
	rec->len = (size_t)len;
	return (0);
}

int
batch_outcome(struct activator *a, const struct as_outcome *o, char *error)
{
	struct batch *b = &a->batch[a->current];
	struct batch_record *rec;
	struct slot *slot;

	if ((rec = next_record(a, o->id, error)) == NULL)
		return (-1);
	slot = &a->slots.slot[rec->slot];
	if (slot->kind != SLOT_REQUEST)
		return (reason(error, "a decision on an entry of our own"));
	if (check_outcome(&slot->u.request, o, error) == -1)
		return (-1);
	if (o->has_index && (rebuild(&slot->u.request, o, rec, error) == -1 ||
				append(b, rec, o->index, o->hash, error) == -1))
		return (-1);
	rec->kind = o->kind;
	rec->code = o->code;
	rec->count = o->count;
	rec->needed = o->needed;
	rec->serial = o->serial;
	if (o->kind == OUTCOME_GRANT)
		b->grants = true;
	b->answered++;
	return (0);
}

int
batch_entered(struct activator *a, const struct as_entered *o, char *error)
{
	struct batch *b = &a->batch[a->current];
	struct batch_record *rec;

	if ((rec = next_record(a, o->id, error)) == NULL)
		return (-1);
	if (a->slots.slot[rec->slot].kind == SLOT_REQUEST)
		return (reason(error, "no decision on a request"));
	if (append(b, rec, o->index, o->hash, error) == -1)
		return (-1);
	if (a->slots.slot[rec->slot].kind == SLOT_DOCUMENT)
		b->document = true;
	b->answered++;
	return (0);
}

int
batch_committed(struct activator *a, uint64_t size, char *error)
{
	struct batch *b = &a->batch[a->current];
	size_t entries;

	if (!a->store_busy)
		return (reason(error, "a commit while no batch is under way"));
	if (b->answered != b->n)
		return (reason(error, "a commit with %zu of %zu outcomes",
		    b->answered, b->n));
	entries = tree_batch_count(b->tree);
	if (size != b->before + entries)
		return (reason(error,
		    "the log has size %llu after the "
		    "commit, and the tree %llu",
		    (unsigned long long)size,
		    (unsigned long long)(b->before + entries)));
	a->store_busy = false;
	a->committed = true;
	if (b->kept_size != 0)
		a->log.kept_size = b->kept_size;
	if (entries != 0) {
		tree_batch_end(b->tree, &a->log.edge, NULL);
		a->counter[COUNT_ENTRIES] += entries;
		a->counter[COUNT_LOG_SIZE] = size;
		if (b->document && admin_kept(a, error) == -1)
			return (-1);
		if (activator_send_anchor(a) == -1)
			return (reason(error, "the anchor can't be printed"));
	}
	return (batch_go_on(a, error));
}
