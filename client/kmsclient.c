/* The functions of libkmsclient: settings, and the work handed on. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/activate.h"
#include "common/codes.h"

#define TIMEOUT_DEFAULT 20 /* seconds */
#define TIMEOUT_MAX 60
#define LOG_LINE_MAX 2400 /* bytes */

struct kmsclient *
kmsclient_open(void)
{
	struct kmsclient *c;

	if (sodium_init() == -1 || (c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->virtual = -1;
	c->timeout = TIMEOUT_DEFAULT * 1000;
	return (c);
}

void
kmsclient_close(struct kmsclient *c)
{
	if (c == NULL)
		return;
	free(c->product);
	free(c->dir);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

int
kmsclient_set_publisher(struct kmsclient *c, const char *text, size_t len)
{
	char why[MESSAGE_ERROR_MAX];

	if (signify_parse_pubkey(text, len, &c->publisher, why) == -1)
		return (failure_set(
		    &c->failure, CODE_OK, "the publisher's key: %s", why));
	c->has_publisher = true;
	return (0);
}

/* Puts a copy of the bytes and a NUL in the place of what was there. */
static int
replace(struct kmsclient *c, char **place, const char *bytes, size_t len)
{
	char *copy;

	if ((copy = malloc(len + 1)) == NULL)
		return (failure_errno(&c->failure, "copy"));
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	free(*place);
	*place = copy;
	return (0);
}

int
kmsclient_set_product(struct kmsclient *c, const char *text, size_t len)
{
	if (len >= STATE_DOCUMENT_MAX)
		return (failure_set(&c->failure, CODE_OK,
		    "the product's document is too long"));
	if (replace(c, &c->product, text, len) == -1)
		return (-1);
	c->product_len = len;
	return (0);
}

int
kmsclient_set_state(struct kmsclient *c, const char *dir)
{
	return (replace(c, &c->dir, dir, strlen(dir)));
}

int
kmsclient_set_identity(struct kmsclient *c, const void *bytes, size_t len)
{
	if (len == 0 || len > sizeof(c->identity))
		return (failure_set(&c->failure, CODE_OK,
		    "an identity has 1 to %zu bytes", sizeof(c->identity)));
	memcpy(c->identity, bytes, len);
	c->identity_len = len;
	return (0);
}

int
kmsclient_set_virtual(struct kmsclient *c, int virtual)
{
	c->virtual = virtual != 0;
	return (0);
}

int
kmsclient_set_timeout(struct kmsclient *c, int seconds)
{
	if (seconds < 1 || seconds > TIMEOUT_MAX)
		return (failure_set(&c->failure, CODE_OK,
		    "a timeout is 1 to %d seconds", TIMEOUT_MAX));
	c->timeout = (int64_t)seconds * 1000;
	return (0);
}

int
kmsclient_add_host(struct kmsclient *c, const char *text)
{
	if (c->nhosts == KMSCLIENT_HOSTS_MAX)
		return (failure_set(&c->failure, CODE_OK, "more than %d hosts",
		    KMSCLIENT_HOSTS_MAX));
	if (named_host_parse(&c->host[c->nhosts], text) == -1)
		return (failure_set(&c->failure, CODE_OK,
		    "not a host: give name, name:port or [address]:port"));
	c->nhosts++;
	return (0);
}

void
kmsclient_set_log(
    struct kmsclient *c, void (*log)(void *, const char *), void *arg)
{
	c->log = log;
	c->log_arg = arg;
}

void
handle_log(const struct kmsclient *c, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	if (c->log == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->log(c->log_arg, line);
}

int
kmsclient_activate(struct kmsclient *c)
{
	struct ktime now = ktime_now();
	struct session *s;
	int ret;

	if ((s = session_open(c, STATE_WRITE, now)) == NULL)
		return (-1);
	ret = activate(s, now);
	session_close(s);
	return (ret);
}

int
kmsclient_renew(struct kmsclient *c, int force)
{
	struct ktime now = ktime_now();
	struct session *s;
	int ret;

	if ((s = session_open(c, STATE_WRITE, now)) == NULL)
		return (-1);
	ret = activate_if_due(s, now, force != 0);
	session_close(s);
	return (ret);
}

/* The fields of the last answer. */
static void
fill_answer(const struct record_state *r, struct kmsclient_status *st)
{
	if (r->answer.there) {
		st->answered = r->answer.time.sec;
		st->count = r->answer.count;
		st->needed = r->answer.needed;
	}
	if (r->refusal.there)
		st->refusal = r->refusal.code;
	memcpy(st->host, r->from, sizeof(r->from));
}

static void
fill_status(const struct session *s, struct kmsclient_status *st)
{
	const struct standing *from = &s->standing;

	memset(st, 0, sizeof(*st));
	memcpy(st->product, s->trusted.product.product, UUID_LEN);
	memcpy(st->name, s->trusted.product.name, NAME_MAX_LEN);
	memcpy(st->machine, s->state.machine, sizeof(st->machine));
	st->state = (int32_t)from->state;
	st->now = from->now.sec;
	st->ends = from->ends.sec;
	st->next = activate_next(s).sec;
	if (from->state != STATE_LICENSED) {
		st->code = from->why.code;
		(void)snprintf(st->text, sizeof(st->text), "%.*s",
		    KMSCLIENT_TEXT_MAX, from->why.text);
	}
	if (from->has_grant) {
		st->has_grant = 1;
		st->granted = from->grant.time.sec;
		st->expires = from->grant.expires.sec;
		memcpy(st->certificate, from->grant.host, UUID_LEN);
	}
	if (s->state.found)
		fill_answer(&s->state.record, st);
}

int
kmsclient_status(struct kmsclient *c, struct kmsclient_status *st, size_t size)
{
	struct kmsclient_status full;
	struct session *s;

	memset(st, 0, size);
	if ((s = session_open(c, STATE_READ, ktime_now())) == NULL)
		return (-1);
	fill_status(s, &full);
	session_close(s);
	memcpy(st, &full, size < sizeof(full) ? size : sizeof(full));
	return (0);
}

const char *
kmsclient_error(const struct kmsclient *c)
{
	return (c->failure.text);
}

uint32_t
kmsclient_code(const struct kmsclient *c)
{
	return (c->failure.code);
}

int
kmsclient_refused(const struct kmsclient *c)
{
	return (c->failure.refused ? 1 : 0);
}

uint32_t
kmsclient_unverified(const struct kmsclient *c)
{
	return (c->failure.unverified);
}

const char *
kmsclient_state_name(int state)
{
	if (state < 0 || state > (int)STATE_NOTIFICATION)
		return ("unknown");
	return (client_state_words[state]);
}

const char *
kmsclient_code_name(uint32_t code)
{
	return (code_name(code));
}

const char *
kmsclient_code_advice(uint32_t code)
{
	const struct code *found = code_find(code);

	return (found == NULL ? "" : found->advice);
}
