/*
 * The audit log against keys, checkpoints and anchor.  In each log the first
 * thing that does not fit is named; what follows it proves nothing.
 */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "common/entries.h"
#include "kmsctl/verify.h"

void
verify_bad(struct verify *v, const char *fmt, ...)
{
	va_list ap;

	v->bad = v->failed = true;
	(void)fputs("BAD: ", v->out);
	va_start(ap, fmt);
	(void)vfprintf(v->out, fmt, ap);
	va_end(ap);
	(void)fputc('\n', v->out);
}

uint64_t
verify_size(const struct verify *v)
{
	return (v->edge.size);
}

/* Entries from first to the one before end. */
static void
bad_stretch(struct verify *v, uint64_t first, uint64_t end, const char *why)
{
	char log[UUID_STRLEN];

	uuid_print(v->origin.log, log);
	if (first + 1 == end)
		verify_bad(v, "log %s: entry %" PRIu64 ": %s", log, first, why);
	else
		verify_bad(v, "log %s: entries %" PRIu64 " to %" PRIu64 ": %s",
		    log, first, end - 1, why);
}

/* Where the first hash of the edge differs, in entries. */
static void
differing(const struct tree_edge *a, const struct tree_edge *b, uint64_t *first,
    uint64_t *end)
{
	uint64_t bit;
	size_t i = 0;

	*first = 0;
	for (bit = TREE_SIZE_LIMIT >> 1; bit != 0; bit >>= 1) {
		if ((a->size & bit) == 0)
			continue;
		*end = *first + bit;
		if (memcmp(&a->hash[i], &b->hash[i], sizeof(a->hash[i])) != 0)
			return;
		*first = *end;
		i++;
	}
}

static bool
is_anchor_log(const struct verify *v)
{
	return (v->has_anchor &&
		memcmp(v->anchor.origin.log, v->origin.log, UUID_LEN) == 0);
}

static void
compare_anchor(struct verify *v)
{
	uint64_t first, end = 0;

	if (!is_anchor_log(v) || v->edge.size != v->anchor.edge.size)
		return;
	if (memcmp(v->edge.hash, v->anchor.edge.hash,
		tree_edge_count(v->edge.size) * sizeof(v->edge.hash[0])) == 0) {
		if (v->edge.size > v->good)
			v->good = v->edge.size;
		return;
	}
	differing(&v->edge, &v->anchor.edge, &first, &end);
	if (first < v->good)
		first = v->good;
	bad_stretch(v, first, end, "other than the anchor says");
}

/* The grant's checkpoint is of this log and this size. */
static void
compare_grant(struct verify *v)
{
	const struct checkpoint *c = &v->grant.proof.checkpoint;
	struct tree_hash root;

	if (!v->grant.wanted || c->size != v->edge.size ||
	    memcmp(c->origin.log, v->origin.log, UUID_LEN) != 0)
		return;
	tree_root(&v->edge, &root);
	if (memcmp(&root, &c->root, sizeof(root)) == 0)
		v->grant.root_found = true;
	else
		verify_bad(v,
		    "the grant's checkpoint of size %" PRIu64
		    " is signed by the host, and has another root than the "
		    "log: there are two logs of one name",
		    c->size);
}

void
verify_begin(struct verify *v, const uint8_t log[UUID_LEN], bool current)
{
	memset(&v->origin, 0, sizeof(v->origin));
	memset(&v->edge, 0, sizeof(v->edge));
	memcpy(v->origin.log, log, UUID_LEN);
	if (v->has_public)
		origin_make(&v->origin, v->public, log);
	else if (v->has_anchor)
		memcpy(v->origin.host, v->anchor.origin.host,
		    sizeof(v->origin.host));
	v->current = current;
	v->failed = false;
	v->good = v->checkpoint = 0;
	v->logs++;
	if (is_anchor_log(v))
		v->anchor_met = true;
	compare_anchor(v);
}

/* The first entry of a new log states what the log before was. */
static void
check_first(struct verify *v, const struct entry_rollback *e)
{
	const char *what = NULL;

	if (!v->has_before)
		what = "there is no log before it";
	else if (e->found_size != v->before_size)
		what = "the log before it has another size";
	else if (memcmp(e->found_root, &v->before_root, HASH_LEN) != 0)
		what = "the log before it has another root";
	if (what != NULL)
		bad_stretch(v, 0, 1, what);
}

