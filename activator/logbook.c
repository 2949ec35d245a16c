/*
 * The log's edge, checkpoint and anchor, and the verification of what the
 * store returns of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/logbook.h"
#include "common/reason.h"

void
logbook_init(
    struct logbook *l, const struct signer *signer, const struct anchor *a)
{
	memset(l, 0, sizeof(*l));
	l->signer = signer;
	l->origin = a->origin;
	memcpy(l->store, a->store, UUID_LEN);
	l->edge = a->edge;
}

static int
compute_salt(const struct logbook *l, const struct message_type *type,
    const void *e, uint8_t salt[SALT_LEN])
{
	struct secrets *secrets;
	int ret;

	secrets = arena_open(l->signer->arena);
	ret = salt_make(secrets->salt, &l->origin, type, e, salt);
	arena_close(l->signer->arena);
	return (ret);
}

int
logbook_salt(const struct logbook *l, const struct message_type *type, void *e)
{
	uint8_t *place = salt_place(type, e);

	if (place == NULL)
		return (-1);
	return (compute_salt(l, type, e, place));
}

int
logbook_verify(const struct logbook *l, const char *text, size_t len,
    const struct message_type **type, union entry *e, char *error)
{
	char again[ENTRY_MAX + 1], why[MESSAGE_ERROR_MAX];
	uint8_t salt[SALT_LEN];
	int n;

	if ((*type = entry_type_of(text, len)) == NULL)
		return (reason(error, "not an entry of a known type"));
	if (message_parse(*type, text, len, e, why) == -1)
		return (reason(error, "%.200s", why));
	n = message_print(*type, e, again, sizeof(again), NULL);
	if (n == -1 || (size_t)n != len || memcmp(again, text, len) != 0)
		return (reason(error, "does not print to the same bytes"));
	if (salt_place(*type, e) == NULL ||
	    compute_salt(l, *type, e, salt) == -1)
		return (reason(error, "has no salt of a known type"));
	if (memcmp(salt, salt_place(*type, e), SALT_LEN) != 0)
		return (reason(error, "its salt is not of this host's key"));
	return (0);
}

int
logbook_found(struct logbook *l, uint64_t index, const char *text, size_t len,
    char *error)
{
	const struct message_type *type;
	struct tree_hash leaf;
	union entry e;
	char why[MESSAGE_ERROR_MAX];

	if (index != l->edge.size)
		return (reason(error,
		    "entry %llu is returned in the place of "
		    "entry %llu",
		    (unsigned long long)index,
		    (unsigned long long)l->edge.size));
	if (logbook_verify(l, text, len, &type, &e, why) == -1)
		return (reason(error, "entry %llu: %.200s",
		    (unsigned long long)index, why));
	tree_leaf(text, len, &leaf);
	if (tree_append(&l->edge, &leaf) == -1)
		return (reason(error, "the log is full"));
	l->newest = e.time;
	return (0);
}

void
logbook_sign(struct logbook *l)
{
	struct checkpoint c;

	l->unsigned_ms = 0;
	if (l->checkpoint_len != 0 && l->signed_size == l->edge.size)
		return;
	c.origin = l->origin;
	c.size = l->edge.size;
	tree_root(&l->edge, &c.root);
	l->checkpoint_len =
	    (size_t)sign_checkpoint(l->signer, &c, l->checkpoint);
	l->signed_size = c.size;
}

bool
logbook_keep_due(const struct logbook *l)
{
	return (l->checkpoint_len != 0 &&
		l->signed_size >= l->kept_size + LOGBOOK_KEEP);
}

int
logbook_anchor(const struct logbook *l, char out[ANCHOR_MAX])
{
	struct anchor a;

	a.origin = l->origin;
	memcpy(a.store, l->store, UUID_LEN);
	a.edge = l->edge;
	return (anchor_print(&a, out));
}
