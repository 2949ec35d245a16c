/* What the lies share: records taken apart and put together. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/codes.h"
#include "common/log.h"
#include "tests/hostile/liar/liar.h"

uint64_t
liar_entry(const struct record *r, const char **text, size_t *len)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };
	uint64_t index;

	index = ipc_get_u64(&p);
	*text = (const char *)ipc_get_blob(&p, ENTRY_MAX, len);
	return (index);
}

void
liar_put_entry(struct record *r, uint64_t index, const char *text, size_t len)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };
	char copy[ENTRY_MAX + 1];

	memcpy(copy, text, len);
	ipc_put_u64(&w, index);
	ipc_put_blob(&w, copy, len);
	r->len = (size_t)(w.p - r->bytes);
}

size_t
liar_print(const struct message_type *type, const void *e, char *text)
{
	char why[MESSAGE_ERROR_MAX];
	int n;

	if ((n = message_print(type, e, text, ENTRY_MAX + 1, why)) == -1)
		fatalx("a lie that can't be printed: %s", why);
	return ((size_t)n);
}

void
liar_get_outcome(const struct record *r, struct as_outcome *o)
{
	struct ipc_reader p = { r->bytes, r->bytes + r->len, false };

	as_get_outcome(&p, o);
}

void
liar_put_outcome(struct record *r, const struct as_outcome *o)
{
	struct ipc_writer w = { r->bytes, r->bytes + sizeof(r->bytes), false };

	as_put_outcome(&w, o);
	r->len = (size_t)(w.p - r->bytes);
}

void
liar_decision(
    const struct liar *l, const struct as_outcome *o, struct entry_decision *e)
{
	*e = l->decide[l->nanswered].entry;
	e->time = l->batch.time;
	e->count = o->count;
	e->needed = o->needed;
	e->code = o->code;
	if (o->code != CODE_OK)
		(void)strlcpy(
		    e->code_name, code_name(o->code), sizeof(e->code_name));
}

size_t
liar_rehash(const struct entry_decision *e, struct as_outcome *o, char *text)
{
	size_t len;

	len = liar_print(
	    o->kind == OUTCOME_GRANT ? &entry_grant_type : &entry_refusal_type,
	    e, text);
	entry_hash(text, len, o->hash);
	return (len);
}

void
liar_tells(struct liar *l, uint64_t index)
{
	l->told = true;
	log_warnx("the lie is in entry %llu", (unsigned long long)index);
}

size_t
liar_file(char *to, size_t size)
{
	ssize_t n;
	int fd;

	if ((fd = open(LIAR_FILE, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (n = read(fd, to, size)) <= 0)
		fatal("%s", LIAR_FILE);
	(void)close(fd);
	return ((size_t)n);
}
