/*
 * How a machine stands with a product: publisher, product, certificate that
 * is kept, grant, latest known time.
 */
#include "config.h"

#include <string.h>

#include "client/standing.h"
#include "common/codes.h"

#define TRIES 2 /* a grant may be replaced between two reads */

/* The certificate that a grant names; 1, 0 if it is not there, -1. */
static int
read_certificate(const struct state *s, const struct trusted *t,
    const char *grant, size_t len, struct doc_host *host, struct standing *st,
    struct failure *f)
{
	char text[STATE_DOCUMENT_MAX], why[MESSAGE_ERROR_MAX];
	uint8_t serial[UUID_LEN];
	size_t text_len;
	int found;

	if (grant_serial(grant, len, serial, &st->why) == -1)
		return (0);
	found = state_read_host(s, serial, text, &text_len, f);
	if (found == 0)
		(void)failure_check(
		    &st->why, CHECK_SERIAL, "the certificate is not beside it");
	if (found != 1)
		return (found);
	if (trust_host(&t->product, text, text_len, host, why) == -1) {
		(void)failure_check(&st->why, CHECK_HOST, why);
		return (0);
	}
	return (1);
}

/*
 * Reads grant and certificate and holds them against each other.  Returns 1
 * if they hold, 0 if not (the reason is in st->why), -1 with a failure.
 */
static int
read_grant(const struct state *s, const struct trusted *t,
    struct grant_terms *terms, struct standing *st, enum grant_held *held,
    struct failure *f)
{
	char grant[STATE_DOCUMENT_MAX];
	struct doc_host host;
	size_t len;
	int found;

	found = state_read_grant(s, grant, &len, f);
	if (found == 0)
		(void)failure_set(
		    &st->why, CODE_OK, "this machine has no grant yet");
	if (found != 1)
		return (found);
	found = read_certificate(s, t, grant, len, &host, st, f);
	if (found != 1)
		return (found);
	terms->host = &host;
	found = grant_hold(terms, grant, len, &st->grant, held, &st->why);
	terms->host = NULL;
	return (found == 0 ? 1 : 0);
}

/* Without a grant that holds: grace from the first request on. */
static void
without_grant(
    const struct state *s, const struct trusted *t, struct standing *st)
{
	struct ktime ends;

	if (!s->found) {
		st->state = STATE_UNLICENSED;
		return;
	}
	ends = ktime_add(s->record.begun, t->product.grace);
	if (ktime_cmp(st->now, ends) < 0) {
		st->state = STATE_OOB_GRACE;
		st->ends = ends;
		return;
	}
	st->state = STATE_NOTIFICATION;
	if (st->why.code == CODE_OK)
		(void)failure_set(&st->why, CODE_GRACE_EXPIRED,
		    "the time in which the product runs without a grant is "
		    "over");
}

/* A grant of a void certificate: grace from the revocation on. */
static void
with_void(const struct trusted *t, struct standing *st)
{
	struct ktime ends = ktime_add(t->revocation.time, t->product.grace);

	if (ktime_cmp(st->grant.expires, ends) < 0)
		ends = st->grant.expires;
	(void)failure_check(&st->why, CHECK_VOID, NULL);
	st->state = ktime_cmp(st->now, ends) < 0 ? STATE_NON_GENUINE_GRACE
						 : STATE_NOTIFICATION;
	if (st->state == STATE_NON_GENUINE_GRACE)
		st->ends = ends;
}

static void
with_grant(const struct trusted *t, enum grant_held held, struct standing *st)
{
	st->has_grant = true;
	if (ktime_cmp(st->now, st->grant.expires) >= 0) {
		st->state = STATE_NOTIFICATION;
		(void)failure_set(
		    &st->why, CODE_GRACE_EXPIRED, "the grant has expired");
		return;
	}
	if (held == GRANT_VOID) {
		with_void(t, st);
		return;
	}
	st->ends = st->grant.expires;
	if (held == GRANT_OTHER_HARDWARE) {
		st->state = STATE_OOT_GRACE;
		(void)failure_check(&st->why, CHECK_HARDWARE, NULL);
		return;
	}
	st->state = STATE_LICENSED;
}

int
standing_find(const struct state *s, const struct trusted *t,
    const uint8_t hardware[HARDWARE_LEN], struct ktime now, struct standing *st,
    struct failure *f)
{
	struct grant_terms terms;
	enum grant_held held = GRANT_VOID;
	int found = 0, i;

	memset(st, 0, sizeof(*st));
	st->now = now;
	if (s->found && ktime_cmp(now, s->record.clock) < 0)
		st->now = s->record.clock;
	memset(&terms, 0, sizeof(terms));
	terms.product = &t->product;
	if (t->has_revocation)
		terms.revocation = &t->revocation;
	memcpy(terms.machine, s->machine, sizeof(terms.machine));
	memcpy(terms.hardware, hardware, HARDWARE_LEN);
	for (i = 0; i < TRIES && found == 0; i++) {
		found = read_grant(s, t, &terms, st, &held, f);
		if (found == -1)
			return (-1);
	}
	if (found == 0) {
		memset(&st->grant, 0, sizeof(st->grant));
		without_grant(s, t, st);
	} else {
		with_grant(t, held, st);
	}
	return (0);
}

int64_t
standing_left(const struct standing *st)
{
	int64_t left;

	if (!st->has_grant)
		return (0);
	left = ktime_diff(st->grant.expires, st->now);
	return (left < 0 ? 0 : left);
}
