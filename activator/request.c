/*
 * A sealed request: opens the box, parses, holds what is inside against frame
 * and connection, and passes it to policy.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/activator.h"
#include "activator/reply.h"
#include "common/codes.h"

struct refusal {
	uint32_t code; /* CODE_OK: the request opened */
	const char *text;
};

static const struct refusal opened = { CODE_OK, NULL };
static const struct refusal seal_unknown = { CODE_SEAL_UNKNOWN,
	"this seal is no longer opened: say hello again" };
static const struct refusal bad_key = { CODE_PROTOCOL,
	"the machine's public key is not one" };
static const struct refusal bad_box = { CODE_PROTOCOL,
	"the box does not open" };
static const struct refusal bad_request = { CODE_PROTOCOL,
	"the request is malformed" };
static const struct refusal other_frame = { CODE_PROTOCOL,
	"the request was made for another frame or connection" };

/* The text of the box in a->plain, its length in len. */
static const struct refusal *
open_box(struct activator *a, const struct la_request *r,
    const struct seal *seal, uint16_t i, size_t *len)
{
	struct secrets *s = a->arena->secrets;
	uint8_t nonce[SEALBOX_NONCE_LEN];
	int n;

	if (sealbox_shared(s->shared[i], r->sealed.machine,
		s->seal[seals_slot(&a->seals, seal)]) == -1)
		return (&bad_key);
	sealbox_request_nonce(r->sealed.half, nonce);
	if ((n = sealbox_open(a->plain, sizeof(a->plain), r->sealed.box,
		 r->sealed.box_len, nonce, s->shared[i])) == -1)
		return (&bad_box);
	*len = (size_t)n;
	return (&opened);
}

static const struct refusal *
open_request(struct activator *a, const struct la_request *r, uint16_t i,
    const struct document **certificate, struct doc_request *q)
{
	const struct refusal *refusal;
	const struct seal *seal;
	size_t len;

	if ((seal = seals_find(&a->seals, r->sealed.seal, a->boot_ms)) ==
		NULL ||
	    (*certificate = registry_certificate(&a->registry, seal->serial)) ==
		NULL)
		return (&seal_unknown);
	if ((refusal = open_box(a, r, seal, i, &len)) != &opened)
		return (refusal);
	if (message_parse(&doc_request_type, a->plain, len, q, NULL) == -1)
		return (&bad_request);
	if (memcmp(q->seal, r->sealed.seal, SEAL_ID_LEN) != 0 ||
	    memcmp(q->machine, r->sealed.machine, MACHINE_KEY_LEN) != 0 ||
	    memcmp(q->challenge, r->challenge, CHALLENGE_LEN) != 0)
		return (&other_frame);
	return (&opened);
}

/* By code, for the counters. */
static const struct {
	uint32_t code;
	enum activator_counter counter;
} code_counters[] = {
	{ CODE_TIME_SKEW, COUNT_TIME_SKEW },
	{ CODE_PRODUCT_NOT_COVERED, COUNT_NOT_COVERED },
	{ CODE_HOST_NOT_ACTIVATED, COUNT_NOT_ACTIVATED },
	{ CODE_DENIED, COUNT_DENIED },
	{ CODE_BUSY, COUNT_BUSY },
	{ CODE_PROTOCOL, COUNT_PROTOCOL },
	{ CODE_SEAL_UNKNOWN, COUNT_SEAL_UNKNOWN },
};

static void
count(struct activator *a, uint32_t code)
{
	size_t i;

	for (i = 0; i < sizeof(code_counters) / sizeof(code_counters[0]); i++)
		if (code_counters[i].code == code)
			a->counter[code_counters[i].counter]++;
	summary_add(&a->summary, summary_of_code(code), 1, a->now);
}

static uint32_t
decide(struct activator *a, const struct la_request *r, uint16_t i,
    const struct document *certificate, const struct doc_request *q)
{
	struct slot_request *s = &a->slots.slot[i].u.request;
	struct policy p = { &a->registry, &a->limits, { 0 }, a->now };
	uint32_t code;

	memcpy(p.store, a->log.store, UUID_LEN);
	s->connection = r->slot;
	memcpy(s->half, r->sealed.half, SEALBOX_HALF_LEN);
	a->counter[COUNT_UNLICENSED + (unsigned int)q->state]++;
	code = policy_decide(&p, certificate, q, r->source, s);
	/* One request of a machine and product at a time. */
	if (code == CODE_OK && slots_enter(&a->slots, i) == -1)
		code = CODE_BUSY;
	return (code);
}

static int
refuse(struct activator *a, uint16_t i, uint32_t code, char *error)
{
	struct reply reply = {
		.result = RESULT_REFUSED, .code = code, .time = a->now
	};
	int ret;

	count(a, code);
	ret = reply_send(a, i, &reply, error);
	reply_forget(a, i);
	return (ret);
}

int
activator_request(struct activator *a, const struct la_request *r, char *error)
{
	const struct document *certificate;
	const struct refusal *refusal;
	struct doc_request q;
	uint32_t code;
	uint16_t i;

	if (a->catchup.phase != PHASE_SERVING) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "a request while not serving");
		return (-1);
	}
	if ((i = slots_take_request(&a->slots)) == SLOT_NONE) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "more requests than credits");
		return (-1);
	}
	if (!a->turn_open) {
		(void)arena_open(a->arena);
		a->turn_open = true;
	}
	a->counter[COUNT_REQUESTS]++;
	refusal = open_request(a, r, i, &certificate, &q);
	if (refusal != &opened) {
		count(a, refusal->code);
		reply_error(a, r->slot, refusal->code,
		    refusal->code == CODE_PROTOCOL, refusal->text);
		reply_forget(a, i);
		return (0);
	}
	if ((code = decide(a, r, i, certificate, &q)) != CODE_OK)
		return (refuse(a, i, code, error));
	slots_queue(&a->slots, i);
	return (0);
}

int
activator_request_stands(struct activator *a, uint16_t i, char *error)
{
	const struct entry_decision *e =
	    &a->slots.slot[i].u.request.decide.entry;
	const struct document *product;
	uint32_t code;

	code = policy_covers(&a->registry,
	    registry_certificate(&a->registry, e->host), e->product, a->now,
	    &product);
	if (code == CODE_OK)
		return (1);
	return (refuse(a, i, code, error));
}
