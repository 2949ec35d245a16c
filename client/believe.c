/* Whether a host's hello-reply and its sealed reply are believed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/believe.h"

/* A failed check of dates names both times. */
static int
check_dates(enum check check, struct ktime now, struct ktime not_before,
    struct ktime not_after, struct failure *f)
{
	char here[KTIME_STRLEN], from[KTIME_STRLEN], to[KTIME_STRLEN];
	char detail[128];

	if (trust_in_dates(now, not_before, not_after))
		return (0);
	(void)ktime_print(now, here);
	(void)ktime_print(not_before, from);
	(void)ktime_print(not_after, to);
	(void)snprintf(detail, sizeof(detail),
	    "here it is %s, the host says %s to %s", here, from, to);
	return (failure_check(f, check, detail));
}

int
believe_offer(const struct doc_product *product, struct ktime now,
    const struct wire_hello_reply *r, struct offer *o, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];

	if (trust_host(product, r->host, r->host_len, &o->host, why) == -1)
		return (failure_check(f, CHECK_HOST, why));
	if (trust_seal(&o->host, r->seal, r->seal_len, &o->seal, why) == -1)
		return (failure_check(f, CHECK_SEAL, why));
	if (check_dates(CHECK_HOST_DATES, now, o->host.not_before,
		o->host.not_after, f) == -1 ||
	    check_dates(CHECK_SEAL_DATES, now, o->seal.not_before,
		o->seal.not_after, f) == -1)
		return (-1);
	memcpy(o->challenge, r->challenge, sizeof(o->challenge));
	return (0);
}

/* Nonce, age, box: leaves the text in the answer.  Returns its length. */
static int
open_reply(const struct question *q, int64_t age, const uint8_t *payload,
    size_t len, struct answer *a, struct failure *f)
{
	struct wire_sealed_reply r;
	int n;

	if (wire_get_sealed_reply(payload, len, &r) == -1)
		return (failure_check(f, CHECK_REPLY_FORM, NULL));
	if (!sealbox_is_reply_nonce(r.nonce, q->half))
		return (failure_check(f, CHECK_HALF, NULL));
	if (age > BELIEVE_REPLY_MS)
		return (failure_check(f, CHECK_LATE, NULL));
	if (r.box_len > sizeof(a->text))
		return (failure_check(f, CHECK_REPLY_FORM, NULL));
	n = sealbox_open(
	    a->text, sizeof(a->text), r.box, r.box_len, r.nonce, q->shared);
	if (n == -1)
		return (failure_check(f, CHECK_BOX, NULL));
	return (n);
}

/* The kms-reply, and behind a blank line the grant. */
static int
parse_reply(struct answer *a, size_t len, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];
	const char *blank;
	size_t reply_len = len;

	a->grant = NULL;
	a->grant_len = 0;
	if ((blank = memmem(a->text, len, "\n\n", 2)) != NULL) {
		reply_len = (size_t)(blank - a->text) + 1;
		a->grant = blank + 2;
		a->grant_len = len - reply_len - 1;
	}
	if (message_parse(
		&doc_reply_type, a->text, reply_len, &a->reply, why) == -1)
		return (failure_check(f, CHECK_REPLY, why));
	return (0);
}

/* Which results answer which verbs, what comes with them. */
static int
check_result(const struct answer *a, struct failure *f)
{
	const struct doc_reply *r = &a->reply;
	bool granted = r->result == RESULT_GRANTED;

	if (granted != (a->grant != NULL))
		return (failure_check(f, CHECK_RESULT,
		    granted ? "granted without a grant"
			    : "a grant that is not granted"));
	if (r->result != RESULT_REFUSED &&
	    granted != (r->verb == VERB_ACTIVATE))
		return (failure_check(
		    f, CHECK_RESULT, "a result that the verb can't have"));
	if (r->has_code != (r->result == RESULT_REFUSED))
		return (failure_check(f, CHECK_RESULT,
		    r->has_code ? "a code without a refusal"
				: "a refusal without a code"));
	return (0);
}

int
believe_reply(const struct question *q, const struct doc_seal *seal,
    int64_t age, const uint8_t *payload, size_t len, struct answer *a,
    struct failure *f)
{
	const struct doc_reply *r = &a->reply;
	int n;

	if ((n = open_reply(q, age, payload, len, a, f)) == -1 ||
	    parse_reply(a, (size_t)n, f) == -1)
		return (-1);
	if (memcmp(r->nonce, q->nonce, sizeof(q->nonce)) != 0)
		return (failure_check(f, CHECK_NONCE, NULL));
	if (r->verb != q->verb)
		return (failure_check(f, CHECK_VERB, NULL));
	if (memcmp(r->store, seal->store, UUID_LEN) != 0)
		return (failure_check(f, CHECK_STORE, NULL));
	if (check_result(a, f) == -1)
		return (-1);
	if (!trust_in_dates(r->time, seal->not_before, seal->not_after))
		return (failure_check(f, CHECK_HOST_TIME, NULL));
	return (0);
}
