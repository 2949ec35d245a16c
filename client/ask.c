/*
 * One host asked: hello, newer documents, sealed request.  Nothing of what it
 * answers is kept before all of it has been verified.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client/ask.h"
#include "client/exchange.h"
#include "client/request.h"
#include "client/stores.h"
#include "common/codes.h"

#define BOX_MAX 1200 /* bytes: more than fits into a frame */
#define REQUEST_TRIES 3 /* after seal-unknown, after time-skew */

struct ask {
	struct session *session;
	const struct named_host *host;
	struct failure *failure;
	struct connection connection;
	struct offer offer;
	struct question question;
	struct answer answer;
	struct ktime time; /* of the request */
	bool fetched_product, fetched_revocation; /* or tried to */
	bool seal_was_unknown, time_was_forgotten;
	char host_doc[STATE_DOCUMENT_MAX]; /* signed kms-host */
	size_t host_len;
};

/* Which document to fetch, 0 for none. */
static int
wanted(struct ask *a, const struct wire_hello_reply *h)
{
	const struct trusted *t = &a->session->trusted;

	if (!a->fetched_product && h->product_revision > t->product.revision) {
		a->fetched_product = true;
		return (FETCH_PRODUCT);
	}
	if (!a->fetched_revocation &&
	    h->revocation_revision > trusted_revocation_revision(t)) {
		a->fetched_revocation = true;
		return (FETCH_REVOCATION);
	}
	return (0);
}

/* A document that can't be had, or is not believed, ends nothing. */
static void
fetch(struct ask *a, enum wire_fetch which)
{
	struct session *s = a->session;
	struct received r;
	int ret;

	if (exchange_fetch(&a->connection, which, s->client->timeout, &r,
		a->failure) == -1)
		ret = -1;
	else if (which == FETCH_PRODUCT)
		ret = trusted_take_product(&s->trusted, &s->state, ktime_now(),
		    (const char *)r.payload, r.len, a->failure);
	else
		ret = trusted_take_revocation(&s->trusted, &s->state,
		    (const char *)r.payload, r.len, a->failure);
	if (ret == -1)
		handle_log(
		    s->client, "%s: %s", a->host->named, a->failure->text);
	else
		handle_log(s->client, "%s: took a newer %s", a->host->named,
		    which == FETCH_PRODUCT ? "kms-product" : "kms-revocation");
}

/* Says hello and believes the offer. */
static int
hello(struct ask *a, struct wire_hello_reply *h)
{
	struct session *s = a->session;

	return (exchange_hello(&a->connection, &s->client->publisher,
	    s->trusted.product.product, s->client->timeout, h, a->failure));
}

static int
take_offer(struct ask *a, const struct wire_hello_reply *h)
{
	if (h->host_len > sizeof(a->host_doc))
		return (failure_check(a->failure, CHECK_OFFER_FORM, NULL));
	if (believe_offer(&a->session->trusted.product, ktime_now(), h,
		&a->offer, a->failure) == -1)
		return (-1);
	memcpy(a->host_doc, h->host, h->host_len);
	a->host_len = h->host_len;
	return (0);
}

/* Connects and says hello; a connection fetches one document at most. */
static int
meet(struct ask *a)
{
	struct wire_hello_reply h;
	int which;

	for (;;) {
		if (connection_open(&a->connection, a->host->host,
			a->host->port, a->session->client->timeout,
			a->failure) == -1 ||
		    hello(a, &h) == -1)
			return (-1);
		if ((which = wanted(a, &h)) == 0)
			return (take_offer(a, &h));
		fetch(a, (enum wire_fetch)which);
		connection_close(&a->connection);
	}
}

/* What the request tells of this machine. */
static void
describe(const struct session *s, struct request_machine *m)
{
	hardware_name(m->host_name);
	memcpy(m->hardware, s->hardware, sizeof(m->hardware));
	m->virtual = s->client->virtual;
	if (m->virtual == -1)
		m->virtual = hardware_virtual() ? 1 : 0;
	m->state = s->standing.state;
	m->left = standing_left(&s->standing);
}

/* Sends a request, once what it promises is on disk. */
static enum asked
send_request(struct ask *a, struct received *r, int64_t *age)
{
	struct session *s = a->session;
	struct request_machine machine;
	struct doc_request request;
	struct wire_sealed frame;
	uint8_t box[BOX_MAX];

	describe(s, &machine);
	request_make(&s->state.record, &a->offer, s->state.key, &machine,
	    VERB_ACTIVATE, ktime_now(), &request);
	a->time = request.time;
	if (request_seal(&request, &a->offer, s->state.secret, &a->question,
		&frame, box, sizeof(box), a->failure) == -1)
		return (ASKED_NOTHING);
	if (state_save(&s->state, a->failure) == -1)
		return (ASKED_STOP);
	handle_log(s->client, "%s: asking", a->host->named);
	if (exchange_sealed(&a->connection, &frame, s->client->timeout, r, age,
		a->failure) == -1)
		return (ASKED_NOTHING);
	return (ASKED_GRANTED);
}

/* Holds a reply's value within what the publisher allows. */
static int64_t
within(int64_t value, const struct setting *s)
{
	if (value < s->min)
		return (s->min);
	return (value > s->max ? s->max : value);
}

