/* Activation: the hosts asked in their order, and why each one failed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/activate.h"
#include "client/ask.h"
#include "common/codes.h"

/* Adds a host's reason to the text of the whole. */
static void
add_reason(
    struct failure *all, const struct named_host *host, const struct failure *f)
{
	size_t len = strlen(all->text);

	(void)snprintf(all->text + len, sizeof(all->text) - len, "%s%s: %s",
	    len == 0 ? "" : "\n", host->named, f->text);
}

/*
 * The code of the whole: that of a refusal which was believed; time-skew if
 * that is what we saw ourselves; else no host answered.
 */
static void
weigh(struct failure *all, const struct failure *f)
{
	if (f->refused && !all->refused) {
		all->code = f->code;
		all->refused = true;
		all->check = CHECK_NONE;
		all->unverified = CODE_OK;
	}
	if (all->refused)
		return;
	if (all->unverified == CODE_OK)
		all->unverified = f->unverified;
	if (all->code == CODE_NO_HOST && f->check != CHECK_NONE)
		all->check = f->check;
	if (f->check != CHECK_NONE && f->code == CODE_TIME_SKEW)
		all->code = CODE_TIME_SKEW;
}

static int
ask_all(struct session *s, struct failure *all)
{
	struct kmsclient *c = s->client;
	struct failure f;
	enum asked asked;
	size_t i;

	(void)failure_set(all, CODE_NO_HOST, "%s", "");
	for (i = 0; i < c->nhosts; i++) {
		memset(&f, 0, sizeof(f));
		asked = ask_host(s, &c->host[i], &f);
		if (asked == ASKED_GRANTED) {
			handle_log(c, "%s: granted", c->host[i].named);
			return (0);
		}
		handle_log(c, "%s: %s", c->host[i].named, f.text);
		if (asked == ASKED_STOP) {
			*all = f;
			return (-1);
		}
		add_reason(all, &c->host[i], &f);
		weigh(all, &f);
		if (asked == ASKED_REFUSED)
			break;
	}
	return (-1);
}

/* Moves the latest known time on with the clock. */
static void
advance_clock(struct session *s, struct ktime now)
{
	struct record_state *r = &s->state.record;

	if (ktime_cmp(r->clock, now) < 0)
		r->clock = now;
}

int
activate(struct session *s, struct ktime now)
{
	struct kmsclient *c = s->client;

	if (c->nhosts == 0)
		return (
		    failure_set(&c->failure, CODE_NO_HOST, "no host is named"));
	advance_clock(s, now);
	return (ask_all(s, &c->failure));
}

struct ktime
activate_next(const struct session *s)
{
	const struct record_state *r = &s->state.record;
	const struct doc_product *p = &s->trusted.product;
	const struct standing *st = &s->standing;
	struct ktime none = { 0 };

	if (st->state == STATE_LICENSED)
		return (ktime_add(st->grant.time,
		    r->pause.there ? r->pause.renew : p->renew.value));
	if (s->state.found && r->has_asked)
		return (ktime_add(r->asked,
		    r->pause.there ? r->pause.retry : p->retry.value));
	return (none);
}

int
activate_if_due(struct session *s, struct ktime now, bool force)
{
	struct kmsclient *c = s->client;

	if (!s->standing.has_grant)
		return (failure_set(&c->failure, s->standing.why.code,
		    "there is no grant to renew: %.500s",
		    s->standing.why.text));
	if (force || ktime_cmp(activate_next(s), s->standing.now) <= 0)
		return (activate(s, now));
	if (ktime_cmp(s->state.record.clock, now) < 0) {
		advance_clock(s, now);
		if (state_save(&s->state, &c->failure) == -1)
			return (-1);
	}
	return (1);
}
