/* Requests: nonce, message, box. */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "client/request.h"
#include "client/stores.h"
#include "common/codes.h"

void
request_nonce(
    struct record_state *r, enum verb verb, uint8_t nonce[REQUEST_NONCE_LEN])
{
	size_t i;

	for (i = 0; i < r->npending; i++) {
		if (r->pending[i].verb == (int)verb)
			break;
	}
	if (i == RECORD_VERBS) /* more than there are verbs: not ours */
		i = r->npending = 0;
	if (i == r->npending) {
		r->pending[i].verb = (int)verb;
		randombytes_buf(r->pending[i].nonce, REQUEST_NONCE_LEN);
		r->npending++;
	}
	memcpy(nonce, r->pending[i].nonce, REQUEST_NONCE_LEN);
}

void
request_ended(struct record_state *r, enum verb verb)
{
	size_t i, n = 0;

	for (i = 0; i < r->npending; i++) {
		if (r->pending[i].verb != (int)verb)
			r->pending[n++] = r->pending[i];
	}
	r->npending = n;
}

void
request_make(struct record_state *r, const struct offer *o,
    const uint8_t key[MACHINE_KEY_LEN], const struct request_machine *m,
    enum verb verb, struct ktime now, struct doc_request *q)
{
	memset(q, 0, sizeof(*q));
	memcpy(q->seal, o->seal.suite[0].id, sizeof(q->seal));
	memcpy(q->machine, key, sizeof(q->machine));
	memcpy(q->challenge, o->challenge, sizeof(q->challenge));
	memcpy(q->product, r->product, sizeof(q->product));
	q->verb = (int)verb;
	memcpy(q->host_name, m->host_name, sizeof(q->host_name));
	memcpy(q->hardware, m->hardware, sizeof(q->hardware));
	q->state = (int)m->state;
	q->left = m->left;
	q->virtual = m->virtual;
	memcpy(q->last_store, o->seal.store, sizeof(q->last_store));
	q->last = stores_last(r, o->seal.store);
	q->time = stores_ask(r, o->seal.store, now);
	request_nonce(r, verb, q->nonce);
	r->asked = now;
	r->has_asked = true;
}

int
request_seal(const struct doc_request *q, const struct offer *o,
    const uint8_t secret[MACHINE_KEY_LEN], struct question *question,
    struct wire_sealed *frame, uint8_t *box, size_t size, struct failure *f)
{
	char text[REQUEST_MAX + 1], why[MESSAGE_ERROR_MAX];
	uint8_t nonce[SEALBOX_NONCE_LEN];
	int len, n;

	len = message_print(&doc_request_type, q, text, sizeof(text), why);
	if (len == -1)
		return (failure_set(f, CODE_OK, "the request: %s", why));
	if (sealbox_shared(question->shared, o->seal.suite[0].key, secret) ==
	    -1)
		return (failure_check(f, CHECK_SUITE, NULL));
	sealbox_half(text, (size_t)len, question->half);
	sealbox_request_nonce(question->half, nonce);
	n = sealbox_seal(box, size, text, (size_t)len, nonce, question->shared);
	if (n == -1)
		return (failure_set(
		    f, CODE_OK, "the request does not fit into its frame"));
	memcpy(question->nonce, q->nonce, sizeof(question->nonce));
	question->verb = q->verb;
	memcpy(frame->seal, q->seal, sizeof(frame->seal));
	memcpy(frame->machine, q->machine, sizeof(frame->machine));
	memcpy(frame->half, question->half, sizeof(frame->half));
	frame->box = box;
	frame->box_len = (size_t)n;
	return (0);
}