/* What a believed reply changes in the record. */
static void
note_answer(struct ask *a)
{
	const struct doc_product *p = &a->session->trusted.product;
	struct record_state *r = &a->session->state.record;
	const struct doc_reply *reply = &a->answer.reply;

	r->clock = reply->time;
	if (reply->result == RESULT_REFUSED && reply->code == CODE_TIME_SKEW)
		stores_forget_time(r, a->offer.seal.store);
	if (!reply->has_serial)
		return;
	stores_answer(r, a->offer.seal.store, reply->serial);
	request_ended(r, VERB_ACTIVATE);
	r->answer.there = true;
	r->answer.time = reply->time;
	r->answer.count = reply->count;
	r->answer.needed = reply->needed;
	r->pause.there = true;
	r->pause.renew = within(reply->renew, &p->renew);
	r->pause.retry = within(reply->retry, &p->retry);
	r->refusal.there = reply->result == RESULT_REFUSED;
	r->refusal.code = reply->code;
	memcpy(r->refusal.name, reply->code_name, sizeof(r->refusal.name));
	r->has_from = true;
	memset(r->from, 0, sizeof(r->from));
	memcpy(r->from, a->host->named, strlen(a->host->named));
}

/* Verifies the grant and keeps it. */
static enum asked
keep_grant(struct ask *a)
{
	struct session *s = a->session;
	struct grant_terms terms;
	struct entry_decision entry;

	memset(&terms, 0, sizeof(terms));
	terms.product = &s->trusted.product;
	if (s->trusted.has_revocation)
		terms.revocation = &s->trusted.revocation;
	terms.host = &a->offer.host;
	memcpy(terms.machine, s->state.machine, sizeof(terms.machine));
	memcpy(terms.hardware, s->hardware, sizeof(terms.hardware));
	if (grant_accept(&terms, ktime_now(), a->answer.grant,
		a->answer.grant_len, &entry, a->failure) == -1)
		return (ASKED_NOTHING);
	if (!s->standing.has_grant && s->standing.why.check != CHECK_NONE)
		handle_log(s->client, "replacing the grant that is kept: %s",
		    s->standing.why.text);
	if (state_write_grant(&s->state, a->offer.host.serial, a->host_doc,
		a->host_len, a->answer.grant, a->answer.grant_len,
		a->failure) == -1)
		return (ASKED_STOP);
	return (ASKED_GRANTED);
}

static void
set_refusal(struct ask *a)
{
	const struct doc_reply *r = &a->answer.reply;
	const struct code *code = code_find(r->code);
	const char *meaning = code == NULL ? "" : code->meaning;
	/* The host's words, where they say more than the code does. */
	const char *text =
	    r->has_text && strcmp(r->text, meaning) != 0 ? r->text : "";

	(void)failure_set(a->failure, r->code,
	    "refused: %s 0x%08X, count %llu of %llu needed: %s%s%s",
	    r->code_name, r->code, (unsigned long long)r->count,
	    (unsigned long long)r->needed, meaning, *text == '\0' ? "" : " ",
	    text);
	a->failure->refused = true;
}

/* What a believed reply leads to. */
static enum asked
take_answer(struct ask *a)
{
	const struct doc_reply *r = &a->answer.reply;
	enum asked asked = ASKED_GRANTED;

	if (r->result == RESULT_GRANTED)
		asked = keep_grant(a);
	if (asked != ASKED_GRANTED)
		return (asked);
	note_answer(a);
	if (state_save(&a->session->state, a->failure) == -1)
		return (ASKED_STOP);
	if (r->result == RESULT_GRANTED)
		return (ASKED_GRANTED);
	set_refusal(a);
	return (r->has_serial ? ASKED_REFUSED : ASKED_NOTHING);
}

/* One request and its answer. */
static enum asked
converse(struct ask *a)
{
	struct received r;
	enum asked asked;
	int64_t age;

	asked = send_request(a, &r, &age);
	if (asked != ASKED_GRANTED)
		return (asked);
	if (believe_reply(&a->question, &a->offer.seal, age, r.payload, r.len,
		&a->answer, a->failure) == -1)
		return (ASKED_NOTHING);
	return (take_answer(a));
}

/*
 * Whether another request makes sense at once: the seal had just gone, or the
 * request had a later time than the clock's, which is forgotten now.
 */
static bool
again(struct ask *a)
{
	const struct failure *f = a->failure;
	bool *done;

	if (f->code == CODE_SEAL_UNKNOWN && !f->refused)
		done = &a->seal_was_unknown;
	else if (f->code == CODE_TIME_SKEW && f->refused &&
		 ktime_diff(a->time, ktime_now()) > KTIME_MINUTE)
		done = &a->time_was_forgotten;
	else
		return (false);
	if (*done)
		return (false);
	*done = true;
	return (true);
}

static enum asked
ask(struct ask *a)
{
	struct wire_hello_reply h;
	enum asked asked;
	int i;

	if (meet(a) == -1)
		return (ASKED_NOTHING);
	for (i = 0;; i++) {
		asked = converse(a);
		if (asked != ASKED_NOTHING || i + 1 == REQUEST_TRIES ||
		    !again(a))
			return (asked);
		if (hello(a, &h) == -1 || take_offer(a, &h) == -1)
			return (ASKED_NOTHING);
	}
}

enum asked
ask_host(struct session *s, const struct named_host *host, struct failure *f)
{
	enum asked asked;
	struct ask *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		(void)failure_errno(f, "ask");
		return (ASKED_STOP);
	}
	a->session = s;
	a->host = host;
	a->failure = f;
	a->connection.fd = -1;
	asked = ask(a);
	connection_close(&a->connection);
	explicit_bzero(&a->question, sizeof(a->question));
	free(a);
	return (asked);
}