static const struct message_type *
parse(struct verify *v, const char *text, size_t len, union entry *e)
{
	const struct message_type *type;
	char error[MESSAGE_ERROR_MAX], why[MESSAGE_ERROR_MAX + 32];
	char again[ENTRY_MAX + 1];
	const uint64_t i = v->edge.size;
	int n;

	if (len == 0 || len > ENTRY_MAX ||
	    (type = entry_type_of(text, len)) == NULL) {
		bad_stretch(v, i, i + 1, "no entry of a known type");
		return (NULL);
	}
	if (message_parse(type, text, len, e, error) == -1) {
		(void)snprintf(why, sizeof(why), "does not parse: %s", error);
		bad_stretch(v, i, i + 1, why);
		return (NULL);
	}
	n = message_print(type, e, again, sizeof(again), NULL);
	if (n == -1 || (size_t)n != len || memcmp(again, text, len) != 0) {
		bad_stretch(v, i, i + 1, "not in the form it is printed in");
		return (NULL);
	}
	return (type);
}

static int
check_salt(struct verify *v, const char *text, size_t len)
{
	if (v->salts == NULL || salts_right(v->salts, &v->origin, text, len))
		return (0);
	bad_stretch(v, v->edge.size, v->edge.size + 1,
	    "its salt is not the host's: changed or made up");
	return (-1);
}

static void
count(struct verify *v, const struct message_type *type)
{
	size_t i;

	v->entries++;
	for (i = 0; i < VERIFY_TYPES_MAX && entry_types[i] != NULL; i++) {
		if (entry_types[i] == type)
			v->type[i]++;
	}
}

void
verify_entry(struct verify *v, uint64_t index, int64_t time, const char *text,
    size_t len)
{
	const struct message_type *type;
	struct tree_hash leaf;
	union entry e;

	if (v->failed)
		return;
	if (index != v->edge.size) {
		bad_stretch(v, v->edge.size, index, "missing");
		return;
	}
	if ((type = parse(v, text, len, &e)) == NULL ||
	    check_salt(v, text, len) == -1)
		return;
	if (e.time.sec != time) {
		bad_stretch(v, index, index + 1, "kept under another time");
		return;
	}
	if (index == 0 && type == &entry_rollback_type)
		check_first(v, &e.rollback);
	count(v, type);
	if (v->grant.wanted && index == v->grant.proof.index &&
	    memcmp(v->grant.proof.checkpoint.origin.log, v->origin.log,
		UUID_LEN) == 0 &&
	    len == v->grant.len && memcmp(text, v->grant.entry, len) == 0)
		v->grant.entry_found = true;
	tree_leaf(text, len, &leaf);
	if (tree_append(&v->edge, &leaf) == -1) {
		bad_stretch(v, index, index + 1, "one too many");
		return;
	}
	compare_anchor(v);
	compare_grant(v);
}

/* Without a public key: the three lines must be those of this tree. */
static bool
body_fits(
    struct verify *v, const struct checkpoint *c, const char *text, size_t len)
{
	struct checkpoint mine = *c;
	char body[CHECKPOINT_MAX];
	const char *end;
	int n;

	end = memchr(text, '\n', len);
	if (end == NULL ||
	    origin_parse(text, (size_t)(end - text), &mine.origin) == -1 ||
	    memcmp(mine.origin.log, v->origin.log, UUID_LEN) != 0)
		return (false);
	n = checkpoint_print_body(&mine, body);
	return (len > (size_t)n && memcmp(text, body, (size_t)n) == 0);
}

void
verify_checkpoint(struct verify *v, uint64_t size, const char *text, size_t len)
{
	struct checkpoint mine = { .origin = v->origin, .size = size }, theirs;
	uint8_t signature[SIGNATURE_LEN];
	char error[MESSAGE_ERROR_MAX], log[UUID_STRLEN];
	bool fits;

	if (v->failed)
		return;
	uuid_print(v->origin.log, log);
	v->checkpoints++;
	v->checkpoint = size;
	/* SQLite gives NULL for what is empty. */
	if (len == 0) {
		verify_bad(v,
		    "log %s: the checkpoint of size %" PRIu64 " is empty", log,
		    size);
		return;
	}
	tree_root(&v->edge, &mine.root);
	if (!v->has_public)
		fits = body_fits(v, &mine, text, len);
	else if (checkpoint_verify(
		     text, len, v->public, &theirs, signature, error) == -1) {
		verify_bad(v,
		    "log %s: the checkpoint of size %" PRIu64
		    " is not one of this host: %s",
		    log, size, error);
		return;
	} else if (memcmp(theirs.origin.log, v->origin.log, UUID_LEN) != 0 ||
		   theirs.size != size) {
		verify_bad(v,
		    "log %s: the checkpoint kept for size %" PRIu64
		    " is that of another log or size",
		    log, size);
		return;
	} else
		fits = memcmp(&mine.root, &theirs.root, sizeof(mine.root)) == 0;
	if (fits)
		v->good = size;
	else
		bad_stretch(v, v->good, size,
		    v->has_public ? "other than the next checkpoint, which the "
				    "host signed, says"
				  : "other than the next checkpoint says");
}

