/*
 * Prints, seals and sends replies.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "activator/activator.h"
#include "activator/reply.h"
#include "common/codes.h"

static void
fill(const struct activator *a, const struct slot_request *q,
    const struct reply *r, struct doc_reply *doc)
{
	const struct code *code;

	memset(doc, 0, sizeof(*doc));
	memcpy(doc->nonce, q->nonce, REQUEST_NONCE_LEN);
	doc->verb = q->verb;
	doc->result = r->result;
	doc->count = r->count;
	doc->needed = r->needed;
	memcpy(doc->store, a->log.store, UUID_LEN);
	doc->serial = r->serial;
	doc->has_serial = r->serial != 0;
	doc->renew = q->renew;
	doc->retry = q->retry;
	doc->time = r->time;
	if (r->result != RESULT_REFUSED || (code = code_find(r->code)) == NULL)
		return;
	doc->has_code = doc->has_text = true;
	doc->code = r->code;
	(void)snprintf(
	    doc->code_name, sizeof(doc->code_name), "%s", code->name);
	(void)snprintf(doc->text, sizeof(doc->text), "%s", code->meaning);
}

/* Behind the reply: blank line, entry, blank line, proof. */
static int
append_grant(struct activator *a, const struct reply *r, size_t len)
{
	struct tree_hash hash[TREE_PROOF_MAX];
	const struct batch_record *rec = r->record;
	char *p = a->plain + len;
	size_t n;
	int plen;

	*p++ = '\n';
	memcpy(p, rec->text, rec->len);
	p += rec->len;
	*p++ = '\n';
	n = tree_batch_proof(r->batch->tree, rec->leaf, hash);
	plen = proof_print(rec->index, hash, n, a->log.checkpoint,
	    a->log.checkpoint_len, p,
	    sizeof(a->plain) - (size_t)(p - a->plain));
	if (plen == -1)
		return (-1);
	return ((int)(p - a->plain) + plen);
}

int
reply_send(struct activator *a, uint16_t i, const struct reply *r, char *error)
{
	const struct slot_request *q = &a->slots.slot[i].u.request;
	struct doc_reply doc;
	struct la_reply out;
	int len;

	fill(a, q, r, &doc);
	if ((len = message_print(
		 &doc_reply_type, &doc, a->plain, REPLY_MAX + 1, error)) == -1)
		return (-1);
	if (r->record != NULL &&
	    (len = append_grant(a, r, (size_t)len)) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "a proof is longer than its limit");
		return (-1);
	}
	out.slot = q->connection;
	sealbox_reply_nonce(q->half, out.reply.nonce);
	len = sealbox_seal(a->box, sizeof(a->box), a->plain, (size_t)len,
	    out.reply.nonce, a->arena->secrets->shared[i]);
	if (len == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "a reply is longer than its limit");
		return (-1);
	}
	out.reply.box = a->box;
	out.reply.box_len = (size_t)len;
	a->out.reply(a->out.ctx, &out);
	a->replies = true;
	return (0);
}

void
reply_forget(struct activator *a, uint16_t i)
{
	explicit_bzero(a->arena->secrets->shared[i], SEALBOX_SHARED_LEN);
	slots_free(&a->slots, i);
}

void
reply_error(struct activator *a, uint32_t connection, uint32_t code, bool close,
    const char *text)
{
	struct la_error e;

	memset(&e, 0, sizeof(e));
	e.slot = connection;
	e.code = code;
	e.close = close;
	(void)snprintf(e.text, sizeof(e.text), "%s", text);
	a->out.reply_error(a->out.ctx, &e);
	a->replies = true;
}
