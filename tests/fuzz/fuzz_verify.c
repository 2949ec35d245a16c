/*
 * The audit of a database: its rows as packets.  Type 0 begins a log, 1 is an
 * entry, 2 a checkpoint, 3 says that one is missing, 4 is the anchor, 5 says
 * which keys are at hand.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "kmsctl/verify.h"
#include "tests/fuzz/packets.h"

#define TYPES 6

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct scene {
	struct verify verify;
	bool open; /* a log is under way */
	uint8_t log[UUID_LEN];
};

static void
close_log(struct scene *s)
{
	if (s->open)
		verify_end(&s->verify);
	s->open = false;
}

/* As SQLite gives it: nothing is NULL. */
static const char *
text_of(const struct packet *p)
{
	return (p->len == 0 ? NULL : (const char *)p->bytes);
}

static void
begin_log(struct scene *s, const struct packet *p)
{
	close_log(s);
	memset(s->log, 0, sizeof(s->log));
	memcpy(s->log, p->bytes,
	    p->len < sizeof(s->log) ? p->len : sizeof(s->log));
	verify_begin(&s->verify, s->log, p->count != 0);
	s->open = true;
}

/* The count is how far the index lies ahead; the time is the entry's day. */
static void
entry(struct scene *s, const struct packet *p)
{
	if (s->open)
		verify_entry(&s->verify, verify_size(&s->verify) + p->count,
		    INT64_C(1795341600), text_of(p), p->len);
}

static void
checkpoint(struct scene *s, const struct packet *p)
{
	if (s->open)
		verify_checkpoint(&s->verify,
		    verify_size(&s->verify) + p->count, text_of(p), p->len);
}

static void
missing(struct scene *s, const struct packet *p)
{
	if (s->open)
		verify_missing(&s->verify, verify_size(&s->verify) + p->count);
}

/* Before the first log, as kmsd-audit does. */
static void
anchor(struct scene *s, const struct packet *p)
{
	char error[MESSAGE_ERROR_MAX];

	if (s->verify.logs == 0)
		s->verify.has_anchor =
		    anchor_parse((const char *)p->bytes, p->len,
			&s->verify.anchor, error) == 0;
}

static const struct salts salts = { .fd = -1 };

static void
keys(struct scene *s, const struct packet *p)
{
	if (s->verify.logs != 0)
		return;
	s->verify.has_public = (p->count & 1) != 0;
	s->verify.salts = (p->count & 2) != 0 ? &salts : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const rows[TYPES])(
	    struct scene *, const struct packet *) = { begin_log, entry,
		checkpoint, missing, anchor, keys };
	static struct scene s;
	static FILE *nowhere;
	struct packet p;

	if (sodium_init() == -1 ||
	    (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL))
		err(1, "/dev/null");
	memset(&s, 0, sizeof(s));
	s.verify.out = nowhere;
	while (packet_take(&data, &size, 1, &p))
		rows[p.type % TYPES](&s, &p);
	close_log(&s);
	verify_finish(&s.verify);
	return (0);
}