void
verify_missing(struct verify *v, uint64_t size)
{
	if (!v->failed)
		bad_stretch(v, v->edge.size, size,
		    "missing, and a checkpoint behind them is kept");
}

void
verify_end(struct verify *v)
{
	char log[UUID_STRLEN];

	uuid_print(v->origin.log, log);
	if (!v->failed && is_anchor_log(v) && v->current &&
	    v->edge.size < v->anchor.edge.size)
		bad_stretch(v, v->edge.size, v->anchor.edge.size,
		    "missing, and the anchor knows them");
	(void)fprintf(v->out, "log %s: %s%" PRIu64 " entries, %s", log,
	    v->failed ? "verified up to " : "", v->edge.size,
	    v->failed ? "BAD" : "good");
	if (!v->failed && v->checkpoint != 0)
		(void)fprintf(
		    v->out, ", newest checkpoint at %" PRIu64, v->checkpoint);
	(void)fprintf(v->out, "%s\n", v->current ? "" : " (an old log)");
	v->has_before = !v->failed;
	v->before_size = v->edge.size;
	tree_root(&v->edge, &v->before_root);
}

static void
finish_anchor(struct verify *v)
{
	char ours[UUID_STRLEN], theirs[UUID_STRLEN];

	if (!v->has_anchor)
		return;
	uuid_print(v->newest, ours);
	uuid_print(v->anchor.origin.log, theirs);
	if (v->has_public && v->logs != 0 &&
	    memcmp(v->anchor.origin.host, v->origin.host,
		sizeof(v->origin.host)) != 0)
		verify_bad(v, "the anchor is that of another host key");
	else if (!v->anchor_met && v->anchor.edge.size != 0)
		verify_bad(v,
		    "the anchor is of log %s, which the database lacks",
		    theirs);
	else if (memcmp(v->newest, v->anchor.origin.log, UUID_LEN) != 0)
		verify_bad(v,
		    "the newest log is %s, and the anchor's is %s: an "
		    "accept-rollback was interrupted (give the command "
		    "again), or the anchor was put back",
		    ours, theirs);
	else if (memcmp(v->store, v->anchor.store, UUID_LEN) != 0)
		verify_bad(v, "the anchor is of another store");
}

static void
finish_grant(struct verify *v)
{
	const struct proof *p = &v->grant.proof;
	char log[UUID_STRLEN];

	if (!v->grant.wanted)
		return;
	uuid_print(p->checkpoint.origin.log, log);
	if (!v->grant.entry_found)
		verify_bad(v,
		    "the grant is not entry %" PRIu64
		    " of log %s, as its proof says",
		    p->index, log);
	else if (!v->grant.root_found)
		verify_bad(v,
		    "the grant's checkpoint of size %" PRIu64
		    " of log %s is beyond what could be verified",
		    p->checkpoint.size, log);
	else
		(void)fprintf(v->out,
		    "the grant is entry %" PRIu64 " of log %s\n", p->index,
		    log);
}

void
verify_finish(struct verify *v)
{
	size_t i;

	finish_anchor(v);
	finish_grant(v);
	for (i = 0; i < VERIFY_TYPES_MAX && entry_types[i] != NULL; i++)
		(void)fprintf(v->out, "%-12s %" PRIu64 "\n",
		    entry_types[i]->name, v->type[i]);
	if (v->salts == NULL)
		(void)fprintf(v->out,
		    "not checked: the entries' salts (no secret key of the "
		    "host)\n");
	if (!v->has_public)
		(void)fprintf(v->out,
		    "not checked: the checkpoints' signatures (no key of the "
		    "host)\n");
	if (!v->has_anchor)
		(void)fprintf(v->out,
		    "not checked: whether the end was cut off or changed "
		    "behind the newest checkpoint (no anchor)\n");
	(void)fprintf(v->out,
	    "logs %" PRIu64 ", entries %" PRIu64 ", checkpoints %" PRIu64
	    ": %s\n",
	    v->logs, v->entries, v->checkpoints,
	    v->bad ? "the log is BAD" : "the log is good");
}
