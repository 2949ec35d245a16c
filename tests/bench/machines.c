/* Machines, their requests and the checking of answers. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/entries.h"
#include "tests/bench/machines.h"

int
machines_init(struct machines *m, size_t n)
{
	size_t i;

	if ((m->machine = calloc(n, sizeof(*m->machine))) == NULL)
		return (-1);
	m->n = n;
	m->next = 0;
	for (i = 0; i < n; i++)
		sealbox_keypair(m->machine[i].public, m->machine[i].secret);
	return (0);
}

struct machine *
machines_next(struct machines *m, int64_t now)
{
	struct machine *machine = &m->machine[m->next];

	/* In turn: if this one must wait, so must all others. */
	if (machine->asked >= now || machine->asked_today >= m->per_day)
		return (NULL);
	m->next = (m->next + 1) % m->n;
	machine->asked = now;
	machine->asked_today++;
	return (machine);
}

int
offer_take(const struct machines *m, const struct wire_hello_reply *hello,
    struct offer *o, char *error)
{
	if (hello->seal_len == o->seal_len &&
	    memcmp(hello->seal, o->seal_text, o->seal_len) == 0)
		return (0);
	o->seal_len = 0;
	if (trust_host(&m->product, hello->host, hello->host_len, &o->host,
		error) == -1 ||
	    trust_seal(
		&o->host, hello->seal, hello->seal_len, &o->seal, error) == -1)
		return (-1);
	if (pubkey_from_blob(o->host.host, &o->host_key) == -1 ||
	    hello->seal_len > sizeof(o->seal_text)) {
		(void)snprintf(error, MESSAGE_ERROR_MAX, "unusable kms-host");
		return (-1);
	}
	memcpy(o->seal_text, hello->seal, hello->seal_len);
	o->seal_len = hello->seal_len;
	return (0);
}

static void
fill_request(const struct machines *m, const struct offer *o,
    const struct machine *machine, const uint8_t challenge[CHALLENGE_LEN],
    const struct request *r, struct doc_request *d)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->seal, o->seal.suite[0].id, SEAL_ID_LEN);
	memcpy(d->machine, machine->public, MACHINE_KEY_LEN);
	memcpy(d->challenge, challenge, CHALLENGE_LEN);
	memcpy(d->product, m->product.product, UUID_LEN);
	d->verb = VERB_ACTIVATE;
	(void)snprintf(d->host_name, sizeof(d->host_name), "bench-%zu.test",
	    (size_t)(machine - m->machine));
	memcpy(d->hardware, machine->public, HARDWARE_LEN);
	d->time.sec = r->time;
	d->state = machine->serial == 0 ? STATE_UNLICENSED : STATE_LICENSED;
	memcpy(d->last_store, o->seal.store, UUID_LEN);
	d->last = machine->serial;
	memcpy(d->nonce, r->nonce, REQUEST_NONCE_LEN);
}

int
request_make(const struct machines *m, const struct offer *o,
    struct machine *machine, const uint8_t challenge[CHALLENGE_LEN],
    int64_t now, struct request *r, uint8_t *frame, size_t size)
{
	uint8_t nonce[SEALBOX_NONCE_LEN], box[WIRE_CLIENT_MAX];
	char text[REQUEST_MAX + 1];
	struct wire_sealed sealed;
	struct doc_request d;
	int len;

	r->machine = machine;
	r->time = now;
	randombytes_buf(r->nonce, sizeof(r->nonce));
	fill_request(m, o, machine, challenge, r, &d);
	if ((len = message_print(
		 &doc_request_type, &d, text, sizeof(text), NULL)) == -1)
		return (-1);
	if (memcmp(machine->shared_with, o->seal.suite[0].id, SEAL_ID_LEN) !=
	    0) {
		if (sealbox_shared(machine->shared, o->seal.suite[0].key,
			machine->secret) == -1)
			return (-1);
		memcpy(machine->shared_with, o->seal.suite[0].id, SEAL_ID_LEN);
	}
	sealbox_half(text, (size_t)len, r->half);
	sealbox_request_nonce(r->half, nonce);
	if ((len = sealbox_seal(box, sizeof(box), text, (size_t)len, nonce,
		 machine->shared)) == -1)
		return (-1);
	memcpy(sealed.seal, o->seal.suite[0].id, SEAL_ID_LEN);
	memcpy(sealed.machine, machine->public, MACHINE_KEY_LEN);
	memcpy(sealed.half, r->half, sizeof(sealed.half));
	sealed.box = box;
	sealed.box_len = (size_t)len;
	return (wire_put_sealed(&sealed, frame, size));
}

static int
refuse(char *error, const char *why)
{
	(void)snprintf(error, MESSAGE_ERROR_MAX, "%s", why);
	return (-1);
}

/* The grant behind a kms-reply: entry, proof, and whose it is. */
static int
check_grant(const struct machines *m, const struct offer *o,
    const struct request *r, const char *text, size_t len, bool verify,
    struct grant *g, char *error)
{
	uint8_t id[MACHINE_ID_LEN];
	struct entry_decision e;
	struct proof p;
	size_t at;

	if (grant_split(text, len, &g->entry_len, &at) == -1)
		return (refuse(error, "a grant without a proof"));
	g->entry = text;
	if (sscanf(text + at, "c2sp.org/tlog-proof@v1\nindex %llu\n",
		(unsigned long long *)&g->index) != 1)
		return (refuse(error, "a proof without an index"));
	if (!verify)
		return (1);
	if (proof_verify(text, g->entry_len, text + at, len - at,
		o->host_key.key, &p, error) == -1 ||
	    message_parse(&entry_grant_type, text, g->entry_len, &e, error) ==
		-1)
		return (-1);
	sealbox_machine_id(r->machine->public, id);
	if (memcmp(e.machine, id, sizeof(id)) != 0 ||
	    memcmp(e.product, m->product.product, UUID_LEN) != 0 ||
	    memcmp(e.host, o->host.serial, UUID_LEN) != 0)
		return (refuse(error, "a grant of somebody else"));
	return (1);
}

int
reply_check(const struct machines *m, const struct offer *o,
    const struct request *r, const struct wire_sealed_reply *w, bool verify,
    char *text, size_t size, struct grant *g, uint32_t *code, char *error)
{
	struct doc_reply reply;
	const char *end;
	size_t head;
	int len;

	if (!sealbox_is_reply_nonce(w->nonce, r->half))
		return (refuse(error, "the nonce is not of this request"));
	if (w->box_len > size ||
	    (len = sealbox_open(text, size, w->box, w->box_len, w->nonce,
		 r->machine->shared)) == -1)
		return (refuse(error, "the box does not open"));
	end = memmem(text, (size_t)len, "\n\n", 2);
	head = end == NULL ? (size_t)len : (size_t)(end - text) + 1;
	if (message_parse(&doc_reply_type, text, head, &reply, error) == -1)
		return (-1);
	if (memcmp(reply.nonce, r->nonce, sizeof(reply.nonce)) != 0 ||
	    reply.verb != VERB_ACTIVATE)
		return (refuse(error, "the reply is to another request"));
	if (reply.has_serial)
		r->machine->serial = reply.serial;
	*code = reply.has_code ? reply.code : 0;
	if (reply.result != RESULT_GRANTED)
		return (0);
	if (end == NULL)
		return (refuse(error, "granted without a grant"));
	return (check_grant(m, o, r, end + 2,
	    (size_t)len - (size_t)(end + 2 - text), verify, g, error));
}
