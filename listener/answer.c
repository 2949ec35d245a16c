/*
 * Answers from memory: hello, fetch, and errors.  One table says which frame
 * may come and which function answers it; absence is a protocol error.
 */
#include "config.h"

#include <string.h>

#include "common/codes.h"
#include "common/log.h"
#include "listener/answer.h"

/* Where an answer is written to. */
struct out {
	uint8_t *buf;
	size_t *len;
	struct wire_sealed *request;
};

static enum answer answer_hello(
    struct answers *, struct session *, const struct frame *, struct out *);
static enum answer answer_fetch(
    struct answers *, struct session *, const struct frame *, struct out *);
static enum answer answer_sealed(
    struct answers *, struct session *, const struct frame *, struct out *);

static const struct rule {
	uint8_t type;
	bool after_hello;
	uint32_t cost;
	enum answer (*answer)(struct answers *, struct session *,
	    const struct frame *, struct out *);
} rules[] = {
	{ WIRE_HELLO, false, 1, answer_hello },
	{ WIRE_SEALED, true, 1, answer_sealed },
	{ WIRE_FETCH, true, ANSWER_FETCH_COST, answer_fetch },
};

#define NRULES (sizeof(rules) / sizeof(rules[0]))

static const struct rule *
rule_find(uint8_t type)
{
	size_t i;

	for (i = 0; i < NRULES; i++)
		if (rules[i].type == type)
			return (&rules[i]);
	return (NULL);
}

size_t
answer_error(
    uint32_t code, uint32_t retry_after, const char *text, uint8_t *buf)
{
	struct wire_error e = { .code = code,
		.retry_after = retry_after,
		.text = text,
		.text_len = strnlen(text, WIRE_TEXT_MAX) };
	int n = wire_put_error(&e, buf, ANSWER_MAX);

	return (n == -1 ? 0 : (size_t)n);
}

size_t
answer_busy(uint32_t retry_after, const char *text, uint8_t *buf)
{
	return (answer_error(CODE_BUSY, retry_after, text, buf));
}

static enum answer
refuse(struct out *out, uint32_t code, const char *text)
{
	*out->len = answer_error(code, 0, text, out->buf);
	return (ANSWER_SEND);
}

static enum answer
malformed(struct answers *a, struct out *out, const char *text)
{
	events_count(&a->events, EVENT_MALFORMED);
	(void)refuse(out, CODE_PROTOCOL, text);
	return (ANSWER_SEND_CLOSE);
}

static enum answer
finish(struct out *out, int n)
{
	if (n == -1) {
		(void)refuse(out, CODE_BUSY, "the answer does not fit a frame");
		return (ANSWER_SEND_CLOSE);
	}
	*out->len = (size_t)n;
	return (ANSWER_SEND);
}

static enum answer
answer_hello(struct answers *a, struct session *s, const struct frame *f,
    struct out *out)
{
	struct wire_hello_reply reply;
	struct wire_hello hello;
	struct offered found;
	bool known;

	if (wire_get_hello(f->payload, f->len, &hello) == -1)
		return (malformed(a, out, "hello of a wrong size"));
	s->hello = false;
	known =
	    offer_find(a->offers.current, hello.keynum, hello.product, &found);
	if (!offer_any(a->offers.current) || (known && found.host == NULL)) {
		events_count(&a->events, EVENT_NOT_ACTIVATED);
		return (refuse(out, CODE_HOST_NOT_ACTIVATED,
		    "this host has no certificate for the product"));
	}
	if (!known) {
		events_count(&a->events, EVENT_NOT_COVERED);
		return (refuse(out, CODE_PRODUCT_NOT_COVERED,
		    "this host does not know the product"));
	}
	if (challenge_make(&a->challenges, s->challenge) == -1) {
		log_warn("getrandom");
		*out->len = answer_busy(1, "no random bytes", out->buf);
		return (ANSWER_SEND_CLOSE);
	}
	memcpy(s->keynum, hello.keynum, KEYNUM_LEN);
	memcpy(s->product, hello.product, UUID_LEN);
	s->hello = true;
	memcpy(reply.challenge, s->challenge, CHALLENGE_LEN);
	reply.product_revision = found.product_revision;
	reply.revocation_revision = found.revocation_revision;
	reply.host = found.host;
	reply.host_len = found.host_len;
	reply.seal = found.seal;
	reply.seal_len = found.seal_len;
	return (
	    finish(out, wire_put_hello_reply(&reply, out->buf, ANSWER_MAX)));
}

static enum answer
answer_fetch(struct answers *a, struct session *s, const struct frame *f,
    struct out *out)
{
	enum wire_fetch which;
	const char *text;
	size_t len;

	if (wire_get_fetch(f->payload, f->len, &which) == -1)
		return (malformed(a, out, "fetch of a wrong form"));
	if (s->fetched)
		return (malformed(a, out, "a second fetch on a connection"));
	s->fetched = true;
	if ((text = offer_fetch(a->offers.current, s->keynum, s->product, which,
		 &len)) == NULL)
		return (refuse(out, CODE_PRODUCT_NOT_COVERED,
		    "this host has no such document"));
	return (finish(out, wire_put_fetched(text, len, out->buf, ANSWER_MAX)));
}

static enum answer
answer_sealed(struct answers *a, struct session *s, const struct frame *f,
    struct out *out)
{
	(void)s;
	if (wire_get_sealed(f->payload, f->len, out->request) == -1)
		return (malformed(a, out, "sealed of a wrong size"));
	return (ANSWER_HAND_ON);
}

enum answer
answer_frame(struct answers *a, struct session *s, const struct frame *f,
    uint8_t *buf, size_t *len, struct wire_sealed *request)
{
	struct out out = { buf, len, request };
	const struct rule *rule;

	if ((rule = rule_find(f->type)) == NULL)
		return (malformed(a, &out, "a frame of an unknown type"));
	if (rule->after_hello && !s->hello)
		return (malformed(a, &out, "no hello before this frame"));
	return (rule->answer(a, s, f, &out));
}

uint32_t
answer_cost(const struct frame *f)
{
	const struct rule *rule = rule_find(f->type);

	return (rule == NULL ? 1 : rule->cost);
}
