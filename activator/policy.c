/*
 * The activator's own decisions, in the order in which they are made.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "activator/policy.h"
#include "common/codes.h"

#define SKEW_MAX (4 * KTIME_HOUR) /* seconds; settings only narrow it */
#define RETRY_UNKNOWN (2 * KTIME_HOUR) /* seconds, of an unknown product */
#define RENEW_UNKNOWN (7 * KTIME_DAY)

static bool
is_skewed(const struct policy *p, const struct doc_request *q)
{
	int64_t d = ktime_diff(q->time, p->now);
	int64_t most = p->limits->skew;

	if (most > SKEW_MAX)
		most = SKEW_MAX;
	return (d > most || d < -most);
}

/* BLAKE2b-128 of nonce, verb (one byte) and hardware: tells retries. */
static void
hash_nonce(const struct doc_request *q, uint8_t out[16])
{
	uint8_t in[REQUEST_NONCE_LEN + 1 + HARDWARE_LEN];

	memcpy(in, q->nonce, REQUEST_NONCE_LEN);
	in[REQUEST_NONCE_LEN] = (uint8_t)q->verb;
	memcpy(in + REQUEST_NONCE_LEN + 1, q->hardware, HARDWARE_LEN);
	(void)crypto_generichash(out, 16, in, sizeof(in), NULL, 0);
}

static void
fill_entry(const struct document *certificate, const struct doc_request *q,
    struct entry_decision *e)
{
	memcpy(e->publisher, certificate->publisher, PUBKEY_LEN);
	memcpy(e->product, q->product, UUID_LEN);
	memcpy(e->host, certificate->object, UUID_LEN);
	sealbox_machine_id(q->machine, e->machine);
	memcpy(e->hardware, q->hardware, HARDWARE_LEN);
	memcpy(e->host_name, q->host_name, sizeof(e->host_name));
	e->client_time = q->time;
	e->state = q->state;
	e->left = q->left;
	e->virtual = q->virtual;
}

static void
fill_decide(const struct policy *p, const struct doc_product *product,
    const struct doc_request *q, const uint8_t source[SOURCE_LEN],
    struct as_decide *d)
{
	d->verb = (uint8_t)q->verb;
	memcpy(d->family, product->family, sizeof(d->family));
	/* A serial counts only if it is of our store. */
	if (memcmp(q->last_store, p->store, UUID_LEN) == 0)
		d->last = q->last;
	hash_nonce(q, d->nonce_hash);
	(void)crypto_generichash(d->name_hash, sizeof(d->name_hash),
	    (const uint8_t *)q->host_name, strlen(q->host_name), NULL, 0);
	d->count_virtual = product->count_virtual != 0;
	d->threshold = product->threshold;
	d->skew = p->limits->skew < SKEW_MAX ? p->limits->skew : SKEW_MAX;
	d->decisions_per_day = p->limits->decisions_per_day;
	d->new_machines = p->limits->new_machines;
	memcpy(d->source, source, SOURCE_LEN);
}

uint32_t
policy_covers(const struct registry *registry,
    const struct document *certificate, const uint8_t product[UUID_LEN],
    struct ktime now, const struct document **found)
{
	*found = NULL;
	if (certificate == NULL || !registry_holds(certificate, now))
		return (CODE_HOST_NOT_ACTIVATED);
	*found = registry_find(
	    registry, DOCUMENT_PRODUCT, certificate->publisher, product);
	if (*found == NULL ||
	    !registry_covers(registry, certificate, *found, now))
		return (CODE_PRODUCT_NOT_COVERED);
	return (CODE_OK);
}

uint32_t
policy_decide(const struct policy *p, const struct document *certificate,
    const struct doc_request *q, const uint8_t source[SOURCE_LEN],
    struct slot_request *s)
{
	const struct document *product;
	uint32_t code;

	memset(&s->decide, 0, sizeof(s->decide));
	memcpy(s->nonce, q->nonce, REQUEST_NONCE_LEN);
	s->verb = q->verb;
	s->renew = RENEW_UNKNOWN;
	s->retry = RETRY_UNKNOWN;
	fill_entry(certificate, q, &s->decide.entry);
	if (is_skewed(p, q))
		return (CODE_TIME_SKEW);
	code = policy_covers(
	    p->registry, certificate, q->product, p->now, &product);
	if (product != NULL) {
		s->renew = product->product->renew.value;
		s->retry = product->product->retry.value;
	}
	if (code != CODE_OK)
		return (code);
	if (q->verb == VERB_RELEASE)
		return (CODE_DENIED);
	s->validity = product->product->validity;
	s->not_after = certificate->host->not_after;
	fill_decide(p, product->product, q, source, &s->decide);
	return (CODE_OK);
}

struct ktime
policy_expires(const struct slot_request *s, struct ktime now)
{
	struct ktime end = ktime_add(now, s->validity);

	return (ktime_cmp(end, s->not_after) < 0 ? end : s->not_after);
}
